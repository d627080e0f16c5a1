"""The place and the agency at the head of wire copy, which are no actors of the story."""

import pytest

from data.actors.datelines import find_datelines
from data.actors.gazetteer import Form, default_gazetteer
from data.actors.linking import Linker
from data.actors.phrases import Phrase
from data.actors.rules import RuleFinder
from data.schema import ActorKind, Article
from data.sentences import split_sentences


@pytest.mark.parametrize(
    "dateline",
    [
        "LIMA, March 3 (Reuters) - ", "LIMA (AP) — ", "LIMA, Peru (AP) -- ", "LIMA, Sept. 3, 2019 (Xinhua) -- ",
        "NEW YORK/ST. PETERSBURG, March 3 (Reuters) - ", "UNITED NATIONS (AP) — ", "BOGOTÁ, March 3. /TASS/. ",
        "LIMA — ", "ODESA, Ukraine – ",
    ],
)  # fmt: skip
def test_a_dateline_ends_where_the_story_begins(dateline):
    for text in (f"{dateline}Norway left.", f"Talks fail\n\n{dateline}Norway left."):
        assert [span.of(text) for span in find_datelines(text, default_gazetteer())] == [dateline]


@pytest.mark.parametrize(
    "text",
    [
        "NATO — the alliance — rebuked Togo.", "PERU – Norway's rival – left.", "US-Peru talks failed.",
        "NATO-Peru talks failed.", "Norway - and Peru - left.", "LIMA REBUKES TOGO", "UN: Togo left.",
        "Togo met LIMA — a bank.",
    ],
)  # fmt: skip
def test_what_begins_otherwise_has_none(text):
    assert find_datelines(text, default_gazetteer()) == []


def test_the_agency_of_a_dateline_is_no_actor():
    article = Article("a", "Talks fail\n\nOSLO, March 3 (Reuters) - Norway told Reuters that Togo lied.")
    mentions = RuleFinder().find(article, split_sentences(article))
    assert [mention.text for mention in mentions] == ["Norway", "Reuters", "Togo"]


def test_the_place_of_a_dateline_is_no_actor_for_a_learned_finder_either():
    article = Article("a", "OSLO (AP) — Norway left.")
    marked = [(0, 4, ActorKind.STATE), (6, 8, ActorKind.MEDIA), (12, 18, ActorKind.STATE)]
    phrases = [Phrase(start, end, Form.ORGANISATION, kind=kind) for start, end, kind in marked]
    linker = Linker(default_gazetteer(), article, (), phrases)
    assert [bool(linker.link(phrase, ())) for phrase in phrases] == [False, False, True]
