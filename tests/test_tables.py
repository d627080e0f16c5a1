"""The actor tables are facts anyone may add to: these tests say what a row has to look like."""

import csv
import json
import re
from calendar import monthrange
from collections import Counter, defaultdict
from datetime import date

import pytest

from data.actors.coverage import coverage
from data.actors.gazetteer import TABLES
from data.actors.rows import COLUMNS, read_tables
from data.schema import ActorKind
from data.tables import main

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


SMALL = {
    "states": [
        "FRA,France,French Republic,French,French,Paris,",
        "PER,Peru,,,Peruvians,,",
        "TUR,Turkey,,Turkish,Turks,Ankara,",
        "USA,United States,US,American,Americans,Washington,",
    ],
    "organisations": ["Harbour Watch,,ngo,PER,"],
    "organs": ["Dieta,LEG,PER"],
    "persons": [
        "Ana Ruiz,Ana Ruíz,Ruiz,PER,,president,GOV,2024-05-05,",
        "Binali Yildirim,,Yildirim,TUR,,prime minister,GOV,2014,2018-07",
        "Carla Sosa,,Sosa,PER,,opposition politician,OPP,,",
        "Jean Petit,,Petit,FRA,,acting foreign minister,GOV,2014-01-01,2020-03",
        "Jeanne Roux,,Roux,FRA,,president,GOV,2012-05-15,",
        "John Doe,,Doe,USA,,president,GOV,,2020",
        "Luc Blanc,,Blanc,FRA,Harbour Watch,president,GOV,2014,",
        "Paul Noir,,Noir,FRA,,prime minister,GOV,2024-01-01,2024-12",
        "Pia Noir,,Noir,FRA,,prime minister,GOV,2024-07,2025-06-30",
    ],
    "titles": ["senator,LEG,no"],
    "groups": ["strikers,LAB"],
    "first_names": ["Ana,f"],
}


@pytest.fixture
def folder(tmp_path):
    """A folder with small tables; a test may change them."""
    for table, lines in SMALL.items():
        text = "\n".join([",".join(COLUMNS[table]), *lines]) + "\n"
        (tmp_path / f"{table}.csv").write_text(text, encoding="utf-8")
    return tmp_path


def country(name, chief="", government="", **cells):
    fields = {"long_name": "none", "adjective": "", "noun": "", "capital": ""}
    return {**fields, "name": name, "chief_of_state": chief, "head_of_government": government, **cells}


@pytest.fixture
def update(folder, capsys):
    """Adds an extract with some countries to the small tables and returns the lines printed."""

    def run(*entries):
        extract = folder / "factbook.json"
        extract.write_text(json.dumps(entries), encoding="utf-8")
        assert main(["--tables", str(folder), "--factbook", str(extract)]) == 0
        return capsys.readouterr().out.splitlines()

    return run


def lines_of(folder, table):
    return (folder / f"{table}.csv").read_text(encoding="utf-8").splitlines()[1:]


