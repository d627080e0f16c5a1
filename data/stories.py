"""Finds articles that tell one story in the same words: wire copies, reprints, updates.

An article's signature is a MinHash of its word trigrams (Broder, "On the resemblance and containment of
documents", 1997). In the order of the articles, each joins the first story whose first article it
resembles, else it begins one, so that the stories do not depend on when which article was signed.
"""

from __future__ import annotations

import sqlite3
from functools import cache
from typing import Any

import numpy as np

from data.duplicates import SHINGLE, normal_sentence

PERMUTATIONS = 128
ALIKE = 0.5  # Jaccard similarity from which two articles tell one story
_BAND = 4  # values; 32 bands of 4 show 97 % of the pairs of similarity 0.57, and nearly all of 0.65
_SCHEME = "affine32"


def signature_of(text: str) -> bytes:
    """Returns the MinHash of a text: 128 values of 32 bits, little-endian."""
    words = normal_sentence(text).split()
    sketch = _empty().copy()
    sketch.update_batch([" ".join(words[i : i + SHINGLE]).encode() for i in range(max(1, len(words) - SHINGLE + 1))])
    return bytes(sketch.hashvalues.astype("<u4").tobytes())


class StoryIndex:
    """Gives each article, in order, the story that it tells; kept on disk, so that any number of articles fits."""

    def __init__(self) -> None:
        self._stories = sqlite3.connect("")  # a temporary database, on disk once it grows
        self._stories.executescript(
            "CREATE TABLE stories (number INTEGER PRIMARY KEY, name TEXT, signature BLOB);"
            "CREATE TABLE bands (band BLOB, story INTEGER, PRIMARY KEY (band, story)) WITHOUT ROWID;"
        )

    def place(self, name: str, signature: bytes) -> str:
        """Returns the name of the story that an article tells: the name of the first article that told it."""
        bands = _bands(signature)
        marks = ", ".join("?" * len(bands))
        found = self._stories.execute(
            f"SELECT DISTINCT number, name, signature FROM bands JOIN stories ON number = story "
            f"WHERE band IN ({marks}) ORDER BY number",
            bands,
        )
        story = next((str(first) for _, first, other in found if resemblance(signature, other) >= ALIKE), None)
        if story is None:
            number = self._stories.execute(
                "INSERT INTO stories (name, signature) VALUES (?, ?)", (name, signature)
            ).lastrowid
            self._stories.executemany("INSERT INTO bands VALUES (?, ?)", [(band, number) for band in bands])
        return story or name


def resemblance(one: bytes, other: bytes) -> float:
    """Returns the estimated Jaccard similarity of two texts from their signatures."""
    return float((np.frombuffer(one, "<u4") == np.frombuffer(other, "<u4")).mean())


def _bands(signature: bytes) -> list[bytes]:
    """Returns the bands of a signature, each with its number before it."""
    width = 4 * _BAND
    return [bytes([i // width]) + signature[i : i + width] for i in range(0, len(signature), width)]


@cache
def _empty() -> Any:
    from datasketch import MinHash

    return MinHash(PERMUTATIONS, seed=1, scheme=_SCHEME)
