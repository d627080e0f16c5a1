"""NewsMTSC, the sentiment of a news text towards a target (Hamborg & Donnay, EACL 2021).

The author is the source, so a label says nothing of actors' stances: sentiment only.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from data.schema import Example, Pair, PairSpan, Sentiment
from data.standoff import CorpusSentence

NAME = "newsmtsc"
SOURCE = "github.com/fhamborg/NewsMTSC @ b9d9b79704ed1b35cecaf1d7c2343dc1bd734fb7; Hamborg & Donnay, EACL 2021"
LICENCE = "MIT; sentences are third-party news"
COMMERCIAL = True
_FOLDER = "NewsSentiment/experiments/default/datasets/newsmtsc-rw-hf"
FILES = {"train": f"{_FOLDER}/train.jsonl", "dev": f"{_FOLDER}/dev.jsonl", "test": f"{_FOLDER}/test.jsonl"}
LABELS = {-1: Sentiment.NEGATIVE, 0: Sentiment.NEUTRAL, 1: Sentiment.POSITIVE}


def read(folder: Path, split: str, dropped: Counter[str]) -> Iterator[Example]:
    """Yields the target sentiments of a split; see `data.corpora.Corpus.read`."""
    path = folder / FILES[split]
    if not path.exists():
        return
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
        if not line.strip():
            continue
        row = json.loads(line)
        if row["polarity"] not in LABELS:
            raise ValueError(f"{path}:{number}: unknown polarity {row['polarity']!r}, expected -1, 0 or 1")
        sentence, start, end = row["sentence"], row["from"], row["to"]
        if sentence[start:end] != row["mention"]:
            dropped["mention does not stand at its offsets"] += 1
            continue
        pair = Pair(f"{NAME}-{split}-{number}", sentence, None, PairSpan(start, end))
        document = "_".join(row["id"].split("_")[:3])
        yield Example(pair, None, LABELS[row["polarity"]], f"{NAME}-{document}", NAME, COMMERCIAL)


def sentences(folder: Path, split: str) -> Iterator[CorpusSentence]:
    """Yields the sentences of a split; see `data.corpora.Corpus.sentences`."""
    for example in read(folder, split, Counter()):
        yield CorpusSentence(example.group, example.pair.text, "", COMMERCIAL)
