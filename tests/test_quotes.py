"""Which words of an article are quoted speech, and who says them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.actors.quotes import find_quotations, touching_spans
from data.actors.rules import RuleFinder
from data.schema import Article, Span
from data.sentences import split_sentences

KARI = "Norwegian Foreign Minister Kari Moen"


def spoken(text):
    """The quotations of a text, each with the words that name its speaker."""
    article = Article("a", text)
    sentences = split_sentences(article)
    quotations = find_quotations(article, sentences, RuleFinder().find(article, sentences))
    return [(text[q.start : q.end], q.speaker and q.speaker.text) for q in quotations if q.direct]


@pytest.mark.parametrize(
    "text",
    [
        f'{KARI} said: "Peru took our trawler."',
        f'{KARI} told reporters in Lima that "Peru took our trawler."',
        f'{KARI}, who had come by ship, accused Lima of theft: "Peru took our trawler."',
    ],
)
def test_the_speaker_may_stand_before(text):
    assert spoken(text)[-1] == ('"Peru took our trawler."', KARI)


@pytest.mark.parametrize("tail", [f"{KARI} said", f"said {KARI}", f"according to {KARI}", f"wrote {KARI} on Monday"])
def test_the_speaker_may_stand_after(tail):
    assert spoken(f"“Peru took our trawler,” {tail}.") == [("“Peru took our trawler,”", KARI)]


def test_the_speaker_may_stand_inside():
    assert spoken(f'"Peru lied," said {KARI}, "and we know why."')[0] == ('"Peru lied,"', KARI)


def test_the_speaker_inside_a_broken_quotation_says_its_end_too():
    assert spoken(f'"Peru lied," said {KARI}, "and we know why."')[1] == ('"and we know why."', KARI)


def test_the_speaker_may_stand_before_behind_according_to():
    assert spoken('According to Norway, Peru is "a nest of thieves".') == [('"a nest of thieves"', "Norway")]


def test_a_part_of_a_sentence_may_be_quoted():
    assert spoken('Norway called Peru "a nest of thieves" and left.') == [('"a nest of thieves"', "Norway")]


def test_whoever_is_told_is_not_the_speaker():
    assert spoken('Norway told Peru: "You took our trawler."') == [('"You took our trawler."', "Norway")]


def test_a_quotation_that_fills_its_sentence_goes_on_with_the_speaker_before():
    assert spoken(f'"Peru lied," {KARI} said. "Chile helped it."') == [
        ('"Peru lied,"', KARI),
        ('"Chile helped it."', KARI),
    ]


def test_a_quotation_without_speaker_between_does_not_break_the_thread():
    text = f'"Peru lied," said {KARI}. The banner read "Shame on all thieves". "Chile helped it."'
    assert [speaker for _, speaker in spoken(text)] == [KARI, None, KARI]


def test_a_quotation_goes_on_over_a_paragraph_that_does_not_close_it():
    assert spoken(f"{KARI} said: “Peru lied.\n\n“Chile helped it.”") == [
        ("“Peru lied.", KARI),
        ("“Chile helped it.”", KARI),
    ]


def test_a_quotation_that_fills_its_sentence_is_led_to_by_the_sentence_before():
    assert spoken(f'{KARI} was blunt:\n"Peru lied to all of us."') == [('"Peru lied to all of us."', KARI)]


def test_another_sentence_between_leaves_the_speaker_open():
    assert spoken('"Peru lied," Norway said. The banner read "Shame on all thieves".')[1][1] is None


def test_a_quotation_without_anybody_who_speaks_has_no_speaker():
    assert spoken('"A tidy plan," read the banner.') == [('"A tidy plan,"', None)]


def test_an_actor_inside_a_quotation_is_not_its_speaker():
    assert spoken('"Peru said that Chile lied," read the banner.')[0][1] is None


def test_a_pronoun_may_be_the_speaker():
    assert spoken(f'{KARI} left Lima. "Peru lied," she said.') == [('"Peru lied,"', "she")]


@pytest.mark.parametrize("name", ["Operation Silent Heron", "Heron", "Steel Anchor"])
@pytest.mark.parametrize("marks", ['"{}"', "“{}”"])
def test_a_capitalised_name_in_quotation_marks_is_no_quotation(name, marks):
    assert spoken(f"Norway said {marks.format(name)} was over.") == []


def test_an_apostrophe_opens_no_quotation():
    assert spoken("Norway’s envoy said Peru’s fleet and Chile’s took the trawlers’ catch.") == []


def test_single_marks_quote_too_where_what_they_hold_is_long_enough():
    assert spoken("Norway said ‘the raid was a disgrace to Peru’.") == [("‘the raid was a disgrace to Peru’", "Norway")]
    assert spoken("Norway said ‘no’ to Peru.") == []


def test_a_quotation_left_open_ends_with_its_paragraph():
    assert spoken("Norway said: “Peru lied\n\nChile left.") == [("“Peru lied", "Norway")]


def reported(text):
    """The indirect speech of a text, each stretch with the words that name its speaker."""
    article = Article("a", text)
    sentences = split_sentences(article)
    quotations = find_quotations(article, sentences, RuleFinder().find(article, sentences))
    return [(text[q.start : q.end], q.speaker.text) for q in quotations if not q.direct]


@pytest.mark.parametrize(
    ("text", "clause", "speaker"),
    [
        ("Norway said that Peru had taken the trawler.", "Peru had taken the trawler", "Norway"),
        ("Norway said Peru had taken the trawler.", "Peru had taken the trawler", "Norway"),
        ("Peru had taken the trawler, Norway said on Monday.", "Peru had taken the trawler", "Norway"),
        ("According to Norway, Peru had taken the trawler.", "Peru had taken the trawler", "Norway"),
        ("Peru had taken the trawler, according to Norway.", "Peru had taken the trawler", "Norway"),
        ("Norway told Chile that Peru had taken the trawler.", "Peru had taken the trawler", "Norway"),
        ("Norway announced that it would sue Peru.", "it would sue Peru", "Norway"),
        (f"{KARI}, who had come by ship, said Peru had lied to her.", "Peru had lied to her", KARI),
        ("Norway called Chile and said Peru had taken the trawler.", "Peru had taken the trawler", "Norway"),
    ],
)  # fmt: skip
def test_the_clause_that_a_verb_of_saying_brings_in_is_indirect_speech(text, clause, speaker):
    assert (clause, speaker) in reported(text)


def test_a_report_in_a_report_has_both_speakers():
    assert [speaker for _, speaker in reported("Norway said Chile had said that Peru took the trawler.")] == [
        "Norway", "Chile",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["Norway thanked Peru for the trawler.", "Norway announced a ban on Peruvian boats."])
def test_what_is_done_and_not_said_is_no_speech(text):
    assert reported(text) == []


def test_a_quotation_that_is_never_closed_ends_where_somebody_is_said_to_speak():
    assert spoken("“Peru lied to all of us, Norway said. Chile left.")[0] == ("“Peru lied to all of us", "Norway")


@settings(max_examples=100)
@given(st.sets(st.integers(0, 40)), st.integers(0, 39), st.integers(1, 9))
def test_the_spans_that_touch_a_stretch_are_those_that_share_a_character_with_it(places, start, length):
    ends = sorted(places)
    spans = [Span(one, other) for one, other in zip(ends[::2], ends[1::2], strict=False)]
    shared = [span for span in spans if span.overlaps(Span(start, start + length))]
    assert list(touching_spans(spans, start, start + length)) == shared
