import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from data.schema import STANCES, Example, Sentiment, Stance
from models.classifier import Classifier
from train.calibration import calibrate, fit_temperature, fit_threshold

NEUTRAL = STANCES.index(Stance.NEUTRAL)


def drawn(scale, pairs=2000):
    """Draws labels from softmax(logits) and returns the logits scaled, as an overconfident model has them."""
    generator = torch.Generator().manual_seed(3)
    logits = torch.randn(pairs, 4, generator=generator) * 1.5
    labels = torch.multinomial(torch.softmax(logits, dim=-1), 1, generator=generator)[:, 0]
    return logits * scale, labels


@pytest.mark.parametrize("scale", [0.5, 1.0, 2.5, 5.0])
def test_the_temperature_undoes_a_known_scaling(scale):
    assert fit_temperature(*drawn(scale)) == pytest.approx(scale, rel=0.1)


def test_the_temperature_stays_between_a_quarter_and_eight():
    logits = torch.tensor([[5.0, 0.0, 0.0, 0.0]] * 4)
    assert fit_temperature(logits, torch.tensor([0, 0, 0, 0])) == 0.25
    assert fit_temperature(logits, torch.tensor([1, 2, 3, 1])) == 8.0


def confident(*rows):
    """Makes probabilities of `(stance index, confidence)`."""
    table = np.array([[(1 - confidence) / 3] * 4 for _, confidence in rows])
    for row, (stance, confidence) in enumerate(rows):
        table[row, stance] = confidence
    return table


def test_the_threshold_rises_above_wrong_stances_and_stays_below_right_ones():
    probabilities = confident((0, 0.92), (1, 0.81), (0, 0.58), (1, 0.56), (2, 0.57), (NEUTRAL, 0.9))
    labels = np.array([0, 1, NEUTRAL, NEUTRAL, NEUTRAL, NEUTRAL])
    assert fit_threshold(probabilities, labels) == 0.6


def test_the_lowest_threshold_is_taken_where_all_stances_are_right():
    assert fit_threshold(confident((0, 0.9), (1, 0.4)), np.array([0, 1])) == 0.3


def test_precision_counts_above_recall():
    # F0.5 is 0.79 at 0.30 (three of four right, all found), 0.91 at 0.55 (both right), 0.71 at 0.70 (one, right).
    probabilities = confident((0, 0.9), (0, 0.66), (0, 0.5), (0, 0.52))
    labels = np.array([0, 0, 0, NEUTRAL])
    assert fit_threshold(probabilities, labels) == 0.55


def test_neutral_guesses_are_never_reported():
    assert fit_threshold(confident((NEUTRAL, 0.95), (0, 0.5)), np.array([0, 0])) == 0.3


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0.26, 1), st.integers(0, 3)), min_size=1, max_size=30))
def test_any_dev_split_gives_a_threshold_of_the_candidates(rows):
    found = fit_threshold(confident(*((s, c) for s, c, _ in rows)), np.array([label for *_, label in rows]))
    assert found in np.round(np.arange(0.30, 0.91, 0.05), 2)


def test_calibrating_sets_both_by_the_certain_examples_only(tiny_model, marked):
    forward, backward = marked("[Togo] blames {Chad}."), marked("{Togo} blames [Chad].")
    certain = [
        Example(forward, {Stance.CONDEMN: 1.0}, None, "g"),
        Example(backward, {Stance.NEUTRAL: 1.0}, None, "g"),
    ]
    vague = Example(backward, {Stance.CONDEMN: 0.5, Stance.DENY: 0.5}, Sentiment.NEGATIVE, "g")
    one, other = Classifier.load(tiny_model), Classifier.load(tiny_model)
    calibrate(one, certain)
    calibrate(other, [certain[0], vague, certain[1], vague])
    logits, _ = one.logits([forward, backward])
    assert one.config.temperature == fit_temperature(logits, torch.tensor([0, NEUTRAL]))
    assert one.config == other.config
    assert one.config.max_length == 256
