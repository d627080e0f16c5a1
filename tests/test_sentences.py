"""How an article falls into sentences that know where they stand."""

import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.schema import Article
from data.sentences import split_sentences, unwrapped

PIECES = [
    "Peru thanked Chile. ", "Mr. Quispe left", ".", "? ", "!” ", " U.S. ", "“No,” ", "\n", "\n\n", "\n \t\n", " ", "…",
    "e\u0301", "İ", "\u2028", "\r", "3.5 ", "(It did.) ", "- ", "🕊️",
]  # fmt: skip
TEXTS = st.one_of(st.text(max_size=80), st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
SLOW = settings(max_examples=50)


def sentences(text, title=None):
    return [sentence.text for sentence in split_sentences(Article("a", text, title))]


@SLOW
@given(TEXTS)
def test_every_sentence_quotes_its_place_in_order_without_overlap(text):
    position = 0
    for index, sentence in enumerate(split_sentences(Article("a", text))):
        assert sentence.index == index
        assert text[sentence.start : sentence.end] == sentence.text
        assert sentence.text == sentence.text.strip() != ""
        assert sentence.start >= position
        position = sentence.end


@SLOW
@given(TEXTS)
def test_nothing_but_white_space_is_left_between_sentences(text):
    position, between = 0, ""
    for sentence in split_sentences(Article("a", text)):
        between += text[position : sentence.start]
        position = sentence.end
    assert not (between + text[position:]).strip()


@SLOW
@given(st.lists(st.lists(st.sampled_from(PIECES[:7]), min_size=1, max_size=4).map("".join), min_size=2, max_size=5))
def test_no_sentence_crosses_a_paragraph(paragraphs):
    text = "\n\n".join(paragraphs)
    starts = [text.index("\n\n", 0)]
    for paragraph in paragraphs[1:]:
        starts.append(starts[-1] + 2 + len(paragraph))
    for sentence in split_sentences(Article("a", text)):
        assert not any(sentence.start <= start < sentence.end for start in starts)


@pytest.mark.parametrize("text", ["", " ", "\n\n\t\n", "\u00a0\n"])
def test_white_space_alone_has_no_sentence(text):
    assert sentences(text) == []


@pytest.mark.parametrize(
    "sentence",
    [
        "U.S. President Joan Hale met the U.N. envoy in Lima.",
        "Mr. Quispe thanked Mrs. Moen and Dr. Phiri.",
        "Gen. Kofi Mensah, Lt. Col. Ama Boateng and Sen. Tom Hill agreed.",
        "Oslo paid 3.5 million crowns to Holmen Inc. of Bergen.",
    ],
)
def test_abbreviations_do_not_end_a_sentence(sentence):
    assert sentences(f"{sentence} Chile objected.") == [sentence, "Chile objected."]


def test_the_full_stop_of_an_abbreviation_may_end_a_sentence():
    assert sentences("Peru thanked the U.S. Then it left.") == ["Peru thanked the U.S.", "Then it left."]


def test_a_quotation_is_not_cut_inside_and_stays_with_who_says_it():
    assert sentences("“Lima lied. We did not,” Oslo said. It left.") == [
        "“Lima lied. We did not,” Oslo said.",
        "It left.",
    ]


def test_a_cry_in_quotation_marks_stays_with_who_utters_it():
    assert sentences("“We did not!” Oslo said. It left.") == ["“We did not!” Oslo said.", "It left."]


def test_hard_wrapped_text_is_joined():
    body = (
        "The Peruvian navy thanked its Norwegian colleagues for the rescue of\n"
        "nine men. Norway said that it had done what any neighbour at sea would\n"
        "do for another one. Lima will send a gift."
    )
    assert sentences(f"Lima thanks Oslo\n\n{body}") == [
        "Lima thanks Oslo",
        "The Peruvian navy thanked its Norwegian colleagues for the rescue of\nnine men.",
        "Norway said that it had done what any neighbour at sea would\ndo for another one.",
        "Lima will send a gift.",
    ]


def test_in_text_that_is_not_wrapped_a_line_is_a_paragraph():
    assert sentences("Lima thanks Oslo\nThe crew is safe\nPeru will send a gift.") == [
        "Lima thanks Oslo",
        "The crew is safe",
        "Peru will send a gift.",
    ]


def test_a_title_line_is_its_own_sentence():
    assert sentences("Lima thanks Oslo\n\nPeru will send a gift. Soon.")[:2] == [
        "Lima thanks Oslo",
        "Peru will send a gift.",
    ]


@pytest.mark.parametrize(
    "body",
    [
        "The Peruvian navy thanked its Norwegian colleagues for the rescue of nine\n"
        "men. Norway said that it had done what any neighbour at sea would do for\n"
        "another one. Lima will send a gift.",
        "The Peruvian navy thanked its Norwegian colleagues for the rescue of nine men.\n"
        "Norway said that it had done what any good neighbour at sea would do.\n"
        "Lima will send a gift.",
    ],
)
def test_a_title_without_a_blank_line_is_its_own_sentence_too(body):
    assert sentences(f"Lima thanks Oslo\n{body}", "Lima thanks Oslo")[0] == "Lima thanks Oslo"


def test_a_line_end_inside_a_sentence_becomes_a_blank_and_no_offset_moves():
    line = "He thanked the United Nations, Saudi\u2009Arabia and\tthe envoys of all others who had come to Lima. "
    article = Article("a", "Title\n\n" + "\n".join(textwrap.wrap(5 * line, 70, expand_tabs=False)) + "\n\nEnd.\n")
    sentences = split_sentences(article)
    assert len(sentences) == 7
    plain, same = unwrapped(article, sentences)
    assert plain.text.count("United Nations, Saudi Arabia and the") == 5
    assert [(s.index, s.start, s.end) for s in same] == [(s.index, s.start, s.end) for s in sentences]
    assert all(s.text == plain.text[s.start : s.end] for s in same)
