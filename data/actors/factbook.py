"""Reads an extract of the World Factbook, and adds to the actor tables what is missing there."""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

from data.actors.incumbents import PARTICLES, Incumbent, read_incumbent
from data.actors.rows import COLUMNS, BadTable, Row, Tables, days, lasting

FIELDS = ("name", "long_name", "adjective", "noun", "capital", "chief_of_state", "head_of_government")
_GOVERNED = re.compile(r"Governor|Administrator|Commissioner")
_PLAIN = re.compile(r"[^\W\d_](?:(?! or )[^\d;,/()])*")
_NO_STATE = "entries name no state of states.csv"
_NO_PERSON = "cells name no one person with an office of the state and a date"
_THERE = "incumbents are there"
_OTHER = "have another holder in persons.csv"


def read_factbook(path: Path) -> list[Row]:
    """Reads an extract of the factbook; a cell that says "none" or "NA" is empty.

    Raises:
        BadTable: If it is no list of objects with the fields of the extract.
    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadTable(f"{path}: expected a JSON list of objects with {', '.join(FIELDS)}: {error}") from None
    if not isinstance(raw, list):
        raise BadTable(f"{path}: expected a JSON list of objects with {', '.join(FIELDS)}, found another value")
    for number, entry in enumerate(raw, 1):
        for field in FIELDS:
            if not isinstance(entry, dict) or not isinstance(entry.get(field), str):
                raise BadTable(f"{path}, object {number}: expected text in the field {field!r}, found none")
    cells = [{field: html.unescape(entry[field]).strip() for field in FIELDS} for entry in raw]
    return [{field: "" if cell in ("none", "NA") else cell for field, cell in entry.items()} for entry in cells]


def add_factbook(read: Tables, entries: Sequence[Row]) -> tuple[list[str], str]:
    """Adds to the tables what is missing there; returns a line for each addition, and how much was left out and why."""
    owners = {_folded(n): row for row in read["states"] for n in (row["name"], *_items(row["names"]))}
    added: list[str] = []
    left: Counter[str] = Counter()
    for entry in entries:
        state = owners.get(_folded(entry["name"])) or owners.get(_folded(entry["long_name"]))
        if state is None:
            left[_NO_STATE] += 1
            continue
        added += _fill_state(state, entry, read["states"])
        for found in _incumbents(entry):
            if found is None:
                left[_NO_PERSON] += 1
                continue
            holders = _holders(found, state["iso3"], read["persons"])
            if reason := _reason_against(found, holders):
                left[reason] += 1
                continue
            read["persons"].append(_person(found, state["iso3"], read["persons"]))
            unended = "".join(f"; the term of {row['name']} has no end there yet" for row in holders)
            added.append(f"persons.csv: {found.name}, {found.office} of {state['name']} since {found.since}{unended}")
    return added, ", ".join(f"{left[reason]} {reason}" for reason in (_NO_STATE, _NO_PERSON, _THERE, _OTHER))


def _fill_state(state: Row, entry: Row, states: Sequence[Row]) -> Iterator[str]:
    """Fills the empty cells of a state, with names that no other state has, and yields a line for each."""
    taken = {_folded(n) for row in states if row is not state for cell in row.values() for n in _items(cell)}
    own = {_folded(name) for column in ("name", "demonyms") for name in _items(state[column])}
    candidates = {
        "names": [n for n in (entry["long_name"], entry["name"]) if _folded(n).removeprefix("the ") not in own],
        "demonyms": [entry["adjective"]],
        "capital": [entry["capital"]],
    }
    for column, cells in candidates.items():
        fitting = dict.fromkeys(cell for cell in cells if _PLAIN.fullmatch(cell) and _folded(cell) not in taken)
        if fitting and not state[column]:
            state[column] = "|".join(fitting)
            yield f"states.csv: {state['name']}: {column} {state[column]}"


def _incumbents(entry: Row) -> Iterator[Incumbent | None]:
    """Yields who holds the two offices; None for a cell that says more, or names who governs from elsewhere."""
    governed = _GOVERNED.match(entry["head_of_government"])
    for cell in dict.fromkeys((entry["chief_of_state"], entry["head_of_government"])):
        if cell:
            yield None if governed and cell == entry["chief_of_state"] else read_incumbent(cell)


def _holders(found: Incumbent, iso3: str, persons: Sequence[Row]) -> list[Row]:
    """Returns who has the office of an incumbent and is not known to have left it by then."""
    office, since = (iso3, "", _title(found.office)), days(found.since)[1]
    same = [row for row in persons if (row["iso3"], row["body"], _title(row["office"])) == office]
    return [row for row in same if not row["to"] or days(row["to"])[0] > since]


def _reason_against(found: Incumbent, holders: Sequence[Row]) -> str:
    """Returns why an incumbent is not to be added beside those who hold the office; empty if nothing is against it.

    A term of the tables that began about when the incumbent's did is of the same person, in another
    spelling; one that began well before and has no end may be a predecessor's.
    """
    surname = _words(found.surname) - PARTICLES
    if any(_same_person(found, r) or surname & _words(f"{r['name']} {r['names']} {r['short']}") for r in holders):
        return _THERE
    latest = days(found.since)[0] - timedelta(31)
    precede = all(r["from"] and not r["to"] and days(r["from"])[1] < latest for r in holders)
    return "" if precede else _OTHER


def _title(office: str) -> str:
    """Returns an office without what says for how long, and a premier as the prime minister it is."""
    title = lasting(office)
    return "prime minister" if title == "premier" else title


def _same_person(found: Incumbent, row: Row) -> bool:
    """Tells whether all words of one of a person's full names are in the name found, or all of that in one of them."""
    words = _words(found.name)
    names = [_words(name) for name in (row["name"], *_items(row["names"]))]
    return any(n == words or (len(n & words) > 1 and (n <= words or words <= n)) for n in names)


def _person(found: Incumbent, iso3: str, persons: Sequence[Row]) -> Row:
    """Returns the row of an incumbent, with the names of an earlier row of the same person."""
    row = dict.fromkeys(COLUMNS["persons"], "")
    row |= {"iso3": iso3, "office": found.office, "sector": "GOV", "from": found.since}
    if earlier := next((r for r in persons if r["iso3"] == iso3 and _same_person(found, r)), None):
        return row | {column: earlier[column] for column in ("name", "names", "short")}
    plain = _without_accents(found.name)
    surname = re.sub(r" [IVX]+$", "", found.surname)
    short = dict.fromkeys(
        s for name in (surname, re.sub(r"^[AaEe]l-", "", surname)) for s in (name, _without_accents(name))
    )
    return row | {"name": found.name, "names": plain if plain != found.name else "", "short": "|".join(short)}


def _items(cell: str) -> list[str]:
    return cell.split("|") if cell else []


def _without_accents(text: str) -> str:
    plain = unicodedata.normalize("NFD", text)
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def _folded(text: str) -> str:
    return _without_accents(text).casefold().replace("’", "'")


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", _folded(text)))
