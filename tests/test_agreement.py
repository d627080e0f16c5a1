"""Cohen's kappa over pairs that two annotators labelled."""

import pytest
from sklearn.metrics import cohen_kappa_score

from data.agreement import agreement, kappa
from data.schema import PairSpan, Sentiment, Stance
from data.standoff import StandoffLabel

ONE, OTHER = PairSpan(0, 4), PairSpan(9, 13)


def label(number, stance, annotator, note="", sentiment="neutral"):
    name = f"{number:064}"
    return StandoffLabel("dse", "d", name, ONE, OTHER, Stance(stance), Sentiment(sentiment), annotator, note)


@pytest.mark.parametrize("two", [("aabbc", "aabcc"), ("ab" * 9, "aa" * 9), ("abcdabcd", "dcbadcba"), ("aab", "aab")])
def test_kappa_is_that_of_scikit_learn(two):
    pairs = list(zip(*two, strict=True))
    assert kappa(pairs) == pytest.approx(cohen_kappa_score(*map(list, two)))


def test_kappa_is_1_where_both_say_one_thing_throughout():
    assert kappa([("a", "a")] * 3) == 1


def test_agreement_is_over_the_pairs_that_two_annotators_labelled():
    first = ["deny", "deny", "condemn", "neutral", "neutral", "support"]
    second = ["deny", "neutral", "condemn", "neutral", "neutral"]
    labels = [label(n, s, "ann-1") for n, s in enumerate(first)] + [label(n, s, "ann-2") for n, s in enumerate(second)]
    labels += [label(0, "condemn", "ann-3"), label(1, "deny", "judge", "adjudicated")]
    found = agreement(labels)
    assert (found.pairs, found.observed) == (5, 0.8)
    assert found.kappa == pytest.approx(cohen_kappa_score(first[:5], second))
    assert found.by_stance["deny"] == pytest.approx(cohen_kappa_score([1, 1, 0, 0, 0], [1, 0, 0, 0, 0]))
    assert found.by_stance["condemn"] == 1
    assert found.confusions == [("deny", "neutral", 1)]


def test_a_second_label_of_one_annotator_is_no_agreement():
    assert agreement([label(1, "deny", "ann-1"), label(1, "deny", "ann-1")]) is None
