"""How documents fall into train, dev and test, and that no sentence stands in two of them."""

from collections import Counter
from dataclasses import replace
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.checks import Leak, check_splits
from data.schema import Example, Pair, PairSpan, Sentiment
from data.splits import SPLITS, purge, sentences_of, split_of

NEAR = "Peru and Chile met on Monday in Lima to talk about the sunken ferry."
NEARLY = "Peru and Chile met on Monday in Lima to talk about the sunken trawler, officials said."


def example(text, group=None, corpus="gold", context="", source=None):
    return Example(Pair(text, text, source, PairSpan(0, 4), context), None, Sentiment.NEUTRAL, group or text, corpus)


def texts(splits):
    return {split: [item.pair.text for item in splits[split]] for split in splits}


@pytest.mark.parametrize(
    ("group", "split"), [("lima-1", "train"), ("quito-5", "test"), ("oslo-2", "test"), ("lagos-18", "dev")]
)
def test_the_split_of_a_document_never_changes(group, split):
    assert split_of(group) == split


def test_shares_are_near_70_15_15():
    shares = Counter(split_of(f"passage-{number}") for number in range(2000))
    assert 1350 <= shares["train"] <= 1450
    assert 250 <= shares["dev"] <= 350
    assert 250 <= shares["test"] <= 350


def test_a_sentence_stays_in_its_last_split_test_before_dev_before_train():
    purged = purge(
        {
            "train": [example("Peru left."), example("Chile left."), example("Ghana left."), example("GHANA left")],
            "dev": [example("peru left"), example("chile left!"), example("Togo left.")],
            "test": [example("Peru  left?")],
        }
    )
    assert texts(purged.splits) == {
        "train": ["Ghana left.", "GHANA left"],
        "dev": ["chile left!", "Togo left."],
        "test": ["Peru  left?"],
    }
    assert purged.taken == {("train", "gold", "same sentence"): 2, ("dev", "gold", "same sentence"): 1}


def test_the_doubles_of_a_leaky_corpus_are_found_across_corpora_too():
    doubles = ["Peru sued Chile over a port.", "Oslo wants the cod of Riga back.", "Ghana cheered Togo on."]
    purged = purge(
        {
            "train": [*(example(text, f"d{text}", "dse") for text in doubles), example("Mali wept alone.", "d", "plv")],
            "dev": [example(doubles[0].upper(), "a", "dse"), example("mali wept alone", "b", "seesaw")],
            "test": [example(f"“{doubles[1]}”", "c", "dse")],
        }
    )
    assert texts(purged.splits)["train"] == [doubles[2]]
    assert purged.taken == {("train", "dse", "same sentence"): 2, ("train", "plv", "same sentence"): 1}


def test_a_near_duplicate_is_taken_out_and_counted_as_one():
    purged = purge({"train": [example(NEAR, "a", "dse"), example("Togo left.")], "test": [example(NEARLY, "b", "plv")]})
    assert texts(purged.splits)["train"] == ["Togo left."]
    assert purged.taken == {("train", "dse", "nearly the same sentence"): 1}


def test_a_headline_that_a_splitter_would_join_to_the_next_sentence_is_seen_in_a_context():
    headline = "Oslo: Peru’s use of private boats ‘highly unusual’"
    train = example(
        "Mali wept.", context=f"{headline} The envoy spoke for an hour on Monday in Lima about many things."
    )
    splits = {"train": [train], "dev": [example(headline, "d")], "test": []}
    with pytest.raises(Leak, match="texts of train repeat a sentence of dev"):
        check_splits(splits)
    assert [e.pair.context for e in purge(splits).splits["train"]] == [""]


def test_a_sentence_that_holds_a_later_one_is_taken_out():
    held = "Peru has called the Chilean fleet a menace to its coast"
    purged = purge(
        {
            "train": [example(f"In Lima, officials and envoys said: {held}, and {'more ' * 12}.")],
            "test": [example(held)],
        }
    )
    assert texts(purged.splits)["train"] == []


def test_a_document_stands_in_one_split_only():
    purged = purge({"train": [example("Peru left.", "d"), example("Mali left.", "e")], "dev": [example("Oslo.", "d")]})
    assert texts(purged.splits)["train"] == ["Mali left."]
    assert purged.taken == {("train", "gold", "same document"): 1}


def test_a_context_that_repeats_a_later_sentence_is_emptied():
    first = example("Peru left early.", context="Rain fell. Chile left late.")
    purged = purge(
        {"train": [first, example("Mali left.", context="Rain fell.")], "test": [example("Chile left late")]}
    )
    assert [e.pair.context for e in purged.splits["train"]] == ["", "Rain fell."]
    assert (purged.emptied, purged.taken) == ({("train", "gold"): 1}, {})


