"""How stances that were read over corpus sentences reach the pairs of the corpus."""

import json
from dataclasses import replace

import pytest

from data.schema import Example, Pair, PairSpan, Sentiment, Stance, Tier, stance_weights
from data.standoff import (
    CorpusSentence,
    StandoffLabel,
    apply_standoff,
    meanings,
    read_standoff,
    sentence_hash,
    settled,
)

PERU, CHILE = PairSpan(0, 4), PairSpan(13, 18)
NEGATIVE = stance_weights({"condemn", "deny", "neutral"})
OTHER = stance_weights({"deny", "neutral"})


def text(number):
    return f"Peru accused Chile in port number {number}."


def example(number, sentiment="negative", weights=NEGATIVE, corpus="dse"):
    pair = Pair(f"{corpus}-{number}", text(number), PERU, CHILE)
    return Example(
        pair, weights, Sentiment(sentiment), f"doc-{number}", corpus, tier=Tier.CORPUS, label=sentiment, confidence=0.5
    )


def label(number, stance="condemn", sentiment="negative", note="", source=PERU, target=CHILE, corpus="dse"):
    name = sentence_hash(text(number))
    return StandoffLabel(
        corpus, f"doc-{number}", name, source, target, Stance(stance), Sentiment(sentiment), "ann", note
    )


def sentences(*numbers, context="Rain fell."):
    return {
        (f"doc-{n}", sentence_hash(text(n))): CorpusSentence(f"doc-{n}", text(n), context, False, "own use")
        for n in numbers
    }


def apply(examples, labels, texts):
    """Lays labels over examples as the assembly does."""
    counting = settled(labels)
    return apply_standoff(examples, counting, texts, meanings(examples, counting))


def test_a_sentence_is_named_by_the_sha256_of_its_utf_8_text():
    assert sentence_hash("Łódź") == "bc8847fc65f124d7b89bbb41ba50d48f13ad47bd02e25c5dbf728193fc4cb75c"


def test_a_label_on_a_pair_replaces_what_the_corpus_leaves_possible():
    (labelled,) = apply([example(1)], [label(1, "deny", "neutral")], sentences(1))
    assert (labelled.stances, labelled.sentiment) == ({Stance.DENY: 1.0}, Sentiment.NEUTRAL)
    assert (labelled.tier, labelled.confidence) == (Tier.READ, 1.0)
    assert (labelled.pair, labelled.group, labelled.label) == (example(1).pair, "doc-1", "negative")


def test_of_two_labels_on_one_pair_the_first_counts():
    (labelled,) = apply([example(1)], [label(1, "deny"), label(1, "condemn")], sentences(1))
    assert labelled.stance is Stance.DENY


def test_an_adjudicated_label_counts_before_those_of_the_annotators():
    labels = [label(1, "deny"), label(1, "condemn"), label(1, "neutral", "neutral", note="adjudicated")]
    (labelled,) = apply([example(1)], labels, sentences(1))
    assert labelled.stance is Stance.NEUTRAL


@pytest.mark.parametrize(
    "other",
    [
        label(2),
        label(1, corpus="plv"),
        label(1, source=CHILE, target=PERU),
        label(1, source=PairSpan(0, 3)),
        label(1, source=PairSpan(0, 4, in_context=True)),
    ],
)
def test_a_label_falls_only_on_its_own_sentence_corpus_direction_and_offsets(other):
    assert apply([example(1)], [other], {}) == [example(1)]


def test_a_corpus_label_is_no_certain_stance_even_if_it_leaves_one():
    certain = example(1, weights=stance_weights("condemn"))
    assert (certain.stance, apply([certain], [label(1)], sentences(1))[0].stance) == (None, Stance.CONDEMN)


