"""Joins the gold and the corpora into one data set without leaks, and keeps account of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path

from rich.console import Console
from rich.progress import track

from data.agreement import Agreement, agreement
from data.annotated import annotated_documents
from data.built import GOLD, read_gold
from data.corpora import CORPORA, RAW, RECORD, Corpus
from data.duplicates import normal_sentence
from data.schema import Example
from data.splits import SPLITS, Purged, purge, withhold
from data.standoff import (
    CorpusSentence,
    Labels,
    Meanings,
    apply_standoff,
    meanings,
    read_all_standoff,
    sentence_hash,
    settled,
)


@dataclass
class Assembly:
    """A data set, and what happened on the way.

    Attributes:
        purged: The examples by split, and what was taken out.
        before: Examples before purging, by split and corpus.
        dropped: Corpus rows that could not be used, by corpus: reason and count.
        meaning: What corpus labels say of stances.
        agreement: How far the stand-off annotators agree.
        copies: Which copy of each corpus file was read, by corpus: "upstream", "pruned" or "unknown".
        reserved: Sentences that a split holds back though no example has them.
        doubles: Rows of a corpus's dev or test whose sentence stands in an earlier split of it too, and all
            its rows, by corpus and split.
    """

    purged: Purged = field(default_factory=Purged)
    before: Counter[tuple[str, str]] = field(default_factory=Counter)
    dropped: dict[str, Counter[str]] = field(default_factory=dict)
    meaning: Meanings = field(default_factory=dict)
    agreement: Agreement | None = None
    copies: dict[str, Counter[str]] = field(default_factory=dict)
    reserved: dict[str, set[str]] = field(default_factory=lambda: {split: set() for split in SPLITS})
    doubles: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)

    @property
    def splits(self) -> dict[str, list[Example]]:
        """The examples by split."""
        return self.purged.splits


def assemble(raw: Path = RAW, commercial: bool = False, gold: Path = GOLD) -> Assembly:
    """Joins the gold with the corpora under `raw`, labels them and purges leaks.

    Sentences of the dev and test splits of every corpus that is there are kept out of earlier
    splits, also of those that a commercial data set leaves out: a model may be measured on them.
    Documents whose actors were annotated go to test, since whole articles are measured on them. A
    corpus whose folder holds no sentence counts as not there.

    Raises:
        ValueError: If the gold or a corpus cannot be read; names the file, and what to do.
    """
    splits = read_gold(gold)
    every = read_all_standoff(gold / "standoff")
    assembly = Assembly(agreement=agreement(every))
    labels = settled(every)
    withheld = annotated_documents(gold / "actors")
    present = {name: corpus for name, corpus in CORPORA.items() if (raw / name).is_dir()}
    for name, corpus in track(present.items(), "reading corpora", console=Console(stderr=True), transient=True):
        try:
            sentences = corpus_sentences(corpus, raw / name, withheld)
            for split in ("dev", "test"):
                assembly.reserved[split] |= {sentence.text for sentence in sentences[split]}
            if any(sentences.values()) and (corpus.COMMERCIAL or not commercial):
                own = {key: label for key, label in labels.items() if label.corpus == name}
                for split, examples in _read(corpus, raw / name, sentences, own, withheld, assembly).items():
                    splits[split].extend(examples)
        except (OSError, ValueError) as error:
            raise ValueError(
                f"{error}; expected {name} as upstream has it: python data/fetch.py {name} brings it anew, and without "
                f"the folder {raw / name} it is left out"
            ) from error
    assembly.before = Counter((split, example.corpus) for split in SPLITS for example in splits[split])
    assembly.purged = purge(splits, assembly.reserved)
    return assembly


def corpus_sentences(corpus: Corpus, folder: Path, withheld: Container[str]) -> dict[str, list[CorpusSentence]]:
    """Returns the sentences of a corpus by split, those of withheld documents in test."""
    return withhold({s: corpus.sentences(folder, s) for s in SPLITS}, withheld, attrgetter("document"))


def _read(
    corpus: Corpus,
    folder: Path,
    sentences: Mapping[str, Sequence[CorpusSentence]],
    labels: Labels,
    withheld: Container[str],
    assembly: Assembly,
) -> dict[str, list[Example]]:
    """Reads all splits of a corpus, lays over them the labels that were read, and keeps account."""
    dropped: Counter[str] = Counter()
    distinct = {split: _distinct(corpus.read(folder, split, dropped), dropped) for split in SPLITS}
    rows = withhold(distinct, withheld, attrgetter("group"))
    meaning = meanings(rows["train"], labels)
    assembly.dropped[corpus.NAME] = dropped
    assembly.meaning = {**assembly.meaning, **meaning}
    assembly.copies[corpus.NAME] = _copies(folder)
    result, earlier = {}, set[str]()
    for split in SPLITS:
        texts = {(s.document, sentence_hash(s.text)): s for s in sentences[split]}
        result[split] = apply_standoff(rows[split], labels, texts, meaning)
        normal = [normal_sentence(s.text) for s in sentences[split]]
        if split != "train" and normal:
            assembly.doubles[corpus.NAME, split] = sum(n in earlier for n in normal), len(normal)
        earlier.update(normal)
    return result


def _distinct(examples: Iterable[Example], dropped: Counter[str]) -> list[Example]:
    """Returns examples without those whose pair stands in the split already: the first of a pair counts."""
    distinct: dict[tuple[object, ...], Example] = {}
    for example in examples:
        pair = example.pair
        place = (pair.text, pair.context, pair.source, pair.target)
        if place in distinct:
            same = distinct[place].label == example.label
            dropped["pair stands in the split twice" + ("" if same else ", with another label")] += 1
        distinct.setdefault(place, example)
    return list(distinct.values())


def _copies(folder: Path) -> Counter[str]:
    """Returns how many files of a corpus are upstream's, pruned or unknown, as `data/fetch.py` recorded it."""
    record = folder / RECORD
    if not record.exists():
        return Counter()
    return Counter(entry["copy"] for entry in json.loads(record.read_text(encoding="utf-8"))["files"].values())
