"""The gold that was written for this project: how much there is, and that it is sound and varied."""

import json
import re
from collections import Counter, defaultdict
from functools import cache
from itertools import combinations
from pathlib import Path

import pytest

from data.built import GOLD
from data.checks import label_counts
from data.schema import STANCES, Stance
from data.splits import SPLITS, split_of
from data.store import read_examples

FILES = sorted(GOLD.glob("*.jsonl"))
NAMES = re.compile(r"\b[A-Z][\w’'.-]*(?:[ -][A-Z][\w’'.-]*)*")
LARGEST_OVERLAP = 0.3


@cache
def examples():
    return [example for path in FILES for example in read_examples(path)]


def sides():
    """Every side of every pair: id, the string it stands in, start and end."""
    for example in examples():
        pair = example.pair
        for span in (pair.source, pair.target):
            yield pair.id, pair.context if span.in_context else pair.text, span.start, span.end


def four_grams(text):
    """The word 4-grams of a text, with every run of capitalised words masked as one."""
    words = re.findall(r"\w+(?:['’-]\w+)*", NAMES.sub("_", text).lower())
    return {tuple(words[start : start + 4]) for start in range(len(words) - 3)}


def overlaps(passages):
    """The shared 4-grams of every two passages that share any, as a share of the smaller one's."""
    grams = {name: set().union(*map(four_grams, texts)) for name, texts in passages.items()}
    holders = defaultdict(list)
    for name, own in grams.items():
        for gram in own:
            holders[gram].append(name)
    shared = Counter(two for names in holders.values() for two in combinations(names, 2))
    return {two: count / min(len(grams[name]) for name in two) for two, count in shared.items()}


def test_there_is_enough_of_it():
    stances = Counter(example.stance for example in examples())
    assert len(examples()) >= 600
    assert len({example.group for example in examples()}) >= 220
    assert stances[Stance.DENY] >= 90
    assert len({example.pair.text for example in examples() if example.stance is Stance.DENY}) >= 70
    assert None not in stances


@pytest.mark.parametrize("split", SPLITS)
def test_every_stance_stands_in_every_split(split):
    counts = Counter(example.stance for example in examples() if split_of(example.group) == split)
    assert {stance for stance, count in counts.items() if count >= 20} == set(STANCES)


def test_ids_are_unique_and_begin_with_their_passage():
    ids = Counter(example.pair.id for example in examples())
    assert [name for name, count in ids.items() if count > 1] == []
    assert [e.pair.id for e in examples() if not e.pair.id.startswith(f"{e.group}-")] == []


def test_a_passage_stands_in_one_file_and_a_sentence_in_one_passage():
    files, groups = defaultdict(set), defaultdict(set)
    for path in FILES:
        for example in read_examples(path):
            files[example.group].add(path.name)
            groups[example.pair.text].add(example.group)
    assert [group for group, where in files.items() if len(where) > 1] == []
    assert [text for text, where in groups.items() if len(where) > 1] == []


def test_a_sentence_has_at_most_four_labelled_pairs_and_none_twice():
    sentences = Counter((e.group, e.pair.context, e.pair.text) for e in examples())
    pairs = Counter((e.group, e.pair.context, e.pair.text, e.pair.source, e.pair.target) for e in examples())
    assert max(sentences.values()) <= 4
    assert max(pairs.values()) == 1


def test_mentions_are_whole_words():
    cut = [
        name
        for name, text, start, end in sides()
        if text[start:end] != text[start:end].strip() or re.search(r"\w\Z", text[:start]) or re.match(r"\w", text[end:])
    ]
    assert cut == []


def test_mentions_have_no_leading_article_or_possessive():
    lead = re.compile(r"(?:the|an?|his|her|its|their|our|my|your)\s|.*['’]s?$", re.IGNORECASE)
    assert [name for name, text, start, end in sides() if lead.match(text[start:end])] == []


def test_source_and_target_are_apart():
    for example in examples():
        pair = example.pair
        assert pair.side(pair.source) != pair.side(pair.target), pair.id
        if pair.source.in_context == pair.target.in_context:
            assert not pair.source.span.overlaps(pair.target.span), pair.id


def test_the_sentiment_fits_the_stance():
    counts = Counter((str(example.stance), str(example.sentiment)) for example in examples())
    assert sum(counts.values()) == len(examples())
    assert counts["condemn", "positive"] == counts["support", "negative"] == 0
    assert counts["deny", "neutral"] > counts["deny", "negative"] > counts["deny", "positive"]


@pytest.mark.parametrize("stance", [Stance.CONDEMN, Stance.SUPPORT, Stance.DENY])
def test_every_pair_with_a_stance_has_the_way_back_labelled_too(stance):
    places = {(e.group, e.pair.text, e.pair.source, e.pair.target) for e in examples()}
    own = [e for e in examples() if e.stance is stance]
    both = [e for e in own if (e.group, e.pair.text, e.pair.target, e.pair.source) in places]
    assert len(both) == len(own)


def test_no_two_passages_share_too_many_four_grams_once_names_are_masked():
    passages = defaultdict(set)
    for example in examples():
        passages[example.group] |= {example.pair.context, example.pair.text}
    assert {two: share for two, share in overlaps(passages).items() if share > LARGEST_OVERLAP} == {}


def test_the_measure_of_overlap_sees_one_template_behind_two_names():
    passages = {
        "a": ["The envoy of Peru said on Monday that it would pay."],
        "b": ["The envoy of Costa Rica said on Friday that it would not wait."],
        "c": ["Nothing here is like the others at all."],
    }
    assert four_grams("Peru said on Monday that it left.") == four_grams("Costa Rica said on Friday that it left.")
    assert overlaps(passages) == {("a", "b"): 7 / 8}


def test_stand_off_labels_hold_no_text():
    fields = {"corpus", "document", "sentence_sha256", "source", "target", "stance", "sentiment", "annotator", "note"}
    rows = [json.loads(line) for path in GOLD.glob("standoff/*.jsonl") for line in path.read_text().splitlines()]
    assert len(rows) >= 900
    assert {frozenset(row) for row in rows} == {frozenset(fields)}
    assert max(len(row["note"]) for row in rows) <= 40


def test_the_readme_counts_what_there_is():
    readme = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")
    written, standoff = ([int(n) for n in re.findall(r"\d+", line)] for line in label_counts()[:2])
    pairs, passages, *_, denials, _ = written
    assert (
        f"{passages:,} passages written for this project | {pairs:,} labelled pairs, {denials:,} of them denials"
        in readme
    )
    pairs, *_, denials, _ = standoff
    assert f"without their text | {pairs:,} labelled pairs, {denials:,} of them denials" in readme
