"""Classifies pairs that a user gives, instead of those that are found in articles."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from data.schema import Pair, Rejection
from data.store import read_pairs
from models.classifier import Classifier
from models.pipeline import batched
from models.progress import counting_bar
from models.publishing import rejection_row
from models.records import pair_record
from models.writers import JsonlWriter

_PAIRS_AT_ONCE = 4000


def errors_path(out: Path) -> Path:
    """Returns where the rejected lines are written down, beside the file `out`."""
    return out.with_name(f"{out.name}.errors.jsonl")


def classify_pairs(classifier: Classifier, path: Path, out: Path) -> int:
    """Classifies the pairs of a JSONL file into the file `out`; returns the number of rejected lines."""
    found, errors = JsonlWriter(out), JsonlWriter(errors_path(out))
    rejected = 0
    total = sum(1 for line in path.open("rb") if line.strip())
    with counting_bar() as bar:
        task = bar.add_task("classifying", total=total)
        for chunk in batched(read_pairs(path), _PAIRS_AT_ONCE):
            accepted = [item for item in chunk if isinstance(item, Pair)]
            for rejection in (item for item in chunk if isinstance(item, Rejection)):
                rejected += 1
                errors.write(rejection_row(rejection))
                bar.advance(task)
            predictions = classifier.predict(accepted, progress=lambda count: bar.advance(task, count))
            for pair, prediction in zip(accepted, predictions, strict=True):
                found.write(pair_record(pair, prediction))
    found.close()
    errors.close()
    Console().print(f"{total - rejected} pairs classified, {rejected} rejected: {out}", markup=False, soft_wrap=True)
    return rejected
