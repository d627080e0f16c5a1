"""Reads tracked runs back: by id, name or model version, by filter, or the last ones."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import mlflow
import pandas as pd
from mlflow.entities import Run
from mlflow.exceptions import MlflowException

from models.registry import tracking_uri
from train.predictions import read_table
from train.registration import REGISTERED_NAME
from train.server import connect, is_outage
from train.tracking import TASK

_PAGE = 1000
_THREADS = 16


class RunNotFound(LookupError):
    """No run is called so; the message says what there is."""


@dataclass(frozen=True, slots=True)
class TrackedRun:
    """A finished run.

    Attributes:
        id: Its MLflow id.
        name: Its name.
        settings: What was chosen: every setting of the training, with recipe and data.
        metrics: The last value of each measure.
        version: The registered version of its model, None if it has none.
        artifacts: Where its artifacts are.
    """

    id: str
    name: str
    settings: dict[str, Any]
    metrics: dict[str, float]
    version: str | None
    artifacts: str

    def table(self, split: str) -> pd.DataFrame:
        """Returns the predictions on a split, a row a pair.

        Raises:
            RunNotFound: If the run has none.
        """
        try:
            return read_table(mlflow.artifacts.load_text(f"{self.artifacts}/predictions/{split}.csv"))
        except (MlflowException, OSError) as error:
            if is_outage(error):
                raise
            raise RunNotFound(f"run {self.name} has no predictions on {split} ({str(error)[:200]})") from None


def find_runs(names: Sequence[str] = (), condition: str = "", last: int | None = None) -> list[TrackedRun]:
    """Returns finished training runs, those named in the order of their names, others the newest first.

    Args:
        names: Ids, names or the beginnings of either; `models:/visavis@champion`, `models:/visavis/3`. None for all.
        condition: An MLflow filter, such as `params.recipe = 'quick'`.
        last: How many at most.

    Raises:
        RunNotFound: If a name or the filter fits no run, or a name fits several.
    """
    connect()
    clauses = ["attributes.status = 'FINISHED'", "tags.config LIKE '{%'", *([condition] if condition else [])]
    try:
        found = _searched(" and ".join(clauses), None if names else last)
    except MlflowException as error:
        if is_outage(error) or not condition:
            raise
        raise RunNotFound(f"--filter {condition}: {error.message}") from None
    if names:
        found = [_named(name, found) for name in names]
    if not found:
        raise RunNotFound(f"no finished run in {tracking_uri()}: make one with python train/run.py")
    versions = _versions()
    return [_tracked(run, versions) for run in found]


def tables(runs: Sequence[TrackedRun], split: str) -> list[pd.DataFrame]:
    """Returns the predictions of several runs, read side by side."""
    with ThreadPoolExecutor(_THREADS) as pool:
        return list(pool.map(lambda run: run.table(split), runs))


def _searched(condition: str, last: int | None) -> list[Run]:
    client = mlflow.MlflowClient()
    experiments = [e.experiment_id for e in client.search_experiments(filter_string=f"name LIKE '{TASK}-%'")]
    found: list[Run] = []
    token = None
    while experiments and (last is None or len(found) < last):
        size = min(_PAGE, last - len(found)) if last else _PAGE
        page = client.search_runs(experiments, condition, max_results=size, page_token=token)
        found += page
        token = page.token
        if not token:
            break
    return found


def _named(name: str, runs: Sequence[Run]) -> Run:
    run_id = _run_of_model(name) if name.startswith("models:/") else name
    fitting = [run for run in runs if run.info.run_id == run_id or run.info.run_name == name]
    fitting = fitting or [r for r in runs if r.info.run_id.startswith(name) or str(r.info.run_name).startswith(name)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        names = ", ".join(str(run.info.run_name) for run in fitting[:5])
        raise RunNotFound(f"{name} fits {len(fitting)} runs: {names}; give more of the name")
    known = ", ".join(str(run.info.run_name) for run in runs[:5]) or "none"
    raise RunNotFound(f"no finished run {name} in {tracking_uri()}: expected an id, a name or the beginning of one; "
                      f"the last are {known}")  # fmt: skip


def _run_of_model(uri: str) -> str:
    name, at, alias = uri.removeprefix("models:/").partition("@")
    client = mlflow.MlflowClient()
    try:
        if at:
            return str(client.get_model_version_by_alias(name, alias).run_id)
        return str(client.get_model_version(*name.split("/", 1)).run_id)
    except (MlflowException, TypeError) as error:
        if is_outage(error):
            raise
        raise RunNotFound(f"no model {uri} in {tracking_uri()} ({error})") from None


def _versions() -> dict[str, str]:
    """The version of each run's registered model."""
    versions: dict[str, str] = {}
    token = None
    while True:
        page = mlflow.MlflowClient().search_model_versions(
            f"name = '{REGISTERED_NAME}'", max_results=_PAGE, page_token=token
        )
        versions |= {str(version.run_id): str(version.version) for version in page}
        token = page.token
        if not token:
            return versions


def _tracked(run: Run, versions: dict[str, str]) -> TrackedRun:
    chosen = {name: run.data.params.get(name, "") for name in ("recipe", "data")}
    return TrackedRun(
        run.info.run_id,
        str(run.info.run_name),
        chosen | json.loads(run.data.tags.get("config", "{}")),
        dict(run.data.metrics),
        versions.get(run.info.run_id),
        str(run.info.artifact_uri),
    )
