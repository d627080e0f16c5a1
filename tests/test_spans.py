"""What a phrase says that a learned finder marked: title, name, owner, organ."""

import pytest

from data.actors.gazetteer import Form, default_gazetteer
from data.actors.spans import phrase_of
from data.schema import ActorKind, Span


def phrase(marked, kind):
    """Reads the phrase in brackets."""
    start, end = marked.index("["), marked.index("]") - 1
    text = marked.replace("[", "").replace("]", "")
    gazetteer = default_gazetteer()
    return phrase_of(text, Span(start, end), ActorKind(kind), gazetteer.search(text), gazetteer.genders)


@pytest.mark.parametrize(
    ("text", "title", "name", "owner"),
    [
        ("[Norwegian Foreign Minister Kari Moen] left.", "foreign minister", "Kari Moen", "Norwegian"),
        ("Peru's [defence minister] left.", "defence minister", "", "Peru"),
        ("The [president of Ghana] left.", "president", "", "Ghana"),
        ("the [leader of Peru's opposition Sol party] left.", "leader", "", None),
        ("[Judge Carolyn King] ruled.", "judge", "Carolyn King", None),
        ("[Moen] left.", "", "Moen", None),
        ("[May] left.", "", "May", None),
        ("[Mrs. June May] left.", "mrs", "June May", None),
        ("[de Souza] left.", "", "de Souza", None),
        ("[Brigadier Fahad al-Mutairi] left.", "brigadier", "Fahad al-Mutairi", None),
        ("[US Ambassador to Peru Maria Paz] left.", "ambassador", "Maria Paz", "US"),
        ("[Secretary of Justice Amina Odhiambo] left.", "secretary", "Amina Odhiambo", None),
        ("the [brave, principled Kari Moen] left.", "", "Kari Moen", None),
        ("The [Texas Republican] left.", "texas republican", "", None),
    ],
)
def test_a_person_is_read_into_title_name_and_owner(text, title, name, owner):
    read = phrase(text, "person")
    assert (read.name, read.modifier and read.modifier.text) == (name, owner)
    assert title in read.title


@pytest.mark.parametrize(
    ("text", "former"), [("[former Ghanaian President Asante]", True), ("[President Asante]", False)]
)
def test_a_former_office_is_marked(text, former):
    assert phrase(f"{text} left.", "person").former is former


@pytest.mark.parametrize(
    ("text", "kind", "form", "name"),
    [
        ("The [Peruvian navy] left.", "state", Form.ORGAN, "Peruvian navy"),
        ("[NATO] left.", "igo", Form.ORGANISATION, ""),
        ("The [Fifth Circuit Court of Appeals] ruled.", "state", Form.ORGANISATION, "Fifth Circuit Court of Appeals"),
        ("The [shipping firm Nordfjell Lines] sank.", "company", Form.ORGANISATION, "Nordfjell Lines"),
        ("[Foundation for Free Rivers] sued.", "ngo", Form.ORGANISATION, "Foundation for Free Rivers"),
        ("[Two hundred dockers] struck.", "group", Form.GROUP, "Two hundred dockers"),
    ],
)
def test_a_body_is_read_into_its_form_and_name(text, kind, form, name):
    read = phrase(text, kind)
    assert (read.form, read.name) == (form, name)


@pytest.mark.parametrize("words", ["they", "It", "we", "both countries", "two sides"])
def test_pronouns_and_pairs_wait_for_whom_they_mean(words):
    assert phrase(f"[{words}] left.", "state").form is None


def test_the_us_is_no_pronoun():
    assert phrase("[US] sanctions hurt.", "state").form is Form.STATE
