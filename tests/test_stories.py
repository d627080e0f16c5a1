"""Which articles tell one story in the same words."""

import random

from hypothesis import given
from hypothesis import strategies as st

from data.stories import ALIKE, StoryIndex, resemblance, signature_of
from models import load

WORDS = [f"word{number}" for number in range(500)]


def story(seed, length=300):
    return " ".join(random.Random(seed).choices(WORDS, k=length))


def test_reprints_updates_and_cuts_tell_the_story_of_the_first():
    first = story(1)
    articles = {
        "other": story(2),
        "first": first,
        "reprint": first.upper() + ".",
        "update": first + " " + story(3, 40),
        "cut": " ".join(first.split()[:220]),
        "third": story(4),
    }
    stories = StoryIndex()
    found = {name: stories.place(name, signature_of(text)) for name, text in articles.items()}
    assert found == {
        "other": "other", "first": "first", "reprint": "first", "update": "first", "cut": "first", "third": "third",
    }  # fmt: skip


def test_a_story_does_not_drift_along_a_chain():
    words = story(5, 600).split()
    stories = StoryIndex()
    found = [stories.place(str(i), signature_of(" ".join(words[i * 60 : i * 60 + 240]))) for i in range(5)]
    assert found[0] == "0"
    assert found[4] != "0"


@given(st.text(), st.text())
def test_a_text_resembles_itself_and_the_resemblance_is_mutual(one, other):
    first, second = signature_of(one), signature_of(other)
    assert len(first) == 512
    assert resemblance(first, first) == 1
    assert resemblance(first, second) == resemblance(second, first)
    assert 0 < ALIKE <= 1


def test_the_records_of_a_reprint_name_its_story(tiny_model):
    text = "Kenya condemned Chad on Monday. Chad said that Togo had paid Kenya for the ships. " * 3
    records = list(load(str(tiny_model)).score([{"id": "a", "text": text}, {"id": "b", "text": f"{text}More."}]))
    assert {(r["article_id"], r["story_cluster"]) for r in records} == {("a", "a"), ("b", "a")}
