"""Records a training run in MLflow: what was chosen, on what data, how it went, and what came of it."""

from __future__ import annotations

import io
import json
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import matplotlib
import mlflow
import pandas as pd
import yaml
from mlflow.data.pandas_dataset import from_pandas
from mlflow.entities import Metric

from data.schema import STANCES, Example
from data.store import example_fields, rows_digest
from train import environment
from train.config import TrainConfig, flattened
from train.figures import confusion_figure, learning_figure, precision_recall_figure, reliability_figure
from train.journal import Journal
from train.loop import Epoch
from train.predictions import prediction_table, worst_errors
from train.results import Results
from train.server import answering, connect, experiment_of, insist, is_outage, warn_of_outage
from train.source import Source

TASK = "stance"
_KEPT_SWEEP = "the trials that ended are kept. When the server is back, the same command goes on with this sweep"
_Result = TypeVar("_Result")


class Pruned(Exception):
    """A run was stopped because others do better."""


class Tracker:
    """The open MLflow run of a training."""

    def __init__(self, run_id: str, experiment_id: str, folder: Path) -> None:
        self.run_id, self.experiment_id, self.folder = run_id, experiment_id, folder
        self.journal = Journal(folder)

    def log_data(self, name: str, splits: Mapping[str, Sequence[Example]]) -> None:
        """Logs each split as a dataset with our own digest over its rows."""
        for split, examples in splits.items():
            if examples:
                data = from_pandas(
                    _frame(examples), name=f"{name}-{split}", targets="stance", digest=rows_digest(examples)
                )
                self.deliver(mlflow.log_input, data, context=split)

    def log_epoch(self, epoch: Epoch) -> None:
        """Logs what was measured at the end of an epoch, on the axis of epochs.

        Where the server does not answer, the training goes on; the epoch is sent with the next one.
        """
        self.journal.add(epoch.number, epoch.metrics)
        try:
            self._send_epochs()
        except Exception as error:
            if not is_outage(error):
                raise
            warn_of_outage("the training goes on, what it measures is sent later")

    def log_results(
        self, results: Results, splits: Mapping[str, Sequence[Example]], card: str, model_id: str | None = None
    ) -> dict[str, float]:
        """Logs the chosen weights' measures as `best/...`, which it returns, and everything that a run is looked at by.

        Args:
            results: What the model reaches.
            splits: The examples by split.
            card: The model card.
            model_id: The logged model that the measures are of, if it was logged.
        """
        metrics = results.metrics(splits)
        self.deliver(self._send_epochs)
        self.deliver(mlflow.log_metrics, metrics, model_id=model_id)
        for path, content in _documents(results, splits, card).items():
            self.deliver(mlflow.log_text, content, path)
        for path, figure in self._figures(results, splits).items():
            self.deliver(mlflow.log_figure, figure, path)
        return metrics

    def deliver(self, step: Callable[..., _Result], *arguments: Any, **options: Any) -> _Result:
        """Does a step that needs the server, again and again while it does not answer.

        Raises:
            Unreachable: If it does not answer for a quarter of an hour.
        """
        kept = (
            f"nothing that was trained is lost: the last checkpoint is in {self.folder}. When the server is back, the "
            "same command goes on from there as the same run, and logs the rest"
        )
        return insist(lambda: step(*arguments, **options), kept)

    def _send_epochs(self) -> None:
        """Sends every epoch; what the server has already, it keeps once."""
        metrics = [
            Metric("train/loss" if name == "train_loss" else f"dev/{name}", value, entry.time, entry.number)
            for entry in self.journal.entries()
            for name, value in entry.metrics.items()
        ]
        for start in range(0, len(metrics), 1000):
            mlflow.MlflowClient().log_batch(self.run_id, metrics[start : start + 1000])

    def _figures(self, results: Results, splits: Mapping[str, Sequence[Example]]) -> dict[str, Any]:
        figures = {"learning_curve.png": learning_figure([entry.metrics for entry in self.journal.entries()])}
        for split, predictions in results.predictions.items():
            figures[f"confusion/{split}.png"] = confusion_figure(results.confusions[split])
            if any(example.stance for example in splits[split]):
                figures[f"reliability/{split}.png"] = reliability_figure(splits[split], predictions)
                figures[f"precision_recall/{split}.png"] = precision_recall_figure(splits[split], predictions)
        return figures


