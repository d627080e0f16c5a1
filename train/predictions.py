"""What a model said of labelled pairs, as a table: written with each run, read again to compare runs."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from data.schema import SENTIMENTS, STANCES, Example, Pair, PairSpan, Prediction
from data.store import pair_fields

_CONTEXT = "context"


@dataclass(frozen=True, slots=True)
class Answers:
    """Stances of the pairs whose label is certain; all arrays are [pairs].

    Attributes:
        pairs: Digest of each pair, the same in every run.
        groups: Its document.
        corpora: Its corpus.
        gold: Index of its stance.
        predicted: Index of the stance that the model gave it.
    """

    pairs: np.ndarray
    groups: np.ndarray
    corpora: np.ndarray
    gold: np.ndarray
    predicted: np.ndarray

    def __len__(self) -> int:
        return len(self.pairs)

    def at(self, chosen: np.ndarray) -> Answers:
        """Returns some of the answers, by index or mask."""
        return Answers(*(getattr(self, name)[chosen] for name in self.__slots__))

    def shared(self, other: Answers) -> Answers:
        """Returns the answers to the pairs that another model answered too, in an order that both share."""
        if np.array_equal(self.pairs, other.pairs):
            return self
        return self.at(np.intersect1d(self.pairs, other.pairs, return_indices=True)[1])


def prediction_table(examples: Sequence[Example], predictions: Sequence[Prediction]) -> pd.DataFrame:
    """Returns a row a pair: its text, its label, the stance found and every probability."""
    return pd.DataFrame([_row(e, p) for e, p in zip(examples, predictions, strict=True)])


def worst_errors(table: pd.DataFrame, count: int = 50) -> pd.DataFrame:
    """Returns the pairs that were judged wrong with most confidence, the surest first."""
    wrong = table[(table["gold"] != "") & (table["gold"] != table["predicted"])]
    columns = ["confidence", "gold", "predicted", "source", "target", "text", "context", "corpus", "group", "id"]
    return wrong.sort_values("confidence", ascending=False, kind="stable").head(count)[columns]


def read_table(text: str | bytes) -> pd.DataFrame:
    """Reads a table that was written as CSV."""
    raw = text.encode() if isinstance(text, str) else text
    return pd.read_csv(io.BytesIO(raw), keep_default_na=False, dtype=_DTYPES)


def answers_of(table: pd.DataFrame) -> Answers:
    """Returns the answers of a table to the pairs whose label is certain."""
    certain = table[table["gold"] != ""]
    index = {str(stance): number for number, stance in enumerate(STANCES)}
    return Answers(
        certain["pair"].to_numpy(str),
        certain["group"].to_numpy(str),
        certain["corpus"].to_numpy(str),
        certain["gold"].map(index).to_numpy(int),
        certain["predicted"].map(index).to_numpy(int),
    )


def answered(table: pd.DataFrame, predictions: Sequence[Prediction]) -> Answers:
    """Returns another model's answers to the pairs of a table."""
    return answers_of(table.assign(predicted=[str(prediction.stance) for prediction in predictions]))


def pairs_of(table: pd.DataFrame) -> list[Pair]:
    """Returns the pairs of a table, to be judged by another model."""
    return [
        Pair(row["id"], row["text"], _span(row, "source"), _required(_span(row, "target")), row[_CONTEXT])
        for row in table.to_dict("records")
    ]


def _row(example: Example, prediction: Prediction) -> dict[str, Any]:
    pair = example.pair
    return {
        "gold": str(example.stance or ""),
        "predicted": str(prediction.stance),
        "confidence": round(prediction.probabilities[prediction.stance], 4),
        "source": pair.side(pair.source) or "",
        "target": pair.side(pair.target),
        "text": pair.text,
        _CONTEXT: pair.context,
        **{f"p_{stance}": round(prediction.probabilities[stance], 4) for stance in STANCES},
        "sentiment": str(example.sentiment or ""),
        "predicted_sentiment": str(prediction.sentiment),
        **{f"p_{s}_sentiment": round(prediction.sentiment_probabilities[s], 4) for s in SENTIMENTS},
        "id": pair.id,
        "group": example.group,
        "corpus": example.corpus,
        "tier": str(example.tier),
        "truncated": prediction.truncated,
        **_place("source", pair.source),
        **_place("target", pair.target),
        "pair": _digest(pair),
    }


def _digest(pair: Pair) -> str:
    fields = {name: value for name, value in pair_fields(pair).items() if name != "id"}
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()[:16]


def _place(side: str, span: PairSpan | None) -> dict[str, Any]:
    place = "" if span is None else _CONTEXT if span.in_context else "text"
    return {f"{side}_start": span.start if span else "", f"{side}_end": span.end if span else "", f"{side}_in": place}


def _span(row: Mapping[str, Any], side: str) -> PairSpan | None:
    if not row[f"{side}_in"]:
        return None
    return PairSpan(int(row[f"{side}_start"]), int(row[f"{side}_end"]), row[f"{side}_in"] == _CONTEXT)


def _required(span: PairSpan | None) -> PairSpan:
    if span is None:
        raise ValueError("a pair without a target: expected target_start, target_end and target_in")
    return span


_DTYPES = {
    **dict.fromkeys(("pair", "id", "corpus", "group", "tier", "gold", "predicted", "sentiment"), str),
    **dict.fromkeys(("source", "target", "text", _CONTEXT), str),
    **{f"{side}_{name}": str for side in ("source", "target") for name in ("start", "end", "in")},
}
