from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoTokenizer

from data.schema import Pair, PairSpan
from models.backbone import SMALL, backbone_folder
from models.encoding import PairEncoder
from models.encoding import marked as mark

TOKENIZER = AutoTokenizer.from_pretrained(backbone_folder(SMALL))
SENTENCE = "Norway accused Iceland of overfishing and thanked Ireland."
PLACES = {"Norway": PairSpan(0, 6), "Iceland": PairSpan(15, 22), "Ireland": PairSpan(50, 57)}


def words(window, span):
    return TOKENIZER.decode(window.tokens[slice(*span)])


def long_sentence(first, second, gap):
    return f"{'so ' * gap}{first} blames{' very' * gap} {second}{' now' * gap}."


def test_token_spans_quote_the_mentions(marked):
    pair = marked("[Vatne’s office] rejected a claim by {the Côte d’Ivoire delegation}, twice.")
    (window,) = PairEncoder(TOKENIZER, 64).windows([pair])
    assert words(window, window.sources[0]) == "vatne ’ s office"
    assert words(window, window.targets[0]) == "the cote d ’ ivoire delegation"


def test_a_mention_inside_a_word_takes_the_whole_token(marked):
    (window,) = PairEncoder(TOKENIZER, 64).windows([marked("[Congre]ss blamed {Ireland}.")])
    assert words(window, window.sources[0]) == "congress"


def test_a_window_is_context_then_sentence_between_special_tokens(marked):
    (window,) = PairEncoder(TOKENIZER, 64).windows([marked("It blames {Iceland}.", "[Norway] failed.")])
    assert TOKENIZER.decode(window.tokens) == "[CLS] norway failed. [SEP] it blames iceland. [SEP]"
    assert TOKENIZER.decode(window.tokens[window.sentence_start :]) == "it blames iceland. [SEP]"
    assert not window.truncated


def test_pairs_of_one_sentence_share_a_window():
    sides = list(PLACES.values())
    pairs = [Pair("p", SENTENCE, a, b) for a in sides for b in sides if a != b]
    (window,) = PairEncoder(TOKENIZER, 64).windows(pairs)
    assert window.pairs == (0, 1, 2, 3, 4, 5)
    assert [words(window, span) for span in window.sources] == ["norway"] * 2 + ["iceland"] * 2 + ["ireland"] * 2


def test_the_context_is_read_only_for_pairs_with_a_side_in_it(marked):
    pairs = [
        marked("It accused {Iceland} of haste.", "[Norway] frowned."),
        marked("[It] accused {Iceland} of haste.", "Norway frowned."),
        marked("{It} accused [Iceland] of haste.", "Talks failed."),
    ]
    alone, together = PairEncoder(TOKENIZER, 64).windows(pairs)
    assert (alone.pairs, together.pairs) == ((0,), (1, 2))
    assert TOKENIZER.decode(together.tokens) == "[CLS] [SEP] it accused iceland of haste. [SEP]"


def test_one_sentence_after_different_context_has_different_windows(marked):
    text = "It accused {Iceland}."
    contexts = ["[Norway] frowned.", "[Norway] failed.", "[Norway] frowned."]
    windows = PairEncoder(TOKENIZER, 64).windows([marked(text, context) for context in contexts])
    assert [window.pairs for window in windows] == [(0, 2), (1,)]


def test_context_is_cut_from_its_far_end(marked):
    pair = marked("It blames {Iceland}.", f"{'far ' * 40}but [near]")
    (window,) = PairEncoder(TOKENIZER, 13).windows([pair])
    assert TOKENIZER.decode(window.tokens) == "[CLS] far far far but near [SEP] it blames iceland. [SEP]"
    assert not window.truncated


def test_a_sentence_too_long_is_cut_to_what_stands_around_both_mentions(marked):
    text = long_sentence("[Norway]", "{Iceland}", 30)
    (window,) = PairEncoder(TOKENIZER, 32).windows([marked(text, "Talks failed.")])
    assert 30 <= len(window.tokens) <= 32
    assert window.truncated
    assert (words(window, window.sources[0]), words(window, window.targets[0])) == ("norway", "iceland")
    assert "so norway blames very" in TOKENIZER.decode(window.tokens)
    assert "very iceland now" in TOKENIZER.decode(window.tokens)


def test_both_pairs_of_two_mentions_far_apart_share_what_is_read(marked):
    forward = marked(long_sentence("[Norway]", "{Iceland}", 30))
    backward = marked(long_sentence("{Norway}", "[Iceland]", 30))
    (window,) = PairEncoder(TOKENIZER, 32).windows([forward, backward])
    assert window.pairs == (0, 1)
    assert [words(window, target) for target in window.targets] == ["iceland", "norway"]


@pytest.mark.parametrize("budget", [61, 128])
def test_the_pairs_of_a_long_list_share_windows_that_hold_their_mentions(budget):
    names = [f"man{number}" for number in range(90)]
    text = ", ".join(names)
    places = [PairSpan(text.index(f"{name}"), text.index(f"{name}") + len(name)) for name in names]
    pairs = [Pair(f"{i} {j}", text, places[i], places[j]) for i in range(90) for j in range(90) if i != j]
    windows = PairEncoder(TOKENIZER, budget).windows(pairs)
    assert sorted(index for window in windows for index in window.pairs) == list(range(len(pairs)))
    assert len(windows) < len(pairs) / 8
    for window in windows:
        assert len(window.tokens) <= budget
        assert window.truncated
        for index, source, target in zip(window.pairs, window.sources, window.targets, strict=True):
            assert [words(window, source), words(window, target)] == [names[int(n)] for n in pairs[index].id.split()]


