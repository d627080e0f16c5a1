"""What a trained model reaches: measures over all pairs, by corpus, by slice, by capability, and its speed."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich.table import Table

from data.schema import STANCES, Example, Prediction
from models.classifier import Classifier
from models.progress import counting_bar
from train.behaviour import Rate, pass_rates, read_kinds
from train.bootstrap import estimates
from train.metrics import confusion, measure, report
from train.predictions import answers_of, prediction_table
from train.slices import slices

_COLUMNS = {
    "macro": "stance_macro_f1",
    **{str(stance): f"{stance}_f1" for stance in STANCES},
    "majority": "majority_macro_f1",
    "sentiment": "sentiment_macro_f1",
}


@dataclass(frozen=True, slots=True)
class Results:
    """The measures of a model.

    Attributes:
        predictions: Predictions by split, in the order of the examples.
        reports: For each split, measures over all pairs ("all") and for each corpus.
        confusions: For each split, counts [gold stance, predicted stance].
        slices: For each split, measures for each slice.
        behaviour: Passed cases of each linguistic capability.
        speed: Pairs judged in a second.
    """

    predictions: Mapping[str, Sequence[Prediction]]
    reports: Mapping[str, Mapping[str, Mapping[str, float]]]
    confusions: Mapping[str, np.ndarray]
    slices: Mapping[str, Mapping[str, Mapping[str, float]]]
    behaviour: Mapping[str, Rate]
    speed: float

    def metrics(self, splits: Mapping[str, Sequence[Example]]) -> dict[str, float]:
        """Returns every measure by a name of its own: `best/dev/...`, `best/dev/CORPUS/...`, `best/behaviour/...`."""
        found = {"best/speed/pairs_per_second": self.speed, "best/behaviour/all": _share(self.behaviour.values())}
        for kind, rate in self.behaviour.items():
            found[f"best/behaviour/{kind.replace(' ', '_')}"] = rate.passed / rate.cases
        for split, by_corpus in self.reports.items():
            for corpus, measures in by_corpus.items():
                prefix = f"best/{split}" + ("" if corpus == "all" else f"/{corpus}")
                found |= {f"{prefix}/{name}": float(value) for name, value in measures.items()}
            estimate = estimates(answers_of(prediction_table(splits[split], self.predictions[split])))["all"]
            found |= {f"best/{split}/stance_macro_f1_{end}": getattr(estimate, end) for end in ("low", "high")}
            for name, measures in self.slices[split].items():
                found |= {f"best/{split}/slice/{name}/{m}": measures[m] for m in ("stance_macro_f1", "n")}
        return found

    def table(self) -> Table:
        """Returns F1 by split and corpus, for a terminal."""
        table = Table(
            header_style="bold", box=None, collapse_padding=True, pad_edge=False, title="F1", title_justify="left"
        )
        table.add_column("data")
        for column in ("pairs", *_COLUMNS):
            table.add_column(column, justify="right", no_wrap=True)
        for split, by_corpus in self.reports.items():
            for corpus, measures in by_corpus.items():
                cells = ["" if name not in measures else f"{measures[name]:.2f}" for name in _COLUMNS.values()]
                table.add_row(f"{split} {corpus}", str(measures["n"]), *cells)
        return table


def measured(classifier: Classifier, splits: Mapping[str, Sequence[Example]]) -> Results:
    """Measures a classifier as it scores, on the dev and test splits and on the behaviour cases."""
    classifier.runner.hasten()
    examples = {split: splits[split] for split in ("dev", "test") if splits[split]}
    predictions, seconds = {}, 0.0
    with counting_bar() as bar:
        task = bar.add_task("measuring", total=sum(map(len, examples.values())))
        for split, rows in examples.items():
            started = time.monotonic()
            pairs = [example.pair for example in rows]
            predictions[split] = classifier.predict(pairs, progress=lambda count: bar.advance(task, count))
            seconds += time.monotonic() - started
    return Results(
        predictions,
        {split: report(rows, predictions[split]) for split, rows in examples.items()},
        {split: confusion(rows, predictions[split]) for split, rows in examples.items()},
        {split: _slices(rows, predictions[split]) for split, rows in examples.items()},
        pass_rates(read_kinds(), classifier.predict),
        sum(map(len, examples.values())) / max(seconds, 1e-9),
    )


def _slices(examples: Sequence[Example], predictions: Sequence[Prediction]) -> dict[str, dict[str, Any]]:
    """Measures each slice of the pairs whose stance is certain."""
    certain = [(e, p) for e, p in zip(examples, predictions, strict=True) if e.stance]
    return {
        name: {"n": len(chosen), **measure([certain[i][0] for i in chosen], [certain[i][1] for i in chosen])}
        for name, chosen in slices([e.pair for e, _ in certain]).items()
    }


def _share(rates: Any) -> float:
    rates = list(rates)
    return sum(rate.passed for rate in rates) / sum(rate.cases for rate in rates)
