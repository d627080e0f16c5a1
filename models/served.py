"""The model as MLflow serves it: articles or pairs in, records out. Logged from code by `train/registration.py`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import mlflow
import pandas as pd
from mlflow.pyfunc.model import PythonModel, PythonModelContext

from data.articles import article_from_fields
from data.schema import Article, Pair, Prediction
from data.store import pair_from_fields
from models.classifier import Classifier
from models.pipeline import Scorer, with_stories
from models.records import Record, pair_record


class ServedModel(PythonModel):
    """Scores rows: articles (`text`, and where known `title`, `published`, `url`, `id`), or pairs.

    A row with a `target` is a pair, with `source` (null for the author) and where there is one `context`,
    as `models/score.py --pairs` takes it.
    """

    def load_context(self, context: PythonModelContext) -> None:
        """Loads the classifier from the logged folder."""
        self.scorer = Scorer(Classifier.load(context.artifacts["classifier"]), name="mlflow")

    def predict(
        self, context: PythonModelContext, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> list[Record]:
        """Returns the records of the contract in the order of the rows: any number an article, one a pair.

        Raises:
            ValueError: If a row cannot be used; says which, what was expected, and what to do.
        """
        rows = model_input.astype(object).where(model_input.notna(), None).to_dict("records")
        items = [_item(row, number) for number, row in enumerate(rows, start=1)]
        pairs = [item for item in items if isinstance(item, Pair)]
        predictions = iter(self.scorer.classifier.predict(pairs))
        articles = self.scorer.score_articles(item for item in items if isinstance(item, Article))
        return list(_in_order(items, predictions, with_stories(articles)))


def _item(row: Mapping[str, Any], number: int) -> Article | Pair:
    given = {name: value for name, value in row.items() if value is not None}
    try:
        if row.get("target") is None:
            return article_from_fields(given, f"#{number}")
        return pair_from_fields({"source": None, **given}, f"#{number}")
    except ValueError as error:
        raise ValueError(f"row {number}: {error}") from None


def _in_order(
    items: list[Article | Pair], predictions: Iterator[Prediction], articles: Iterator[list[Record]]
) -> Iterator[Record]:
    for item in items:
        if isinstance(item, Pair):
            yield pair_record(item, next(predictions))
        else:
            yield from next(articles)


mlflow.models.set_model(ServedModel())
