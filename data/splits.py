"""Assigns documents to train, dev and test, for ever the same."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence

from data.schema import Example

SPLITS = ("train", "dev", "test")
_SHARES = {"test": 0.15, "dev": 0.15}


def split_of(group: str) -> str:
    """Returns the split of a document or passage by the hash of its name."""
    point = int(hashlib.sha256(group.encode()).hexdigest()[:8], 16) / 0xFFFFFFFF
    for split, share in _SHARES.items():
        if point < share:
            return split
        point -= share
    return "train"


def normal_sentence(text: str) -> str:
    """Returns the sentence in lower case without punctuation: what counts as the same sentence."""
    return " ".join(re.findall(r"\w+", text.lower()))


def purge(splits: Mapping[str, Sequence[Example]]) -> tuple[dict[str, list[Example]], int]:
    """Takes out of each split the sentences that stand in a later one: test beats dev beats train.

    Returns:
        The purged splits, and how many examples were taken out.
    """
    reserved: set[str] = set()
    purged: dict[str, list[Example]] = {}
    for split in reversed(SPLITS):
        purged[split] = [e for e in splits.get(split, ()) if normal_sentence(e.pair.text) not in reserved]
        reserved |= sentences_of(purged[split])
    taken = sum(len(splits.get(split, ())) - len(purged[split]) for split in SPLITS)
    return {split: purged[split] for split in SPLITS}, taken


def sentences_of(examples: Iterable[Example]) -> set[str]:
    """Returns the normalised sentences of examples."""
    return {normal_sentence(example.pair.text) for example in examples}
