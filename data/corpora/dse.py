"""DSE, directed sentiment between two entities of a sentence ("Who Blames or Endorses Whom?", 2021).

The corpus knows five classes: neutral, and positive or negative in either direction. It has no
stances, so each label leaves a set of them possible.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from data.corpora.layout import numbered_lines
from data.corpora.mentions import trim
from data.schema import Example, Pair, PairSpan, Sentiment, Span, Stance, Tier, stance_weights
from data.standoff import CorpusSentence, sentence_hash

NAME = "dse"
REPOSITORY = "bywords/directed_sentiment_analysis"
COMMIT = "6a1275f070e40e8d9ae7499963556653c05d439c"
PAPER = "Park, Pan & Joo, Findings of ACL 2021"
PATHS = ("README.md", "dataset/*.txt")
LICENCE = "no licence file; the README allows any use with citation; sentences are third-party news"
COMMERCIAL = True
FILES = {"train": "dataset/train.txt", "dev": "dataset/valid.txt", "test": "dataset/test.txt"}

# Stances and sentiment of (p towards q, q towards p). The first entry is what the label says of the
# direction it names; the other direction is what annotators left at neutral.
_OTHER = ({Stance.NEUTRAL, Stance.DENY}, Sentiment.NEUTRAL)
_POSITIVE = ({Stance.SUPPORT, Stance.NEUTRAL}, Sentiment.POSITIVE)
_NEGATIVE = ({Stance.CONDEMN, Stance.DENY, Stance.NEUTRAL}, Sentiment.NEGATIVE)
LABELS: Mapping[str, tuple[tuple[set[Stance], Sentiment], tuple[set[Stance], Sentiment]]] = {
    "0": (_OTHER, _OTHER),
    "1": (_POSITIVE, _OTHER),
    "2": (_OTHER, _POSITIVE),
    "3": (_NEGATIVE, _OTHER),
    "4": (_OTHER, _NEGATIVE),
}

_MARK = re.compile(r"\[([^\[\]]*)\]")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of DSE.

    Attributes:
        number: Its line, from 1.
        sentence: The sentence without brackets.
        names: p and q as their columns have them.
        spans: Where p and q stand; None where the brackets are not two separate mentions.
        label: One of LABELS.
    """

    number: int
    sentence: str
    names: tuple[str, str]
    spans: tuple[Span, Span] | None
    label: str


def rows(folder: Path, split: str) -> Iterator[Row]:
    """Yields every row of a split, usable or not, as its official file has them.

    Raises:
        ValueError: If a line has another form or label.
    """
    path = folder / FILES[split]
    for number, line in numbered_lines(path):
        columns = line.split("\t")
        if len(columns) != 4:
            raise ValueError(f"{path}:{number}: expected 4 columns (sentence, p, q, label), found {len(columns)}")
        marked, p, q, label = columns
        if label not in LABELS:
            raise ValueError(f"{path}:{number}: unknown label {label!r}, expected one of {', '.join(LABELS)}")
        sentence, spans = _unmark(marked)
        yield Row(number, sentence, (p, q), spans, label)


def read(folder: Path, split: str, dropped: Counter[str]) -> Iterator[Example]:
    """Yields both directions of every usable row; see `data.corpora.Corpus.read`."""
    for row in rows(folder, split):
        if row.spans is None:
            dropped["mentions are not two separate spans"] += 1
            continue
        p, q = row.spans
        if not all(any(c.isupper() for c in span.of(row.sentence)) for span in (p, q)):
            dropped["junk mention without a capital"] += 1
            continue
        for name, source, target, (stances, sentiment) in (
            ("pq", p, q, LABELS[row.label][0]),
            ("qp", q, p, LABELS[row.label][1]),
        ):
            pair = Pair(
                f"{NAME}-{split}-{row.number}-{name}",
                row.sentence,
                PairSpan(source.start, source.end),
                PairSpan(target.start, target.end),
            )
            yield Example(
                pair,
                stance_weights(stances),
                sentiment,
                _document(row.sentence),
                NAME,
                COMMERCIAL,
                LICENCE,
                Tier.CORPUS,
                str(sentiment),
            )


def sentences(folder: Path, split: str) -> Iterator[CorpusSentence]:
    """Yields the sentence of every row, usable or not; see `data.corpora.Corpus.sentences`."""
    for row in rows(folder, split):
        if row.sentence:
            yield CorpusSentence(_document(row.sentence), row.sentence, "", COMMERCIAL, LICENCE)


def _document(sentence: str) -> str:
    return f"{NAME}-{sentence_hash(sentence)[:12]}"


def _unmark(marked: str) -> tuple[str, tuple[Span, Span] | None]:
    """Takes the brackets out of a sentence and widens the two mentions in them to whole words."""
    pieces, spans, position, removed = [], [], 0, 0
    for mark in _MARK.finditer(marked):
        pieces += [marked[position : mark.start()], mark.group(1)]
        spans.append((mark.start() - removed, mark.end() - 2 - removed))
        removed += 2
        position = mark.end()
    sentence = "".join([*pieces, marked[position:]])
    lead = len(sentence) - len(sentence.lstrip())
    sentence = sentence.strip()
    if len(spans) != 2 or any(start >= end for start, end in spans):
        return re.sub(r"[\[\]]", "", sentence), None
    p, q = (_widen(sentence, max(0, start - lead), end - lead) for start, end in spans)
    return sentence, (p, q) if p is not None and q is not None and not p.overlaps(q) else None


def _widen(sentence: str, start: int, end: int) -> Span | None:
    """Widens a cut mention ("Congre|ss") to the word; drops its article, possessive and punctuation."""
    while 0 < start < len(sentence) and sentence[start - 1].isalnum() and sentence[start].isalnum():
        start -= 1
    while end < len(sentence) and (
        sentence[end].isalnum() and (sentence[end - 1].isalnum() or sentence[end - 1] in "'’")
    ):
        end += 1
    return trim(sentence, start, end)
