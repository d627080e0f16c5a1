"""Loads the actor tables and finds their names in a text.

The tables under `tables/` are facts anyone may add to: states, persons, organisations, organs of
states, personal titles and acting groups. Names are matched as written, and in lines all in capitals;
the phrases of organs, titles and groups in any case.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache
from pathlib import Path

import ahocorasick

from data.actors.custom import ActorFileError, CustomActor
from data.schema import Actor, ActorKind

TABLES = Path(__file__).parent / "tables"
_SAME_LENGTH = str.maketrans({"’": "'", "ʼ": "'", "\u00a0": " ", "\u202f": " ", "‑": "-", "–": "-"})
_HEADLINE = re.compile(r"^(?=[^\na-z]*$)[^\n]*[A-Z]{3}[^\n]*$", re.MULTILINE)  # read once, however long the line
_PREFIX = re.compile(r"(?<![\w-])(?:(?!ex-)[a-z]+|Anti|Pro|Non)-$")


class Form(Enum):
    """In which form a name of the tables stands in the text."""

    STATE = "name of a state, its capital or its seat of government"
    DEMONYM = "adjective of a state"
    PEOPLE = "people of a state"
    ORGANISATION = "organisation"
    PERSON = "full name of a person"
    ORGAN = "organ of a state"
    TITLE = "personal title"
    GROUP = "acting group"


@dataclass(frozen=True, slots=True)
class Entry:
    """One reading of a name.

    Attributes:
        place: Whether it is a town, which is an actor only in some positions.
        since: From when the reading holds, as an ISO date or its beginning; empty for always.
        until: Until when.
        otherwise: What the name means where this reading does not hold.
    """

    form: Form
    actor: Actor | None = None
    sector: str | None = None
    place: bool = False
    speaks_for_state: bool = True
    since: str = ""
    until: str = ""
    otherwise: Entry | None = None

    def valid(self, day: str | None) -> bool:
        """Tells whether the reading holds on an ISO date; where its term is not given, always."""
        return not (self.since or self.until) or _within(day, self.since, self.until)


@dataclass(frozen=True, slots=True)
class Match:
    """A name of the tables at a place in a text."""

    start: int
    end: int
    text: str
    entry: Entry


@dataclass(frozen=True, slots=True)
class Person:
    """A person of the tables: the actor, the surnames used for it, and the days in office."""

    actor: Actor
    short: tuple[str, ...]
    office: str
    since: str
    until: str
    always: bool = False

    def in_office(self, day: str | None) -> bool:
        """Tells whether an ISO date lies in the term; an unknown date or term does not, a term without ends always."""
        if self.always:
            return True
        return bool(self.since) and _within(day, self.since, self.until)


class Gazetteer:
    """The tables, indexed for look-up by name and for search in a text."""

    def __init__(self, tables: Path = TABLES, custom: Sequence[CustomActor] = ()) -> None:
        self.states: dict[str, Actor] = {}
        self.demonyms: dict[str, str] = {}
        self.organisations: dict[str, Actor] = {}
        self.persons: list[Person] = []
        self.persons_by_name: dict[str, list[Person]] = {}
        self.persons_by_short: dict[str, list[Person]] = {}
        self._persons_by_office: dict[tuple[str, str], list[Person]] = {}
        self.genders: dict[str, str] = {}
        self._names: dict[str, Entry] = {}
        self._phrases: dict[str, Entry] = {}
        self._read_states(tables / "states.csv")
        self._read_organisations(tables / "organisations.csv")
        self._read_organs(tables / "organs.csv")
        self._read_titles(tables / "titles.csv")
        self._read_groups(tables / "groups.csv")
        self._read_persons(tables / "persons.csv")
        self._read_first_names(tables / "first_names.csv")
        self._add_custom(custom)
        self._name_search = _automaton(self._names)
        self._phrase_search = _automaton(self._phrases)

    def search(self, text: str) -> list[Match]:
        """Finds the names of the tables in a text: the longest at each place, none overlapping."""
        plain = text.translate(_SAME_LENGTH)
        found = [*_whole_words(self._name_search, plain), *_whole_words(self._phrase_search, _lower(plain))]
        if (headlined := _with_titled_headlines(plain)) != plain:
            found += _whole_words(self._name_search, headlined)
        found.sort(key=lambda hit: (hit[0] - hit[1], hit[0]))
        taken = bytearray(len(text))
        matches = []
        for start, end, entry in found:
            if not any(taken[start:end]):
                taken[start:end] = b"\x01" * (end - start)
                matches.append(Match(start, end, text[start:end], entry))
        return sorted(matches, key=lambda match: match.start)

    def persons_named(self, name: str) -> list[Person]:
        """Returns the rows of a person by full name, in any listed spelling or in capitals."""
        plain = name.translate(_SAME_LENGTH)
        return self.persons_by_name.get(plain) or self.persons_by_name.get(titled(plain), [])

    def office_holder(self, body: Actor, office: str, day: str | None) -> Person | None:
        """Returns who held an office of a body on a day, where exactly one is known to; nobody without a day."""
        holders = {p.actor.name: p for p in self._persons_by_office.get((body.name, office), ()) if p.in_office(day)}
        return next(iter(holders.values())) if len(holders) == 1 else None

    def actor_named(self, name: str) -> Actor | None:
        """Returns the state, organisation or organ that a name of the tables stands for."""
        entry = self._names.get(name.translate(_SAME_LENGTH))
        return entry.actor if entry and entry.form in (Form.STATE, Form.ORGANISATION, Form.ORGAN) else None

    def title(self, words: str) -> Entry | None:
        """Returns the entry of a personal title, in lower case."""
        entry = self._phrases.get(words)
        return entry if entry and entry.form is Form.TITLE else None

    def _read_states(self, path: Path) -> None:
        for row in _rows(path):
            actor = Actor(row["name"], ActorKind.STATE, row["iso3"], None)
            self.states[row["iso3"]] = actor
            for name in (row["name"], *_list(row["names"])):
                self._add(name, Entry(Form.STATE, actor))
            for name in (*_list(row["capital"]), *_list(row["seats"])):
                self._add(name, Entry(Form.STATE, actor, "GOV", place=name in _list(row["capital"])))
            for name in _list(row["demonyms"]):
                self.demonyms.setdefault(row["iso3"], name)
                self._add(name, Entry(Form.DEMONYM, actor))
            for name in _list(row["people"]):
                group = Actor(name, ActorKind.GROUP, row["iso3"])
                self._add(name, Entry(Form.PEOPLE, group))

    def _read_organisations(self, path: Path) -> None:
        for row in _rows(path):
            actor = Actor(row["name"], ActorKind(row["kind"]), row["iso3"] or None, row["sector"] or None)
            self.organisations[row["name"]] = actor
            for name in (row["name"], *_list(row["names"])):
                self._add(name, Entry(Form.ORGANISATION, actor))

    def _read_organs(self, path: Path) -> None:
        for row in _rows(path):
            state = self.states.get(row["iso3"])
            phrases = _list(row["phrase"])
            if state is None:
                for phrase in phrases:
                    self._phrases.setdefault(phrase.lower(), Entry(Form.ORGAN, None, row["sector"]))
            else:
                actor = Actor(phrases[0], ActorKind.STATE, state.country, row["sector"], True, state)
                for phrase in phrases:
                    self._add(phrase, Entry(Form.ORGAN, actor, row["sector"]))

    def _read_titles(self, path: Path) -> None:
        for row in _rows(path):
            speaks = row["speaks_for_state"] == "yes"
            entry = Entry(Form.TITLE, None, row["sector"] or None, speaks_for_state=speaks)
            self._phrases.setdefault(row["title"].lower(), entry)

    def _read_groups(self, path: Path) -> None:
        for row in _rows(path):
            self._phrases.setdefault(row["group"].lower(), Entry(Form.GROUP, None, row["sector"] or None))

    def _read_persons(self, path: Path) -> None:
        for row in _rows(path):
            body = self.organisations.get(row["body"]) if row["body"] else self.states.get(row["iso3"])
            speaks = bool(row["office"]) and row["sector"] not in ("OPP", "LEG", "JUD")
            actor = Actor(
                row["name"],
                ActorKind.PERSON,
                row["iso3"] or None,
                row["sector"] or None,
                True,
                body if speaks else None,
            )
            person = Person(actor, tuple(_list(row["short"])), row["office"], row["from"], row["to"])
            self.persons.append(person)
            if body is not None and row["office"]:
                self._persons_by_office.setdefault((body.name, row["office"]), []).append(person)
            for name in (row["name"], *_list(row["names"])):
                self.persons_by_name.setdefault(name.translate(_SAME_LENGTH), []).append(person)
                self._add(name, Entry(Form.PERSON, actor))
            for name in person.short:
                self.persons_by_short.setdefault(name, []).append(person)

    def _read_first_names(self, path: Path) -> None:
        self.genders = {row["name"]: row["gender"] for row in _rows(path)}

    def _add_custom(self, actors: Sequence[CustomActor]) -> None:
        """Adds a user's own actors, whose names go before those of the tables; bodies first, persons after them."""
        bodies: dict[str, Actor] = {}
        for custom in _bodies_first(actors):
            if custom.country and custom.country not in self.states:
                raise ActorFileError(
                    f"actor {custom.name}, country: expected the ISO 3166 code of a state, as KEN or DEU, "
                    f"found {custom.country!r}"
                )
            body = self._body_of(custom, bodies)
            actor = Actor(custom.name, ActorKind(custom.kind), custom.country, custom.sector, True, body)
            names = (custom.name, *custom.aliases)
            if actor.kind is ActorKind.PERSON:
                self._add_custom_person(custom, actor)
                continue
            bodies |= dict.fromkeys(names, actor)
            self.organisations[custom.name] = actor
            for name in names:
                self._add_first(name, Entry(Form.ORGANISATION, actor, since=custom.since, until=custom.until))

    def _body_of(self, custom: CustomActor, bodies: Mapping[str, Actor]) -> Actor | None:
        owner = custom.on_behalf_of
        body = bodies.get(owner or "") or self.states.get(owner or "") or self.actor_named(owner or "")
        if owner and body is None:
            raise ActorFileError(
                f"actor {custom.name} speaks for {owner!r}: expected the ISO code of a state, or a name of the tables "
                "or of an actor in the same file that is no person"
            )
        return body

    def _add_custom_person(self, custom: CustomActor, actor: Actor) -> None:
        full = [custom.name, *(name for name in custom.aliases if " " in name)]
        short = tuple(name for name in custom.aliases if " " not in name)
        since = custom.since or ("0001" if custom.until else "")
        person = Person(actor, short, "", since, custom.until, always=not since)
        for name in full:
            self.persons_by_name[name.translate(_SAME_LENGTH)] = [person]
            self._add_first(name, Entry(Form.PERSON, actor))
        for name in short:
            self.persons_by_short[name] = [person]

    def _add_first(self, name: str, entry: Entry) -> None:
        plain = name.translate(_SAME_LENGTH)
        self._names[plain] = replace(entry, otherwise=self._names.get(plain))

    def _add(self, name: str, entry: Entry) -> None:
        self._names.setdefault(name.translate(_SAME_LENGTH), entry)


