"""Makes confidence mean something: a temperature and a threshold, both chosen on the dev split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from data.schema import STANCES, Example, Stance
from models.classifier import Classifier

_CANDIDATES = np.round(np.arange(0.30, 0.91, 0.05), 2)


def calibrate(classifier: Classifier, dev: Sequence[Example]) -> None:
    """Sets a classifier's temperature and threshold by the dev examples whose stance is certain."""
    certain = [example for example in dev if example.stance]
    logits, _ = classifier.logits([example.pair for example in certain])
    labels = torch.tensor([STANCES.index(example.stance) for example in certain if example.stance])
    temperature = fit_temperature(logits, labels)
    probabilities = torch.softmax(logits.double() / temperature, dim=-1).numpy()
    threshold = fit_threshold(probabilities, labels.numpy())
    classifier.config = replace(classifier.config, temperature=temperature, threshold=threshold)


def fit_temperature(logits: Tensor, labels: Tensor) -> float:
    """Returns the temperature of the lowest negative log-likelihood (Guo et al., ICML 2017).

    Args:
        logits: [pairs, stances].
        labels: [pairs], index of the stance.
    """
    candidates = torch.exp(torch.linspace(np.log(0.25), np.log(8.0), 200, dtype=torch.float64))
    losses = [torch.nn.functional.cross_entropy(logits.double() / t, labels) for t in candidates]
    return round(float(candidates[int(torch.stack(losses).argmin())]), 4)


def fit_threshold(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Returns the confidence from which stances are reported: the lowest whose F0.5 is within 0.01 of the best.

    F0.5 counts precision above recall: a stance that nobody took costs more than one overlooked. Where
    it hardly differs, the lower threshold shows more.

    Args:
        probabilities: [pairs, stances].
        labels: [pairs], index of the stance.
    """
    neutral = STANCES.index(Stance.NEUTRAL)
    guess, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    scores = []
    for threshold in _CANDIDATES:
        reported = (guess != neutral) & (confidence >= threshold)
        hits = np.sum(reported & (guess == labels))
        precision = hits / max(1, np.sum(reported))
        recall = hits / max(1, np.sum(labels != neutral))
        scores.append(1.25 * precision * recall / max(1e-9, 0.25 * precision + recall))
    return float(_CANDIDATES[int(np.argmax(np.array(scores) >= max(scores) - 0.01))])
