"""Tells when two sentences are the same, or nearly so: what may not stand in two splits."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import lru_cache

THRESHOLD = 0.5
SHINGLE = 3  # words


def normal_sentence(text: str) -> str:
    """Returns the sentence in lower case without punctuation: what counts as the same sentence."""
    return " ".join(re.findall(r"\w+", text.lower()))


@lru_cache(maxsize=1 << 17)
def shingles(normal: str) -> frozenset[str]:
    """Returns the word trigrams of a normalised sentence; a shorter one is its own only shingle."""
    words = normal.split()
    return frozenset(" ".join(words[i : i + SHINGLE]) for i in range(max(1, len(words) - SHINGLE + 1)))


class SentenceIndex:
    """Finds which of its sentences a sentence repeats: the same, or of a Jaccard similarity from THRESHOLD.

    Similarity is the share of common word trigrams. It is computed exactly over an inverted index:
    for some ten thousand sentences that takes seconds, and a MinHash would miss some.
    """

    def __init__(self, sentences: Iterable[str] = ()) -> None:
        self._sentences: set[str] = set()
        self._holders: dict[str, list[str]] = defaultdict(list)
        self.add(sentences)

    def add(self, sentences: Iterable[str]) -> None:
        """Adds sentences, as they stand in the text."""
        for normal in sorted(set(map(normal_sentence, sentences)) - self._sentences):
            self._sentences.add(normal)
            for shingle in shingles(normal):
                self._holders[shingle].append(normal)

    def same(self, text: str) -> bool:
        """Tells whether a sentence is in the index but for case and punctuation."""
        return normal_sentence(text) in self._sentences

    def nearest(self, text: str) -> tuple[str, float] | None:
        """Returns the most similar sentence of the index, normalised, and its similarity, if that is from THRESHOLD."""
        own = shingles(normal_sentence(text))
        common = Counter(holder for shingle in own for holder in self._holders.get(shingle, ()))
        similar = ((n / (len(own) + len(shingles(holder)) - n), holder) for holder, n in common.items())
        best = max(similar, default=(0.0, ""))
        return (best[1], best[0]) if best[0] >= THRESHOLD else None