def test_a_lone_quotation_mark_is_no_sentence_to_repeat():
    splits = {"train": [example("Mali left.", context="Rain fell.\n\n”")], "dev": [], "test": [example("Peru left.")]}
    purged = purge(splits, {"dev": ["…", '"']})
    assert (purged.splits, purged.emptied) == (splits, {})
    check_splits(splits, {"dev": ["…", '"']})


def test_a_sentence_that_a_later_context_repeats_is_taken_out():
    purged = purge({"train": [example("Peru left.")], "dev": [example("Mali wept.", context="Rain fell. Peru left.")]})
    assert texts(purged.splits)["train"] == []


def test_an_example_with_a_side_in_a_repeated_context_is_taken_out():
    source = PairSpan(0, 4, in_context=True)
    first = example("Peru left early.", context="Rain fell. Chile left late.", source=source)
    purged = purge({"train": [first], "test": [example("Chile left late")]})
    assert texts(purged.splits)["train"] == []
    assert purged.taken == {("train", "gold", "source or target in a repeated context"): 1}


def test_reserved_sentences_are_kept_out_though_no_example_has_them():
    purged = purge({"train": [example("Peru left."), example("Mali left.")]}, {"test": ["PERU LEFT"]})
    assert texts(purged.splits)["train"] == ["Mali left."]


def test_a_missing_split_is_empty():
    purged = purge({"train": [example("Peru left.")]})
    assert (purged.splits, purged.taken) == ({"train": [example("Peru left.")], "dev": [], "test": []}, {})


SENTENCES = st.sampled_from(["Peru left.", "peru left", "Lima wept!", "Oslo won", NEAR, NEARLY])


@settings(max_examples=60)
@given(
    st.fixed_dictionaries(
        {split: st.lists(st.tuples(SENTENCES, st.one_of(st.just(""), SENTENCES))) for split in SPLITS}
    )
)
def test_what_is_purged_has_no_leak_and_loses_nothing_unaccounted(drawn):
    before = {
        split: [
            example(text, f"{split} {number}", context=context) for number, (text, context) in enumerate(drawn[split])
        ]
        for split in SPLITS
    }
    purged = purge(before)
    check_splits(purged.splits)
    assert purged.splits["test"] == before["test"]
    for split in SPLITS:
        gone = sum(count for (place, *_), count in purged.taken.items() if place == split)
        assert len(before[split]) - len(purged.splits[split]) == gone
        originals = {item.pair.text for item in before[split]}
        assert {item.pair.text for item in purged.splits[split]} <= originals
    left = set(chain.from_iterable(sentences_of(e) for e in chain(*purged.splits.values())))
    assert {e.pair.text for e in before["test"]} <= left


@pytest.mark.parametrize(("one", "other"), [("train", "dev"), ("train", "test"), ("dev", "test")])
@pytest.mark.parametrize("later", ["PERU left", "Peru, left!"])
def test_a_sentence_in_two_splits_is_a_leak(one, other, later):
    splits = {split: [] for split in SPLITS}
    splits[one] = [example("Chile left.", "a"), example("Peru left.", "b")]
    splits[other] = [example(later, "c")]
    with pytest.raises(
        Leak, match=f"1 texts of {one} repeat a sentence of {other}, or nearly so, first 'Peru left.', which"
    ):
        check_splits(splits)


def test_a_near_duplicate_in_two_splits_is_a_leak():
    with pytest.raises(Leak, match=r"first 'Peru and Chile met.*by 0\.\d\d"):
        check_splits({"train": [example(NEAR)], "dev": [], "test": [example(NEARLY)]})


def test_a_context_counts_like_a_sentence():
    with pytest.raises(Leak, match="1 texts of train repeat a sentence of dev"):
        check_splits(
            {"train": [example("Mali wept.", context="Peru left.")], "dev": [example("Peru left.")], "test": []}
        )


def test_a_reserved_sentence_in_an_earlier_split_is_a_leak():
    with pytest.raises(Leak, match="1 texts of train repeat a sentence of test"):
        check_splits({"train": [example("Peru left.")], "dev": [], "test": []}, {"test": {"peru left"}})


def test_a_document_in_two_splits_is_a_leak():
    splits = {"train": [example("Peru left.", "lima-1")], "dev": [], "test": [example("Chile wept.", "lima-1")]}
    with pytest.raises(Leak, match="1 documents stand in train and test, first 'lima-1'"):
        check_splits(splits)
    check_splits(splits | {"test": [replace(splits["test"][0], group="lima-2")]})
