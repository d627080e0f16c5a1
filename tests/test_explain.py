import pytest

from data.schema import Article, PairSpan, Span
from data.sentences import split_sentences
from models.explain import explain, explain_records, pair_of, without
from models.mentions import LearnedFinder
from models.pipeline import Options, Scorer


@pytest.fixture(scope="module")
def scorer(tiny_classifier):
    return Scorer(tiny_classifier, "tiny", LearnedFinder.load())


@pytest.fixture(scope="module")
def scored(scorer, texts):
    return next(iter(scorer.score_articles([Article("a", texts["row.txt"])], Options(threshold=0.0, all_pairs=True))))


def test_a_pair_loses_words_and_keeps_its_mentions(marked):
    pair = marked("On Monday [Chad] sharply accused {Niger} of theft, it said.")
    words = [Span(pair.text.index(w), pair.text.index(w) + len(w)) for w in ("sharply", "Monday", "theft")]
    cut = without(pair, words)
    assert cut.text == "On Chad accused Niger of , it said."
    assert (cut.side(cut.source), cut.side(cut.target)) == ("Chad", "Niger")
    assert without(pair, []) == pair


def test_a_mention_in_the_context_stays_where_it_is(marked):
    pair = marked("It accused {Niger}.", context="[Chad] was angry.")
    cut = without(pair, [Span(3, 10)])
    assert cut.text == "It Niger."
    assert (cut.side(cut.source), cut.source) == ("Chad", PairSpan(0, 4, in_context=True))
    assert cut.side(cut.target) == "Niger"


def test_the_pair_of_a_record_is_the_one_that_was_scored(scorer, scored):
    article, records = scored
    sentences = split_sentences(article)
    made = {(p.pair.text, p.pair.context, p.pair.source, p.pair.target) for p in scorer.pairs(article)}
    pairs = [pair_of(scorer.classifier, article, sentences, record) for record in records]
    assert {(p.text, p.context, p.source, p.target) for p in pairs} <= made
    assert any(pair.source.in_context for pair in pairs)
    for record, prediction in zip(records, scorer.classifier.predict(pairs), strict=True):
        assert prediction.probabilities[record["stance"]] == pytest.approx(record["confidence"], abs=2e-3)


def test_weights_and_the_check_are_what_deletion_does(tiny_classifier, marked):
    pair = marked("On Monday [Chad] sharply accused {Niger} of theft and of treason in a long and angry letter.")
    [found] = explain(tiny_classifier, [pair])
    [whole] = tiny_classifier.predict([pair])
    words = sorted(pair.text[w.start : w.end] for w in found.words)
    assert words == sorted("On Monday sharply accused of theft and of treason in a long and angry letter".split())
    assert [w.weight for w in found.words] == sorted((w.weight for w in found.words), reverse=True)
    for word in found.words[:2]:
        [cut] = tiny_classifier.predict([without(pair, [Span(word.start, word.end)])])
        expected = whole.probabilities[whole.stance] - cut.probabilities[whole.stance]
        assert word.weight == pytest.approx(expected, abs=2e-3)
    heaviest = [Span(word.start, word.end) for word in found.words[: found.deletion.removed]]
    [cut] = tiny_classifier.predict([without(pair, heaviest)])
    assert found.deletion.without == pytest.approx(cut.probabilities[whole.stance], abs=2e-3)
    assert 1 <= found.deletion.removed <= 3


class _Keywords:
    """Stands in for a classifier: the stance is condemn where a word stands, with what that word says."""

    def __init__(self, weights):
        self.weights = weights

    def predict(self, pairs):
        from data.schema import SENTIMENTS, STANCES, Prediction

        found = []
        for pair in pairs:
            p = min(0.97, 0.05 + sum(w for word, w in self.weights.items() if word in pair.text))
            found.append(
                Prediction({s: p if s == "condemn" else (1 - p) / 3 for s in STANCES}, dict.fromkeys(SENTIMENTS, 1 / 3))
            )
        return found


def test_a_word_that_carries_a_stance_is_found_and_holds(marked):
    pair = marked("[Chad] accused {Niger} of theft in a letter on Monday, Chadian papers wrote.")
    [found] = explain(_Keywords({"accused": 0.8}), [pair])
    assert [pair.text[w.start : w.end] for w in found.words][:1] == ["accused"]
    assert found.deletion.faithful
    assert (found.deletion.removed, found.deletion.without) == (1, pytest.approx(0.05))
    assert found.deletion.random == pytest.approx(found.deletion.probability)


def test_an_explanation_that_no_deletion_bears_out_says_so(marked):
    pair = marked("[Chad] accused and blamed {Niger} for theft in a long letter on Monday.")
    length = len(pair.text.split())

    class Stubborn(_Keywords):
        """Loses its mind over one word that is missing, and not over two."""

        def predict(self, pairs):
            whole = super().predict([pair])[0]
            made = zip(pairs, super().predict(pairs), strict=True)
            return [one if len(p.text.split()) >= length - 1 else whole for p, one in made]

    [found] = explain(Stubborn({"accused": 0.4, "blamed": 0.4}), [pair])
    assert found.deletion.removed == 2
    assert not found.deletion.faithful


def test_records_are_explained_in_the_offsets_of_the_article(scorer, scored):
    article, records = scored
    for record, explained in zip(records, explain_records(scorer.classifier, article, records), strict=True):
        assert {k: v for k, v in explained.items() if k not in ("words", "deletion")} == record
        for start, end, _ in explained["words"]:
            assert article.text[start:end].isalnum() or "’" in article.text[start:end]
            assert record["sentence_start"] <= start < end <= record["sentence_end"]


def test_a_sentence_of_mentions_alone_has_nothing_to_delete(tiny_classifier, marked):
    [found] = explain(tiny_classifier, [marked("[Chad], {Niger}.")])
    assert (found.words, found.deletion) == ((), None)
