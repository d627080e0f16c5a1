"""Actors of a user's own: how the rules use them, and what is said of a file that cannot be used."""

from functools import cache

import pytest

from data.actors.custom import ActorFileError, read_actors
from data.actors.gazetteer import Gazetteer
from data.actors.rules import RuleFinder
from data.schema import Actor, ActorKind, Article
from data.sentences import split_sentences
from models.score import main

WATCH = "- {name: Harbour Watch, aliases: [HW, the Watch], kind: ngo, country: KEN, sector: NGO}\n"
RUIZ = "- {name: Ana Ruiz, aliases: [Ruiz], kind: person, country: PER, on_behalf_of: PER, sector: GOV%s}\n"
TERM = RUIZ % ", from: 2021-07, to: 2022-12"


def gazetteer(folder, content):
    path = folder / "own.yaml"
    path.write_text(content, encoding="utf-8")
    return Gazetteer(custom=read_actors(path))


@pytest.fixture(scope="module")
def actors(tmp_path_factory):
    """Gives a function that finds the actors of a text, by their mentions, with a file of a user's own."""
    finder = cache(lambda content: RuleFinder(gazetteer(tmp_path_factory.mktemp("own"), content)))

    def find(content, text, day=None):
        article = Article("a", text, published=day)
        found = finder(content).find(article, split_sentences(article))
        return {mention.text: mention.actor for mention in found}

    return find


def body(actor):
    return actor.on_behalf_of and actor.on_behalf_of.name


@pytest.mark.parametrize("name", ["Harbour Watch", "HW", "the Watch"])
def test_an_organisation_is_found_by_name_and_alias_and_linked(actors, name):
    watch = Actor("Harbour Watch", ActorKind.NGO, "KEN", "NGO", linked=True)
    assert actors(WATCH, f"Togo rebuked {name}.")[name] == watch
    assert list(actors("[]", f"Togo rebuked {name}.")) == ["Togo"]


@pytest.mark.parametrize("text", ["Togo rebuked HWs.", "Togo has seen anti-HW banners.", "Togo rebuked hw."])
def test_an_alias_is_a_whole_word_as_it_is_written(actors, text):
    assert list(actors(WATCH, text)) == ["Togo"]


def test_who_heads_an_organisation_of_the_file_speaks_for_it(actors):
    found = actors(WATCH, "Harbour Watch director Ida Holm thanked Togo.")
    assert body(found["Harbour Watch director Ida Holm"]) == "Harbour Watch"


def test_an_organ_of_the_file_speaks_for_its_state(actors):
    guard = "- {name: Fjord Guard, kind: state, country: NOR, sector: MIL, on_behalf_of: NOR}\n"
    found = actors(guard, "Fjord Guard rebuked Togo.")["Fjord Guard"]
    assert (found.kind, found.country, found.sector, body(found)) == (ActorKind.STATE, "NOR", "MIL", "Norway")


def test_a_name_of_the_file_goes_before_the_same_name_of_the_tables(actors):
    assert actors("- {name: Harbour Watch, aliases: [Oslo], kind: ngo}\n", "Oslo rebuked Togo.")["Oslo"].kind == "ngo"
    solberg = "- {name: Erna Solberg, kind: person, country: PER, on_behalf_of: PER, from: 2010}\n"
    assert body(actors(solberg, "Erna Solberg rebuked Togo.", "2015-01-01")["Erna Solberg"]) == "Peru"


def test_the_tables_stay_beside_the_file(actors):
    found = actors(WATCH, "Norwegian Foreign Minister Kari Moen rebuked HW and NATO.")
    assert [actor.name for actor in found.values()] == ["Kari Moen", "Harbour Watch", "NATO"]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2021-06-30", None), ("2021-07-01", "Peru"), ("2022-03-04T10:00Z", "Peru"), ("2022-12-31", "Peru"),
        ("2023-01-01", None), (None, None),
    ],
)  # fmt: skip
def test_a_person_speaks_for_its_body_inside_the_term_alone(actors, day, expected):
    ana = actors(TERM, "Ana Ruiz rebuked Togo.", day)["Ana Ruiz"]
    assert (ana.name, ana.kind, ana.country, ana.sector, ana.linked) == ("Ana Ruiz", "person", "PER", "GOV", True)
    assert body(ana) == expected


@pytest.mark.parametrize(("day", "expected"), [("2021-06-30", None), ("2021-07-01", "Peru"), ("2031-01-01", "Peru")])
def test_a_term_without_an_end_goes_on(actors, day, expected):
    assert body(actors(RUIZ % ", from: 2021-07", "Ana Ruiz rebuked Togo.", day)["Ana Ruiz"]) == expected


@pytest.mark.parametrize(("term", "day"), [(", to: 2022-12", "2020-01-01"), ("", "2020-01-01")])
def test_a_term_without_a_beginning_holds_from_ever(actors, term, day):
    assert body(actors(RUIZ % term, "Ana Ruiz rebuked Togo.", day)["Ana Ruiz"]) == "Peru"


