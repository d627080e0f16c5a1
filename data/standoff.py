"""Stand-off labels: stances over the sentences of a public corpus, without their text."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from data.schema import Example, Pair, PairSpan, Sentiment, Stance, Tier, stance_weights

RANDOM = "random"
ADJUDICATED = "adjudicated"
_Key = tuple[str, str, PairSpan | None, PairSpan]
Meanings = Mapping[tuple[str, str], Mapping[Stance, float]]


@dataclass(frozen=True, slots=True)
class CorpusSentence:
    """A sentence of a corpus, with the text before it and the document that it is from."""

    document: str
    text: str
    context: str
    commercial: bool
    licence: str = ""


@dataclass(frozen=True, slots=True)
class StandoffLabel:
    """A label over a pair of a corpus sentence, which is named by the sha256 of its UTF-8 text.

    Attributes:
        note: `random` where the pair was drawn at random from its corpus label, so that it may
            serve to estimate what the label means; `adjudicated` where it settles what two
            annotators saw differently, and counts before theirs.
    """

    corpus: str
    document: str
    sentence_sha256: str
    source: PairSpan
    target: PairSpan
    stance: Stance
    sentiment: Sentiment
    annotator: str
    note: str = ""

    @property
    def key(self) -> _Key:
        """What names the pair."""
        return (self.corpus, self.sentence_sha256, self.source, self.target)


Labels = Mapping[_Key, StandoffLabel]


def read_standoff(path: Path) -> Iterator[StandoffLabel]:
    """Yields the labels of a stand-off file."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            row = json.loads(line)
            yield StandoffLabel(
                **{
                    **row,
                    "source": _span(row["source"]),
                    "target": _span(row["target"]),
                    "stance": next(iter(stance_weights(str(row["stance"])))),
                    "sentiment": Sentiment(row["sentiment"]),
                }
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path}, line {number}: {error}") from None


def read_all_standoff(folder: Path) -> list[StandoffLabel]:
    """Returns the labels of all stand-off files of a folder, by file name."""
    return [label for path in sorted(folder.glob("*.jsonl")) for label in read_standoff(path)]


def sentence_hash(sentence: str) -> str:
    """Returns the name of a sentence in stand-off rows."""
    return hashlib.sha256(sentence.encode("utf-8")).hexdigest()


def settled(labels: Iterable[StandoffLabel]) -> Labels:
    """Returns the label that counts for each pair: the adjudicated one, else the first."""
    counting: dict[_Key, StandoffLabel] = {}
    for label in labels:
        if label.note == ADJUDICATED or label.key not in counting:
            counting[label.key] = label
    return counting


def meanings(examples: Iterable[Example], labels: Labels) -> Meanings:
    """Estimates what the labels of corpora say of stances.

    A corpus label becomes the distribution of the stances that annotators gave to pairs drawn at
    random from it, smoothed by one count for each stance that it leaves possible. A label that
    nobody read any pair of is not in the result.

    Returns:
        Weights of the stances by corpus and corpus label.
    """
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    drawn: set[tuple[str, str]] = set()
    for example in examples:
        if example.stances is None or example.label is None:
            continue
        place = (example.corpus, example.label)
        for stance in example.stances:
            counts[place].setdefault(stance, 1)
        read = labels.get(_key(example))
        if read and read.note == RANDOM:
            counts[place][read.stance] += 1
            drawn.add(place)
    return {place: stance_weights(counts[place]) for place in sorted(drawn)}


def apply_standoff(
    examples: Iterable[Example],
    labels: Labels,
    texts: Mapping[tuple[str, str], CorpusSentence],
    meaning: Meanings,
) -> list[Example]:
    """Gives pairs the labels that were read for them, and the others what their corpus label means.

    Args:
        examples: The corpus's own examples.
        labels: The labels that count, by pair; one on a pair that the corpus does not have adds that pair.
        texts: The corpus's sentences by document and hash.
        meaning: What corpus labels say; where it is silent, a label stays uniform over the stances possible.
    """
    result, used = [], set()
    for example in examples:
        if read := labels.get(_key(example)):
            used.add(read.key)
            example = replace(
                example, stances=stance_weights(read.stance), sentiment=read.sentiment, tier=Tier.READ, confidence=1.0
            )
        elif example.stances and example.label and (weights := meaning.get((example.corpus, example.label))):
            example = replace(example, stances=weights)
        result.append(example)
    added = (label for label in labels.values() if label.key not in used)
    return result + [
        _example(label, sentence) for label in added if (sentence := texts.get((label.document, label.sentence_sha256)))
    ]


def _span(row: Mapping[str, Any]) -> PairSpan:
    return PairSpan(row["start"], row["end"], row.get("in") == "context")


def _example(label: StandoffLabel, sentence: CorpusSentence) -> Example:
    places = "-".join(f"{'c' if s.in_context else ''}{s.start}-{s.end}" for s in (label.source, label.target))
    return Example(
        Pair(
            f"{label.corpus}-{label.sentence_sha256[:12]}-{places}",
            sentence.text,
            label.source,
            label.target,
            sentence.context,
        ),
        stance_weights(label.stance),
        label.sentiment,
        sentence.document,
        label.corpus,
        sentence.commercial,
        sentence.licence,
        Tier.READ,
    )


def _key(example: Example) -> _Key:
    return (example.corpus, sentence_hash(example.pair.text), example.pair.source, example.pair.target)