def test_a_mention_in_context_that_would_be_cut_is_kept_in_a_window_of_its_own(marked):
    context = f"[Norway] spoke. {'far ' * 40}"
    pairs = [
        marked("He blames {Iceland} and Ireland.", context),
        marked("He blames [Iceland] and {Ireland}.", context.replace("[", "").replace("]", "")),
    ]
    windows = PairEncoder(TOKENIZER, 24).windows(pairs)
    assert sorted(window.pairs for window in windows) == [(0,), (1,)]
    alone = next(window for window in windows if window.pairs == (0,))
    assert words(alone, alone.sources[0]) == "norway"
    assert alone.sources[0][1] < alone.sentence_start <= alone.targets[0][0]
    assert not alone.truncated


def test_the_author_has_no_span(marked):
    encoder = PairEncoder(TOKENIZER, 64)
    windows = encoder.windows([marked("Shameful {Iceland} took two trawlers.")])
    assert windows[0].sources == (None,)
    batch = encoder.batch(windows)
    assert batch["author"].tolist() == [True]
    assert batch["source"].shape == (1, 2)


def test_a_batch_is_padded_and_knows_the_row_of_each_pair(marked):
    encoder = PairEncoder(TOKENIZER, 64)
    pairs = [
        marked("[Norway] blames {Iceland}.", "Talks failed."),
        marked("{Norway} blames [Iceland].", "Talks failed."),
        marked("{Ghana} won."),
    ]
    batch = encoder.batch(encoder.windows(pairs))
    assert {name: tuple(tensor.shape) for name, tensor in batch.items()} == {
        "input_ids": (2, 8), "attention_mask": (2, 8), "token_type_ids": (2, 8), "window": (3,), "source": (3, 2),
        "target": (3, 2), "author": (3,),
    }  # fmt: skip
    assert batch["window"].tolist() == [0, 0, 1]
    assert batch["attention_mask"].tolist() == [[1] * 8, [1] * 6 + [0] * 2]
    assert batch["token_type_ids"].tolist() == [[0] * 2 + [1] * 6, [0] * 2 + [1] * 4 + [0] * 2]
    assert batch["input_ids"][1, 6:].tolist() == [TOKENIZER.pad_token_id] * 2
    assert batch["source"].tolist()[:2] == [[2, 3], [5, 6]]
    assert batch["author"].tolist() == [False, False, True]


@given(
    st.lists(
        st.tuples(st.sampled_from(["Norway", "Iceland", "Ireland", None]), st.integers(0, 60), st.integers(0, 1)),
        min_size=1,
        max_size=12,
    ),
    st.integers(24, 80),
)
@settings(max_examples=60)
def test_every_pair_stands_in_exactly_one_window_that_holds_its_mentions(choices, max_length):
    pairs = []
    for number, (source, filler, contexts) in enumerate(choices):
        text = f"{SENTENCE}{' Then more' * filler}"
        target = "Ireland" if source != "Ireland" else "Iceland"
        span = PLACES[source] if source else None
        pairs.append(Pair(str(number), text, span, PLACES[target], "Talks failed again. " * contexts * filler))
    windows = PairEncoder(TOKENIZER, max_length).windows(pairs)
    assert Counter(index for window in windows for index in window.pairs) == Counter(range(len(pairs)))
    for window in windows:
        assert len(window.tokens) <= max_length
        for index, source, target in zip(window.pairs, window.sources, window.targets, strict=True):
            assert words(window, target) == pairs[index].side(pairs[index].target).lower()
            assert (source and words(window, source)) == (choices[index][0] and choices[index][0].lower())


def test_a_mention_longer_than_the_window_leaves_room_for_the_other(marked):
    text = f"[The envoy{' who spoke' * 30}] blames {{Iceland}}."
    (window,) = PairEncoder(TOKENIZER, 32).windows([marked(text)])
    assert words(window, window.targets[0]) == "iceland"
    assert window.truncated


def test_both_mentions_may_stand_far_back_in_the_context(marked):
    context = f"[The envoy{' who spoke' * 30}] met {{Iceland}}. {'far ' * 60}"
    (window,) = PairEncoder(TOKENIZER, 48).windows([marked("He blames it.", context)])
    assert words(window, window.targets[0]) == "iceland"


def test_marks_stand_around_both_mentions_and_belong_to_them(marked):
    pair = mark(marked("{Iceland} was blamed by [Norway] again.", "Talks failed."))
    assert pair.text == "# Iceland # was blamed by @ Norway @ again."
    assert (pair.side(pair.source), pair.side(pair.target)) == ("@ Norway @", "# Iceland #")
    spread = mark(marked("[He] blames it.", "Norway met {Iceland}."))
    assert (spread.text, spread.context) == ("@ He @ blames it.", "Norway met # Iceland #.")
    author = mark(marked("{Iceland} lies."))
    assert (author.source, author.text) == (None, "# Iceland # lies.")


def test_a_marked_pair_has_a_window_of_its_own(marked):
    pairs = [marked("[Norway] blames {Iceland}."), marked("{Norway} blames [Iceland].")]
    assert len(PairEncoder(TOKENIZER, 64).windows(pairs)) == 1
    there, back = PairEncoder(TOKENIZER, 64, marked=True).windows(pairs)
    assert words(there, there.sources[0]) == "@ norway @"
    assert words(back, back.targets[0]) == "# norway #"
    assert (there.pairs, back.pairs) == ((0,), (1,))
