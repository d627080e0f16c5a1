"""Runs the benchmarks on a model: predictions, measures with intervals, baselines, published figures."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from rich.console import Console
from rich.table import Table

from data.built import read_gold
from data.corpora import RAW
from data.rules.combine import RuleModel
from data.schema import Example, Pair, Prediction, Sentiment, Stance, stance_weights
from models.backbone import BackboneError
from models.classifier import Classifier, ModelError
from models.progress import counting_bar
from models.registry import ModelNotFound, load_classifier
from train.benchmarks import Benchmark, Case, benchmarks
from train.bootstrap import draws, macro_f1
from train.metrics import measure
from train.slices import slices

PUBLISHED = Path(__file__).parent / "published.yaml"
RESAMPLINGS = 1000
_SHOWN = {"micro_f1": "micro-F1", "macro_f1": "macro-F1"}
_STANCE_MEASURES = ("direction_errors", "calibration_error", "brier")


class CannotEvaluate(RuntimeError):
    """There is no model or nothing to measure it on; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a model reaches on the cases of a split.

    Attributes:
        split: The split.
        n: Cases.
        n_clean: Cases whose sentence stands in no earlier split.
        measures: By name, from 0 to 100; `clean_` and `literal_` before a name restrict it, `majority_`
            and `rules_` are baselines; the stance gold also has `direction_errors`, `calibration_error` and
            `brier`.
        intervals: 95 % intervals of the measures that have one.
        slices: Cases and macro-F1 of the parts in which every case is one pair; see `train.slices`.
    """

    split: str
    n: int
    n_clean: int
    measures: dict[str, float]
    intervals: dict[str, tuple[float, float]]
    slices: dict[str, tuple[int, float]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Returns the result in the form of the contract, with the slices where there are any."""
        sliced = {name: {"n": n, "macro_f1": round(value, 2)} for name, (n, value) in self.slices.items()}
        return {
            "split": self.split,
            "n": self.n,
            "n_clean": self.n_clean,
            "measures": {name: round(value, 2) for name, value in self.measures.items()},
            "intervals": {name: [round(end, 2) for end in ends] for name, ends in self.intervals.items()},
        } | ({"slices": sliced} if sliced else {})


def run_evaluation(model: str, raw: Path | None, chosen: Sequence[str], split: str, out: Path | None) -> None:
    """Measures a model on corpora, prints a table for each, and writes the measures as JSON if asked to.

    Raises:
        CannotEvaluate: If there is no such model, or none of the corpora has the split.
    """
    raw, console, known = raw or RAW, Console(), benchmarks()
    classifier = loaded(model)
    rules = RuleModel.fit(read_gold()["train"])
    results: dict[str, Result] = {}
    published = yaml.safe_load(PUBLISHED.read_text(encoding="utf-8"))
    for name in chosen:
        cases = known[name].cases(raw / known[name].folder, split)
        if not cases:
            console.print(f"{name}: no {split} split under {raw}: python data/fetch.py brings corpora", soft_wrap=True)
            continue
        results[name] = evaluate_cases(known[name], cases, split, classifier, rules)
        console.print(_table(name, results[name], published.get(name, ())))
        if results[name].slices:
            console.print(_slice_table(results[name]))
    if not results:
        raise CannotEvaluate(f"none of {', '.join(chosen)} has a {split} split under {raw}")
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        content = {name: result.as_json() for name, result in results.items()}
        out.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        console.print(f"written to {out}", soft_wrap=True)


def loaded(model: str) -> Classifier:
    """Loads the classifier to measure, which runs as it does in scoring.

    Raises:
        CannotEvaluate: If there is no such model; says why.
    """
    try:
        classifier = load_classifier(model)
    except (ModelNotFound, ModelError, BackboneError) as error:
        raise CannotEvaluate(str(error)) from None
    classifier.runner.hasten()
    return classifier


def evaluate_cases(
    benchmark: Benchmark, cases: Sequence[Case], split: str, classifier: Classifier, rules: RuleModel
) -> Result:
    """Predicts the pairs of cases and measures the labels that the predictions amount to, beside the baselines."""
    pairs = [pair for case in cases for pair in case.pairs]
    with counting_bar() as bar:
        task = bar.add_task("predicting", total=len(pairs))
        predictions = classifier.predict(pairs, progress=lambda count: bar.advance(task, count))
    found = iter(predictions)
    guesses = [benchmark.decide([next(found) for _ in case.pairs]) for case in cases]
    majority = Counter(case.label for case in cases).most_common(1)[0][0]
    answers = {"": guesses, "majority_": [majority] * len(cases)}
    if any(pair.source for pair in pairs):  # rules know nothing of authors
        answers["rules_"] = [benchmark.decide([_rule_prediction(rules, pair) for pair in case.pairs]) for case in cases]
    parts = {
        "": list(range(len(cases))),
        "clean_": [i for i, case in enumerate(cases) if case.clean],
        "literal_": [i for i, case in enumerate(cases) if case.literal],
    }
    measures: dict[str, float] = {}
    intervals: dict[str, tuple[float, float]] = {}
    for prefix, chosen in answers.items():
        for part, indices in parts.items():
            if (prefix and part) or not indices or (part and len(indices) == len(cases)):
                continue
            measured, spread = scores(
                benchmark.labels, [cases[i] for i in indices], [chosen[i] for i in indices], intervals=not prefix
            )
            measures |= {f"{prefix}{part}{name}": value for name, value in measured.items()}
            intervals |= {f"{part}{name}": ends for name, ends in spread.items()}
    if benchmark.folder:  # a public corpus
        return Result(split, len(cases), len(parts["clean_"]), measures, intervals)
    examples = [Example(case.pairs[0], stance_weights(case.label), None, case.sentence) for case in cases]
    measured = measure(examples, predictions)
    measures |= {name: 100 * measured[name] for name in _STANCE_MEASURES}
    return Result(split, len(cases), len(parts["clean_"]), measures, intervals, _sliced(benchmark, cases, guesses))


