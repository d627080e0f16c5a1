import io

import pytest

from data.schema import SENTIMENTS, STANCES, Example, Prediction, Sentiment, Stance, Tier
from train.predictions import answered, answers_of, pairs_of, prediction_table, read_table, worst_errors


def predicted(stance, confidence=0.7):
    rest = (1 - confidence) / 3
    return Prediction({s: confidence if s is stance else rest for s in STANCES}, dict.fromkeys(SENTIMENTS, 1 / 3))


@pytest.fixture
def rows(marked):
    """Examples of every kind: a context, the author, quotes and line ends, an uncertain label."""
    certain = {Stance.CONDEMN: 1.0}
    pairs = [
        marked('[Norway] accused {Iceland}, “of\ntheft”, "twice".', name="a,1"),
        marked("It thanked {Togo}.", context="[Ghana] met Togo 🚢.", name="b"),
        marked("{Chad} is to blame.", name="c"),
        marked("[Peru] met {Chile}.", name="007"),
    ]
    examples = [
        Example(pairs[0], certain, Sentiment.NEGATIVE, "g1"),
        Example(pairs[1], {Stance.SUPPORT: 1.0}, None, "g2", corpus="dse", tier=Tier.READ),
        Example(pairs[2], certain, None, "g2"),
        Example(pairs[3], {Stance.CONDEMN: 0.5, Stance.DENY: 0.5}, None, "g3", tier=Tier.CORPUS),
    ]
    guesses = [
        predicted(Stance.CONDEMN), predicted(Stance.DENY), predicted(Stance.NEUTRAL, 0.9), predicted(Stance.DENY),
    ]  # fmt: skip
    return examples, guesses


def written(table):
    file = io.StringIO()
    table.to_csv(file, index=False)
    return read_table(file.getvalue())


def test_a_written_table_gives_back_the_pairs_and_the_answers(rows):
    examples, guesses = rows
    table = written(prediction_table(examples, guesses))
    assert pairs_of(table) == [example.pair for example in examples]
    answers = answers_of(table)
    assert len(answers) == 3  # the last has no certain label
    assert [STANCES[i] for i in answers.gold] == ["condemn", "support", "condemn"]
    assert [STANCES[i] for i in answers.predicted] == ["condemn", "deny", "neutral"]
    assert (list(answers.groups), list(answers.corpora)) == (["g1", "g2", "g2"], ["gold", "dse", "gold"])
    assert table["p_condemn"].tolist()[0] == pytest.approx(0.7)


def test_a_pair_is_known_by_what_it_says_and_not_by_its_id(rows, marked):
    examples, guesses = rows
    keys = prediction_table(examples, guesses)["pair"].tolist()
    assert len(set(keys)) == 4
    renamed = Example(marked("[Peru] met {Chile}.", name="other"), {Stance.DENY: 1.0}, None, "g")
    turned = Example(marked("{Peru} met [Chile].", name="007"), {Stance.DENY: 1.0}, None, "g")
    again = prediction_table([renamed, turned], guesses[:2])["pair"].tolist()
    assert again[0] == keys[3]
    assert again[1] not in keys


def test_another_models_answers_go_to_the_same_pairs(rows):
    examples, guesses = rows
    table = written(prediction_table(examples, guesses))
    answers = answered(table, [predicted(Stance.SUPPORT)] * 4)
    assert [STANCES[i] for i in answers.predicted] == ["support"] * 3
    assert answers.pairs.tolist() == answers_of(table).pairs.tolist()


def test_the_worst_errors_are_the_surest(rows):
    table = prediction_table(*rows)
    assert worst_errors(table)["id"].tolist() == ["c", "b"]
    assert worst_errors(table, 1)["confidence"].tolist() == [0.9]
