"""Finds a model by what a user calls it: a folder, an MLflow URI or a hub id."""

from __future__ import annotations

import os
from pathlib import Path

from models.classifier import Classifier

ROOT = Path(__file__).resolve().parents[1]
DEFAULT = "models/default"
CLASSIFIER_ARTIFACT = "classifier"


class ModelNotFound(FileNotFoundError):
    """There is no model of that name; the message says what to do."""


def tracking_uri() -> str:
    """Returns the MLflow store: MLFLOW_TRACKING_URI, else one in the checkout whatever the current folder."""
    return os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{ROOT / 'mlflow.db'}"


def load_classifier(model: str | Path = DEFAULT) -> Classifier:
    """Loads a classifier; see `find_model` for the names it takes."""
    return Classifier.load(find_model(model))


def find_model(model: str | Path) -> Path:
    """Returns the folder of a model.

    Args:
        model: A folder (relative to the current one, then to the checkout), `models:/NAME@ALIAS`,
            `models:/NAME/VERSION`, `models:/m-...`, `runs:/RUN/NAME`, or a hub id.

    Raises:
        ModelNotFound: If there is none.
    """
    name = str(model)
    if name.startswith(("models:/", "runs:/")):
        return _from_mlflow(name)
    for folder in (Path(name), ROOT / name):
        if folder.is_dir():
            return folder
    if name.count("/") == 1 and not name.startswith((".", "models/")):
        return _from_hub(name)
    raise ModelNotFound(
        f"no model {name}: expected a folder with config.json and model.safetensors, models:/visavis@champion, "
        "runs:/RUN_ID/model or a hub id; train one with python train/run.py"
    )


def _from_mlflow(uri: str) -> Path:
    try:
        import mlflow
    except ImportError:
        raise ModelNotFound(f"{uri} needs mlflow: install it, or give the folder of a model") from None
    mlflow.set_tracking_uri(tracking_uri())
    try:
        return Path(mlflow.artifacts.download_artifacts(artifact_uri=uri)) / "artifacts" / CLASSIFIER_ARTIFACT
    except mlflow.exceptions.MlflowException as error:
        raise ModelNotFound(
            f"no model {uri} in {mlflow.get_tracking_uri()} ({error}): see `make ui` for what is registered, "
            "or train one with python train/run.py"
        ) from None


def _from_hub(name: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, allow_patterns=["config.json", "model.safetensors"]))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        raise ModelNotFound(
            f"no folder {name}, and the hub gave none ({type(error).__name__}): check the name, or the network"
        ) from None
