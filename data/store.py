"""Reads and writes pairs and labelled pairs: JSONL and CSV, as the contract has them."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from data.articles import is_unicode
from data.duplicates import normal_sentence
from data.schema import SENTIMENTS, STANCES, Example, Pair, PairSpan, Rejection, Sentiment, Tier, stance_weights

CSV_COLUMNS = (
    "id", "text", "context", "source_start", "source_end", "target_start", "target_end", "stance", "sentiment", "group",
)  # fmt: skip
_CSV_NEEDED = ("id", "text", "source_start", "source_end", "target_start", "target_end")
_WHOLE = re.compile(r"\d+(?:\.0)?")  # pandas writes 12.0 for a whole number in a column that has empty cells
_REMEDY = 'give each line "id", "text", "source" and "target" with "start" and "end" in code points, end-exclusive'


class _SpanRow(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", populate_by_name=True)
    start: int
    end: int
    place: Annotated[str, Field(alias="in", pattern="^(text|context)$")] = "text"

    def span(self) -> PairSpan:
        return PairSpan(self.start, self.end, self.place == "context")


class _PairRow(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")
    id: str | int
    text: str
    context: str | None = None
    source: _SpanRow | None
    target: _SpanRow

    def pair(self) -> Pair:
        if not is_unicode(f"{self.id}{self.text}{self.context}"):
            raise ValueError("the row holds half a surrogate pair, which is no character")
        source = self.source.span() if self.source else None
        return Pair(str(self.id), self.text, source, self.target.span(), self.context or "")


class _LabelledRow(_PairRow):
    stance: str | list[str] | dict[str, float] | None = None
    sentiment: str | None = None
    group: str | None = None
    corpus: str = "gold"
    commercial: bool = True
    licence: str = ""
    tier: str = "gold"
    label: str | None = None
    confidence: float = 1.0

    def example(self) -> Example:
        return Example(
            pair=self.pair(),
            stances=stance_weights(self.stance) if self.stance else None,
            sentiment=_sentiment(self.sentiment) if self.sentiment else None,
            group=self.group or f"{self.corpus}-{_name(self.text)}",
            corpus=self.corpus,
            commercial=self.commercial,
            licence=self.licence,
            tier=Tier(self.tier),
            label=self.label,
            confidence=self.confidence,
        )


_SHOWN = 5  # bad rows that one message names


class BadRow(ValueError):
    """Labelled rows cannot be used; the message names file, line, what was expected and found, and the remedy."""


def _name(text: str) -> str:
    """Names a sentence: the group of a row without one, so that all pairs of a sentence are in one split."""
    return hashlib.sha256(normal_sentence(text).encode()).hexdigest()[:12]


def read_pairs(path: str | Path) -> Iterator[Pair | Rejection]:
    """Yields the pairs of a JSONL file; a line that is no pair comes as a Rejection in its place."""
    path = Path(path)
    with path.open("rb") as file:
        for number, raw in enumerate(file, start=1):
            if not raw.strip():
                continue
            try:
                yield _PairRow.model_validate(json.loads(raw.decode("utf-8-sig"))).pair()
            except (ValueError, ValidationError, RecursionError) as error:
                yield Rejection(path.name, _reason(error), _REMEDY, number)


def pair_from_fields(row: Mapping[str, Any], default_id: str) -> Pair:
    """Builds a pair from the fields of the contract, `text`, `source`, `target` and where there is one `context`.

    Raises:
        ValueError: If a field is missing or wrong; says what was expected.
    """
    try:
        return _PairRow.model_validate({"id": default_id, **row}).pair()
    except ValidationError as error:
        raise ValueError(f"{_reason(error)}; {_REMEDY}") from None


def read_examples(path: str | Path) -> Iterator[Example]:
    """Yields the labelled pairs of a `.jsonl` or `.csv` file.

    Raises:
        BadRow: At the first row that cannot be used; it names some of those after it too.
    """
    path = Path(path)
    rows = _csv_rows(path) if path.suffix.lower() == ".csv" else _json_rows(path)
    problems: list[str] = []
    for number, row in rows:
        try:
            if isinstance(row, Exception):
                raise row
            example = _LabelledRow.model_validate(row).example()
        except (ValueError, RecursionError) as error:
            problems.append(f"{path}, line {number}: {_reason(error)}; {_remedy(error)}")
        else:
            if not problems:
                yield example
    if problems:
        more = f"\n... and {len(problems) - _SHOWN} rows more" if len(problems) > _SHOWN else ""
        raise BadRow("\n".join(problems[:_SHOWN]) + more)


def write_examples(path: str | Path, examples: Iterable[Example]) -> int:
    """Writes labelled pairs as JSONL and returns their number."""
    rows = [json.dumps(example_fields(example), ensure_ascii=False) + "\n" for example in examples]
    Path(path).write_text("".join(rows), encoding="utf-8")
    return len(rows)


def example_fields(example: Example) -> dict[str, Any]:
    """Returns a labelled pair as the fields of its JSONL row; what is as a user's own row has it is left out."""
    fields: dict[str, Any] = pair_fields(example.pair)
    if example.stances is not None:
        fields["stance"] = example.stance or {str(s): round(w, 4) for s, w in example.stances.items() if w >= 5e-5}
    if example.sentiment is not None:
        fields["sentiment"] = example.sentiment
    fields |= {"group": example.group, "corpus": example.corpus, "commercial": example.commercial}
    more = {
        "licence": example.licence, "tier": str(example.tier), "label": example.label, "confidence": example.confidence
    }  # fmt: skip
    usual = {"licence": "", "tier": "gold", "label": None, "confidence": 1.0}
    return fields | {name: value for name, value in more.items() if value != usual[name]}