def test_a_term_without_a_beginning_ends(actors):
    assert body(actors(RUIZ % ", to: 2022-12", "Ana Ruiz rebuked Togo.", "2023-01-01")["Ana Ruiz"]) is None


@pytest.mark.parametrize("owner", ["NATO", "Harbour Watch"])
def test_a_person_may_speak_for_an_organisation_of_the_tables_or_of_the_file(actors, owner):
    content = f"- {{name: Ana Ruiz, kind: person, on_behalf_of: {owner}, from: 2021}}\n{WATCH}"
    assert body(actors(content, "Ana Ruiz rebuked Togo.", "2022-01-01")["Ana Ruiz"]) == owner


@pytest.mark.parametrize(("alias", "owner"), [("UN", "United Nations"), ("HW", "Harbour Watch")])
def test_the_body_may_be_named_by_any_of_its_names(actors, alias, owner):
    content = f"- {{name: Ana Ruiz, kind: person, on_behalf_of: {alias}, from: 2021}}\n{WATCH}"
    assert body(actors(content, "Ana Ruiz rebuked Togo.", "2022-01-01")["Ana Ruiz"]) == owner


@pytest.mark.parametrize("turned", [False, True])
def test_a_body_may_speak_for_another_of_the_file_wherever_that_stands(actors, turned):
    lines = [
        "- {name: Fjord Guard, kind: state, on_behalf_of: Fjord Fleet}\n",
        "- {name: Fjord Fleet, aliases: [FF], kind: state, country: NOR, on_behalf_of: NOR}\n",
        "- {name: Ana Ruiz, kind: person, on_behalf_of: Fjord Guard}\n",
    ]
    ana = actors("".join(lines[::-1] if turned else lines), "Ana Ruiz rebuked Togo.", "2022-01-01")["Ana Ruiz"]
    assert (body(ana), ana.body.name) == ("Fjord Guard", "Norway")


def test_white_space_around_a_name_is_none_of_it(actors):
    assert "HW" in actors("- {name: ' Harbour Watch ', aliases: ['HW '], kind: ngo}\n", "HW rebuked Togo.")


def test_a_bare_surname_of_the_file_is_the_person_in_office(actors):
    assert actors(TERM, "Ruiz rebuked Togo.", "2022-01-01")["Ruiz"].name == "Ana Ruiz"
    assert "Ruiz" not in actors(TERM, "Ruiz rebuked Togo.", "2024-01-01")
    assert actors(TERM, "Ana Ruiz met Togo. Ruiz left.", "2024-01-01")["Ruiz"].name == "Ana Ruiz"


def test_another_full_name_of_a_person_is_the_same_person(actors):
    content = "- {name: Ana Ruiz, aliases: [Ana Maria Paz], kind: person, country: PER}\n"
    assert actors(content, "Ana Maria Paz rebuked Togo.")["Ana Maria Paz"].name == "Ana Ruiz"


def test_a_person_of_one_name_is_found(actors):
    assert "Zumbi" in actors("- {name: Zumbi, kind: person, country: PER}\n", "Zumbi rebuked Togo.")


@pytest.mark.parametrize(
    ("day", "found"),
    [("2020-12-31", False), ("2021-01-01", True), ("2022-12-31", True), ("2023-01-01", False), (None, False)],
)
def test_an_alias_with_a_term_is_nobody_outside_it(actors, day, found):
    content = "- {name: Harbour Watch, aliases: [HW], kind: ngo, from: 2021, to: 2022}\n"
    assert ("HW" in actors(content, "HW rebuked Togo.", day)) is found


@pytest.mark.parametrize("day", ["2020-12-31", None])
def test_outside_its_term_an_alias_leaves_its_name_to_the_tables(actors, day):
    content = "- {name: Harbour Watch, aliases: [Oslo], kind: ngo, from: 2021, to: 2022}\n"
    assert actors(content, "Oslo rebuked Togo.", day)["Oslo"].name == "Norway"


