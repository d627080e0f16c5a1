"""PLV, PLOVER event types between a given source and target (Hu et al., ACL 2024).

The event type is a label of the ordered pair; what it says of a stance is what PLOVER's codebook
puts under it. The columns `source` and `target` name the actors; the tags of `marked_sentence`
are missing or misplaced in one row of seventeen and are not used.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from data.corpora.layout import at_place, corpus_text, is_in_split
from data.corpora.mentions import find_phrase
from data.schema import Example, Pair, PairSpan, Sentiment, Span, Stance, Tier, stance_weights
from data.standoff import CorpusSentence

NAME = "plv"
REPOSITORY = "snowood1/Zero-Shot-PLOVER"
COMMIT = "d2d0b0ad3825e98e1a9a3d6b273789baa0ef2bea"
PAPER = "Hu et al., ACL 2024"
PATHS = ("README.md", "datasets/PLV_*.tsv", "codebooks/PLOVER_MANUAL.pdf")
LICENCE = "none stated; sentences are third-party news"
COMMERCIAL = False
FILES = {"train": "datasets/PLV_train.tsv", "dev": "datasets/PLV_train.tsv", "test": "datasets/PLV_test.tsv"}

_PRAISE_OR_NOT = ({Stance.SUPPORT, Stance.NEUTRAL}, Sentiment.POSITIVE)
_HOSTILE_OR_REBUKE = ({Stance.NEUTRAL, Stance.CONDEMN}, Sentiment.NEGATIVE)
LABELS: Mapping[str, tuple[set[Stance], Sentiment]] = {
    "ACCUSE": ({Stance.CONDEMN, Stance.NEUTRAL}, Sentiment.NEGATIVE),
    "SUPPORT": ({Stance.SUPPORT}, Sentiment.POSITIVE),
    "AID": ({Stance.SUPPORT}, Sentiment.POSITIVE),
    "REJECT": ({Stance.DENY, Stance.CONDEMN, Stance.NEUTRAL}, Sentiment.NEGATIVE),
    "CONSULT": ({Stance.NEUTRAL}, Sentiment.NEUTRAL),
    "AGREE": _PRAISE_OR_NOT,
    "COOPERATE": _PRAISE_OR_NOT,
    "YIELD": _PRAISE_OR_NOT,
    "REQUEST": ({Stance.NEUTRAL, Stance.CONDEMN}, Sentiment.NEUTRAL),
    "THREATEN": _HOSTILE_OR_REBUKE,
    "PROTEST": _HOSTILE_OR_REBUKE,
    "SANCTION": _HOSTILE_OR_REBUKE,
    "COERCE": _HOSTILE_OR_REBUKE,
    "ASSAULT": _HOSTILE_OR_REBUKE,
    "MOBILIZE": _HOSTILE_OR_REBUKE,
}


@dataclass(frozen=True, slots=True)
class Row:
    """A row of PLV.

    Attributes:
        number: Its place in the file, from 1.
        document: Its sentence.
        sentence: The sentence.
        names: Source and target as their columns have them.
        spans: Where they stand; None where one of them does not.
        label: One of LABELS.
    """

    number: int
    document: str
    sentence: str
    names: tuple[str, str]
    spans: tuple[Span, Span] | None
    label: str


def rows(folder: Path, split: str) -> Iterator[Row]:
    """Yields every row of a split, usable or not; upstream's training file is divided by sentence.

    Raises:
        ValueError: If a column is missing or an event type unknown.
    """
    for number, row in _rows(folder, split):
        root = row["gold_root"]
        if None in (row["sentence"], row["source"], row["target"], root):
            raise ValueError(f"{folder / FILES[split]}, row {number}: expected all columns of PLV, found fewer cells")
        if root not in LABELS:
            raise ValueError(
                f"{folder / FILES[split]}, row {number}: unknown event type {root!r}, "
                f"expected one of {', '.join(LABELS)}"
            )
        yield Row(number, _document(row), row["sentence"], (row["source"], row["target"]), _spans(row), root)


def read(folder: Path, split: str, dropped: Counter[str]) -> Iterator[Example]:
    """Yields the labelled direction of every usable row; see `data.corpora.Corpus.read`."""
    for row in rows(folder, split):
        if row.spans is None:
            dropped["source or target does not stand in the sentence"] += 1
            continue
        source, target = (PairSpan(span.start, span.end) for span in row.spans)
        stances, sentiment = LABELS[row.label]
        yield Example(
            Pair(f"{NAME}-{split}-{row.number}", row.sentence, source, target),
            stance_weights(stances),
            sentiment,
            row.document,
            NAME,
            COMMERCIAL,
            LICENCE,
            Tier.CORPUS,
            row.label,
        )


def sentences(folder: Path, split: str) -> Iterator[CorpusSentence]:
    """Yields the sentences of a split; see `data.corpora.Corpus.sentences`."""
    for row in rows(folder, split):
        yield CorpusSentence(row.document, row.sentence, "", COMMERCIAL, LICENCE)


def _rows(folder: Path, split: str) -> Iterator[tuple[int, dict[str, str]]]:
    path = folder / FILES[split]
    if not path.exists():
        return
    reader = csv.DictReader(io.StringIO(corpus_text(path), newline=""), delimiter="\t")
    if missing := {"sentence_id", "sentence", "source", "target", "gold_root"} - set(reader.fieldnames or ()):
        raise ValueError(f"{path}: expected the columns of PLV, missing {', '.join(sorted(missing))}")
    with at_place(path):
        numbered = list(enumerate(reader, start=1))
    for number, row in numbered:
        if is_in_split(_document(row), split):
            yield number, row


def _document(row: Mapping[str, str]) -> str:
    return f"{NAME}-{row['sentence_id']}"


def _spans(row: Mapping[str, str]) -> tuple[Span, Span] | None:
    """Finds source and target in the sentence: their first places that do not overlap."""
    for source in find_phrase(row["source"], row["sentence"]):
        for target in find_phrase(row["target"], row["sentence"]):
            if not source.overlaps(target):
                return source, target
    return None
