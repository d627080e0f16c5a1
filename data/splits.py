"""Splits by document, and takes out of a split what stands in a later one: test beats dev beats train."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TypeVar

from data.duplicates import SentenceIndex
from data.schema import Article, Example
from data.sentences import split_sentences

SPLITS = ("train", "dev", "test")
_SHARES = {"test": 0.15, "dev": 0.15}
_Item = TypeVar("_Item")


def split_of(group: str) -> str:
    """Returns the split of a document or passage by the hash of its name."""
    point = int(hashlib.sha256(group.encode()).hexdigest()[:8], 16) / 0xFFFFFFFF
    for split, share in _SHARES.items():
        if point < share:
            return split
        point -= share
    return "train"


def withhold(
    splits: Mapping[str, Iterable[_Item]], documents: Container[str], document_of: Callable[[_Item], str]
) -> dict[str, list[_Item]]:
    """Moves what is of some documents to test, the split that nothing is learnt from or chosen by.

    Args:
        splits: Examples or sentences by split.
        documents: Names of the documents.
        document_of: Names the document of an item.
    """
    moved: dict[str, list[_Item]] = {split: [] for split in SPLITS}
    for split in SPLITS:
        for item in splits.get(split, ()):
            moved["test" if document_of(item) in documents else split].append(item)
    return moved


@dataclass
class Purged:
    """A data set without leaks, and what was taken out of it.

    Attributes:
        splits: The examples that are left, by split.
        taken: Examples taken out, by split, corpus and reason.
        emptied: Contexts emptied because a sentence of theirs stands in a later split, by split and corpus.
    """

    splits: dict[str, list[Example]] = field(default_factory=dict)
    taken: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    emptied: Counter[tuple[str, str]] = field(default_factory=Counter)


def purge(splits: Mapping[str, Sequence[Example]], reserved: Mapping[str, Iterable[str]] | None = None) -> Purged:
    """Takes out of each split what stands in a later one: test beats dev beats train, across all corpora.

    An example goes if its document or its sentence, or one nearly the same, stands in a later
    split. If only its context repeats or holds a later split's sentence, the context is emptied,
    unless one of its sides stands there.

    Args:
        splits: Examples by split.
        reserved: Sentences that belong to a split though no example has them.
    """
    purged = Purged()
    index, groups = SentenceIndex(), set[str]()
    for split in reversed(SPLITS):
        left: list[Example] = []
        repeats = _Repeats(index)
        for example in splits.get(split, ()):
            reason = repeats.reason(example.pair.text) or ("same document" if example.group in groups else None)
            if reason is None and any(map(repeats.reason, contexts_of(example))):
                if stands_in_context(example):
                    reason = "source or target in a repeated context"
                else:
                    example = replace(example, pair=replace(example.pair, context=""))
                    purged.emptied[split, example.corpus] += 1
            if reason:
                purged.taken[split, example.corpus, reason] += 1
            else:
                left.append(example)
        purged.splits[split] = left
        index.add(sentence for example in left for sentence in sentences_of(example))
        index.add((reserved or {}).get(split, ()))
        groups |= {example.group for example in left}
    purged.splits = {split: purged.splits[split] for split in SPLITS}
    return purged


class _Repeats:
    """Says why a text may not stand in an earlier split, once for each text."""

    def __init__(self, index: SentenceIndex) -> None:
        self._index = index
        self._reasons: dict[str, str | None] = {}

    def reason(self, text: str) -> str | None:
        if text not in self._reasons:
            same, near = self._index.same(text), self._index.nearest(text)
            self._reasons[text] = "same sentence" if same else "nearly the same sentence" if near else None
        return self._reasons[text]


def stands_in_context(example: Example) -> bool:
    """Tells whether a side of an example stands in its context."""
    source, target = example.pair.source, example.pair.target
    return target.in_context or (source is not None and source.in_context)


def sentences_of(example: Example) -> tuple[str, ...]:
    """Returns the sentences that a model sees of an example: its own and those of its context."""
    return (example.pair.text, *(_split(example.pair.context) if example.pair.context else ()))


def contexts_of(example: Example) -> tuple[str, ...]:
    """Returns an example's context, whole and by its sentences, in which nothing may be repeated."""
    context = example.pair.context
    return (context, *_split(context)) if context else ()


@lru_cache(maxsize=1 << 16)
def _split(text: str) -> tuple[str, ...]:
    return tuple(sentence.text for sentence in split_sentences(Article("", text)))