BAD = {
    "not YAML": ("- [", "own.yaml is no YAML", "expected the node content", "line 1"),
    "empty": ("", "own.yaml: expected a list of actors", "found NoneType"),
    "no list": ("name: Ana Ruiz\nkind: person\n", "own.yaml: expected a list of actors", "found dict"),
    "unknown key": (f"{WATCH}- {{name: HW2, kind: ngo, colour: red}}\n", "own.yaml, actor 2 (HW2), colour", "'red'"),
    "unknown kind": ("- {name: HW, kind: club}\n", "own.yaml, actor 1 (HW), kind", "'armed_group'", "found 'club'"),
    "no kind": ("- {name: HW}\n", "own.yaml, actor 1 (HW), kind", "required"),
    "no name": ("- {kind: ngo}\n", "own.yaml, actor 1 (without a name), name", "required"),
    "short name": ("- {name: H, kind: ngo}\n", "own.yaml, actor 1 (H), name", "at least 2", "found 'H'"),
    "one alias": ("- {name: HW, kind: ngo, aliases: Watch}\n", "own.yaml, actor 1 (HW), aliases", "found 'Watch'"),
    "country": ("- {name: HW, kind: ngo, country: Kenya}\n", "own.yaml, actor 1 (HW), country", "found 'Kenya'"),
    "no such country": ("- {name: HW, kind: ngo, country: GER}\n", "actor HW, country", "KEN or DEU", "'GER'"),
    "blank name": ("- {name: '  ', kind: ngo}\n", "own.yaml, actor 1", "at least 2"),
    "key twice": (
        "- name: Harbour Watch\n  kind: ngo\n  name: Fjord Guard\n", "own.yaml is no YAML", "found name twice",
        "begin each actor with", "line 3",
    ),
    "too deep": ("[" * 2000, "own.yaml is no YAML"),
    "body of itself": ("- {name: HW, kind: ngo, on_behalf_of: HW}\n", "HW speaks for 'HW'", "expected the ISO code"),
    "date": (
        RUIZ % ", from: July 2021", "own.yaml, actor 1 (Ana Ruiz), from", "YYYY, YYYY-MM or YYYY-MM-DD",
        "found 'July 2021'",
    ),
    "time": (RUIZ % ", from: '2021-07-01 10:00'", "own.yaml, actor 1 (Ana Ruiz), from", "found '2021-07-01 10:00'"),
    "no date": (RUIZ % ", to: ''", "own.yaml, actor 1 (Ana Ruiz), to", "YYYY, YYYY-MM or YYYY-MM-DD", "found ''"),
    "end before start": (
        RUIZ % ", from: 2022, to: 2021-05", "own.yaml, Ana Ruiz", "ends (2021-05) before it begins (2022)",
    ),
    "alias twice": (f"{WATCH}- {{name: Fjord Guard, aliases: [HW], kind: ngo}}\n", "own.yaml: HW", "more than one"),
    "name twice": (f"{WATCH}- {{name: Harbour Watch, kind: ngo}}\n", "own.yaml: Harbour Watch", "more than one"),
    "unknown body": (RUIZ.replace("of: PER", "of: Atlantis") % "", "Ana Ruiz", "expected the ISO code", "'Atlantis'"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_a_file_that_cannot_be_used_says_where_what_was_expected_and_what_was_found(tmp_path, what):
    content, *parts = BAD[what]
    with pytest.raises(ActorFileError) as error:
        gazetteer(tmp_path, content)
    assert [part for part in parts if part not in str(error.value)] == []


def test_an_unknown_body_of_an_organisation_is_an_error_too(tmp_path):
    with pytest.raises(ActorFileError, match="Atlantis"):
        gazetteer(tmp_path, "- {name: Fjord Guard, kind: state, on_behalf_of: Atlantis}\n")


@pytest.mark.parametrize("day", ["2021-02-30", "'2021-02-30'", "2021-13"])
def test_a_day_that_no_calendar_has_is_an_error_of_the_file(tmp_path, day):
    with pytest.raises(ActorFileError, match=r"own\.yaml"):
        gazetteer(tmp_path, RUIZ % f", from: {day}")


def test_a_list_of_bare_names_says_which_item_is_no_actor(tmp_path):
    with pytest.raises(ActorFileError, match=r"found (?:str|'HW')"):
        gazetteer(tmp_path, f"{WATCH}- HW\n")


def test_a_file_that_is_not_there_or_no_text_is_named(tmp_path):
    with pytest.raises(ActorFileError, match=r"nix\.yaml: expected a YAML file of actors, found none \(No such file"):
        read_actors(tmp_path / "nix.yaml")
    (tmp_path / "own.yaml").write_bytes(b"- {name: K\xe9nya}")
    with pytest.raises(ActorFileError, match=r"own\.yaml is no YAML: .*byte 0xe9"):
        read_actors(tmp_path / "own.yaml")


@pytest.mark.parametrize("term", ["from: 2021-07-01, to: 2022", "from: 2021, to: 2021", "from: 2021-07, to: 2021"])
def test_the_ends_of_a_term_may_be_days_months_or_years(tmp_path, term):
    assert gazetteer(tmp_path, RUIZ % f", {term}").persons_by_short["Ruiz"][0].in_office("2021-07-01")


@pytest.mark.parametrize("what", ["unknown kind", "unknown body", "not YAML"])
def test_scoring_with_a_file_that_cannot_be_used_has_status_1_and_says_why(
    tmp_path, articles, tiny_model, capsys, what
):
    content, *parts = BAD[what]
    (tmp_path / "own.yaml").write_text(content)
    options = ["--out", str(tmp_path / "out"), "--model", str(tiny_model), "--actors", str(tmp_path / "own.yaml")]
    assert main([str(articles), *options]) == 1
    message = " ".join(capsys.readouterr().err.split())
    assert message.startswith("visavis cannot run: ")
    assert [part for part in parts if part not in message] == []
    assert not (tmp_path / "out").exists()
