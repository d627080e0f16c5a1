import numpy as np
import pytest

from data.schema import SENTIMENTS, STANCES, Example, Pair, PairSpan, Prediction, Sentiment, Stance
from train.metrics import abstention_curve, calibration_error, confusion, measure, report

TEXT = "Togo backs Chad."
FORWARD = Pair("f", TEXT, PairSpan(0, 4), PairSpan(11, 15))
BACKWARD = Pair("b", TEXT, PairSpan(11, 15), PairSpan(0, 4))


def example(stance=None, sentiment=None, pair=FORWARD, corpus="gold", stances=None):
    weights = {Stance(stance): 1.0} if stance else stances
    return Example(pair, weights, Sentiment(sentiment) if sentiment else None, "g", corpus)


def prediction(stance, confidence=0.7, sentiment="neutral"):
    rest = (1 - confidence) / 3
    return Prediction(
        {s: confidence if s == stance else rest for s in STANCES},
        {s: 0.8 if s == sentiment else 0.1 for s in SENTIMENTS},
    )


def test_all_right_is_one_everywhere():
    labels = ["condemn", "support", "deny", "neutral"]
    measures = measure([example(label) for label in labels], [prediction(label) for label in labels])
    assert measures["stance_macro_f1"] == measures["stance_accuracy"] == 1.0
    assert {measures[f"{label}_{m}"] for label in labels for m in ("precision", "recall", "f1")} == {1.0}
    assert measures["direction_errors"] == 0.0
    assert measures["calibration_error"] == pytest.approx(0.3)


def test_a_small_case_by_hand():
    gold = ["condemn", "condemn", "support", "neutral"]
    guess = ["condemn", "neutral", "support", "condemn"]
    measures = measure([example(g) for g in gold], [prediction(g) for g in guess])
    assert (measures["condemn_precision"], measures["condemn_recall"], measures["condemn_f1"]) == (0.5, 0.5, 0.5)
    assert (measures["neutral_f1"], measures["support_f1"], measures["deny_f1"]) == (0.0, 1.0, 0.0)
    assert measures["stance_macro_f1"] == pytest.approx((0.5 + 1 + 0 + 0) / 4)
    assert measures["stance_accuracy"] == 0.5
    assert measures["majority_macro_f1"] == pytest.approx((2 * 2 / (4 + 2)) / 4)


def test_pairs_without_a_certain_stance_count_for_sentiment_only():
    partial = example(stances={Stance.CONDEMN: 0.5, Stance.NEUTRAL: 0.5}, sentiment="negative")
    measures = measure([partial], [prediction("support", sentiment="negative")])
    assert set(measures) == {"sentiment_macro_f1", "selection"}
    assert measures["selection"] == measures["sentiment_macro_f1"]
    assert measures["sentiment_macro_f1"] == pytest.approx(1 / 3)


def test_pairs_without_a_sentiment_count_for_the_stance_only():
    assert "sentiment_macro_f1" not in measure([example("deny")], [prediction("deny")])


def test_a_stance_found_in_the_other_direction_only_is_a_direction_error():
    examples = [example("condemn"), example("neutral", pair=BACKWARD), example("support")]
    predictions = [prediction("neutral"), prediction("condemn"), prediction("support")]
    assert measure(examples, predictions)["direction_errors"] == 0.5
    both = [prediction("condemn"), prediction("condemn"), prediction("support")]
    assert measure(examples, both)["direction_errors"] == 0.0


def test_one_side_of_a_mutual_stance_that_is_missed_is_no_direction_error():
    examples = [example("condemn"), example("condemn", pair=BACKWARD)]
    assert measure(examples, [prediction("neutral"), prediction("condemn")])["direction_errors"] == 0.0
    assert measure(examples, [prediction("neutral"), prediction("neutral")])["direction_errors"] == 0.0


def test_predictions_must_be_as_many_as_examples():
    with pytest.raises(ValueError, match="shorter"):
        measure([example("deny"), example("deny")], [prediction("deny")])


def test_calibration_error_is_the_weighted_gap_of_each_bin():
    confidence = np.array([0.95, 0.85, 0.35, 0.31])
    correct = np.array([True, False, True, False])
    expected = 0.25 * 0.05 + 0.25 * 0.85 + 0.5 * abs(0.33 - 0.5)
    assert calibration_error(confidence, correct) == pytest.approx(expected)


def test_full_confidence_stands_in_the_last_bin():
    found = calibration_error(np.array([1.0, 1.0, 0.94]), np.array([True, False, True]))
    assert found == pytest.approx(2.94 / 3 - 2 / 3)


def test_confusion_counts_gold_in_rows_and_predictions_in_columns():
    partial = example(stances={Stance.DENY: 0.5, Stance.NEUTRAL: 0.5})
    examples = [example("condemn"), example("condemn"), example("neutral"), partial]
    predictions = [prediction("condemn"), prediction("deny"), prediction("support"), prediction("deny")]
    assert confusion(examples, predictions).tolist() == [[1, 0, 1, 0], [0] * 4, [0] * 4, [0, 1, 0, 0]]


def test_a_report_measures_each_corpus_and_all():
    examples = [example("deny"), example("support", corpus="dse"), example("deny", corpus="dse")]
    found = report(examples, [prediction("deny"), prediction("support"), prediction("neutral")])
    assert list(found) == ["all", "dse", "gold"]
    assert [found[name]["n"] for name in found] == [3, 2, 1]
    assert [found[name]["stance_accuracy"] for name in found] == [pytest.approx(2 / 3), 0.5, 1.0]


def test_the_more_sure_a_model_must_be_the_less_it_reports():
    gold = ["condemn", "condemn", "support", "neutral", "neutral"]
    guess = [("condemn", 0.9), ("condemn", 0.6), ("deny", 0.8), ("condemn", 0.4), ("neutral", 0.9)]
    curve = abstention_curve(
        [example(g) for g in gold] + [example(sentiment="negative")],
        [prediction(stance, confidence) for stance, confidence in guess] + [prediction("deny")],
        (0.0, 0.5, 0.85, 0.95),
    )
    assert [(r.reported, r.precision, r.recall) for r in curve] == [
        (4, 0.5, pytest.approx(2 / 3)), (3, pytest.approx(2 / 3), pytest.approx(2 / 3)), (1, 1.0, pytest.approx(1 / 3)),
        (0, 0.0, 0.0),
    ]  # fmt: skip


def test_brier_is_the_squared_distance_to_the_truth():
    assert measure([example("deny")], [prediction("deny", 1.0)])["brier"] == 0.0
    assert measure([example("deny")], [prediction("support", 1.0)])["brier"] == 2.0
    assert measure([example("deny")], [prediction("deny", 0.7)])["brier"] == pytest.approx(0.3**2 + 3 * 0.1**2)
