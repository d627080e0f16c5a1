"""NewsMTSC, the sentiment of a news text towards a target (Hamborg & Donnay, EACL 2021).

The author is the source, so a label says nothing of actors' stances: sentiment only.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from data.corpora.layout import at_place, numbered_lines
from data.schema import Example, Pair, PairSpan, Sentiment, Tier
from data.standoff import CorpusSentence

NAME = "newsmtsc"
REPOSITORY = "fhamborg/NewsMTSC"
COMMIT = "b9d9b79704ed1b35cecaf1d7c2343dc1bd734fb7"
PAPER = "Hamborg & Donnay, EACL 2021"
_FOLDER = "NewsSentiment/experiments/default/datasets"
PATHS = ("LICENSE", f"{_FOLDER}/newsmtsc-*-hf/*.jsonl")
LICENCE = "MIT; sentences are third-party news"
COMMERCIAL = True
SETS = ("rw", "mt")  # real-world and multi-target; they share one training file
LABELS = {-1: Sentiment.NEGATIVE, 0: Sentiment.NEUTRAL, 1: Sentiment.POSITIVE}


def read(folder: Path, split: str, dropped: Counter[str]) -> Iterator[Example]:
    """Yields the target sentiments of a split of both sets; see `data.corpora.Corpus.read`."""
    seen: set[tuple[str, int, int]] = set()
    for name in SETS:
        for example in read_set(folder, name, split, dropped):
            key = (example.pair.text, example.pair.target.start, example.pair.target.end)
            if key in seen:
                dropped["mention stands in the split twice"] += 1
                continue
            seen.add(key)
            yield example


def read_set(folder: Path, name: str, split: str, dropped: Counter[str]) -> Iterator[Example]:
    """Yields the target sentiments of a split of one set, "rw" or "mt", as its official file has them."""
    path = folder / _FOLDER / f"newsmtsc-{name}-hf" / f"{split}.jsonl"
    for number, line in numbered_lines(path):
        with at_place(f"{path}:{number}"):
            example = _example(f"{NAME}-{name}-{split}-{number}", json.loads(line))
        if example:
            yield example
        else:
            dropped["mention does not stand at its offsets"] += 1


def _example(name: str, row: Mapping[str, Any]) -> Example | None:
    """Makes an example of a row, None where its mention does not stand at its offsets."""
    if row["polarity"] not in LABELS:
        raise ValueError(f"unknown polarity {row['polarity']!r}, expected -1, 0 or 1")
    sentence, start, end = row["sentence"], row["from"], row["to"]
    if sentence[start:end] != row["mention"]:
        return None
    group = f"{NAME}-{'_'.join(row['id'].split('_')[:3])}"
    pair, label = Pair(name, sentence, None, PairSpan(start, end)), row["polarity"]
    return Example(pair, None, LABELS[label], group, NAME, COMMERCIAL, LICENCE, Tier.CORPUS, str(label))


def sentences(folder: Path, split: str) -> Iterator[CorpusSentence]:
    """Yields the sentences of a split; see `data.corpora.Corpus.sentences`."""
    for example in read(folder, split, Counter()):
        yield CorpusSentence(example.group, example.pair.text, "", COMMERCIAL, LICENCE)