def rows_digest(examples: Iterable[Example]) -> str:
    """Returns a digest over labelled pairs, which names the data of a run or a build."""
    digest = hashlib.sha256()
    for example in examples:
        digest.update(json.dumps(example_fields(example), sort_keys=True).encode() + b"\n")
    return digest.hexdigest()[:16]


def pair_fields(pair: Pair) -> dict[str, Any]:
    """Returns a pair as the fields of its JSONL row."""
    fields: dict[str, Any] = {"id": pair.id, "text": pair.text}
    if pair.context:
        fields["context"] = pair.context
    return fields | {"source": _span_fields(pair.source), "target": _span_fields(pair.target)}


def _span_fields(span: PairSpan | None) -> dict[str, Any] | None:
    if span is None:
        return None
    return {"start": span.start, "end": span.end} | ({"in": "context"} if span.in_context else {})


def _json_rows(path: Path) -> Iterator[tuple[int, Any]]:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                try:
                    yield number, json.loads(line.decode("utf-8-sig"))
                except (ValueError, RecursionError) as error:
                    yield number, error


def _csv_rows(path: Path) -> Iterator[tuple[int, Mapping[str, Any] | ValueError]]:
    csv.field_size_limit(2**31 - 1)
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        try:
            found = reader.fieldnames or ()
            if missing := [name for name in _CSV_NEEDED if name not in found]:
                raise BadRow(
                    f"{path}: expected the columns {', '.join(CSV_COLUMNS)}; missing {', '.join(missing)}; found "
                    f"{', '.join(found) or 'none'}; divide columns by commas, and leave a source's cells empty only "
                    "where it is the author"
                )
            for row in reader:
                yield reader.line_num, _csv_fields(row)
        except UnicodeDecodeError as error:
            raise BadRow(
                f"{path}, after line {reader.line_num}: not UTF-8 text ({error.reason}); save the file as CSV UTF-8"
            ) from None
        except csv.Error as error:
            raise BadRow(f"{path}, after line {reader.line_num}: broken CSV: {error}; mend the quoting") from None


def _csv_fields(row: Mapping[str, str | None]) -> Mapping[str, Any] | ValueError:
    """Returns the fields of a labelled row, or what is wrong with its offsets."""
    fields: dict[str, Any] = {name: row.get(name) or None for name in ("context", "stance", "sentiment", "group")}
    try:
        return fields | {"id": row["id"], "text": row["text"]} | _csv_sides(row)
    except ValueError as error:
        return error


def _csv_sides(row: Mapping[str, str | None]) -> dict[str, Any]:
    sides: dict[str, Any] = {}
    for side in ("source", "target"):
        cells = [(row.get(f"{side}_{end}") or "").strip() for end in ("start", "end")]
        if not any(cells) and side == "source":
            sides[side] = None
        elif not all(map(_WHOLE.fullmatch, cells)):
            found = " and ".join(cell or "nothing" for cell in cells)
            raise ValueError(f"{side}_start and {side}_end: expected two whole numbers, found {found}")
        else:
            sides[side] = {
                name: int(cell.removesuffix(".0")) for name, cell in zip(("start", "end"), cells, strict=True)
            }
    return sides


def _sentiment(label: str) -> Sentiment:
    if label not in SENTIMENTS:
        raise ValueError(f"unknown sentiment {label!r}: expected one of {', '.join(SENTIMENTS)}")
    return Sentiment(label)


def _reason(error: Exception) -> str:
    """Says in one line what was expected of a row and what was found."""
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        if not where:
            return str(first["msg"])
        expected = 'expected {"start": number, "end": number}' if first["type"] == "model_type" else first["msg"]
        return f"{where}: {expected}" + ("" if first["type"] == "missing" else f", found {first['input']!r:.60}")
    if isinstance(error, (json.JSONDecodeError, RecursionError)):
        return f"broken JSON: {error}"
    if isinstance(error, UnicodeDecodeError):
        return f"not UTF-8 text: byte {error.start} of the line cannot be decoded"
    return str(error)


def _remedy(error: Exception) -> str:
    """Says what the owner of a labelled row can do."""
    if isinstance(error, (json.JSONDecodeError, RecursionError, UnicodeDecodeError)):
        return "write one JSON object a line, as UTF-8"
    words = _reason(error)
    if any(word in words for word in ("stance", "sentiment")):
        return f"give a stance, one of {', '.join(STANCES)} or a list of those possible, or a sentiment, or both"
    if any(word in words for word in ("source", "target", "start", "end at", "span")):
        return (
            "count offsets in Unicode code points, end-exclusive, so that text[start:end] is the actor's words; "
            "leave out the source only where it is the author"
        )
    return _REMEDY
