"""How documents fall into train, dev and test, and that no sentence stands in two of them."""

from collections import Counter
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.checks import Leak, check_splits
from data.schema import Example, Pair, PairSpan, Sentiment
from data.splits import SPLITS, normal_sentence, purge, sentences_of, split_of


def example(text, group="g", corpus="gold"):
    return Example(Pair(text, text, None, PairSpan(0, 4)), None, Sentiment.NEUTRAL, group, corpus)


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


def test_other_words_make_another_sentence():
    assert sentences_of([example("Peru thanked Chile."), example("Chile thanked Peru.")]) == {
        "peru thanked chile",
        "chile thanked peru",
    }


def test_a_sentence_stays_in_its_last_split_test_before_dev_before_train():
    purged, taken = purge(
        {
            "train": [example("Peru left."), example("Chile left."), example("Ghana left."), example("GHANA left")],
            "dev": [example("peru left"), example("chile left!"), example("Togo left.")],
            "test": [example("Peru  left?")],
        }
    )
    assert texts(purged) == {
        "train": ["Ghana left.", "GHANA left"],
        "dev": ["chile left!", "Togo left."],
        "test": ["Peru  left?"],
    }
    assert taken == 3


def test_a_missing_split_is_empty():
    assert purge({"train": [example("Peru left.")]}) == (
        {"train": [example("Peru left.")], "dev": [], "test": []},
        0,
    )


@settings(derandomize=True, max_examples=50)
@given(
    st.fixed_dictionaries({split: st.lists(st.sampled_from(["Peru.", "peru", "Lima!", "Oslo"])) for split in SPLITS})
)
def test_what_is_purged_has_no_leak_and_keeps_every_sentence_somewhere(sentences):
    before = {split: [example(text, split) for text in sentences[split]] for split in SPLITS}
    purged, taken = purge(before)
    check_splits(purged)
    assert sentences_of(chain(*purged.values())) == sentences_of(chain(*before.values()))
    assert taken == sum(map(len, before.values())) - sum(map(len, purged.values()))


@pytest.mark.parametrize(("one", "other"), [("train", "dev"), ("train", "test"), ("dev", "test")])
def test_a_sentence_in_two_splits_is_a_leak(one, other):
    splits = {split: [] for split in SPLITS}
    splits[one] = [example("Chile left.", "a"), example("Peru left.", "b")]
    splits[other] = [example("PERU left", "c")]
    with pytest.raises(Leak) as error:
        check_splits(splits)
    assert str(error.value) == f"1 times a sentence stands in {one} and {other}, first 'peru left'"


def test_a_passage_of_the_gold_in_two_splits_is_a_leak():
    splits = {"train": [example("Peru left.", "lima-1")], "dev": [], "test": [example("Chile left.", "lima-1")]}
    with pytest.raises(Leak, match="1 times a gold passage stands in train and test, first 'lima-1'"):
        check_splits(splits)


def test_a_corpus_document_may_span_splits_as_upstream_has_it():
    check_splits(
        {
            "train": [example("Peru left.", "d", "newsmtsc")],
            "dev": [example("Chile left.", "d", "newsmtsc")],
            "test": [],
        }
    )
