"""Draws what a run is looked at by: confusions, reliability, precision and recall, learning curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.metrics import average_precision_score, precision_recall_curve

from data.schema import STANCES, Example, Prediction

_BINS = 10
_COLOURS = dict(zip(STANCES, ("#c0392b", "#2471a3", "#d68910", "#7f8c8d"), strict=True))


def confusion_figure(counts: np.ndarray) -> Figure:
    """Draws counts [gold stance, predicted stance] as a matrix, coloured by the share of each gold stance."""
    figure, axes = _figure(4.6, 4.2)
    shares = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    names = [str(stance) for stance in STANCES]
    axes.set_xticks(range(len(names)), names)
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel("predicted")
    axes.set_ylabel("gold")
    for (row, column), count in np.ndenumerate(counts):
        colour = "white" if shares[row, column] > 0.5 else "black"
        axes.text(column, row, f"{count}\n{shares[row, column]:.0%}", ha="center", va="center", color=colour)
    return figure


def reliability_figure(examples: Sequence[Example], predictions: Sequence[Prediction]) -> Figure:
    """Draws how often the most probable stance is right against its confidence, with the number of pairs."""
    certain = [(e.stance, p) for e, p in zip(examples, predictions, strict=True) if e.stance]
    confidence = np.array([p.probabilities[p.stance] for _, p in certain])
    correct = np.array([stance is p.stance for stance, p in certain], dtype=float)
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    figure, axes = _figure(4.6, 4.2)
    axes.plot([0, 1], [0, 1], color="grey", linestyle=":")
    for number in np.unique(bins):
        chosen = bins == number
        axes.bar((number + 0.5) / _BINS, correct[chosen].mean(), 0.9 / _BINS, color="#2471a3")
        axes.plot(confidence[chosen].mean(), correct[chosen].mean(), "o", color="black", markersize=4)
        axes.text((number + 0.5) / _BINS, 0.01, str(chosen.sum()), ha="center", fontsize=7, color="white")
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="confidence", ylabel="share that is right")
    return figure


def precision_recall_figure(examples: Sequence[Example], predictions: Sequence[Prediction]) -> Figure:
    """Draws precision against recall of each stance over all confidences, with the average precision."""
    certain = [(e.stance, p) for e, p in zip(examples, predictions, strict=True) if e.stance]
    figure, axes = _figure(5.2, 4.2)
    for stance in STANCES:
        truth = np.array([gold is stance for gold, _ in certain])
        scores = np.array([p.probabilities[stance] for _, p in certain])
        if truth.any():
            precision, recall, _ = precision_recall_curve(truth, scores)
            label = f"{stance} {average_precision_score(truth, scores):.2f}"
            axes.plot(recall, precision, color=_COLOURS[stance], label=label)
    axes.set(xlim=(0, 1.01), ylim=(0, 1.02), xlabel="recall", ylabel="precision")
    axes.legend(title="average precision", loc="lower left")
    return figure


def learning_figure(epochs: Sequence[Mapping[str, float]]) -> Figure:
    """Draws macro-F1 on dev and the training loss over epochs; each mapping holds an epoch's measures."""
    figure, axes = _figure(5.6, 3.8)
    for name, label in (("stance_macro_f1", "stance macro-F1"), ("sentiment_macro_f1", "sentiment macro-F1")):
        _line(axes, epochs, name, f"dev {label}", "o-")
    axes.set(xlabel="epoch", ylabel="macro-F1", ylim=(0, 1))
    other = axes.twinx()
    _line(other, epochs, "train_loss", "training loss", "s:", "grey")
    other.set_ylabel("loss")
    lines = [*axes.get_lines(), *other.get_lines()]
    axes.legend(lines, [str(line.get_label()) for line in lines], loc="lower right")
    return figure


def _figure(width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots()


def _line(
    axes: Axes, epochs: Sequence[Mapping[str, float]], name: str, label: str, style: str, colour: str | None = None
) -> None:
    points = [(number, epoch[name]) for number, epoch in enumerate(epochs, start=1) if name in epoch]
    if points:
        axes.plot(*zip(*points, strict=True), style, label=label, color=colour)
