"""Tells when two sentences are the same, or nearly so: what may not stand in two splits."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import lru_cache

THRESHOLD = 0.5
CONTAINED = 0.8
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
    """Finds which of its sentences a text repeats: the same, nearly the same, or held in it.

    Nearly the same is a Jaccard similarity of the word trigrams from THRESHOLD; held in it is a share
    from CONTAINED of a sentence's own trigrams, of which it has three at least, so that no splitting
    of the text into sentences can hide it. Both are computed exactly over an inverted index: for some
    ten thousand sentences that takes seconds, and a MinHash would miss some.
    """

    def __init__(self, sentences: Iterable[str] = ()) -> None:
        self._sentences: set[str] = set()
        self._holders: dict[str, list[str]] = defaultdict(list)
        self.add(sentences)

    def add(self, sentences: Iterable[str]) -> None:
        """Adds sentences, as they stand in the text; one of punctuation alone says nothing and is left out."""
        for normal in sorted(set(map(normal_sentence, sentences)) - self._sentences - {""}):
            self._sentences.add(normal)
            for shingle in shingles(normal):
                self._holders[shingle].append(normal)

    def same(self, text: str) -> bool:
        """Tells whether a sentence is in the index but for case and punctuation."""
        return normal_sentence(text) in self._sentences

    def nearest(self, text: str) -> tuple[str, float] | None:
        """Returns the sentence of the index that a text repeats most, normalised, and how far; None if it repeats none.

        How far is the larger of Jaccard similarity and the share of the sentence that the text holds.
        """
        own = shingles(normal_sentence(text))
        common = Counter(holder for shingle in own for holder in self._holders.get(shingle, ()))
        repeated = [(share, holder) for holder, n in common.items() if (share := _repeats(n, own, shingles(holder)))]
        best = max(repeated, default=None)
        return (best[1], best[0]) if best else None


def _repeats(common: int, text: frozenset[str], sentence: frozenset[str]) -> float:
    """Returns how far a text repeats a sentence with which it has some trigrams in common; 0 if not far enough."""
    jaccard = common / (len(text) + len(sentence) - common)
    contained = common / len(sentence) if len(sentence) >= SHINGLE else 0.0
    return max(jaccard if jaccard >= THRESHOLD else 0.0, contained if contained >= CONTAINED else 0.0)
