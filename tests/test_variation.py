"""Labelled sentences told otherwise."""

import random
import re
from dataclasses import replace
from itertools import permutations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from data.schema import Example, Pair, PairSpan, Stance, Tier
from train.config import ConfigError, TrainConfig
from train.variation import neighbours, proper_names, renamed, varied_examples

NEAR = {"rebuked": ["praised"], "sharply": ["mildly"], "the": ["this"], "over": ["about"]}


def labelled(pair, stance=Stance.CONDEMN, **fields):
    return Example(pair, {stance: 1.0}, None, "g", **fields)


def sides(example):
    return example.pair.side(example.pair.source), example.pair.side(example.pair.target)


def test_words_give_way_to_their_neighbours_and_sides_stay_words_of_the_text(marked):
    examples = [labelled(marked("[Norway] sharply rebuked {the fleet} over the border."))]
    made = varied_examples(examples, NEAR, 200, 1)
    texts = {re.sub(r"^\w+", "X", e.pair.text) for e in made}
    assert any("praised" in text for text in texts)
    assert any("mildly" in text for text in texts)
    assert all(e.pair.side(e.pair.target) == "the fleet" for e in made)  # a side keeps its words
    assert {e.pair.side(e.pair.source) for e in made} == {"Norway"}  # the only name there is
    assert any(e.pair.text.endswith("over this border.") for e in made)


def test_names_are_exchanged_wherever_they_stand_and_labels_are_left_to_the_teacher(marked):
    pair = marked("[Norway] rebuked {Iceland}, and Norway's envoy left Iceland.")
    others = [labelled(marked("[Queen Ada] thanked {Togo}."), Stance.SUPPORT)]
    made = varied_examples([labelled(pair, commercial=False, licence="L"), *others], {}, 100, 1)
    changed = [e for e in made if "rebuked" in e.pair.text and sides(e)[0] == "Queen Ada"]
    assert changed
    for example in changed:
        source, target = sides(example)
        assert example.pair.text == f"{source} rebuked {target}, and {source}'s envoy left {target}."
        assert (example.stances, example.sentiment, example.tier) == (None, None, Tier.VARIED)
        assert (example.corpus, example.group, example.commercial, example.licence) == ("gold", "g", False, "L")


def test_a_name_that_ends_in_a_stop_is_exchanged_too(marked):
    pair = marked("The [U.S.] rebuked {Iceland}, said a U.S. envoy in the U.S.")
    names = ["Iceland", "Norway", "U.S."]
    told = {renamed([pair], names, random.Random(seed))[0].text for seed in range(40)}
    assert "The Norway rebuked U.S., said a Norway envoy in the Norway" in {text.rstrip(".") for text in told}


def test_a_text_is_told_of_other_names_and_of_as_many(marked):
    pair = marked("[Norway] rebuked {Iceland}, and Norway's envoy left the fleet in Iceland.")
    names = proper_names([pair, marked("[Queen Ada] thanked {the fleet}.")])
    assert names == ["Iceland", "Norway", "Queen Ada"]
    seen = set()
    for seed in range(60):
        told, back = renamed([pair, replace(pair, source=pair.target, target=pair.source)], names, random.Random(seed))
        source, target = told.side(told.source), told.side(told.target)
        assert told.text == back.text == f"{source} rebuked {target}, and {source}'s envoy left the fleet in {target}."
        assert (back.side(back.source), back.side(back.target)) == (target, source)
        seen.add((source, target))
    assert seen == set(permutations(names, 2))


def test_pairs_of_a_sentence_stay_together_and_pronouns_are_no_names(marked):
    text = "Norway rebuked Iceland after They left."
    spans = [PairSpan(0, 6), PairSpan(15, 22), PairSpan(29, 33)]
    examples = [labelled(Pair(f"p{i}{j}", text, spans[i], spans[j])) for i in range(3) for j in range(3) if i != j]
    made = varied_examples(examples, NEAR, 20, 5)
    by_text = {}
    for example in made:
        by_text.setdefault(example.pair.text, []).append(example)
    assert all(len(some) % 6 == 0 for some in by_text.values())
    assert all("They" in text for text in by_text)


def test_only_certain_pairs_are_told_otherwise_and_what_did_not_change_is_left_out(marked):
    pair = marked("[Norway] rebuked {Iceland}.")
    unsure = Example(pair, {Stance.CONDEMN: 0.5, Stance.NEUTRAL: 0.5}, None, "g", tier=Tier.CORPUS)
    assert varied_examples([unsure], NEAR, 5, 1) == []
    assert varied_examples([labelled(marked("[she] rebuked {him}."))], {}, 5, 1) == []
    assert varied_examples([labelled(pair)], NEAR, 0, 1) == []


def test_the_same_seed_tells_the_same(marked):
    examples = [labelled(marked("[Norway] sharply rebuked {Iceland} over fish."))]
    assert varied_examples(examples, NEAR, 9, 3) == varied_examples(examples, NEAR, 9, 3)
    assert varied_examples(examples, NEAR, 9, 3) != varied_examples(examples, NEAR, 9, 4)


WORDS = st.lists(st.sampled_from("Oslo Peru rebuked sharply the he Oslo's (Peru) ü…".split()), max_size=6).map(" ".join)


@given(before=WORDS, between=WORDS, after=WORDS, context=WORDS, first=WORDS, second=WORDS, seed=st.integers(0, 99))
@settings(max_examples=200)
def test_every_side_is_kept_or_exchanged_whole(before, between, after, context, first, second, seed):
    first, second = f"Queen {first}".strip(), f"Togo {second}".strip()
    text = f"{before} {first} {between} "
    start = len(text)
    pair = Pair(
        "p", f"{text}{second} {after}", PairSpan(len(before) + 1, len(before) + 1 + len(first)),
        PairSpan(start, start + len(second)), context,
    )  # fmt: skip
    names = {*(n for n in (first, second)), "Oslo"}
    for example in varied_examples([labelled(pair)], NEAR, 5, seed):
        for words, found in zip((first, second), sides(example), strict=True):
            assert found == words or found in names


def test_neighbours_are_the_nearest_whole_words(tiny_classifier):
    tokenizer = tiny_classifier.tokenizer
    words = [w for w in tokenizer.get_vocab() if re.fullmatch(r"[A-Za-z]{3,}", w)][:3]
    vectors = torch.randn(len(tokenizer), 512, generator=torch.Generator().manual_seed(1))  # all but at right angles
    one, two = (tokenizer.get_vocab()[w] for w in words[:2])
    vectors[two] = vectors[one] + 0.1 * vectors[two]
    near = neighbours(vectors, tokenizer)
    assert near[words[0]] == [words[1]]
    assert near[words[1]] == [words[0]]
    assert words[2] not in near


def test_variations_need_a_teacher():
    with pytest.raises(ConfigError, match="say teacher=MODEL too"):
        TrainConfig(variations=2)
    assert TrainConfig(variations=2, teacher="models/base").variations == 2
