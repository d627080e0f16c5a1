"""Says how sure a difference is: bootstrap over documents, paired where two models judged the same pairs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from data.schema import STANCES
from train.predictions import Answers

RESAMPLINGS = 2000
_SEED = 13
_TAIL = 0.025


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and its 95 % interval.

    Attributes:
        value: The figure.
        low: Lower end.
        high: Upper end.
        chance: Share of the resamplings in which it is not above zero.
        n: Pairs behind it.
        documents: Documents that they are of.
    """

    value: float
    low: float
    high: float
    chance: float
    n: int
    documents: int


def f1_scores(counts: np.ndarray) -> np.ndarray:
    """Returns the F1 of each label, 0 where it is neither given nor found.

    Args:
        counts: [..., gold label, predicted label].

    Returns:
        [..., labels].
    """
    hits = np.diagonal(counts, axis1=-2, axis2=-1)
    both = counts.sum(axis=-1) + counts.sum(axis=-2)
    return 2 * hits / np.maximum(both, 1)


def macro_f1(counts: np.ndarray) -> np.ndarray:
    """Returns the macro-F1 over all labels of counts [..., gold label, predicted label]."""
    return f1_scores(counts).mean(axis=-1)


def estimates(answers: Answers) -> dict[str, Estimate]:
    """Returns macro-F1 ("all") and the F1 of each stance, with intervals over resampled documents."""
    return _estimates(_scores(answers), answers)


def differences(answers: Answers, baseline: Answers) -> dict[str, Estimate]:
    """Returns how far macro-F1 ("all") and the F1 of each stance lie above a baseline's, on the same pairs.

    Both are measured on the same resampled documents, so that what is hard for both cancels out.
    Pairs that only one of them judged are left out; `n` says how many are left. Where labels or documents
    of a pair were changed between the two, the baseline's count for both.
    """
    answers, baseline = answers.shared(baseline), baseline.shared(answers)
    answers = replace(answers, gold=baseline.gold, groups=baseline.groups)
    return _estimates(_scores(answers) - _scores(baseline), answers)


def _scores(answers: Answers) -> np.ndarray:
    """Scores [1 + resamplings, 1 + stances]: first as they are, then resampled; first the macro-F1, then each F1."""
    if not len(answers):
        return np.zeros((1 + RESAMPLINGS, 1 + len(STANCES)))
    size = len(STANCES)
    groups, index = np.unique(answers.groups, return_inverse=True)
    counts = np.zeros((len(groups), size * size))
    np.add.at(counts, (index, answers.gold * size + answers.predicted), 1)
    drawn = np.vstack([counts.sum(axis=0), draws(len(groups), RESAMPLINGS) @ counts]).reshape(-1, size, size)
    return np.column_stack([macro_f1(drawn), f1_scores(drawn)])


def _estimates(scores: np.ndarray, answers: Answers) -> dict[str, Estimate]:
    names = ["all", *map(str, STANCES)]
    lows, highs = np.quantile(scores[1:], [_TAIL, 1 - _TAIL], axis=0)
    chances = (scores[1:] <= 0).mean(axis=0)
    rows = zip(scores[0].tolist(), lows.tolist(), highs.tolist(), chances.tolist(), strict=True)
    sizes = len(answers), len(np.unique(answers.groups))
    return {name: Estimate(*row, *sizes) for name, row in zip(names, rows, strict=True)}


@lru_cache(maxsize=4)
def draws(groups: int, resamplings: int) -> np.ndarray:
    """Returns how often each group, a document or a sentence, is drawn in each resampling: [resamplings, groups]."""
    drawn = np.random.default_rng(_SEED).multinomial(groups, np.full(groups, 1 / groups), size=resamplings)
    return drawn.astype(np.float64)
