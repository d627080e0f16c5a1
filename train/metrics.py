"""Measures of predictions against labels, with scikit-learn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.metrics import confusion_matrix, f1_score, precision_recall_fscore_support

from data.schema import SENTIMENTS, STANCES, Example, Prediction, Stance

SELECTION_METRIC = "selection"


def measure(examples: Sequence[Example], predictions: Sequence[Prediction]) -> dict[str, float]:
    """Returns the measures of predictions on examples: macro-F1, accuracy, per class, calibration.

    Stances are measured on the examples whose stance is certain, sentiment where it is known.
    `majority_macro_f1` is what the most frequent stance alone would reach; `direction_errors` the
    share of stance-bearing pairs whose stance was found only in the other direction, where it is wrong. `selection`, by
    which an epoch is chosen, is the mean of the macro-F1 of stance and of sentiment.
    """
    measures: dict[str, float] = {}
    certain = [(e, p) for e, p in zip(examples, predictions, strict=True) if e.stance]
    if certain:
        gold = [str(e.stance) for e, _ in certain]
        guess = [str(p.stance) for _, p in certain]
        labels = [str(stance) for stance in STANCES]
        precision, recall, f1, _ = precision_recall_fscore_support(gold, guess, labels=labels, zero_division=0)
        measures["stance_macro_f1"] = float(f1_score(gold, guess, labels=labels, average="macro", zero_division=0))
        measures["stance_accuracy"] = float(np.mean([g == h for g, h in zip(gold, guess, strict=True)]))
        majority = max(set(gold), key=gold.count)
        measures["majority_macro_f1"] = float(
            f1_score(gold, [majority] * len(gold), labels=labels, average="macro", zero_division=0)
        )
        for name, p, r, f in zip(labels, precision, recall, f1, strict=True):
            measures |= {f"{name}_precision": float(p), f"{name}_recall": float(r), f"{name}_f1": float(f)}
        confidence = np.array([p.probabilities[p.stance] for _, p in certain])
        correct = np.array([g == h for g, h in zip(gold, guess, strict=True)])
        measures["calibration_error"] = calibration_error(confidence, correct)
        measures["brier"] = brier([e.stance for e, _ in certain if e.stance], [p for _, p in certain])
        measures["direction_errors"] = _direction_errors(certain)
    known = [(e.sentiment, p.sentiment) for e, p in zip(examples, predictions, strict=True) if e.sentiment]
    if known:
        labels = [str(sentiment) for sentiment in SENTIMENTS]
        measures["sentiment_macro_f1"] = float(
            f1_score(
                [str(g) for g, _ in known], [str(h) for _, h in known], labels=labels, average="macro", zero_division=0
            )
        )
    scores = [measures[name] for name in ("stance_macro_f1", "sentiment_macro_f1") if name in measures]
    return measures | ({SELECTION_METRIC: float(np.mean(scores))} if scores else {})


def calibration_error(confidence: np.ndarray, correct: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error over equal-width bins (Naeini et al., AAAI 2015); both [pairs]."""
    edges = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        abs(confidence[edges == b].mean() - correct[edges == b].mean()) * np.mean(edges == b)
        for b in range(bins)
        if np.any(edges == b)
    ]
    return float(sum(gaps))


def brier(stances: Sequence[Stance], predictions: Sequence[Prediction]) -> float:
    """Brier score over all stances (Brier, 1950): mean squared distance of probabilities to the truth, 0 to 2."""
    distances = [
        sum((prediction.probabilities[name] - (name is stance)) ** 2 for name in STANCES)
        for stance, prediction in zip(stances, predictions, strict=True)
    ]
    return float(np.mean(distances))


@dataclass(frozen=True, slots=True)
class Reported:
    """What is reported from a confidence on.

    Attributes:
        threshold: The confidence.
        reported: Pairs whose most probable stance is not neutral and reaches it.
        precision: Share of them that are right.
        recall: Share of the pairs with a stance that are among them, and right.
    """

    threshold: float
    reported: int
    precision: float
    recall: float


def abstention_curve(
    examples: Sequence[Example],
    predictions: Sequence[Prediction],
    thresholds: Sequence[float] = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95),
) -> list[Reported]:
    """Returns what a model reports as it abstains more, on the examples whose stance is certain."""
    certain = [
        (e.stance, p.stance, p.probabilities[p.stance]) for e, p in zip(examples, predictions, strict=True) if e.stance
    ]
    held = sum(gold is not Stance.NEUTRAL for gold, _, _ in certain)
    curve = []
    for threshold in thresholds:
        kept = [(gold, guess) for gold, guess, c in certain if guess is not Stance.NEUTRAL and c >= threshold]
        hits = sum(gold is guess for gold, guess in kept)
        curve.append(Reported(threshold, len(kept), hits / max(1, len(kept)), hits / max(1, held)))
    return curve


def confusion(examples: Sequence[Example], predictions: Sequence[Prediction]) -> np.ndarray:
    """Counts [gold stance, predicted stance] over the examples whose stance is certain."""
    certain = [(str(e.stance), str(p.stance)) for e, p in zip(examples, predictions, strict=True) if e.stance]
    if not certain:
        return np.zeros((len(STANCES), len(STANCES)), dtype=int)
    return confusion_matrix(
        [g for g, _ in certain], [h for _, h in certain], labels=[str(stance) for stance in STANCES]
    )


def report(examples: Sequence[Example], predictions: Sequence[Prediction]) -> dict[str, Any]:
    """Returns the measures over all examples and for each corpus."""
    corpora = sorted({e.corpus for e in examples})
    by_corpus: dict[str, Mapping[str, float]] = {}
    for corpus in corpora:
        chosen = [i for i, e in enumerate(examples) if e.corpus == corpus]
        by_corpus[corpus] = {
            "n": len(chosen),
            **measure([examples[i] for i in chosen], [predictions[i] for i in chosen]),
        }
    return {"all": {"n": len(examples), **measure(examples, predictions)}, **by_corpus}


def _direction_errors(certain: Sequence[tuple[Example, Prediction]]) -> float:
    """Share of pairs with a stance that were called neutral while their reverse, which has another, got that stance."""
    found = {(e.pair.text, e.pair.source, e.pair.target): (e.stance, p.stance) for e, p in certain}
    with_stance = [(e, p) for e, p in certain if e.stance is not Stance.NEUTRAL]
    wrong = []
    for example, prediction in with_stance:
        pair = example.pair
        gold, guess = found.get((pair.text, pair.target, pair.source), (None, None)) if pair.source else (None, None)
        if prediction.stance is Stance.NEUTRAL and guess is example.stance is not gold:
            wrong.append(example)
    return len(wrong) / len(with_stance) if with_stance else 0.0
