"""From sentences to the tagger's tokens and back from tags to mentions, with the shipped encoder's tokenizer."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoTokenizer

from data.actors.gazetteer import Form, default_gazetteer
from data.schema import ActorKind, Article, Sentence, Span
from data.sentences import split_sentences
from models.backbone import SMALL, backbone_folder
from models.tagging import (
    BEGIN,
    FORM_FEATURES,
    FORMS,
    INSIDE,
    KINDS,
    OUTSIDE,
    SHAPES,
    TagEncoder,
    labels_of,
    spans_of,
)

TOKENIZER = AutoTokenizer.from_pretrained(backbone_folder(SMALL))
TALKS = "Kari Moen met Togo. The Peruvian navy left Lomé in 1999. NATO’s envoy, Ida McBride, thanked South Korea."


def windows(text, max_length=256):
    sentences = split_sentences(Article("a", text))
    return TagEncoder(TOKENIZER, max_length).windows(sentences, default_gazetteer().search(text))


def tokens_of(sentence):
    """Where the tokenizer sees the tokens of a sentence, in its article."""
    encoded = TOKENIZER(sentence.text, add_special_tokens=False, return_offsets_mapping=True)
    return [(sentence.start + start, sentence.start + end) for start, end in encoded["offset_mapping"]]


def words(window, text, values):
    """Each word of a window with the value that all its tokens have."""
    found = {}
    for number, (start, end), value in zip(window.words, window.spans, values, strict=True):
        first, _, known = found.get(number, (start, end, value))
        assert known == value
        found[number] = (first, end, value)
    return {text[start:end]: value for start, end, value in found.values()}


def scores(labels, size):
    """Log-probabilities that are sure of the labels; of tokens without a label they know nothing."""
    rows = torch.full((len(labels), size), 1 / size)
    for row, label in zip(rows, labels, strict=True):
        if label >= 0:
            row.fill_(1e-6)[label] = 1.0
    return rows.log()


def read_back(window, mentions, text):
    tags, kinds = labels_of(window, mentions)
    return spans_of(window, scores(tags, 3), scores(kinds, len(KINDS)), text)


@pytest.mark.parametrize("max_length", [256, 40, 12, 5, 3])
def test_windows_hold_every_token_of_every_sentence_once_and_in_order(max_length):
    text = f"{TALKS} {TALKS}"
    found = windows(text, max_length)
    sentences = split_sentences(Article("a", text))
    assert [span for window in found for span in window.spans] == [s for one in sentences for s in tokens_of(one)]
    assert [i for window in found for i in window.sentences] == [s.index for s in sentences for _ in tokens_of(s)]
    assert max(len(window.ids) for window in found) <= max_length - 2


def test_the_tokens_are_those_of_the_tokenizer():
    (window,) = windows(TALKS)
    assert list(window.ids) == TOKENIZER(TALKS, add_special_tokens=False)["input_ids"]


def test_sentences_stay_whole_and_share_a_window_where_they_fit():
    text = "Norway left. Peru left. Togo left. Benin left."
    assert [window.sentences for window in windows(text, 8)] == [(0,) * 3 + (1,) * 3, (2,) * 3 + (3,) * 3]
    assert [window.sentences for window in windows(text, 7)] == [(number,) * 3 for number in range(4)]
    assert len(windows(text)) == 1


def test_nothing_has_no_windows():
    assert windows("") == []


def test_a_sentence_longer_than_the_window_fills_several_and_the_next_one_joins_the_last():
    text = f"Norway{' never' * 20} left. Peru left."
    found = windows(text, 12)
    assert [len(window.ids) for window in found] == [10, 10, 6]
    assert [set(window.sentences) for window in found] == [{0}, {0}, {0, 1}]
    peru = (Span(text.index("Peru"), text.index("Peru") + 4), ActorKind.STATE)
    assert [[s.span.of(text) for s in read_back(window, [peru], text)] for window in found] == [[], [], ["Peru"]]


def test_a_mention_in_the_middle_of_a_long_sentence_is_found_in_its_window():
    text = f"Then{' so' * 15} Kari Moen left{' so' * 15}."
    span = Span(text.index("Kari"), text.index(" left"))
    found = [read_back(window, [(span, ActorKind.PERSON)], text) for window in windows(text, 14)]
    assert [[(tagged.span, tagged.kind, tagged.sentence) for tagged in row] for row in found] == [
        [], [(span, ActorKind.PERSON, 0)], [],
    ]  # fmt: skip


def test_labels_begin_a_mention_with_all_tokens_of_its_first_word():
    text = "Ouagadougou Watch left."
    (window,) = windows(text)
    tags, kinds = labels_of(window, [(Span(0, 17), ActorKind.NGO)])
    assert words(window, text, tags) == {"Ouagadougou": BEGIN, "Watch": INSIDE, "left": OUTSIDE, ".": OUTSIDE}
    assert len(window.ids) > 4
    ngo = KINDS.index(ActorKind.NGO)
    assert words(window, text, kinds) == {"Ouagadougou": ngo, "Watch": ngo, "left": -100, ".": -100}


def test_a_mention_that_begins_inside_a_word_takes_the_whole_word():
    text = "Ouagadougou left."
    (window,) = windows(text)
    found = read_back(window, [(Span(6, 11), ActorKind.STATE)], text)
    assert [tagged.span.of(text) for tagged in found] == ["Ouagadougou"]


def test_a_mention_that_ends_inside_a_word_takes_the_whole_word():
    text = "Ouagadougou left."
    (window,) = windows(text)
    found = read_back(window, [(Span(0, 3), ActorKind.STATE)], text)
    assert [tagged.span.of(text) for tagged in found] == ["Ouagadougou"]


def test_an_inside_without_a_beginning_begins_a_mention_and_ends_with_its_sentence():
    text = "Kari Moen left. Ida came."
    (window,) = windows(text)
    tags = torch.tensor([[INSIDE if span[0] in (5, 10, 14, 16) else OUTSIDE] for span in window.spans])
    sure = scores(tags.flatten().tolist(), 3)
    found = spans_of(window, sure, scores([0] * len(tags), len(KINDS)), text)
    assert [(tagged.span.of(text), tagged.sentence) for tagged in found] == [("Moen left.", 0), ("Ida", 1)]


def test_marks_alone_are_no_mention():
    text = "Norway left ( ) ."
    (window,) = windows(text)
    sure = scores([BEGIN if text[start] in "()" else OUTSIDE for start, _ in window.spans], 3)
    assert spans_of(window, sure, scores([0] * len(window.ids), len(KINDS)), text) == []


def test_the_kind_of_a_mention_is_what_its_tokens_say_together():
    text = "Harbour Watch left."
    (window,) = windows(text)
    tags, _ = labels_of(window, [(Span(0, 13), ActorKind.NGO)])
    kinds = torch.full((len(tags), len(KINDS)), 0.01)
    ngo, company = KINDS.index(ActorKind.NGO), KINDS.index(ActorKind.COMPANY)
    kinds[:, ngo], kinds[:, company] = 0.4, 0.5
    kinds[1, ngo], kinds[1, company] = 0.8, 0.1
    (found,) = spans_of(window, scores(tags, 3), kinds.log(), text)
    assert found.kind is ActorKind.NGO


FILLERS = st.sampled_from("and thanked , ( “ 1999 so 🚢 北 that’s U.S.-led — xylophonists".split())
NAMES = st.sampled_from(
    "Kari Moen|Ouagadougou|Côte d’Ivoire|İzmir|U.S|NATO|3M|Jean-Marc Kouassi|Łódź Gdańsk|pe\u0301re Pe\u0301rez|"
    "O'Brien|she|two countries|AT&T|北京 Watch|Ministry of Foreign Affairs, Trade".split("|")
)
SENTENCES = st.lists(
    st.one_of(FILLERS.map(lambda word: (word, None)), st.tuples(NAMES, st.sampled_from(KINDS))), min_size=1, max_size=9
)


def build(lines):
    """A text of sentences of fillers and names, the sentences, and the names as mentions with their sentence."""
    text, sentences, mentions = "", [], []
    for index, pieces in enumerate(lines):
        begin = len(text)
        for number, (piece, kind) in enumerate(pieces):
            text += " " * bool(number)
            if kind:
                mentions.append((Span(len(text), len(text) + len(piece)), index, kind))
            text += piece
        sentences.append(Sentence(index, begin, len(text), text[begin:]))
        text += "\n" * 2
    return text, sentences, mentions


@given(st.lists(SENTENCES, min_size=1, max_size=6), st.integers(140, 200))
def test_what_labels_say_is_read_back_as_the_mentions(lines, max_length):
    text, sentences, mentions = build(lines)
    found = TagEncoder(TOKENIZER, max_length).windows(sentences, [])
    marked = [(span, kind) for span, _, kind in mentions]
    tagged = [item for window in found for item in read_back(window, marked, text)]
    assert [(item.span, item.sentence, item.kind) for item in tagged] == mentions


@given(st.lists(SENTENCES, min_size=1, max_size=6), st.integers(3, 40))
def test_windows_of_any_length_hold_every_token_once(lines, max_length):
    _, sentences, _ = build(lines)
    found = TagEncoder(TOKENIZER, max_length).windows(sentences, [])
    assert [span for window in found for span in window.spans] == [s for one in sentences for s in tokens_of(one)]
    assert all(0 < len(window.ids) <= max_length - 2 for window in found)


@pytest.mark.parametrize(
    ("word", "shape"),
    [
        ("Kari", "Title, first word"), ("The", "Title, first word"), ("Moen", "Title"), ("met", "lower"),
        ("Lomé", "Title"), ("Korea", "Title"), ("NATO", "UPPER"), ("McBride", "mixed"), ("1999", "other"),
        (",", "other"),
    ],
)  # fmt: skip
def test_a_word_has_the_shape_of_its_letters_and_knows_whether_it_is_first(word, shape):
    (window,) = windows(TALKS)
    assert SHAPES[words(window, TALKS, window.shapes)[word]] == shape


@pytest.mark.parametrize(("word", "shape"), [("A", "Title, first word"), ("iPhone", "mixed"), ("İzmir", "Title")])
def test_a_letter_alone_is_no_acronym_and_a_capital_inside_is_mixed(word, shape):
    text = "A man left iPhone and İzmir."
    (window,) = windows(text)
    assert SHAPES[words(window, text, window.shapes)[word]] == shape


def form(text, word):
    """The form of a word in the tables and whether it is a later word of its name."""
    (window,) = windows(text)
    feature = words(window, text, window.forms)[word]
    assert 0 <= feature < FORM_FEATURES
    return (FORMS[(feature - 1) // 2], feature % 2 == 0) if feature else None


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("Togo", (Form.STATE, False)),
        ("Peruvian", (Form.DEMONYM, False)),
        ("navy", (Form.ORGAN, False)),
        ("South", (Form.STATE, False)),
        ("Korea", (Form.STATE, True)),
        ("NATO", (Form.ORGANISATION, False)),
        ("envoy", (Form.TITLE, False)),
        ("Kari", None),
        ("thanked", None),
        ("’", None),
    ],
)
def test_a_word_has_its_form_in_the_tables(word, expected):
    assert form(TALKS, word) == expected


def test_all_tokens_of_a_name_of_one_word_are_its_first():
    text = "Ouagadougou left."
    assert len(windows(text)[0].ids) > 3
    assert form(text, "Ouagadougou") == (Form.STATE, False)


def test_features_of_a_word_do_not_change_where_a_window_cuts_it():
    text = "Ouagadougou thanked Antananarivo."
    whole = windows(text)[0]
    cut = windows(text, 3)
    assert len(cut) == len(whole.ids)
    for name in ("ids", "spans", "forms", "shapes", "words", "sentences"):
        assert tuple(getattr(window, name)[0] for window in cut) == getattr(whole, name)


def test_a_batch_has_a_special_token_on_either_side_and_is_padded():
    encoder = TagEncoder(TOKENIZER, 7)
    found = windows("South Korea left. Peru left.", 7)
    batch = encoder.batch(found)
    assert {name: tuple(tensor.shape) for name, tensor in batch.items()} == dict.fromkeys(
        ("input_ids", "attention_mask", "forms", "shapes"), (2, 8)
    )
    assert TOKENIZER.decode(batch["input_ids"][1]) == "[CLS] peru left. [SEP] [PAD] [PAD] [PAD]"
    assert batch["attention_mask"].tolist() == [[1] * 6 + [0] * 2, [1] * 5 + [0] * 3]
    for name in ("forms", "shapes"):
        first, second = (getattr(window, name) for window in found)
        assert batch[name].tolist() == [[0, *first, *[0] * 3], [0, *second, *[0] * 4]]
