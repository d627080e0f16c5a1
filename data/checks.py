"""Proves that a data set is fit to train and test on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from data.schema import Example
from data.splits import SPLITS, sentences_of


class Leak(ValueError):
    """A sentence or a document stands in two splits."""


def check_splits(splits: Mapping[str, Sequence[Example]]) -> None:
    """Raises Leak if a sentence, in normal form, or a group of the gold stands in two splits."""
    for position, one in enumerate(SPLITS):
        for other in SPLITS[position + 1 :]:
            for what, shared in (
                ("sentence", sentences_of(splits[one]) & sentences_of(splits[other])),
                ("gold passage", _gold_groups(splits[one]) & _gold_groups(splits[other])),
            ):
                if shared:
                    raise Leak(f"{len(shared)} times a {what} stands in {one} and {other}, first {min(shared)!r}")


def _gold_groups(examples: Sequence[Example]) -> set[str]:
    return {example.group for example in examples if example.corpus == "gold"}