def test_the_shipped_tables_are_as_expected_and_cover_the_four_offices(capsys):
    assert main([]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert re.search(r"; \d+ of \d+ states have all four at 90 % or more$", last)
    means = [int(number) for number in re.findall(r"(\d+) %[,;]", last)]
    assert len(means) == 4
    assert min(means) >= 90


def test_coverage_is_the_share_of_days_with_a_known_holder(folder):
    shares = coverage(read_tables(folder)["persons"], ["FRA"])["FRA"]
    every = date(2026, 6, 30) - date(2013, 12, 31)
    assert shares["head of state"] == 1.0
    assert shares["head of government"] == (date(2025, 6, 30) - date(2023, 12, 31)) / every
    assert shares["foreign minister"] == (date(2020, 3, 31) - date(2013, 12, 31)) / every
    assert shares["defence minister"] == 0.0


def test_an_office_that_a_state_does_not_have_is_no_gap(folder):
    shares = coverage(read_tables(folder)["persons"], ["TUR", "USA"])
    assert shares["TUR"]["head of government"] == 1.0
    assert shares["USA"]["head of government"] is None


def test_a_term_without_a_first_day_and_the_office_of_another_body_do_not_count(folder):
    persons = [row for row in read_tables(folder)["persons"] if row["name"] in ("John Doe", "Luc Blanc")]
    shares = coverage(persons, ["USA", "FRA"])
    assert (shares["USA"]["head of state"], shares["FRA"]["head of state"]) == (0.0, 0.0)


def test_the_command_prints_rows_dates_and_the_line_of_a_state(folder, capsys):
    assert main(["--tables", str(folder)]) == 0
    printed = [re.findall(r"[\w.-]+(?: \w+)?", line) for line in capsys.readouterr().out.splitlines()]
    assert ["persons", "9", "8"] in printed
    assert ["groups", "1", "-"] in printed
    assert ["France", "100", "11", "50", "0"] in printed
    assert ["United States", "0", "-", "0", "0"] in printed


def test_the_factbook_fills_what_is_missing_and_says_so(folder, update):
    peru = country("Peru", "President Carla Mar&iacute;a SOSA Paz (since 3 July 2026)", capital="Lima (since 1535)")
    printed = update(peru | {"long_name": "Republic of Peru", "adjective": "Peruvian", "capital": "Lima"})
    assert printed[:-1] == [
        "states.csv: Peru: names Republic of Peru",
        "states.csv: Peru: demonyms Peruvian",
        "states.csv: Peru: capital Lima",
        "persons.csv: Carla María Sosa Paz, president of Peru since 2026-07-03; "
        "the term of Ana Ruiz has no end there yet",
    ]
    assert printed[-1].startswith("additions: 4; left out: 0 entries name no state of states.csv, ")
    assert lines_of(folder, "states")[1] == "PER,Peru,Republic of Peru,Peruvian,Peruvians,Lima,"
    assert "Carla Sosa,,Sosa,PER,,president,GOV,2026-07-03," in lines_of(folder, "persons")


def test_the_factbook_changes_nothing_that_is_there_and_keeps_the_order(folder, update):
    update(
        country(
            "France", government="Prime Minister Zo&eacute; LEROY (since May 2026)", capital="Lyon", adjective="Gallic"
        ),
        country("T&uuml;rkiye", "President Nobody KNOWN (since 2026)"),
    )
    assert lines_of(folder, "states") == SMALL["states"]
    assert set(SMALL["persons"]) < set(lines_of(folder, "persons"))
    assert lines_of(folder, "persons")[-1] == "Zoé Leroy,Zoe Leroy,Leroy,FRA,,prime minister,GOV,2026-05,"
    added = read_tables(folder)["persons"]
    assert added == sorted(added, key=lambda row: (row["name"], row["from"], row["office"]))


def test_a_second_run_with_the_factbook_adds_nothing(folder, update):
    peru = country(
        "Peru", "President Mar&iacute;a DEL R&Iacute;O (since 1 June 2026)", capital="Lima", adjective="Peruvian"
    )
    assert len(update(peru)) == 4
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert update(peru) == [
        "additions: 0; left out: 0 entries name no state of states.csv, 0 cells name no one person with an office of "
        "the state and a date, 1 incumbents are there, 0 have another holder in persons.csv"
    ]
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize(
    "cell",
    [
        "President Ana Maria RU&Iacute;Z (since 5 May 2024)",  # under another name
        "President Ana RUIS (since 5 May 2024)",  # in another spelling, from the same day on
        "President Maria GARCIA (since 5 May 2020)",  # before the holder that is there
        "President Maria GARCIA (since 1 July 2026), represented by Governor Eva LUZ (since 2025)",
        "President Maria GARCIA (since 1 July 2026); Prime Minister Eva LUZ (since 2025)",
        "President of the Council Maria GARCIA (since 1 July 2026)",
        "Maria GARCIA (since 1 July 2026)",
        "President Maria Garcia (since 1 July 2026)",
        "President Maria GARCIA (since 31 June 2026)",
        "President (vacant)",
    ],
)
def test_an_incumbent_that_is_there_or_cannot_be_read_is_left_out(folder, update, cell):
    assert update(country("Peru", cell))[-1].startswith("additions: 0;")
    assert lines_of(folder, "persons") == SMALL["persons"]


@pytest.mark.parametrize(
    ("cell", "row"),
    [
        ("President XI Jinping (since 14 March 2029)", "Xi Jinping,,Xi,{},president,GOV,2029-03-14,"),
        ("King CHARLES IV (since May 2029)", "Charles IV,,Charles,{},king,GOV,2029-05,"),
        ("Amir Ali al-SUDANI (since 2029)", "Ali al-Sudani,,al-Sudani|Sudani,{},emir,GOV,2029,"),
        ("Premier Sean O'NEILL, Jr. (since 2029)", "Sean O'Neill Jr.,,O'Neill,{},premier,GOV,2029,"),
        ("Chancellor Eva VAN DER BELT (since 2029)", "Eva Van der Belt,,Van der Belt,{},chancellor,GOV,2029,"),
        (
            "Transition President Gen. Li N'TAM-DIAZ (since 2029)",
            "Li N'Tam-Diaz,,N'Tam-Diaz,{},interim president,GOV,2029,",
        ),
    ],
)
def test_names_and_offices_of_the_factbook_are_written_as_in_the_tables(folder, update, cell, row):
    update(country("Turkey", cell))
    assert row.format("TUR,") in lines_of(folder, "persons")


def test_who_governs_a_territory_is_added_but_not_the_head_of_the_state_it_belongs_to(folder, update):
    printed = update(
        country("Peru", "President Donald DUCK (since 2026)", "Governor Daisy DUCK (since 2026)"),
        country("Nowhere", "President Dagobert DUCK (since 2026)"),
    )
    assert printed[0] == "persons.csv: Daisy Duck, governor of Peru since 2026"
    assert printed[1].startswith("additions: 1; left out: 1 entries name no state of states.csv, 1 cells")


@pytest.mark.parametrize(
    ("table", "old", "new", "message"),
    [
        (
            "persons",
            "2024-05-05",
            "2024-5-5",
            "persons.csv, row 2 (Ana Ruiz): from: expected a date as YYYY, YYYY-MM or",
        ),
        (
            "persons",
            "2024-05-05",
            "2024-02-30",
            "persons.csv, row 2 (Ana Ruiz): from: expected a date as YYYY, YYYY-MM",
        ),
        ("persons", "2018-07", "2013-07", "persons.csv, row 3 (Binali Yildirim): to: expected a date not before 2014"),
        (
            "persons",
            "Harbour Watch",
            "Harbor",
            "persons.csv, row 8 (Luc Blanc): body: expected a name of organisations",
        ),
        ("persons", "PER,,president", "XYZ,,president", "persons.csv, row 2 (Ana Ruiz): iso3: expected one of states"),
        ("organs", "PER", "XYZ", "organs.csv, row 2 (Dieta): iso3: expected one of states.csv or none, found 'XYZ'"),
        ("states", "TUR", "PER", "states.csv, row 4 (PER): iso3: expected three capitals that no other row has"),
        ("titles", "LEG,no", "LEG", "titles.csv, row 2: expected 3 cells, found 2"),
        ("groups", "group,sector", "group", "groups.csv, row 1: expected the columns group,sector, found group"),
    ],
)
def test_a_bad_table_is_named_with_its_row_and_what_is_expected(folder, capsys, table, old, new, message):
    path = folder / f"{table}.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    assert main(["--tables", str(folder)]) == 1
    printed = capsys.readouterr()
    assert message in printed.err
    assert printed.out == ""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}", "expected a JSON list of objects with name, long_name"),
        ("no JSON", "expected a JSON list of objects with name, long_name"),
        ('[{"name": "Peru"}]', "object 1: expected text in the field 'long_name'"),
    ],
)
def test_a_bad_factbook_file_is_refused_and_nothing_written(folder, capsys, text, message):
    extract = folder / "factbook.json"
    extract.write_text(text, encoding="utf-8")
    assert main(["--tables", str(folder), "--factbook", str(extract)]) == 1
    assert message in capsys.readouterr().err
    assert lines_of(folder, "persons") == SMALL["persons"]


def test_a_missing_table_is_named(folder, capsys):
    (folder / "organs.csv").unlink()
    assert main(["--tables", str(folder)]) == 1
    assert "organs.csv: expected a table in UTF-8 with the columns phrase, sector, iso3" in capsys.readouterr().err