@contextmanager
def tracked_run(
    config: TrainConfig, source: Source, recipe: str, folder: Path, run_id: str | None = None
) -> Iterator[Tracker]:
    """Opens an MLflow run in the default store, or goes on with one; an error inside marks it failed.

    Args:
        config: The settings.
        source: The data.
        recipe: Name or file of the recipe.
        folder: Where the training keeps its checkpoints.
        run_id: An interrupted run to go on with, where the store still has it.

    Raises:
        Unreachable: If the server does not answer.
    """
    matplotlib.use("agg")
    connect()
    parent = mlflow.active_run()
    try:
        with answering():
            tracker = _open(config, source, recipe, folder, run_id)
    except Exception:
        if mlflow.active_run() is not parent:
            _close("FAILED")
        raise
    try:
        yield tracker
        tracker.deliver(mlflow.MlflowClient().set_terminated, tracker.run_id, "FINISHED")
    except BaseException as error:
        _note_error(error)
        _close("KILLED" if isinstance(error, (KeyboardInterrupt, Pruned)) else "FAILED")
        raise
    _close("FINISHED")


class SweepTracker:
    """The open MLflow run of a sweep, under which its trainings are nested."""

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id

    def log_best(self, trials: int, value: float | None) -> None:
        """Logs the best score after so many trials, None where none has ended well."""
        if value is not None:
            insist(lambda: mlflow.log_metric("best/dev/selection", value, step=trials), _KEPT_SWEEP)

    def log_recipe(self, recipe: str) -> None:
        """Logs the best settings as a recipe."""
        insist(lambda: mlflow.log_text(recipe, "best.yaml"), _KEPT_SWEEP)


@contextmanager
def sweep_run(name: str, experiment: str, description: str, run_id: str | None) -> Iterator[SweepTracker]:
    """Opens the MLflow run of a sweep, or goes on with one.

    Args:
        name: Its name.
        experiment: Name of the experiment of its trainings.
        description: What the experiment is of, where it is new.
        run_id: The run of a sweep to go on with, where the store still has it.

    Raises:
        Unreachable: If the server does not answer.
    """
    connect()
    with answering():
        experiment_id = experiment_of(experiment, description)
        run = mlflow.start_run(
            _known(run_id, experiment_id), experiment_id, run_name=f"sweep-{name}", tags={"sweep": name}
        )
    try:
        yield SweepTracker(run.info.run_id)
        insist(lambda: mlflow.MlflowClient().set_terminated(run.info.run_id, "FINISHED"), _KEPT_SWEEP)
    except BaseException as error:
        _close("KILLED" if isinstance(error, KeyboardInterrupt) else "FAILED")
        raise
    _close("FINISHED")


def _known(run_id: str | None, experiment_id: str) -> str | None:
    """Returns the id of a run that the store still has, None for one that was deleted."""
    if not run_id:
        return None
    found = mlflow.search_runs([experiment_id], f"attributes.run_id = '{run_id}'", output_format="list")
    return run_id if found else None


def _open(config: TrainConfig, source: Source, recipe: str, folder: Path, run_id: str | None) -> Tracker:
    experiment_id = experiment_of(experiment_name(source), source.description)
    resumed = _known(run_id, experiment_id)
    nested = mlflow.active_run() is not None
    run = mlflow.start_run(resumed, experiment_id, nested=nested, log_system_metrics=True)
    if resumed:
        for tag in {"error", "mlflow.note.content"} & set(run.data.tags):
            mlflow.delete_tag(tag)
    else:
        mlflow.set_tag("mlflow.runName", f"{run.info.run_id[:6]}-{Path(recipe).stem}-s{config.seed}")
        mlflow.log_params(_params(config, source, recipe))
    mlflow.set_tags(_tags(config, source))
    mlflow.log_text(yaml.safe_dump(config.resolved(), sort_keys=False), "config.yaml")
    mlflow.log_text(environment.packages(), "environment.txt")
    return Tracker(run.info.run_id, experiment_id, folder)


