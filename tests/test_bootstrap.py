import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from train.bootstrap import differences, estimates, macro_f1
from train.predictions import Answers


def answers(gold, predicted, groups=None, pairs=None):
    n = len(gold)
    return Answers(
        np.array(pairs if pairs is not None else [f"p{i}" for i in range(n)], dtype=str),
        np.array(groups if groups is not None else [f"g{i}" for i in range(n)], dtype=str),
        np.array(["gold"] * n, dtype=str),
        np.array(gold, dtype=int),
        np.array(predicted, dtype=int),
    )


def right(share, n=400, seed=0):
    """Gold stances and predictions of which a share is right, the rest wrong at random."""
    random = np.random.default_rng(seed)
    gold = np.arange(n) % 4
    wrong = (gold + random.integers(1, 4, n)) % 4
    return gold, np.where(random.random(n) < share, gold, wrong)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=60))
@settings(max_examples=50)
def test_macro_f1_is_scikit_learns(rows):
    counts = np.zeros((4, 4))
    for gold, predicted in rows:
        counts[gold, predicted] += 1
    gold, predicted = zip(*rows, strict=True)
    expected = f1_score(gold, predicted, labels=range(4), average="macro", zero_division=0)
    assert macro_f1(counts) == pytest.approx(expected)


def test_an_interval_holds_the_figure_and_narrows_with_more_documents():
    few, many = (estimates(answers(*right(0.7, n)))["all"] for n in (60, 2000))
    for estimate in (few, many):
        assert estimate.low < estimate.value < estimate.high
    assert (few.high - few.low) > 3 * (many.high - many.low)
    assert (few.n, many.n) == (60, 2000)


def test_pairs_of_one_document_are_drawn_together():
    gold, predicted = right(0.7)
    alone = estimates(answers(gold, predicted))["all"]
    # every pair ten times in one document tells no more than once
    repeated = answers(np.repeat(gold, 10), np.repeat(predicted, 10), groups=np.repeat(np.arange(len(gold)), 10))
    again = estimates(repeated)["all"]
    assert (again.low, again.high) == pytest.approx((alone.low, alone.high), abs=0.01)


def test_a_model_is_no_better_than_itself():
    own = answers(*right(0.7))
    found = differences(own, own)["all"]
    assert (found.value, found.low, found.high, found.chance) == (0, 0, 0, 1)


def test_a_clear_gain_is_told_from_one_by_chance():
    gold, base = right(0.6)
    baseline = answers(gold, base)
    wrong = np.flatnonzero(base != gold)
    clear, slight = base.copy(), base.copy()
    clear[wrong[:60]] = gold[wrong[:60]]
    slight[wrong[:9]] = gold[wrong[:9]]
    hits = np.flatnonzero(base == gold)[:7]
    slight[hits] = (gold[hits] + 1) % 4
    assert differences(answers(gold, clear), baseline)["all"].chance == 0
    by_chance = differences(answers(gold, slight), baseline)["all"]
    assert by_chance.value > 0
    assert by_chance.low < 0
    assert by_chance.chance > 0.05


def test_only_shared_pairs_count_whatever_their_order():
    gold, predicted = right(0.6)
    baseline = answers(gold, predicted)
    order = np.random.default_rng(1).permutation(len(gold))[:300]
    other = answers(gold[order], gold[order], groups=[f"g{i}" for i in order], pairs=[f"p{i}" for i in order])
    found = differences(other, baseline)
    assert found["all"].n == 300
    same = differences(baseline.at(np.sort(order)), baseline)["all"]
    assert (same.value, same.n) == (0, 300)
    assert found["all"].value == pytest.approx(1 - estimates(baseline.at(order))["all"].value)


def test_a_label_that_was_changed_between_two_runs_counts_alike_for_both():
    gold, predicted = right(0.7)
    changed = np.where(np.arange(len(gold)) < 80, (gold + 1) % 4, gold)
    found = differences(answers(changed, predicted), answers(gold, predicted))["all"]
    assert (found.value, found.low, found.high) == (0, 0, 0)


def test_an_estimate_says_of_how_many_documents_it_is():
    gold, predicted = right(0.7, 40)
    found = estimates(answers(gold, predicted, groups=[f"g{i % 7}" for i in range(40)]))["all"]
    assert (found.n, found.documents) == (40, 7)