def _sliced(benchmark: Benchmark, cases: Sequence[Case], guesses: Sequence[str]) -> dict[str, tuple[int, float]]:
    """Returns the number of cases and the macro-F1 of each slice."""
    measured = {}
    for name, indices in slices([case.pairs[0] for case in cases]).items():
        own, _ = scores(benchmark.labels, [cases[i] for i in indices], [guesses[i] for i in indices], intervals=False)
        measured[name] = len(indices), own["macro_f1"]
    return measured


def scores(
    labels: Sequence[str], cases: Sequence[Case], guesses: Sequence[str], intervals: bool = True
) -> tuple[dict[str, float], dict[str, tuple[float, float]]]:
    """Returns micro-F1 (accuracy) and macro-F1 over the labels, per cent, and their 95 % bootstrap intervals.

    Sentences are drawn with replacement, each with all its cases (percentile bootstrap).
    """
    place = {label: index for index, label in enumerate(labels)}
    sentences = {sentence: index for index, sentence in enumerate(dict.fromkeys(case.sentence for case in cases))}
    counts = np.zeros((len(sentences), len(labels), len(labels)))
    for case, guess in zip(cases, guesses, strict=True):
        counts[sentences[case.sentence], place[case.label], place[guess]] += 1
    measured = dict(zip(_SHOWN, _f1(counts.sum(axis=0)[None]), strict=True))
    if not intervals:
        return {name: float(value[0]) for name, value in measured.items()}, {}
    resampled = np.tensordot(draws(len(sentences), RESAMPLINGS), counts, axes=1)
    spread = {
        name: (float(np.percentile(values, 2.5)), float(np.percentile(values, 97.5)))
        for name, values in zip(_SHOWN, _f1(resampled), strict=True)
    }
    return {name: float(value[0]) for name, value in measured.items()}, spread


def _f1(confusions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns micro and macro-F1, per cent, of confusion counts [samples, labels, labels]."""
    right = np.diagonal(confusions, axis1=1, axis2=2).sum(axis=1)
    return 100 * right / confusions.sum(axis=(1, 2)), 100 * macro_f1(confusions)


def _rule_prediction(model: RuleModel, pair: Pair) -> Prediction:
    """What the labelling rules, weighed on the written gold, say of a pair."""
    weights = model.weights(pair)
    sentiment = {
        Sentiment.NEGATIVE: weights[Stance.CONDEMN],
        Sentiment.NEUTRAL: weights[Stance.NEUTRAL] + weights[Stance.DENY],
        Sentiment.POSITIVE: weights[Stance.SUPPORT],
    }
    return Prediction(weights, sentiment)


def _table(name: str, result: Result, published: Sequence[dict[str, Any]]) -> Table:
    title = f"{name}, {result.split}: {result.n} cases, {result.n_clean} clean"
    table = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for column in ("system", "source", *_SHOWN.values()):
        table.add_column(column, justify="right" if column in _SHOWN.values() else "left", overflow="fold")
    rows = {
        "this model": "", "- clean part": "clean_", "- actors in the text": "literal_", "majority": "majority_",
        "labelling rules": "rules_",
    }  # fmt: skip
    for label, prefix in rows.items():
        if f"{prefix}micro_f1" in result.measures:
            table.add_row(label, result.split, *(_cell(result, f"{prefix}{measure}") for measure in _SHOWN))
    for row in published:
        if (split := row.get("split", "test")) in ("test", result.split):
            cells = [f"{row[measure]:.1f}" if measure in row else "" for measure in _SHOWN]
            source = f"{row['source']}; {split}{', leaky' if row.get('leaky') else ''}"
            table.add_row(row["system"], source, *cells, style="dim")
    return table


def _slice_table(result: Result) -> Table:
    about = ", ".join(f"{name.replace('_', ' ')} {result.measures[name]:.1f}" for name in _STANCE_MEASURES)
    table = Table(
        title=f"{about}; macro-F1 by slice", title_justify="left", header_style="bold", box=None, pad_edge=False
    )
    for column in ("slice", "cases", "macro-F1"):
        table.add_column(column, justify="left" if column == "slice" else "right")
    for name, (n, value) in result.slices.items():
        table.add_row(name.replace("_", " "), str(n), f"{value:.1f}")
    return table


def _cell(result: Result, measure: str) -> str:
    value = f"{result.measures[measure]:.1f}"
    if measure not in result.intervals:
        return value
    low, high = result.intervals[measure]
    return f"{value} [{low:.1f}, {high:.1f}]"