def experiment_name(source: Source) -> str:
    """Names the experiment of a task and a version of the data."""
    return f"{TASK}-{source.name}-{source.digest[:8]}"


def _params(config: TrainConfig, source: Source, recipe: str) -> dict[str, Any]:
    """What was chosen: recipe, data and seed always, other settings where they are not the defaults."""
    return {"recipe": Path(recipe).stem, "data": source.name, "seed": config.seed, **flattened(config.chosen())}


def _tags(config: TrainConfig, source: Source) -> dict[str, str]:
    tiers = Counter(example.tier for example in source.splits["train"])
    return {
        "commit": environment.commit(),
        "dirty": str(environment.is_dirty()).lower(),
        "data_digest": source.digest,
        "dev_digest": rows_digest(source.splits["dev"]),
        "tiers": ", ".join(f"{tier} {count / tiers.total():.0%}" for tier, count in tiers.most_common()),
        "device": environment.device(),
        "backbone": config.backbone,
        "config": json.dumps(config.resolved()),
    }


def _documents(results: Results, splits: Mapping[str, Sequence[Example]], card: str) -> dict[str, str]:
    """The texts and tables of a run, by artifact path."""
    behaviour = {kind: {"passed": rate.passed, "cases": rate.cases} for kind, rate in results.behaviour.items()}
    found = {"model_card.md": card, "behaviour.json": json.dumps(behaviour, indent=2)}
    for split, report in results.reports.items():
        table = prediction_table(splits[split], results.predictions[split])
        found[f"reports/{split}.json"] = json.dumps(report, indent=2)
        found[f"reports/{split}.md"] = _class_table(report)
        found[f"predictions/{split}.csv"] = _csv(table)
        found[f"worst_errors/{split}.csv"] = _csv(worst_errors(table))
    return found


def _class_table(report: Mapping[str, Mapping[str, float]]) -> str:
    lines = ["| corpus | stance | precision | recall | F1 |", "| --- | --- | --- | --- | --- |"]
    for corpus, measures in report.items():
        for stance in STANCES:
            if f"{stance}_f1" in measures:
                cells = (f"{measures[f'{stance}_{m}']:.3f}" for m in ("precision", "recall", "f1"))
                lines.append(f"| {corpus} | {stance} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _csv(table: pd.DataFrame) -> str:
    written = io.StringIO()
    table.to_csv(written, index=False)
    return written.getvalue()


def _frame(examples: Sequence[Example]) -> pd.DataFrame:
    """The examples as a frame whose columns MLflow lists with the data set."""
    rows = []
    for example in examples:
        fields = {"context": "", "stance": "", "sentiment": "", **example_fields(example)}
        fields |= {name: json.dumps(fields[name]) for name in ("source", "target", "stance")}
        rows.append({name: value for name, value in fields.items() if name not in ("label", "licence", "confidence")})
    return pd.DataFrame(rows)


def _note_error(error: BaseException) -> None:
    """Writes on a run why it ended, as far as the server can be told."""
    text = "".join(traceback.format_exception(error))
    words = f"{type(error).__name__}: {error}"[:500]
    try:
        mlflow.set_tags({"error": words, "mlflow.note.content": f"Ended by `{words}`"})
        mlflow.log_text(text, "error.txt")
    except Exception as other:
        if not is_outage(other):
            raise


def _close(status: str) -> None:
    """Ends the run; where the server cannot be told, the same command goes on with it later."""
    try:
        mlflow.end_run(status)
    except Exception as error:
        if not is_outage(error):
            raise
