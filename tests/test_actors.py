"""Whom the rules find in invented sentences, and to whom they link it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.actors.gazetteer import Person, default_gazetteer
from data.actors.rules import RuleFinder
from data.schema import Actor, ActorKind, Article
from data.sentences import split_sentences

AMINA = "Kenyan Foreign Minister Amina Odhiambo"
KARI = "Norwegian Justice Minister Kari Moen met Finnish Defence Minister Leena Moen."


def mentions(text):
    article = Article("a", text)
    return RuleFinder().find(article, split_sentences(article))


def names(text):
    """Every mention and the name of its actor, as "Oslo: Norway; Lima: Peru"."""
    return "; ".join(f"{mention.text}: {mention.actor.name}" for mention in mentions(text))


def actor(text, words):
    """The actor of the last mention with these words."""
    return [mention.actor for mention in mentions(text) if mention.text == words][-1]


def body(text, words):
    owner = actor(text, words).on_behalf_of
    return owner and owner.name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Norway thanked Peru for the rescued trawler.", "Norway: Norway; Peru: Peru"),
        ("Oslo rebuked Lima over the trawler.", "Oslo: Norway; Lima: Peru"),
        ("The Kremlin scolded the White House.", "Kremlin: Russia; White House: United States"),
        ("Norwegian police left.", "Norwegian police: Norwegian police"),
        ("Togo’s army and Greenpeace agreed.", "army: Togolese army; Greenpeace: Greenpeace"),
        ("South Korea told the North Korean army. The North lied.",
         "South Korea: South Korea; North Korean army: North Korean army; North: North Korea"),
    ],
)  # fmt: skip
def test_states_are_found_by_name_capital_seat_and_demonym_with_an_organ(text, expected):
    assert names(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("OSLO REBUKES PERU AND THE NORTH KOREAN ARMY\n\nTogo left.",
         "OSLO: Norway; PERU: Peru; NORTH KOREAN ARMY: North Korean army; Togo: Togo"),
        ("ERNA SOLBERG LEFT\n\nTogo left.", "ERNA SOLBERG: Erna Solberg; Togo: Togo"),
        ("TALKS IN CÔTE D'IVOIRE: US BLAMES THE PERUVIAN NAVY\n",
         "US: United States; PERUVIAN NAVY: Peruvian navy"),
        ("The word PERU stood on the wall.", ""),
        ("RACE IN GEORGIA: GEORGIA VOTES\n\nRepublicans in Atlanta cheered.", "Republicans: Republican Party"),
    ],
)  # fmt: skip
def test_names_are_found_in_headlines_all_in_capitals(text, expected):
    assert names(text) == expected


def test_a_month_is_no_person_of_that_name():
    text = "Minister Ana May met Togo in May. In June, May left. By May 5 Togo left."
    assert names(text) == "Minister Ana May: Ana May; Togo: Togo; May: Ana May; Togo: Togo"


def test_a_surname_is_of_who_heads_an_organisation_that_the_article_names():
    article = Article("a", "The United Nations rebuked Peru. Guterres left.", published="2022-01-01")
    assert RuleFinder().find(article, split_sentences(article))[-1].actor.name == "Antonio Guterres"


def test_the_north_is_north_korea_only_beside_the_south():
    assert names("North Korea rebuked Japan. The North lied.") == "North Korea: North Korea; Japan: Japan"


def test_an_organ_is_of_kind_state_has_a_sector_and_speaks_for_its_state():
    navy = actor("Oslo thanked the Peruvian navy.", "Peruvian navy")
    assert (navy.kind, navy.country, navy.sector, navy.linked) == (ActorKind.STATE, "PER", "MIL", True)
    assert navy.on_behalf_of == default_gazetteer().states["PER"]


def test_a_titled_person_is_linked_and_speaks_for_the_state():
    amina = actor(f"Togo thanked {AMINA}.", AMINA)
    assert (amina.name, amina.kind, amina.country, amina.sector) == ("Amina Odhiambo", ActorKind.PERSON, "KEN", "GOV")
    assert amina.linked
    assert amina.on_behalf_of.name == "Kenya"


@pytest.mark.parametrize("text", ["Odhiambo left Togo.", "Minister Odhiambo spoke.", "Then Ms. Odhiambo met Togo."])
def test_a_later_surname_is_the_person_introduced(text):
    assert mentions(f"{AMINA} praised Ghana. {text}")[2].actor == actor(f"{AMINA} praised Ghana.", AMINA)


def test_a_name_is_the_same_with_and_without_its_accents():
    text = "Turkish Foreign Minister Selim Karadağ praised Ghana. Selim Karadag left Togo."
    assert len({mention.actor.name for mention in mentions(text) if "Karada" in mention.text}) == 1


def test_a_later_full_name_is_the_person_introduced():
    assert names(f"{AMINA} praised Ghana. Amina Odhiambo left.").endswith("; Amina Odhiambo: Amina Odhiambo")


@pytest.mark.parametrize(("title", "name"), [("Justice Minister", "Kari Moen"), ("Defence Minister", "Leena Moen")])
def test_of_two_persons_with_one_surname_the_title_decides(title, name):
    assert actor(f"{KARI} {title} Moen thanked Peru.", f"{title} Moen").name == name


def test_of_two_persons_with_one_surname_the_last_one_mentioned_is_meant():
    assert actor(f"{KARI} Justice Minister Moen sat down. Moen thanked Peru.", "Moen").name == "Kari Moen"


@pytest.mark.parametrize(
    ("person", "owner"),
    [
        ("Kremlin spokeswoman Vera Tarasova", "Russia"),
        ("Peruvian government spokesman Raul Paz", "Peru"),
        pytest.param("Kremlin spokesman Oleg Tarasov", "Russia"),
        pytest.param("White House official Ann Doe", "United States"),
        ("head of NATO", "NATO"),
        ("World Bank chief Nils Halvorsen", "World Bank"),
        ("Greenpeace director Ida Holm", "Greenpeace"),
    ],
)
def test_who_speaks_for_a_seat_or_heads_an_organisation_speaks_for_it(person, owner):
    assert body(f"Latvia lied, the {person} said.", person) == owner


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The Ghanaian president rebuked Togo.", "Ghanaian president"),
        ("Ghana's president rebuked Togo.", "president"),
        ("Togo heard from the president of Ghana.", "president of Ghana"),
        ("The Ghanaian president rebuked Togo. The president left.", "president"),
    ],
)
def test_an_office_without_a_name_is_a_person_who_speaks_for_the_state(text, words):
    office = actor(text, words)
    assert (office.name, office.kind, office.country) == ("Ghanaian president", ActorKind.PERSON, "GHA")
    assert office.on_behalf_of.name == "Ghana"


def test_a_name_in_apposition_and_its_office_are_two_mentions_of_one_person():
    text = "Kari Moen, the Norwegian prime minister, thanked Peru."
    assert names(text) == "Kari Moen: Kari Moen; Norwegian prime minister: Kari Moen; Peru: Peru"


@pytest.mark.parametrize(
    ("text", "actors"),
    [
        ("Kenya, Uganda, Chad and Niger met.", "Kenya Uganda Chad Niger"),
        ("Kenya, Uganda, Chad, and Niger met.", "Kenya Uganda Chad Niger"),
        ("Kenya, the Philippines, Chad and Niger met.", "Kenya Philippines Chad Niger"),
        ("It blamed Kenya, Uganda, or Chad.", "Kenya Uganda Chad"),
    ],
)
def test_names_of_a_list_are_actors_each(text, actors):
    assert names(text) == "; ".join(f"{name}: {name}" for name in actors.split())


def test_the_ministry_is_the_one_named_last():
    text = "The Ghanaian foreign ministry summoned the Togolese envoy. The ministry was angry."
    assert actor(text, "ministry").name == "Ghanaian foreign ministry"


def test_the_ministry_that_an_ambassador_visits_is_not_of_the_own_state():
    text = "Ghana summoned the Togolese ambassador. Ambassador Yawo Adjei was at the foreign ministry for an hour."
    assert actor(text, "foreign ministry").country == "GHA"


def test_the_ministry_in_a_capital_is_of_its_state():
    text = "The Peruvian ministry rebuked Chile. The Chilean ministry shrugged. The ministry in Lima was angry."
    assert actor(text, "ministry").country == "PER"


PLACES = (
    "Two ferries collided in Nairobi. | In Norway, snow fell. | The war in Sudan goes on. | Iran-backed men left. | "
    "A bridge across Peru fell. | She flew to Lima. | The Sudan war goes on. | French cheese sells well. | "
    "It hurt anti-Peru fans. | It rained near Bergen, Norway."
)


@pytest.mark.parametrize("text", [*PLACES.split(" | "), pytest.param("Anti-Peru banners hung there.")])
def test_places_and_attributes_are_no_mentions(text):
    assert names(text) == ""


@pytest.mark.parametrize("act", ["raid", "sanctions", "claim", "naval blockade"])
def test_a_demonym_before_an_act_is_the_state(act):
    assert names(f"Norway condemned the Peruvian {act}.") == "Norway: Norway; Peruvian: Peru"


@pytest.mark.parametrize(("name", "pronoun"), [("Amina", "She"), ("Samuel", "He"), ("Wren", "He"), ("Wren", "She")])
def test_a_pronoun_is_the_subject_of_the_sentence_before_unless_the_first_name_says_no(name, pronoun):
    subject = f"Kenyan Foreign Minister {name} Odhiambo"
    assert actor(f"{subject} met Ghana's president. {pronoun} rebuked Togo.", pronoun).name == f"{name} Odhiambo"
    assert actor(f"{AMINA} met Ghana's president. He rebuked Togo.", "He").name == "Ghanaian president"


def test_he_is_nobody_whom_the_article_calls_she():
    text = f"{AMINA} said she was glad. Odhiambo met Ghana's president. He rebuked Togo."
    assert actor(text, "He").name == "Ghanaian president"


def test_we_in_a_quotation_is_its_speaker_and_outside_nobody():
    assert actor(f'"We condemn Togo," {AMINA} said.', "We").name == "Amina Odhiambo"
    assert names("Ghana thanked Togo. We saw it all.") == "Ghana: Ghana; Togo: Togo"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Togo lied, former Ghanaian President Kwame Asante said.", "Ghanaian President Kwame Asante"),
        ("Togo heard Ghana's former president Kwame Asante.", "former president Kwame Asante"),
        ("Ex-president Kwame Asante of Ghana praised Togo.", "Ex-president Kwame Asante"),
        ("Norwegian Senator Kari Moen thanked Peru.", "Norwegian Senator Kari Moen"),
        pytest.param(
            "Former Ghanaian President Kwame Asante rebuked Togo.", "Ghanaian President Kwame Asante",
        ),
    ],
)  # fmt: skip
def test_former_officers_and_legislators_speak_for_nobody(text, words):
    assert body(text, words) is None


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2019-02-28", False), ("2019-03-01", True), ("2020-07-31T10:00Z", True), ("2020-09-01", False), (None, False),
        pytest.param("2020-08-15", True),
    ],
)  # fmt: skip
def test_an_officer_is_in_office_from_the_first_to_the_last_day_of_the_term(day, expected):
    officer = Person(Actor("Ana Ruiz", ActorKind.PERSON), (), "foreign minister", "2019-03", "2020-08")
    assert officer.in_office(day) is expected


def test_a_line_of_capitals_may_be_of_any_length():
    long = "AB C" * 100_000
    assert [match.text for match in default_gazetteer().search(f"PERU LEFT {long}")][:1] == ["PERU"]
    assert not [match for match in default_gazetteer().search(f"PERU LEFT {long}a") if match.text == "PERU"]


ACTORS = [*"Norway|The Kremlin|Peru’s army|Odhiambo|The president of Ghana|NATO|İzmir|Mr. Ruiz".split("|"), AMINA]
VERBS = ["thanked", "said of", "in", "’s", "-backed", "denied that", "and", ", the head of", ": “We blame"]
ENDS = [". ", ".\n\n", ",” she said. "]
LINES = st.tuples(*map(st.sampled_from, (ACTORS, VERBS, ACTORS, VERBS, ACTORS, ENDS)))


@settings(max_examples=50)
@given(st.lists(LINES, min_size=1, max_size=4))
def test_every_mention_quotes_the_text_inside_one_sentence_and_none_overlap(lines):
    text = "".join(" ".join(line[:5]) + line[5] for line in lines)
    article = Article("a", text)
    sentences = split_sentences(article)
    position = 0
    for mention in RuleFinder().find(article, sentences):
        sentence = sentences[mention.sentence]
        assert text[mention.start : mention.end] == mention.text == mention.text.strip() != ""
        assert sentence.start <= mention.start < mention.end <= sentence.end
        assert mention.start >= position
        position = mention.end
