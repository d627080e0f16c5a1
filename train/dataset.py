"""Batches of labelled windows: examples in, model input with labels out."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from data.pairs import named_pair
from data.schema import SENTIMENTS, STANCES, Example, Tier
from models.encoding import PairEncoder, Window, as_read
from models.network import IGNORED
from train.teaching import Lessons
from train.variation import proper_names, renamed

_SENTIMENT_INDEX = {sentiment: index for index, sentiment in enumerate(SENTIMENTS)}


class WindowDataset:
    """Labelled windows, drawn and batched anew for each epoch, the same for the same seed.

    Pairs that share a sentence share a window. Each corpus is passed over as often as its weight says; a
    fraction of a pass is a draw without replacement, and so is what is kept of more windows than `most`.
    Sentences of a public corpus whose stances annotators read are a corpus of their own, `read`, those without
    any label `unlabelled`, and labelled ones told otherwise `varied`. A share of the windows, `named`, tells one
    of its pairs by names before the text, as of actors that nobody found there; another, `renamed`, tells its
    text of other names. Batches hold windows of like length.
    """

    def __init__(
        self,
        examples: Sequence[Example],
        encoder: PairEncoder,
        batch_tokens: int,
        corpus_weights: Mapping[str, float] | None = None,
        seed: int = 0,
        named: float = 0.0,
        lessons: Lessons | None = None,
        renamed: float = 0.0,
        most: int = 0,
    ) -> None:
        self.examples = examples
        self.encoder = encoder
        self.batch_tokens = batch_tokens
        self.weights = corpus_weights or {}
        self.seed = seed
        self.named = named
        self.renamed = renamed
        self.most = most
        self._names = proper_names(example.pair for example in examples) if renamed else []
        self.lessons = lessons
        self._by_corpus: dict[str, list[Window]] = defaultdict(list)
        for window in encoder.windows([example.pair for example in examples]):
            self._by_corpus[_corpus([examples[index] for index in window.pairs])].append(window)

    def epoch(self, number: int) -> list[list[Window]]:
        """Returns the batches of an epoch, in the order of training."""
        random_state = random.Random(f"{self.seed}-{number}")
        windows = [w for corpus in sorted(self._by_corpus) for w in self._draw(corpus, random_state)]
        if 0 < self.most < len(windows):
            windows = random_state.sample(windows, self.most)
        windows = [told for w in windows for told in self._told(w, random_state)]
        windows.sort(key=lambda window: len(window.tokens) * (0.9 + 0.2 * random_state.random()))
        batches = list(self._fill(windows))
        random_state.shuffle(batches)
        return batches

    def collate(self, windows: Sequence[Window]) -> dict[str, Tensor]:
        """Builds model input with labels: `stances` [pairs, stances], `sentiment` [pairs] and what a teacher says."""
        indices = [index for window in windows for index in window.pairs]
        examples = [self.examples[index] for index in indices]
        stances = [_weights(example) for example in examples]
        sentiment = [_SENTIMENT_INDEX[e.sentiment] if e.sentiment else IGNORED for e in examples]
        labels = {"stances": torch.tensor(stances), "sentiment": torch.tensor(sentiment)}
        if self.lessons:
            labels |= {
                "taught_stances": self.lessons.stances[indices], "taught_sentiments": self.lessons.sentiments[indices],
            }  # fmt: skip
        return self.encoder.batch(windows) | labels

    def _draw(self, corpus: str, random_state: random.Random) -> Iterator[Window]:
        windows = self._by_corpus[corpus]
        weight = self.weights.get(corpus, 1.0)
        for _ in range(int(weight)):
            yield from windows
        yield from random_state.sample(windows, round((weight - int(weight)) * len(windows)))

    def _told(self, window: Window, random_state: random.Random) -> Sequence[Window]:
        """Returns a window as it is, or told otherwise under the same labels."""
        drawn = random_state.random()
        if drawn < self.named:
            return [self._named(window, random_state)]
        if drawn < self.named + self.renamed:
            return self._renamed(window, random_state)
        return [window]

    def _renamed(self, window: Window, random_state: random.Random) -> Sequence[Window]:
        """Tells the text of a window of other names; a longer one may need a window for each pair."""
        pairs = renamed([as_read(self.examples[index].pair) for index in window.pairs], self._names, random_state)
        windows = self.encoder.windows(pairs)
        return [replace(told, pairs=tuple(window.pairs[place] for place in told.pairs)) for told in windows]

    def _named(self, window: Window, random_state: random.Random) -> Window:
        """Turns a window into one for a pair of it whose actors are named before the text."""
        index = random_state.choice(window.pairs)
        pair = self.examples[index].pair
        if pair.source is None:
            return window
        names = pair.side(pair.source) or "", pair.side(pair.target) or ""
        (named,) = self.encoder.windows([named_pair(pair.id, pair.text, names, pair.context)])
        return replace(named, pairs=(index,))

    def _fill(self, windows: Sequence[Window]) -> Iterator[list[Window]]:
        batch: list[Window] = []
        longest = 0
        for window in windows:
            longest = max(longest, len(window.tokens))
            if batch and longest * (len(batch) + 1) > self.batch_tokens:
                yield batch
                batch, longest = [], len(window.tokens)
            batch.append(window)
        if batch:
            yield batch


def _weights(example: Example) -> list[float]:
    """The weights of the stances, drawn towards uniform as far as the mentions are in doubt; zeros where unknown."""
    if example.stances is None:
        return [0.0] * len(STANCES)
    doubt = (1 - example.confidence) / len(STANCES)
    return [example.confidence * example.stances.get(stance, 0.0) + doubt for stance in STANCES]


def _corpus(examples: Sequence[Example]) -> str:
    """The corpus under which a window is drawn."""
    tiers = {example.tier for example in examples}
    if Tier.READ in tiers:
        return Tier.READ
    return str(*tiers) if tiers in ({Tier.UNLABELLED}, {Tier.VARIED}) else examples[0].corpus