def test_a_corpus_label_means_what_readers_gave_to_pairs_drawn_at_random_smoothed_by_one():
    examples = [example(number) for number in range(5)]
    labels = [label(n, stance, note="random") for n, stance in enumerate(["condemn", "condemn", "condemn", "neutral"])]
    result = apply(examples, labels, sentences(*range(4)))
    assert [item.stance for item in result] == ["condemn", "condemn", "condemn", "neutral", None]
    assert result[4].stances == pytest.approx({Stance.CONDEMN: 4 / 7, Stance.DENY: 1 / 7, Stance.NEUTRAL: 2 / 7})
    assert (result[4].sentiment, result[4].tier, result[4].confidence) == (Sentiment.NEGATIVE, Tier.CORPUS, 0.5)


def test_pairs_that_were_picked_do_not_tell_what_a_corpus_label_means():
    assert apply([example(1), example(2)], [label(1, note="picked for denials")], sentences(1))[1] == example(2)


def test_each_corpus_label_has_its_own_meaning():
    examples = [example(1), example(2), example(3, "neutral", OTHER)]
    result = apply(examples, [label(1, note="random")], sentences(1))
    assert result[1].stances == {Stance.CONDEMN: 0.5, Stance.DENY: 0.25, Stance.NEUTRAL: 0.25}
    assert result[2] == examples[2]


def test_a_stance_that_readers_found_is_possible_even_where_the_corpus_label_left_it_out():
    examples = [example(1, "neutral", OTHER), example(2, "neutral", OTHER)]
    result = apply(examples, [label(1, "support", "positive", note="random")], sentences(1))
    assert result[1].stances == pytest.approx({Stance.SUPPORT: 1 / 3, Stance.DENY: 1 / 3, Stance.NEUTRAL: 1 / 3})


def test_an_example_with_a_sentiment_alone_keeps_it():
    author = Example(Pair("n", text(9), None, CHILE), None, Sentiment.NEGATIVE, "doc-9", "dse", label="negative")
    assert apply([author, example(1)], [label(1, note="random")], sentences(1))[0] == author


def test_a_label_on_a_sentence_that_is_not_there_is_left_out():
    assert apply([example(1)], [label(2)], sentences(1)) == [example(1)]


def test_a_label_on_a_pair_that_the_corpus_does_not_have_adds_it_under_the_terms_of_the_corpus():
    result = apply([], [label(3, "deny", "neutral", source=CHILE, target=PERU)], sentences(3))
    pair = Pair(f"dse-{sentence_hash(text(3))[:12]}-13-18-0-4", text(3), CHILE, PERU, "Rain fell.")
    weights = {Stance.DENY: 1.0}
    assert result == [
        Example(pair, weights, Sentiment.NEUTRAL, "doc-3", "dse", False, "own use", Tier.READ),
    ]


def test_a_side_of_a_label_may_stand_in_the_context(tmp_path):
    rain = PairSpan(0, 4, in_context=True)
    (added,) = apply([], [label(3, "deny", source=PERU, target=rain)], sentences(3))
    assert added.pair.side(added.pair.target) == "Rain"


def test_labels_are_read_from_the_file_of_the_contract(tmp_path):
    row = {
        "corpus": "dse",
        "document": "d",
        "sentence_sha256": sentence_hash(text(1)),
        "source": {"start": 0, "end": 4},
        "target": {"start": 13, "end": 18},
        "stance": "condemn",
        "sentiment": "negative",
        "annotator": "ann",
        "note": "random",
    }
    path = tmp_path / "dse.jsonl"
    path.write_text(json.dumps(row) + "\n" + json.dumps(row | {"note": ""}) + "\n")
    first, second = read_standoff(path)
    assert (replace(first, document="doc-1"), replace(second, document="doc-1")) == (label(1, note="random"), label(1))
    path.write_text(json.dumps(row | {"target": {"start": 0, "end": 4, "in": "context"}}))
    assert next(read_standoff(path)).target == PairSpan(0, 4, in_context=True)


def test_an_unknown_stance_names_file_and_line(tmp_path):
    row = {"source": {"start": 0, "end": 4}, "target": {"start": 13, "end": 18}, "stance": "praise"}
    path = tmp_path / "dse.jsonl"
    path.write_text(json.dumps(row))
    with pytest.raises(ValueError, match=r"dse\.jsonl.*1.*expected one of condemn, support, deny, neutral"):
        list(read_standoff(path))
