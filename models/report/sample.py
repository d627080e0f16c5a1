"""Draws the articles of a run that its report shows: all of them, or as many as a browser carries."""

from __future__ import annotations

import hashlib
import heapq
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from data.schema import Article, Stance

STANCES = 30_000
CHARACTERS = 24_000_000
_KEPT = (
    "sentence_start", "sentence_end", "source", "target", "stance", "confidence", "probabilities", "sentiment",
    "quoted", "speaker", "story_cluster", "words", "deletion",
)  # fmt: skip


@dataclass(slots=True)
class Sample:
    """Whole articles with their stances: those whose ids hash lowest, so that a run draws the same ones each time.

    Every article has the same chance, whatever it says: shares in the sample estimate shares in the
    run. Memory is bounded by the limits and not by the run.

    Attributes:
        stances: Most stances that are kept.
        characters: Most characters of articles' texts that are kept.
        counts: Over all that was added: articles, articles with a stance, and each stance.
    """

    stances: int = STANCES
    characters: int = CHARACTERS
    counts: Counter[str] = field(default_factory=Counter)
    _heap: list[tuple[int, int, Article, list[dict[str, Any]]]] = field(default_factory=list)
    _held: Counter[str] = field(default_factory=Counter)
    _bar: int = 2**64

    def add(self, article: Article, records: Sequence[Mapping[str, Any]]) -> None:
        """Takes an article with its records; those of neutral pairs are passed over."""
        kept = [
            {name: record[name] for name in _KEPT if name in record}
            for record in records
            if record["stance"] != Stance.NEUTRAL
        ]
        self.counts.update(record["stance"] for record in kept)
        self.counts["articles"] += 1
        self.counts["with_stances"] += bool(kept)
        place = int.from_bytes(hashlib.sha256(article.id.encode()).digest()[:8])
        if not kept or place >= self._bar:
            return
        heapq.heappush(self._heap, (-place, self.counts["articles"], article, kept))
        self._hold(article, kept, 1)
        while len(self._heap) > 1 and (self._held["stances"] > self.stances or self._held["text"] > self.characters):
            negative, _, out, left = heapq.heappop(self._heap)
            self._bar = -negative
            self._hold(out, left, -1)

    @property
    def kept(self) -> int:
        """How many stances are kept."""
        return self._held["stances"]

    def articles(self) -> Iterator[tuple[Article, list[dict[str, Any]]]]:
        """Yields the articles that are kept with their records, in the order they came."""
        for _, _, article, records in sorted(self._heap, key=lambda item: item[1]):
            yield article, records

    def rewrite(self, change: Callable[[Article, list[dict[str, Any]]], list[dict[str, Any]]]) -> None:
        """Puts in place of the records of each article that is kept what `change` makes of them."""
        self._heap = [(place, number, article, change(article, kept)) for place, number, article, kept in self._heap]

    def _hold(self, article: Article, records: Sequence[Mapping[str, Any]], sign: int) -> None:
        self._held["stances"] += sign * len(records)
        self._held["text"] += sign * len(article.text)
