"""What a name that several states bear, or a state and something else, means in an article."""

import pytest

from data.actors.rules import RuleFinder
from data.schema import Article
from data.sentences import split_sentences


def meant(text, words):
    """The actors of the mentions with these words, by name, each once and in order."""
    article = Article("a", text)
    found = RuleFinder().find(article, split_sentences(article))
    return list(dict.fromkeys(mention.actor.name for mention in found if mention.text == words))


@pytest.mark.parametrize(
    "text",
    [
        "Georgia rebuked Norway.",
        "Georgia rebuked Norway, Tbilisi said.",
        "Georgia thanked Norway. A Georgian choir sang in Atlanta.",
        "Georgia thanked Norway. Ferries sail to Batumi and Savannah from today.",
    ],
)
def test_georgia_is_the_country_unless_more_speaks_for_the_state(text):
    assert meant(text, "Georgia") == ["Georgia"]


@pytest.mark.parametrize(
    "text",
    [
        "Georgia sued Norway. A court in Atlanta will hear it.",
        "Georgia and Florida thanked Norway.",
        "Georgia thanked Norway. The U.S. state has bought two ferries.",
        "Norway thanked Georgia Gov. Ida Holm.",
        "Georgia’s Republicans split. Georgia has thanked Norway for nothing yet.",
    ],
)
def test_georgia_beside_atlanta_or_florida_is_no_country(text):
    assert meant(text, "Georgia") == []
    assert meant(text, "Norway") == ["Norway"]


def test_georgian_bodies_stay_georgian_beside_atlanta():
    text = "A court in Atlanta fined Georgia. The Georgian army thanked Florida and Alabama."
    assert meant(text, "Georgian army") == ["Georgian army"]


@pytest.mark.parametrize(
    "text", ["Jordan thanked Peru.", "Jordan rebuked Togo, Amman said.", "Jordanian police left. Jordan thanked Peru."]
)
def test_jordan_is_the_kingdom(text):
    assert meant(text, "Jordan") == ["Jordan"]


@pytest.mark.parametrize(
    "text",
    [
        "The singer Ida Jordan thanked Peru. Jordan was glad.",
        "Norway praised Ida Jordan. Peru rebuked Jordan.",
        "Captain Michael Jordan left. Peru thanked Jordan.",
    ],
)
def test_jordan_is_no_kingdom_where_a_person_bears_the_name(text):
    assert "Jordan" not in meant(text, "Jordan")
    assert meant(text, "Peru") == ["Peru"]


def test_jordan_is_whom_the_article_introduced_by_that_surname():
    assert meant("Norway praised Ida Jordan. Peru rebuked Jordan.", "Jordan") == ["Ida Jordan"]


@pytest.mark.parametrize(
    "text", ["On Monday Jordan rebuked Togo.", "Jordan said that it had summoned the envoy of Togo."]
)
def test_jordan_stays_the_kingdom_without_anybody_who_bears_the_name(text):
    assert meant(text, "Jordan") == ["Jordan"]


def test_king_abdullah_of_jordan_makes_no_surname_of_it():
    assert meant("King Abdullah of Jordan thanked Peru. Jordan praised Norway.", "Jordan") == ["Jordan"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Chad rebuked Niger.", ["Chad"]), ("Chad Olsen thanked Niger. Chad praised Peru.", [])],
)
def test_chad_may_be_a_first_name(text, expected):
    assert meant(text, "Chad") == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Democratic Republic of the Congo", "Democratic Republic of the Congo"),
        ("DRC", "Democratic Republic of the Congo"),
        ("Republic of the Congo", "Republic of the Congo"),
        ("Congo-Brazzaville", "Republic of the Congo"),
    ],
)
def test_each_congo_has_full_names_of_its_own(name, expected):
    assert meant(f"Gabon rebuked the {name}.", name) == [expected]


def test_both_congos_may_stand_in_one_article():
    text = "The Democratic Republic of the Congo rebuked the Republic of the Congo."
    assert meant(text, "Democratic Republic of the Congo") == ["Democratic Republic of the Congo"]
    assert meant(text, "Republic of the Congo") == ["Republic of the Congo"]


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("The Congolese army rebuked Rwanda.", "Congolese army"),
        ("The Congolese army rebuked Rwanda, Kinshasa said.", "Congolese army"),
        ("The Congolese army rebuked Gabon. Brazzaville was angry.", "Congo-Brazzaville army"),
        ("The Congolese army rebuked Gabon. Brazzaville and Kinshasa were angry.", "Congolese army"),
    ],
)
def test_congolese_is_of_the_congo_whose_capital_the_article_names(text, country):
    assert meant(text, "Congolese army") == [country]


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("", "Democratic Republic of the Congo"),
        ("Kinshasa was angry.", "Democratic Republic of the Congo"),
        ("Brazzaville was angry.", "Republic of the Congo"),
        ("The Republic of the Congo was angry.", "Republic of the Congo"),
    ],
)
def test_congo_is_the_one_whose_capital_or_full_name_the_article_gives(rest, expected):
    assert meant(f"Congo rebuked Gabon. {rest}", "Congo") == [expected]


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("Korea rebuked Japan.", "Korea", "South Korea"),
        ("Japan rebuked North Korea. Korea was angry.", "Korea", "North Korea"),
        ("Japan thanked South Korea and North Korea. Korea was glad.", "Korea", "South Korea"),
        ("The Korean army rebuked Japan.", "Korean army", "South Korean army"),
        ("Japan rebuked North Korea. The Korean army was angry.", "Korean army", "North Korean army"),
    ],
)
def test_korea_alone_is_the_south_unless_only_the_north_is_named(text, words, expected):
    assert meant(text, words) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Brussels rebuked Norway.", "Belgium"),
        ("Brussels rebuked Norway. The European Union was angry.", "European Union"),
        ("Brussels rebuked Norway. EU envoys left.", "European Union"),
        ("Brussels rebuked Norway. The European Commission was angry.", "European Union"),
        ("Brussels rebuked Norway. The EU and Belgium were angry.", "Belgium"),
        ("Brussels rebuked Norway. The EU was silent about Belgian police.", "Belgium"),
    ],
)
def test_brussels_is_the_union_where_that_is_named_and_belgium_is_not(text, expected):
    assert meant(text, "Brussels") == [expected]


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("Haiti rebuked the Dominican army.", "Dominican army"),
        ("Dominica rebuked Haiti. The Dominican army left.", "Dominica army"),
        ("The Dominican Republic rebuked Dominica. The Dominican army left.", "Dominican army"),
    ],
)
def test_dominican_is_of_dominica_only_where_that_alone_is_named(text, country):
    assert meant(text, "Dominican army") == [country]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Washington rebuked Peru.", ["United States"]),
        ("Washington accused Peru of theft. Denzel Washington was silent.", ["United States"]),
        ("Washington sued Peru over salmon. Seattle did so too.", []),
        ("Peru thanked Washington state. Washington is big.", ["United States"]),
        ("Denzel Washington thanked Peru. Norway praised Washington.", []),
    ],
)
def test_washington_is_the_united_states_unless_more_speaks_for_the_state_or_a_person(text, expected):
    assert meant(text, "Washington") == expected
