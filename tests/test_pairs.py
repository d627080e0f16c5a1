"""Which ordered pairs an article has, and what stands in them."""

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.actors.quotes import find_quotations
from data.actors.rules import RuleFinder
from data.pairs import are_opponents, context_of, generate_pairs, named_pair
from data.schema import Actor, ActorKind, Article, Mention, Quotation
from data.sentences import split_sentences

NORWAY, PERU = (Actor(name, ActorKind.STATE, name[:3].upper()) for name in ("Norway", "Peru"))
KARI = Actor("Kari Moen", ActorKind.PERSON, "NOR", "GOV", True, NORWAY)
NAVY = Actor("Norwegian navy", ActorKind.STATE, "NOR", "MIL", True, NORWAY)
FORMER = Actor("Ola Berg", ActorKind.PERSON, "NOR")


def pairs(text, **options):
    article = Article("art", text)
    sentences = split_sentences(article)
    mentions = RuleFinder().find(article, sentences)
    quotations = find_quotations(article, sentences, mentions)
    return list(generate_pairs(article, sentences, mentions, quotations, **options))


def sides(found):
    return [(item.pair.side(item.pair.source), item.pair.side(item.pair.target)) for item in found]


def mention(actor, start, end):
    return Mention(start, end, "x" * (end - start), 0, actor)


def test_every_ordered_pair_of_a_sentence_comes_once():
    found = pairs("Norway and Chile told Peru and Ghana to stop.")
    assert sorted(sides(found)) == sorted(permutations(["Norway", "Chile", "Peru", "Ghana"], 2))


def test_mentions_of_two_sentences_make_no_pair():
    assert pairs("Norway left. Peru stayed.") == []


def test_two_mentions_of_one_actor_make_no_pair():
    assert sides(pairs("Norway thanked Peru, but Oslo left.")) == [
        ("Norway", "Peru"), ("Peru", "Norway"), ("Peru", "Oslo"), ("Oslo", "Peru"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (NORWAY, PERU, True),
        (KARI, PERU, True),
        (KARI, NAVY, True),
        (FORMER, NORWAY, True),
        (NORWAY, NORWAY, False),
        (KARI, NORWAY, False),
        (NAVY, NORWAY, False),
        (Actor("Peru", ActorKind.STATE, None), PERU, False),
        (Actor("Peru", ActorKind.COMPANY), PERU, True),
    ],
)
def test_no_actor_is_the_opponent_of_itself_or_of_its_own_body(one, other, expected):
    assert are_opponents(mention(one, 0, 4), mention(other, 5, 9)) is expected
    assert are_opponents(mention(other, 5, 9), mention(one, 0, 4)) is expected


def test_nested_mentions_make_no_pair():
    assert not are_opponents(mention(NORWAY, 0, 20), mention(PERU, 5, 9))


def test_a_pair_holds_its_sentence_and_quotes_its_mentions():
    item = pairs("It rained. Norwegian Justice Minister Kari Moen thanked Peru. Snow fell.")[0]
    assert item.pair.text == "Norwegian Justice Minister Kari Moen thanked Peru." == item.sentence.text
    assert sides([item]) == [("Norwegian Justice Minister Kari Moen", "Peru")]
    assert (item.source.text, item.target.text) == sides([item])[0]


def test_the_context_is_the_literal_text_of_the_three_sentences_before():
    text = "Zero came. One came.\n\nTwo  came. Three\tcame.\nNorway thanked Peru."
    assert pairs(text)[0].pair.context == "One came.\n\nTwo  came. Three\tcame."
    assert pairs(text, context_sentences=1)[0].pair.context == "Three\tcame."
    assert pairs(text, context_sentences=0)[0].pair.context == ""


def test_the_first_sentence_has_no_context():
    article = Article("a", "\n One came. Two came.")
    sentences = split_sentences(article)
    assert [context_of(article, sentences, index) for index in (0, 1)] == ["", "One came."]


def test_who_speaks_outside_the_sentence_is_a_source_in_the_context():
    found = pairs('"Chile lied," Norway said. "Peru helped it all along."')
    assert sides(found)[-1:] == [("Norway", "Peru")]
    pair = found[-1].pair
    assert pair.context == '"Chile lied," Norway said.'
    assert pair.source.in_context
    assert not pair.target.in_context
    assert (pair.source.start, pair.source.end) == (14, 20)
    assert (found[-1].source.sentence, found[-1].sentence.index) == (0, 1)


def test_a_speaker_beyond_the_context_is_no_source():
    assert sides(pairs('"Chile lied," Norway said. "Peru helped it all along."', context_sentences=0)) == [
        ("Chile", "Norway"),
        ("Norway", "Chile"),
    ]


def test_who_speaks_outside_the_sentence_is_a_source_only_towards_whom_it_quotes():
    text = "Norway spoke. “Peru lied” angered Chile."
    mentions = [Mention(text.index(a.name), text.index(a.name) + len(a.name), a.name, s, a)
                for a, s in ((NORWAY, 0), (PERU, 1), (Actor("Chile", ActorKind.STATE, "CHL"), 1))]  # fmt: skip
    quotation = Quotation(text.index("“"), text.index("”") + 1, mentions[0])
    article = Article("a", text)
    found = generate_pairs(article, split_sentences(article), mentions, [quotation])
    assert [two for two in sides(found) if "Norway" in two] == [("Norway", "Peru")]


def test_who_speaks_outside_the_sentence_is_never_a_target():
    found = pairs('"Chile lied," Norway said. "Peru and Ghana helped it."')
    assert [item.pair.target.in_context for item in found] == [False] * len(found)
    assert sides(found)[-2:] == [("Norway", "Peru"), ("Norway", "Ghana")]


def test_a_pair_knows_the_quotation_that_its_target_stands_in():
    found = pairs('Norway said: "Peru helped it."')
    assert [item.quotation and (item.quotation.start, item.quotation.end) for item in found] == [(13, 30), None]


@settings(max_examples=40)
@given(st.lists(st.sampled_from(['"Peru lied," Norway said. ', '"Chile and Ghana lied." ', "Oslo met Lima. ", "\n\n"])))
def test_ids_are_unique_and_every_side_is_the_mention(parts):
    found = pairs("".join(parts))
    assert len({item.pair.id for item in found}) == len(found)
    assert sides(found) == [(item.source.text, item.target.text) for item in found]
    assert all(item.pair.id.startswith("art:") for item in found)


def test_actors_who_are_named_only_stand_before_the_context():
    pair = named_pair("p", "Rain fell.", ("Ada Brandt", "Oslo"), "It was late.")
    assert pair.context == "Ada Brandt, Oslo. It was late."
    assert (pair.side(pair.source), pair.side(pair.target), pair.text) == ("Ada Brandt", "Oslo", "Rain fell.")
    assert named_pair("p", "Rain fell.", ("A", "B")).context == "A, B."
