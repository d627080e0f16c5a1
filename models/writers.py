"""Writes records as JSONL, CSV or Parquet; a file appears under its name only when it is whole."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TextIO

from data.schema import SENTIMENTS, STANCES
from models.records import Record, flatten

FORMATS = ("jsonl", "csv", "parquet")
_INTEGERS = (
    "sentence_index",
    "sentence_start",
    "sentence_end",
    "source_start",
    "source_end",
    "target_start",
    "target_end",
)
_FLAGS = ("quoted", "source_linked", "target_linked", "source_on_behalf_of_linked", "target_on_behalf_of_linked")
_ROWS_AT_ONCE = 5000
_POLECAT_SIDE = {
    "name": "{} Name",
    "text": "{} Name Raw",
    "country": "{} Country",
    "sector": "Primary {} Sector",
}
COLUMNS = {
    "polecat": {
        f"{side}_{field}": name.format(polecat)
        for side, polecat in (("source", "Actor"), ("target", "Recipient"))
        for field, name in _POLECAT_SIDE.items()
    }
    | {"published": "Publication Date"}
}


class CannotWrite(RuntimeError):
    """No file can be written at a path; the message says why and what to do."""


class RecordWriter(Protocol):
    """Takes records one by one."""

    def write(self, record: Mapping[str, Any]) -> None:
        """Adds a record."""
        ...

    def close(self) -> None:
        """Finishes the file and puts it under its name."""
        ...


def flat_columns() -> tuple[str, ...]:
    """Returns the columns of a flat record, in order."""
    side = [f"{f}" for f in ("text", "start", "end", "name", "kind", "country", "sector", "linked")]
    side += [f"on_behalf_of_{f}" for f in ("name", "kind", "country", "sector", "linked")]
    return (
        "article_id", "title", "published", "url", "sentence_index", "sentence", "sentence_start", "sentence_end",
        *(f"source_{f}" for f in side), *(f"target_{f}" for f in side), "stance", "confidence",
        *(f"probability_{s}" for s in STANCES), "sentiment", *(f"sentiment_probability_{s}" for s in SENTIMENTS),
        "quoted", "speaker", "story_cluster", "model",
    )  # fmt: skip


def column_names(columns: str | None) -> dict[str, str]:
    """Returns the names of columns that a user asked for, by ours; a column without one keeps ours."""
    return COLUMNS[columns] if columns else {}


def open_writer(folder: Path, stem: str, form: str, columns: str | None = None) -> RecordWriter:
    """Opens a writer of records in a folder: `stem.jsonl`, `stem.csv` or `stem.parquet`.

    Args:
        folder: The folder.
        stem: Name of the file, without suffix.
        form: One of FORMATS.
        columns: Whose column names are used, one of COLUMNS; JSONL is then flat too.
    """
    path, names = folder / f"{stem}.{form}", column_names(columns)
    if form == "jsonl":
        return JsonlWriter(path, (lambda record: _named(flatten(record), names)) if names else dict)
    if form == "csv":
        return CsvWriter(path, flat_columns(), flatten, names)
    return ParquetWriter(path, names)


def open_table(path: Path, fields: Sequence[str], columns: str | None = None) -> RecordWriter:
    """Opens a writer of a CSV file of flat rows."""
    return CsvWriter(path, fields, dict, column_names(columns))


class JsonlWriter:
    """One JSON object a line."""

    def __init__(self, path: Path, form: Callable[[Mapping[str, Any]], Mapping[str, Any]] = dict) -> None:
        self.path, self._form = path, form
        self._file = _partial(path).open("w", encoding="utf-8")

    def write(self, record: Mapping[str, Any]) -> None:
        """Adds a record."""
        self._file.write(json.dumps(self._form(record), ensure_ascii=False) + "\n")

    def close(self) -> None:
        """Finishes the file and puts it under its name."""
        _publish(self._file, self.path)


class CsvWriter:
    """Rows under fixed columns; a cell that a spreadsheet would run as a formula gets a leading quote."""

    def __init__(
        self, path: Path, columns: Sequence[str], flat: Any = dict, names: Mapping[str, str] | None = None
    ) -> None:
        self.path, self._flat = path, flat
        self._file = _partial(path).open("w", encoding="utf-8", newline="")
        self._rows = csv.DictWriter(self._file, columns, lineterminator="\n")
        self._rows.writerow({name: (names or {}).get(name, name) for name in columns})

    def write(self, record: Mapping[str, Any]) -> None:
        """Adds a record."""
        self._rows.writerow({name: _cell(value) for name, value in self._flat(record).items()})

    def close(self) -> None:
        """Finishes the file and puts it under its name."""
        _publish(self._file, self.path)


class ParquetWriter:
    """Flat rows in row groups, with a fixed schema."""

    def __init__(self, path: Path, names: Mapping[str, str] | None = None) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self.path, self._names = path, names or {}
        self._schema = pa.schema([(self._names.get(name, name), _arrow_type(pa, name)) for name in flat_columns()])
        self._table = pa.Table
        self._writer = pq.ParquetWriter(_partial(path), self._schema)
        self._rows: list[Record] = []

    def write(self, record: Mapping[str, Any]) -> None:
        """Adds a record."""
        self._rows.append(_named(flatten(record), self._names))
        if len(self._rows) >= _ROWS_AT_ONCE:
            self._flush()

    def close(self) -> None:
        """Finishes the file and puts it under its name."""
        self._flush()
        self._writer.close()
        os.replace(_partial(self.path), self.path)

    def _flush(self) -> None:
        if self._rows:
            self._writer.write_table(self._table.from_pylist(self._rows, schema=self._schema))
            self._rows = []


def check_writable(path: Path, option: str) -> None:
    """Refuses a path where no file can be written, before there is anything to write; folders may be missing.

    Raises:
        CannotWrite: Names the option and the path.
    """
    folder = next(folder for folder in path.absolute().parents if os.path.lexists(folder))
    if path.is_dir():
        found = "a folder"
    elif not folder.is_dir():
        found = f"that {folder} is no folder"
    elif not os.access(folder, os.W_OK | os.X_OK):
        found = f"that {folder} may not be written to"
    else:
        return
    raise CannotWrite(f"{option} {path}: expected a file that can be written, found {found}: give another path")


def write_text(path: Path, text: str) -> None:
    """Writes a text file that appears only when it is whole."""
    with _partial(path).open("w", encoding="utf-8") as file:
        file.write(text)
        _publish(file, path)


def _named(row: Mapping[str, Any], names: Mapping[str, str]) -> Record:
    """Returns a row under other column names."""
    return {names.get(name, name): value for name, value in row.items()}


def _partial(path: Path) -> Path:
    return path.with_name(f".{path.name}.partial")


def _publish(file: TextIO, path: Path) -> None:
    file.flush()
    os.fsync(file.fileno())
    file.close()
    os.replace(_partial(path), path)


def _cell(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def _arrow_type(pa: Any, name: str) -> Any:
    if name in _INTEGERS:
        return pa.int64()
    if name in _FLAGS:
        return pa.bool_()
    if name == "confidence" or "probability_" in name:
        return pa.float64()
    return pa.string()
