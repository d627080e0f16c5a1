"""The model as MLflow serves it: articles in, records out. Logged from code by `train/tracking.py`."""

from __future__ import annotations

from typing import Any

import mlflow
import pandas as pd
from mlflow.pyfunc.model import PythonModel, PythonModelContext

from models.classifier import Classifier
from models.pipeline import Scorer


class ServedModel(PythonModel):
    """Scores a frame of articles: `text`, and where known `title`, `published`, `url`, `id`."""

    def load_context(self, context: PythonModelContext) -> None:
        """Loads the classifier from the logged folder."""
        self.scorer = Scorer(Classifier.load(context.artifacts["classifier"]), name="mlflow")

    def predict(
        self, context: PythonModelContext, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        """Returns the records of the contract, in the order of the articles."""
        rows = model_input.astype(object).where(model_input.notna(), None).to_dict("records")
        return list(self.scorer.score(rows))


mlflow.models.set_model(ServedModel())
