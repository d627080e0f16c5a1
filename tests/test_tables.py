"""The actor tables are facts anyone may add to: these tests say what a row has to look like."""

import csv
import re
from calendar import monthrange
from collections import Counter, defaultdict
from datetime import date

import pytest

from data.actors.gazetteer import TABLES
from data.schema import ActorKind

HEADERS = {
    "states": "iso3,name,names,demonyms,people,capital,seats",
    "organisations": "name,names,kind,iso3,sector",
    "organs": "phrase,sector,iso3",
    "persons": "name,names,short,iso3,body,office,sector,from,to",
    "titles": "title,sector,speaks_for_state",
    "groups": "group,sector",
}
ALIASES = {
    "states": ("name", "names", "demonyms", "people", "capital", "seats"),
    "organisations": ("name", "names"),
    "organs": ("phrase",),
    "persons": ("name", "names"),
    "titles": ("title",),
    "groups": ("group",),
}
SECTORS = {
    "AGR",
    "COP",
    "EDU",
    "GOV",
    "IGO",
    "JUD",
    "LAB",
    "LEG",
    "MED",
    "MIL",
    "NGO",
    "OPP",
    "PTY",
    "REB",
    "REF",
    "SPY",
}
EVERY = pytest.mark.parametrize("table", HEADERS)


def rows(table):
    with (TABLES / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def cells(table):
    return [(row, column, cell) for row in rows(table) for column, cell in row.items()]


def days(text):
    """The first and the last day that a date of year, month or day can mean; fails where it is no date."""
    if not text:
        return date.min, date.max
    year, *rest = map(int, text.split("-"))
    month, last_month = (rest[0], rest[0]) if rest else (1, 12)
    day, last_day = (rest[1], rest[1]) if len(rest) > 1 else (1, monthrange(year, last_month)[1])
    return date(year, month, day), date(year, last_month, last_day)


@EVERY
def test_a_table_has_its_header_and_no_ragged_row(table):
    lines = (TABLES / f"{table}.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == HEADERS[table]
    assert [row for row in rows(table) if None in row or None in row.values()] == []
    assert len(rows(table)) > 50


@EVERY
def test_no_cell_has_stray_white_space_or_an_empty_alias(table):
    bad = re.compile(r"^\s|\s$|\s\s|\|\s*\||^\||\|$|\s\||\|\s")
    assert [(cell, row) for row, _, cell in cells(table) if bad.search(cell)] == []


@EVERY
def test_an_alias_stands_for_one_actor_of_its_table(table):
    owners = defaultdict(set)
    for number, row in enumerate(rows(table)):
        owner = row["iso3"] if table == "states" else row.get("name", number)
        for column in ALIASES[table]:
            for alias in filter(None, row[column].split("|")):
                owners[alias].add(owner)
    assert {alias: who for alias, who in owners.items() if len(who) > 1} == {}


@EVERY
def test_no_cell_lists_an_alias_twice(table):
    twice = [
        row[column]
        for row in rows(table)
        for column in ALIASES[table]
        if max(Counter(row[column].split("|")).values()) > 1
    ]
    assert twice == []


def test_there_are_the_states_of_the_world_by_their_codes():
    codes = [row["iso3"] for row in rows("states")]
    assert [code for code in codes if not re.fullmatch("[A-Z]{3}", code)] == []
    assert len(codes) == len(set(codes))
    assert len(codes) >= 190
    assert {"XKX", "PSE", "TWN", "VAT", "USA", "CHN", "RUS", "SSD", "TLS"} <= set(codes)


def test_every_state_has_a_demonym_and_a_capital():
    assert [row["iso3"] for row in rows("states") if not row["demonyms"] or not row["capital"]] == []


@pytest.mark.parametrize("table", ["organisations", "organs", "persons"])
def test_every_country_code_is_that_of_a_state_of_the_table(table):
    codes = {row["iso3"] for row in rows("states")}
    assert {row["iso3"] for row in rows(table)} - codes <= {""}


@pytest.mark.parametrize("table", ["organisations", "organs", "persons", "titles", "groups"])
def test_every_sector_is_one_of_plover(table):
    assert {row["sector"] for row in rows(table)} - SECTORS <= {""}


def test_every_organ_has_a_sector():
    assert [row["phrase"] for row in rows("organs") if not row["sector"]] == []


def test_organisations_have_a_kind_that_is_neither_state_nor_person():
    assert {row["kind"] for row in rows("organisations")} <= {str(k) for k in ActorKind} - {"state", "person"}


def test_there_are_enough_organisations_and_armed_groups():
    kinds = Counter(row["kind"] for row in rows("organisations"))
    assert kinds["igo"] >= 150
    assert kinds["armed_group"] >= 100
    assert sum(kinds.values()) >= 900


def test_the_body_of_a_person_is_an_organisation_of_the_table():
    assert {row["body"] for row in rows("persons")} - {row["name"] for row in rows("organisations")} == {""}


def test_every_person_has_a_country_or_a_body():
    assert [row["name"] for row in rows("persons") if not row["iso3"] and not row["body"]] == []


def test_no_person_is_listed_twice_with_one_office_and_one_term():
    keys = Counter((row["name"], row["iso3"], row["body"], row["office"], row["from"]) for row in rows("persons"))
    assert [key for key, count in keys.items() if count > 1] == []


def test_terms_are_dates_in_iso_form_and_begin_before_they_end():
    form = re.compile(r"(\d{4}(-\d\d(-\d\d)?)?)?")
    for row in rows("persons"):
        assert form.fullmatch(row["from"]), row
        assert form.fullmatch(row["to"]), row
        assert days(row["from"])[0] <= days(row["to"])[1], row


def test_titles_say_whether_their_bearer_speaks_for_the_state():
    assert {row["speaks_for_state"] for row in rows("titles")} == {"yes", "no"}
    speaks = {row["title"]: row["speaks_for_state"] for row in rows("titles")}
    expected = {"foreign minister": "yes", "ambassador": "yes", "senator": "no", "former president": "no"}
    assert {title: speaks[title] for title in expected} == expected


@pytest.mark.parametrize("table", ["titles", "groups"])
def test_titles_and_groups_are_listed_in_lower_case_only(table):
    assert [row for row in rows(table) if row[ALIASES[table][0]] != row[ALIASES[table][0]].lower()] == []


def test_no_title_holds_the_name_of_a_state_or_its_seat():
    columns = ("name", "names", "demonyms", "seats")
    names = {name.lower() for row in rows("states") for column in columns for name in row[column].split("|") if name}
    titles = [row["title"] for row in rows("titles")]
    assert [title for title in titles if any(f" {name} " in f" {title} " for name in names)] == []