def _within(day: str | None, since: str, until: str) -> bool:
    """Tells whether an ISO date lies between two ends, each a year, a month or a day and included; no date does not."""
    if not day:
        return False
    return since <= day[: len(since)] and (not until or day[: len(until)] <= until)


@cache
def default_gazetteer() -> Gazetteer:
    """Returns the gazetteer over the shipped tables, read once."""
    return Gazetteer()


def _bodies_first(actors: Sequence[CustomActor]) -> Iterator[CustomActor]:
    """Yields the actors of a file, each behind the body of the file that it speaks for, persons last."""
    waiting = sorted(actors, key=lambda actor: actor.kind == "person")
    while waiting:
        unknown = {name for actor in waiting for name in (actor.name, *actor.aliases) if actor.kind != "person"}
        ready = [actor for actor in waiting if actor.on_behalf_of not in unknown]
        yield from ready or waiting
        waiting = [actor for actor in waiting if actor.on_behalf_of in unknown] if ready else []


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _list(cell: str) -> list[str]:
    return [item.strip() for item in cell.split("|") if item.strip()]


def _automaton(entries: dict[str, Entry]) -> ahocorasick.Automaton:
    automaton = ahocorasick.Automaton()
    for name, entry in entries.items():
        automaton.add_word(name, (len(name), entry))
    automaton.make_automaton()
    return automaton


def _with_titled_headlines(text: str) -> str:
    """Returns a text of the same length, in which lines all in capitals are written as names are: "Peru Left"."""
    return _HEADLINE.sub(lambda line: titled(line.group()), text)


def titled(words: str) -> str:
    """Returns words all in capitals as names are written, "Peru Left"; as they are where that changed their length."""
    found = words.title() if words.isupper() else words
    return found if len(found) == len(words) else words


def _lower(text: str) -> str:
    """Lower-cases a text without changing its length (Turkish İ has a lower case of two)."""
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def _whole_words(automaton: ahocorasick.Automaton, text: str) -> Iterator[tuple[int, int, Entry]]:
    for last, (length, entry) in automaton.iter(text):
        start, end = last + 1 - length, last + 1
        before, after = text[start - 1 : start], text[end : end + 1]
        if not (before.isalnum() or after.isalnum() or _PREFIX.search(text, max(0, start - 12), start)):
            yield start, end, entry
