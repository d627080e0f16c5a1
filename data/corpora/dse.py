"""DSE, directed sentiment between two entities of a sentence ("Who Blames or Endorses Whom?", 2021).

The corpus knows five classes: neutral, and positive or negative in either direction. It has no
stances, so each label leaves a set of them possible.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

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


def read(folder: Path, split: str, dropped: Counter[str]) -> Iterator[Example]:
    """Yields both directions of every usable row; see `data.corpora.Corpus.read`."""
    for number, marked, label in _rows(folder, split):
        if label not in LABELS:
            raise ValueError(
                f"{folder / FILES[split]}:{number}: unknown label {label!r}, expected one of {', '.join(LABELS)}"
            )
        unmarked = _unmark(marked)
        if unmarked is None:
            dropped["mentions are not two separate spans"] += 1
            continue
        sentence, p, q = unmarked
        if not all(any(c.isupper() for c in span.of(sentence)) for span in (p, q)):
            dropped["junk mention without a capital"] += 1
            continue
        for name, source, target, (stances, sentiment) in (
            ("pq", p, q, LABELS[label][0]),
            ("qp", q, p, LABELS[label][1]),
        ):
            pair = Pair(
                f"{NAME}-{split}-{number}-{name}",
                sentence,
                PairSpan(source.start, source.end),
                PairSpan(target.start, target.end),
            )
            yield Example(
                pair,
                stance_weights(stances),
                sentiment,
                _document(sentence),
                NAME,
                COMMERCIAL,
                LICENCE,
                Tier.CORPUS,
                str(sentiment),
            )


def sentences(folder: Path, split: str) -> Iterator[CorpusSentence]:
    """Yields the sentence of every row, usable or not; see `data.corpora.Corpus.sentences`."""
    for _, marked, _ in _rows(folder, split):
        if sentence := re.sub(r"[\[\]]", "", marked).strip():
            yield CorpusSentence(_document(sentence), sentence, "", COMMERCIAL, LICENCE)


def _rows(folder: Path, split: str) -> Iterator[tuple[int, str, str]]:
    """Yields line number, sentence with its mentions in brackets, and label."""
    path = folder / FILES[split]
    if not path.exists():
        return
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
        if not line.strip():
            continue
        columns = line.split("\t")
        if len(columns) != 4:
            raise ValueError(f"{path}:{number}: expected 4 columns (sentence, p, q, label), found {len(columns)}")
        yield number, columns[0], columns[3]


def _document(sentence: str) -> str:
    return f"{NAME}-{sentence_hash(sentence)[:12]}"


def _unmark(marked: str) -> tuple[str, Span, Span] | None:
    """Takes the brackets out of a sentence and widens the two mentions to whole words."""
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
        return None
    p, q = (_widen(sentence, max(0, start - lead), end - lead) for start, end in spans)
    if p is None or q is None or p.overlaps(q):
        return None
    return sentence, p, q


def _widen(sentence: str, start: int, end: int) -> Span | None:
    """Widens a cut mention ("Congre|ss") to the word; drops its article, possessive and punctuation."""
    while start > 0 and sentence[start - 1].isalnum() and sentence[start].isalnum():
        start -= 1
    while end < len(sentence) and (
        sentence[end].isalnum() and (sentence[end - 1].isalnum() or sentence[end - 1] in "'’")
    ):
        end += 1
    return trim(sentence, start, end)
