"""ConfliBERT's CAMEO classes, sentences of conflict news by kind of event (Hu et al., NAACL 2022).

A class is of a sentence and names no actors, so the corpus gives no pairs: stances over its
sentences are stand-off labels.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from data.corpora.layout import is_in_split, numbered_lines
from data.schema import Example
from data.standoff import CorpusSentence, sentence_hash

NAME = "conflibert_cameo"
REPOSITORY = "eventdata/ConfliBERT"
COMMIT = "0b630014885b9597622082034cc5ab5471b57e5b"
PAPER = "Hu et al., NAACL 2022"
PATHS = ("LICENSE", "data/cameo_class/*.tsv")
LICENCE = "repository GPL-3.0, whose data readme disclaims the copyright; commercial use unclear"
COMMERCIAL = False
FILES = {
    "train": "data/cameo_class/train.tsv",
    "dev": "data/cameo_class/train.tsv",
    "test": "data/cameo_class/test.tsv",
}
CLASSES = {
    "0": "statement", "1": "verbal cooperation", "2": "material cooperation", "3": "verbal conflict",
    "4": "material conflict",
}  # fmt: skip


def read(folder: Path, split: str, dropped: Counter[str]) -> Iterator[Example]:
    """Yields nothing: a class is no label of a pair. Counts the sentences."""
    dropped["class of a sentence without actors"] += sum(1 for _ in sentences(folder, split))
    yield from ()


def sentences(folder: Path, split: str) -> Iterator[CorpusSentence]:
    """Yields the sentences of a split, train and dev by their hash; see `data.corpora.Corpus.sentences`.

    Raises:
        ValueError: If a line has another form or class.
    """
    path = folder / FILES[split]
    for number, line in numbered_lines(path):
        text, _, label = line.rpartition("\t")
        if label.strip() not in CLASSES:
            raise ValueError(f"{path}:{number}: unknown class {label!r}, expected one of {', '.join(CLASSES)}")
        if not text.strip():
            raise ValueError(f"{path}:{number}: expected a sentence before the class, found none")
        text = text.strip()
        document = f"{NAME}-{sentence_hash(text)[:12]}"
        if is_in_split(document, split):
            yield CorpusSentence(document, text, "", COMMERCIAL, LICENCE)
