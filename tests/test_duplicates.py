"""When two sentences are the same, or nearly so."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.duplicates import THRESHOLD, SentenceIndex, normal_sentence, shingles


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("“Peru,” Oslo said, “LIED”.", "peru oslo said lied"),
        ("Peru  thanked\nChile!", "Peru thanked Chile"),
        ("ÉCOLE 9", "école 9"),
    ],
)
def test_case_punctuation_and_white_space_do_not_make_another_sentence(one, other):
    assert normal_sentence(one) == normal_sentence(other) != ""
    assert SentenceIndex([one]).same(other)


def test_other_words_make_another_sentence():
    index = SentenceIndex(["Peru thanked Chile."])
    assert not index.same("Chile thanked Peru.")
    assert index.nearest("Chile thanked Peru.") is None


def test_a_sentence_of_fewer_than_three_words_is_like_itself_only():
    index = SentenceIndex(["Peru left."])
    assert index.nearest("PERU LEFT") == ("peru left", 1.0)
    assert index.nearest("Peru left early") is None


def test_the_nearest_sentence_comes_with_its_similarity():
    index = SentenceIndex(["one two three four five six", "one two three four", "seven eight nine ten"])
    assert index.nearest("One, two, three, four, five!") == ("one two three four five six", 0.75)


WORDS = st.lists(st.sampled_from(["oslo", "lima", "met", "on", "a", "ship"]), min_size=1, max_size=9).map(" ".join)


@settings(max_examples=150)
@given(st.lists(WORDS, max_size=6), WORDS)
def test_the_index_finds_what_a_comparison_with_every_sentence_finds(sentences, text):
    def similarity(one, other):
        return len(shingles(one) & shingles(other)) / len(shingles(one) | shingles(other))

    best = max((similarity(text, sentence) for sentence in sentences), default=0)
    found = SentenceIndex(sentences).nearest(text)
    assert (found[1] if found else None) == (best if best >= THRESHOLD else None)
