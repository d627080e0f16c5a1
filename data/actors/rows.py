"""Reads, checks, counts and writes the rows of the actor tables, and reads the dates and offices in them."""

from __future__ import annotations

import csv
import re
from calendar import monthrange
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.table import Table

_HEADERS = {
    "states": "iso3,name,names,demonyms,people,capital,seats",
    "persons": "name,names,short,iso3,body,office,sector,from,to",
    "organisations": "name,names,kind,iso3,sector",
    "organs": "phrase,sector,iso3",
    "titles": "title,sector,speaks_for_state",
    "groups": "group,sector",
    "first_names": "name,gender",
}
COLUMNS = {table: header.split(",") for table, header in _HEADERS.items()}
_DAY = re.compile(r"\d{4}(?:-\d\d){0,2}")
_STAND_IN = re.compile(r"^(?:acting|interim|caretaker) ")

Row = dict[str, str]
Tables = Mapping[str, list[Row]]


class BadTable(ValueError):
    """A table is not as expected; the message says where, what was expected and what was found."""


def read_tables(folder: Path) -> dict[str, list[Row]]:
    """Reads the tables of a folder, by name.

    Raises:
        BadTable: If one is missing or a row of one is not as expected; all such rows are in the message.
    """
    read = {name: _read(folder / f"{name}.csv", columns) for name, columns in COLUMNS.items()}
    if found := list(_problems(read)):
        raise BadTable("\n".join(found))
    return read


def write_tables(folder: Path, read: Tables) -> None:
    """Writes the tables that can have got something: states in their order, persons by name, term and office."""
    read["persons"].sort(key=lambda row: (row["name"], row["from"], row["office"]))
    for name in ("states", "persons"):
        made = folder / f".{name}.csv.part"  # takes the place of the table when it is whole
        with made.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS[name], lineterminator="\n")
            writer.writeheader()
            writer.writerows(read[name])
        made.replace(folder / f"{name}.csv")


def print_counts(read: Tables, console: Console) -> None:
    """Prints how many rows each table has, and how many of them a date."""
    table = Table("table", header_style="bold")
    for name in ("rows", "dated"):
        table.add_column(name, justify="right")
    for name, rows in read.items():
        dated = sum(bool(row["from"] or row["to"]) for row in rows) if "from" in COLUMNS[name] else "-"
        table.add_row(name, str(len(rows)), str(dated))
    console.print(table)


def days(text: str) -> tuple[date, date]:
    """Returns the first and the last day of a year, a month or a day.

    Raises:
        ValueError: If the text is no date as YYYY, YYYY-MM or YYYY-MM-DD.
    """
    if not _DAY.fullmatch(text):
        raise ValueError(text)
    year, *rest = map(int, text.split("-"))
    months = (rest[0], rest[0]) if rest else (1, 12)
    first = date(year, months[0], rest[1] if rest[1:] else 1)
    return first, first if rest[1:] else date(year, months[1], monthrange(year, months[1])[1])


def lasting(office: str) -> str:
    """Returns an office in lower case, without what says that it is held for a time or in place of another."""
    return _STAND_IN.sub("", office.lower())


def _read(path: Path, columns: list[str]) -> list[Row]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            header, *lines = list(csv.reader(file)) or [[]]
    except (OSError, UnicodeDecodeError) as error:
        raise BadTable(f"{path}: expected a table in UTF-8 with the columns {', '.join(columns)}: {error}") from None
    if header != columns:
        raise BadTable(f"{path.name}, row 1: expected the columns {','.join(columns)}, found {','.join(header)}")
    for number, cells in enumerate(lines, 2):
        if len(cells) != len(columns):
            raise BadTable(f"{path.name}, row {number}: expected {len(columns)} cells, found {len(cells)}: {cells}")
    return [dict(zip(columns, cells, strict=True)) for cells in lines]


def _problems(read: Tables) -> Iterator[str]:
    counts = Counter(row["iso3"] for row in read["states"])
    codes = {*counts, ""}
    bodies = {row["name"] for row in read["organisations"]} | {""}
    for where, row in _places("states", read):
        if not re.fullmatch("[A-Z]{3}", row["iso3"]) or counts[row["iso3"]] > 1:
            yield f"{where}: iso3: expected three capitals that no other row has, found {row['iso3']!r}"
    for table in ("persons", "organisations", "organs"):
        for where, row in _places(table, read):
            if row["iso3"] not in codes:
                yield f"{where}: iso3: expected one of states.csv or none, found {row['iso3']!r}"
    for where, row in _places("persons", read):
        if row["body"] not in bodies:
            yield f"{where}: body: expected a name of organisations.csv or none, found {row['body']!r}"
        yield from (f"{where}: {problem}" for problem in _term_problems(row))


def _places(table: str, read: Tables) -> Iterator[tuple[str, Row]]:
    """Yields the rows of a table with words for where they stand, the header being row 1."""
    for number, row in enumerate(read[table], 2):
        yield f"{table}.csv, row {number} ({next(iter(row.values()))})", row


def _term_problems(row: Row) -> Iterator[str]:
    ends = []
    for column in ("from", "to"):
        try:
            ends.append(days(row[column]) if row[column] else (date.min, date.max))
        except ValueError:
            yield f"{column}: expected a date as YYYY, YYYY-MM or YYYY-MM-DD, or none, found {row[column]!r}"
    if len(ends) == 2 and ends[0][0] > ends[1][1]:
        yield f"to: expected a date not before {row['from']}, found {row['to']!r}"
