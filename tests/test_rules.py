"""The labelling rules: what they see in a sentence, how they are measured, and what they make of articles."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.built import read_gold
from data.label import main as label
from data.rules.combine import RuleModel, measure, rules, votes
from data.rules.frames import forms, frames
from data.rules.view import view
from data.schema import STANCES, Example, Pair, PairSpan, Stance, Tier, stance_weights
from data.store import read_examples


def said(marked, sentence, context=""):
    """The votes on a sentence, source in brackets and target in braces, as `name -> stance`."""
    return {name: str(vote) for name, vote in votes(marked(sentence, context)).items()}


@pytest.mark.parametrize(
    ("sentence", "rule", "stance"),
    [
        ("[Norway] condemned the raid by {Iceland}.", "condemn, active", "condemn"),
        ("[Norway] and Denmark sharply criticised {Iceland}.", "condemn, active", "condemn"),
        ("{Iceland} was condemned on Monday by [Norway].", "condemn, passive", "condemn"),
        ("[Oslo] is blaming {Reykjavik} for the spill.", "accuse, active", "condemn"),
        ("[Norway] expelled {Iceland}'s envoy.", "sanction, active", "condemn"),
        ("[Norway] hailed {Iceland}.", "praise, active", "support"),
        ("[Norway] stood by {Iceland}.", "back, active", "support"),
        ("[Norway] brushed off a protest by {Iceland}.", "reject, active", "deny"),
        ("[Norway] denied accusations from {Iceland}.", "denies a claim of the target", "deny"),
        ("{Iceland} accused Oslo; [Norway] denied it.", "denies what the target claims in the sentence", "deny"),
        ("[Norway] said that {Iceland} was telling a baseless story.", "calls it false", "deny"),
        ("[Norway] called {Iceland} a reckless neighbour.", "speaks of it with reproach", "condemn"),
        ("“{Iceland} is a reliable friend”, the [Norwegian premier] said.", "speaks of it with praise", "support"),
        ("[Norway] sent {Iceland} two helicopters.", "sends it help", "support"),
        ("[Norway] voiced its anger at {Iceland}.", "has a reproach for it", "condemn"),
        ("[Norway] met {Iceland} in Lima.", "talks with it", "neutral"),
        ("[Norway] and {Iceland} both left.", "stands beside it", "neutral"),
        ("[Norway] shelled {Iceland}.", "uses force against it", "neutral"),
    ],
)  # fmt: skip
def test_a_rule_sees_what_it_is_named_for(marked, sentence, rule, stance):
    assert said(marked, sentence)[rule] == stance


@pytest.mark.parametrize(
    ("sentence", "rule"),
    [
        ("[Norway] did not condemn {Iceland}.", "stance negated"),
        ("[Norway] stopped short of backing {Iceland}.", "stance negated"),
        ("[Norway] may praise {Iceland}.", "stance not real"),
        ("[Norway] would denounce {Iceland} if ships came.", "stance not real"),
        ("Oslo urged [Sweden] to condemn {Iceland}.", "is urged to take a stance"),
        ("[Norway] said Sweden condemned {Iceland}.", "tells another's stance"),
        ("{Norway} condemned [Iceland].", "way back of a stance"),
    ],
)
def test_negation_hypothesis_report_and_direction_turn_a_stance_into_none(marked, sentence, rule):
    found = said(marked, sentence)
    assert found[rule] == "neutral"
    assert not {stance for name, stance in found.items() if name.endswith(("active", "passive"))} - {"neutral"}


@pytest.mark.parametrize(
    "sentence",
    [
        "[Oslo] published a leaked cable titled “Why Paris must condemn {Rome}”.",
        "[Oslo] quoted the old song “Down they came to praise {Rome}”.",
        "[Oslo] pushed back hard against {Rome}.",
    ],
)
def test_words_that_are_quoted_or_mean_something_else_give_no_stance(marked, sentence):
    assert not {"condemn", "support"} & set(said(marked, sentence).values())


def test_a_speaker_may_take_a_stance_in_quoted_words_of_its_own(marked):
    assert said(marked, "[Oslo]: “We condemn {Rome}.”")["condemn, active"] == "condemn"


def test_who_urges_others_to_blame_blames(marked):
    assert said(marked, "[Norway] urged the Council to condemn {Iceland}.")["urges others to blame"] == "condemn"


def test_a_denial_is_tied_to_the_claim_that_stands_before(marked):
    found = said(marked, "[Norway] dismissed the charge.", context="{Iceland} accused its neighbour of theft.")
    assert found == {"denies what the target claimed before": "deny"}
    assert said(marked, "[Norway] dismissed the charge.", context="{Iceland} slept.") == {}


def test_the_words_for_the_actors_themselves_are_never_read(marked):
    assert said(marked, "[Condemned Prisoners] saw {Praise Choir}.") == {}


def test_a_pair_with_the_author_gets_no_vote():
    assert votes(Pair("a", "Norway condemned Iceland.", None, PairSpan(0, 6))) == {}


def test_a_view_turned_twice_is_itself(marked):
    seen = view(marked("{Norway} condemned [Iceland].", "Rain fell."))
    assert seen.text == "<T> condemned <S>."
    assert seen.reversed().text == "<S> condemned <T>."
    assert seen.reversed().reversed() == seen


@pytest.mark.parametrize(
    ("verb", "expected"),
    [
        ("deny", ("deny", "denies", "denied", "denied", "denying")),
        ("praise", ("praise", "praises", "praised", "praised", "praising")),
        ("slam", ("slam", "slams", "slammed", "slammed", "slamming")),
        ("dismiss", ("dismiss", "dismisses", "dismissed", "dismissed", "dismissing")),
        ("expel", ("expel", "expels", "expelled", "expelled", "expelling")),
        ("agree", ("agree", "agrees", "agreed", "agreed", "agreeing")),
        ("brush off", ("brush off", "brushes off", "brushed off", "brushed off", "brushing off")),
        ("take issue with", ("take issue with", "takes issue with", "took issue with", "taken issue with",
                             "taking issue with")),
    ],
)  # fmt: skip
def test_verbs_are_inflected_in_their_first_word(verb, expected):
    assert forms(verb, {"take": ["takes", "took", "taken", "taking"]}) == expected


def test_every_stance_has_a_frame_and_every_rule_a_name_of_its_own():
    assert {frame.stance for frame in frames().values()} == set(STANCES)
    assert len({rule.name for rule in rules()}) == len(rules()) > 40


@settings(max_examples=60)
@given(st.text(st.sampled_from("<>ST[]{}“”\"'.,;not condemned by to Ab\n "), max_size=300))
def test_no_text_makes_a_rule_fail_or_hang(text):
    votes(Pair("p", f"Oslo {text} Riga", PairSpan(0, 4), PairSpan(6 + len(text), 10 + len(text))))


def labelled(marked, sentence, stance, tier=Tier.GOLD):
    return Example(marked(sentence), stance_weights(stance), None, sentence, tier=tier)


def test_coverage_and_precision_are_counted_on_certain_labels(marked):
    examples = [
        labelled(marked, "[Norway] condemned {Iceland}.", "condemn"),
        labelled(marked, "[Norway] condemned {Iceland} once.", "condemn"),
        labelled(marked, "[Norway] condemned {Iceland} in play.", "neutral"),
        labelled(marked, "[Norway] slept near {Iceland}.", "neutral"),
        labelled(marked, "[Norway] condemned {Iceland} twice.", "condemn", Tier.CORPUS),
    ]
    found = {rule.name: rule for rule in measure(examples)}
    rule = found["condemn, active"]
    assert (rule.votes, rule.coverage, rule.precision) == (3, 0.75, 2 / 3)
    assert (found["help, active"].votes, found["help, active"].precision) == (0, 0)


def test_weights_follow_bayes_over_smoothed_counts(marked):
    examples = [labelled(marked, f"[Norway] condemned {{Iceland}} {n}.", "condemn") for n in range(3)]
    examples += [labelled(marked, f"[Norway] slept near {{Iceland}} {n}.", "neutral") for n in range(5)]
    model = RuleModel.fit(examples)
    prior = {Stance.CONDEMN: 4 / 12, Stance.SUPPORT: 1 / 12, Stance.DENY: 1 / 12, Stance.NEUTRAL: 6 / 12}
    assert model.weights(marked("[Norway] slept under {Iceland}.")) == pytest.approx(prior)
    fires = {Stance.CONDEMN: 4 / 5, Stance.SUPPORT: 1 / 2, Stance.DENY: 1 / 2, Stance.NEUTRAL: 1 / 7}
    total = sum(prior[s] * fires[s] for s in STANCES)
    expected = {s: prior[s] * fires[s] / total for s in STANCES}
    assert model.weights(marked("[Togo] condemned {Benin}.")) == pytest.approx(expected)


def test_a_model_of_rules_needs_certain_labels():
    with pytest.raises(ValueError, match="expected labelled pairs with one certain stance, found none"):
        RuleModel.fit([])


def test_on_the_gold_the_rules_say_more_than_their_prior():
    gold = read_gold()
    model = RuleModel.fit(gold["train"])
    for stance in (Stance.CONDEMN, Stance.SUPPORT, Stance.DENY):
        prior = sum(e.stance is stance for e in gold["dev"]) / len(gold["dev"])
        chosen = [e for e in gold["dev"] if model.weights(e.pair)[stance] > 0.5]
        assert len(chosen) > 50
        assert sum(e.stance is stance for e in chosen) / len(chosen) > 4 * prior, stance


def test_the_command_labels_articles_and_writes_the_tier_weak(tmp_path, capsys):
    (tmp_path / "a.txt").write_text("Norway condemned Iceland on Monday.\n\nReykjavik rejected the charge of Norway.")
    (tmp_path / "b.jsonl").write_text("{oops\n")
    out = tmp_path / "weak.jsonl"
    assert label([str(tmp_path / "a.txt"), str(tmp_path / "b.jsonl"), "--out", str(out)]) == 3
    printed = capsys.readouterr()
    assert "rules weighed on the " in printed.out
    assert "rejected b.jsonl, line 1: broken JSON" in printed.err
    assert "no training chooses by weak labels alone: join them to read ones" in printed.out
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert {row["tier"] for row in rows} == {"weak"}
    best = {(e.pair.side(e.pair.source), e.pair.side(e.pair.target)): max(e.stances, key=e.stances.get)
            for e in read_examples(out)}  # fmt: skip
    assert best["Norway", "Iceland"] == "condemn"
    assert best["Reykjavik", "Norway"] == "deny"
    assert best["Iceland", "Norway"] == "neutral"


def test_the_command_prints_what_each_rule_is_worth_on_the_gold(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr("data.label.is_current", lambda: False)
    assert label(["--measure"]) == 0
    _, kinds, header, *lines, total = capsys.readouterr().out.splitlines()
    assert (kinds.strip(), header.split()) == ("written gold", ["rule", "votes", "coverage", "precision"])
    assert [line[:48].strip() for line in lines] == [rule.name for rule in rules()]
    assert total.split() == ["pairs", str(len(read_gold()["train"]))]


def test_rules_are_weighed_on_the_gold_where_a_build_has_no_corpus(monkeypatch, tmp_path, capsys):
    gold = read_gold()
    monkeypatch.setattr("data.label.is_current", lambda: True)
    monkeypatch.setattr("data.label.read_built", lambda: gold)
    (tmp_path / "a.txt").write_text("Norway condemned Iceland.")
    assert label([str(tmp_path / "a.txt"), "--out", str(tmp_path / "o.jsonl")]) == 0
    assert f"rules weighed on the {len(gold['train'])} training pairs of the written gold" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["a.txt"], ["a.txt", "--import", "e.json", "--out", "o.jsonl"]])
def test_wrong_usage_has_status_2(arguments):
    assert label(arguments) == 2


def test_a_missing_path_stops_before_anything_is_written(tmp_path, capsys):
    assert label([str(tmp_path / "none"), "--out", str(tmp_path / "o.jsonl")]) == 1
    assert "expected a file or folder of articles, found nothing there" in capsys.readouterr().err
    assert not (tmp_path / "o.jsonl").exists()
