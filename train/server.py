"""The MLflow store or server: where it is, its experiments and pages, and what to do while it does not answer."""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import mlflow
from mlflow.exceptions import MlflowException
from requests import RequestException
from rich.console import Console

from models.registry import tracking_uri

WAIT_SECONDS, PAUSE_SECONDS = 900.0, 10.0
VIEW = "figures"
# The columns of the runs table that are worth seeing first, as the UI keeps a shared view.
_COLUMNS = [
    "attributes.`Duration`", "attributes.`Models`", "params.`recipe`", "params.`seed`", "metrics.`best/behaviour/all`",
    "metrics.`best/dev/deny_f1`", "metrics.`best/dev/sentiment_macro_f1`", "metrics.`best/dev/stance_macro_f1`",
]  # fmt: skip
_OUTAGES = ("INTERNAL_ERROR", "TEMPORARILY_UNAVAILABLE", "ENDPOINT_NOT_FOUND")
_PATIENCE = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
}
_Result = TypeVar("_Result")


class Unreachable(RuntimeError):
    """The tracking server does not answer; the message says what is kept and how to go on."""


def connect() -> None:
    """Points MLflow at the default store, and has it ask a server that does not answer twice and no more."""
    for name, value in _PATIENCE.items():
        os.environ.setdefault(name, value)
    logging.getLogger("mlflow.system_metrics").setLevel(logging.ERROR)
    mlflow.set_tracking_uri(tracking_uri())


def experiment_of(name: str, description: str = "") -> str:
    """Returns the id of an experiment, which is made if there is none of that name."""
    experiment = mlflow.get_experiment_by_name(name)
    if experiment is None:
        try:
            tags = {"mlflow.note.content": description, "mlflow.experimentKind": "custom_model_development"}
            tags[f"mlflow.sharedViewState.{VIEW}"] = json.dumps({"selectedColumns": _COLUMNS})
            return mlflow.create_experiment(name, _artifact_location(tracking_uri()), tags)
        except MlflowException:  # another process made it in between
            experiment = mlflow.get_experiment_by_name(name)
            if experiment is None:
                raise
    return str(experiment.experiment_id)


def run_page(experiment_id: str, run_id: str) -> str:
    """Returns the address of a run in the MLflow UI: the server's, or that of `make ui`."""
    return f"{_host()}/#/experiments/{experiment_id}/runs/{run_id}"


def runs_page(experiment_id: str) -> str:
    """Returns the address of an experiment's runs in the MLflow UI, with the columns that matter."""
    return f"{_host()}/#/experiments/{experiment_id}/runs?viewStateShareKey={VIEW}"


def _host() -> str:
    uri = tracking_uri()
    return uri.rstrip("/") if uri.startswith("http") else "http://127.0.0.1:5000"


def insist(step: Callable[[], _Result], kept: str) -> _Result:
    """Does a step that needs the server, again and again while it does not answer.

    Args:
        step: The step.
        kept: What is kept if it is given up, and how to go on.

    Raises:
        Unreachable: If the server does not answer for a quarter of an hour.
    """
    deadline, said = time.monotonic() + WAIT_SECONDS, False
    while True:
        try:
            return step()
        except Exception as error:
            if not is_outage(error):
                raise
            if time.monotonic() + PAUSE_SECONDS > deadline:
                raise outage_error(error, kept) from error
            if not said:
                warn_of_outage(f"trying again for {WAIT_SECONDS / 60:.0f} minutes")
            said = True
            time.sleep(PAUSE_SECONDS)


@contextmanager
def answering() -> Iterator[None]:
    """Turns a server that does not answer to what is done inside into an error for the user.

    Raises:
        Unreachable: At once; see `insist` for what is worth waiting for.
    """
    try:
        yield
    except Exception as error:
        if is_outage(error):
            raise outage_error(
                error, "start the server, or unset MLFLOW_TRACKING_URI to track in the checkout"
            ) from error
        raise


def warn_of_outage(words: str) -> None:
    """Says that the server does not answer, and what is done about it."""
    text = f"{tracking_uri()} does not answer: {words}"
    Console(stderr=True).print(text, style="yellow", markup=False, soft_wrap=True)


def outage_error(error: Exception, remedy: str) -> Unreachable:
    """Makes the error for a server that does not answer."""
    first_line = str(error).partition("\n")[0][:200]
    return Unreachable(f"{tracking_uri()} does not answer ({first_line}): {remedy}")


def is_outage(error: Exception) -> bool:
    """Tells whether a server did not answer, or could not reach its own database."""
    if not tracking_uri().startswith("http"):
        return False
    if isinstance(error, MlflowException):
        return error.error_code in _OUTAGES
    return isinstance(error, (RequestException, ConnectionError, TimeoutError))


def _artifact_location(uri: str) -> str | None:
    """Puts artifacts beside a database file; a server knows its own place."""
    path = uri.removeprefix("sqlite:///")
    return (Path(path).resolve().parent / "mlartifacts").as_uri() if path != uri else None
