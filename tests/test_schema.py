"""The types and labels that everything else is made of."""

import pytest

from data.schema import Actor, ActorKind, Example, Mention, Pair, PairSpan, Prediction, Sentiment, Span, Stance
from data.schema import stance_weights as weights

TEXT = "Peru thanked Chile."
PERU, CHILE = PairSpan(0, 4), PairSpan(13, 18)


def test_the_labels_and_their_order_are_those_of_the_contract():
    assert [str(s) for s in Stance] == ["condemn", "support", "deny", "neutral"]
    assert [str(s) for s in Sentiment] == ["negative", "neutral", "positive"]
    assert {str(k) for k in ActorKind} == {
        "state", "igo", "person", "party", "armed_group", "company", "ngo", "media", "group",
    }  # fmt: skip


def test_a_span_quotes_code_points():
    assert Span(5, 9).of("Köln 🕊️ ja") == "🕊️ j"
    assert Span(13, 18).of(TEXT) == "Chile"


@pytest.mark.parametrize(("start", "end"), [(3, 3), (4, 2), (-1, 2)])
def test_a_span_that_is_empty_or_backward_or_negative_is_refused(start, end):
    with pytest.raises(ValueError, match=f"expected 0 <= start < end, found start={start}, end={end}"):
        Span(start, end)


def test_spans_overlap_only_where_they_share_a_character():
    assert Span(0, 4).overlaps(Span(3, 5))
    assert not Span(0, 4).overlaps(Span(4, 5))


def test_mentions_overlap_only_where_they_share_a_character():
    actor = Actor("Peru", ActorKind.STATE, "PER")
    one, nested, next_to = (Mention(a, b, "x", 0, actor) for a, b in ((0, 8), (2, 4), (8, 9)))
    assert one.overlaps(nested)
    assert not one.overlaps(next_to)


def test_the_body_of_an_actor_is_whom_it_speaks_for_in_the_end():
    state = Actor("Peru", ActorKind.STATE, "PER")
    organ = Actor("Peruvian navy", ActorKind.STATE, "PER", "MIL", True, state)
    person = Actor("Rosa Quispe", ActorKind.PERSON, "PER", "MIL", True, organ)
    assert person.body == state
    assert state.body is state


def test_a_pair_quotes_both_sides_and_the_author_is_none():
    pair = Pair("1", TEXT, PERU, CHILE)
    assert (pair.side(pair.source), pair.side(pair.target)) == ("Peru", "Chile")
    assert Pair("2", TEXT, None, CHILE).side(None) is None


def test_a_side_in_the_context_is_quoted_from_the_context():
    pair = Pair("1", "It thanked Chile.", PairSpan(0, 4, in_context=True), PairSpan(11, 16), "Peru spoke.")
    assert pair.side(pair.source) == "Peru"


def test_a_target_out_of_bounds_says_where_it_ends_and_how_long_the_text_is():
    message = "target ends at 20, but the text has 19 characters: offsets count code points, end-exclusive"
    with pytest.raises(ValueError, match=message):
        Pair("1", TEXT, PERU, PairSpan(13, 20))


def test_a_source_out_of_bounds_of_the_context_is_measured_against_the_context():
    with pytest.raises(ValueError, match="source ends at 4, but the context has 3 characters"):
        Pair("1", TEXT, PairSpan(0, 4, in_context=True), CHILE, "Per")


def test_an_empty_side_is_refused():
    with pytest.raises(ValueError, match="found start=4, end=4"):
        Pair("1", TEXT, PairSpan(4, 4), CHILE)


def test_equal_sides_are_refused():
    with pytest.raises(ValueError, match="source and target are one span: a pair needs two mentions"):
        Pair("1", TEXT, CHILE, CHILE)


def test_the_same_offsets_in_text_and_context_are_two_mentions():
    assert Pair("1", "Peru left.", PairSpan(0, 4, in_context=True), PERU, "Peru came.").source == PairSpan(0, 4, True)


def test_an_example_needs_a_stance_or_a_sentiment():
    pair = Pair("p-7", TEXT, PERU, CHILE)
    with pytest.raises(ValueError, match="example p-7 has neither a stance nor a sentiment"):
        Example(pair, None, None, "g")
    assert Example(pair, None, Sentiment.POSITIVE, "g").stance is None


def test_an_example_is_certain_of_a_stance_only_where_no_other_is_possible():
    pair = Pair("1", TEXT, PERU, CHILE)
    assert Example(pair, weights("support"), None, "g").stance is Stance.SUPPORT
    assert Example(pair, weights(["support", "neutral"]), None, "g").stance is None


def test_one_label_weighs_one():
    assert weights("deny") == {Stance.DENY: 1.0}


def test_a_set_of_labels_shares_the_weight_evenly_in_the_order_of_the_labels():
    result = weights({"neutral", "condemn", "deny", "support"})
    assert list(result.items()) == [(stance, 0.25) for stance in Stance]


def test_weights_are_scaled_to_one():
    assert weights({"neutral": 3, "support": 1}) == {Stance.SUPPORT: 0.25, Stance.NEUTRAL: 0.75}


def test_an_unknown_label_is_named_with_those_expected():
    with pytest.raises(ValueError, match="unknown stance 'praise': expected one of condemn, support, deny, neutral"):
        weights(["support", "praise"])


def test_no_label_at_all_is_refused():
    with pytest.raises(ValueError, match="expected at least one stance of condemn, support, deny, neutral, found none"):
        weights([])


@pytest.mark.parametrize("weight", [0, -1, float("nan")])
def test_a_weight_that_is_not_positive_is_refused(weight):
    with pytest.raises(ValueError, match=f"stance 'deny' has weight {float(weight)}: expected a positive number"):
        weights({"deny": weight, "neutral": 1})


def test_a_prediction_says_what_is_most_probable():
    prediction = Prediction(
        dict(zip(Stance, (0.1, 0.2, 0.6, 0.1), strict=True)), dict(zip(Sentiment, (0.5, 0.3, 0.2), strict=True))
    )
    assert prediction.stance is Stance.DENY
    assert prediction.sentiment is Sentiment.NEGATIVE
    assert not prediction.truncated
