"""Stand-off labels: stances over the sentences of a public corpus, without their text."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from data.schema import Example, Pair, PairSpan, Sentiment, Stance, stance_weights

RANDOM = "random"
_Key = tuple[str, str, int, int, int, int]


@dataclass(frozen=True, slots=True)
class CorpusSentence:
    """A sentence of a corpus, with the text before it and the document that it is from."""

    document: str
    text: str
    context: str
    commercial: bool


@dataclass(frozen=True, slots=True)
class StandoffLabel:
    """A label over a pair of a corpus sentence, which is named by the sha256 of its UTF-8 text.

    Attributes:
        note: `random` where the pair was drawn at random from its corpus label, so that it may
            serve to estimate what the label means.
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
        return (
            self.corpus, self.sentence_sha256, self.source.start, self.source.end, self.target.start, self.target.end
        )  # fmt: skip


def read_standoff(path: Path) -> Iterator[StandoffLabel]:
    """Yields the labels of a stand-off file."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            row = json.loads(line)
            yield StandoffLabel(
                **{
                    **row,
                    "source": PairSpan(row["source"]["start"], row["source"]["end"]),
                    "target": PairSpan(row["target"]["start"], row["target"]["end"]),
                    "stance": next(iter(stance_weights(str(row["stance"])))),
                    "sentiment": Sentiment(row["sentiment"]),
                }
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path}, line {number}: {error}") from None


def sentence_hash(sentence: str) -> str:
    """Returns the name of a sentence in stand-off rows."""
    return hashlib.sha256(sentence.encode("utf-8")).hexdigest()


def apply_standoff(
    examples: Sequence[Example], labels: Iterable[StandoffLabel], texts: Mapping[str, CorpusSentence]
) -> tuple[list[Example], int]:
    """Gives pairs the labels that were read for them, and the others what their corpus label means.

    A label on a pair that the corpus does not have adds that pair. A corpus label (its sentiment)
    becomes the distribution of the stances that annotators gave to pairs drawn at random from it,
    smoothed by one count for each stance that it leaves possible; where nobody read any, it stays
    uniform over the stances possible.

    Args:
        examples: The corpus's own examples.
        labels: Labels of this corpus; of two on one pair the first counts.
        texts: The corpus's sentences by their hash.

    Returns:
        The examples, and how many have a label that was read.
    """
    own: dict[_Key, StandoffLabel] = {}
    for label in labels:
        own.setdefault(label.key, label)
    meaning = _meanings(examples, own)
    result, used = [], set()
    for example in examples:
        if read := own.get(_key(example)):
            used.add(read.key)
            result.append(replace(example, stances=stance_weights(read.stance), sentiment=read.sentiment))
        else:
            weights = meaning.get((example.corpus, example.sentiment)) if example.stances else None
            result.append(replace(example, stances=weights) if weights else example)
    added = [
        _example(label, texts[label.sentence_sha256])
        for key, label in own.items()
        if key not in used and label.sentence_sha256 in texts
    ]
    return result + added, len(used) + len(added)


def _example(label: StandoffLabel, sentence: CorpusSentence) -> Example:
    source, target = label.source, label.target
    name = f"{label.corpus}-{label.sentence_sha256[:12]}-{source.start}-{source.end}-{target.start}-{target.end}"
    pair = Pair(name, sentence.text, label.source, label.target, sentence.context)
    weights = stance_weights(label.stance)
    return Example(pair, weights, label.sentiment, sentence.document, label.corpus, sentence.commercial)


def _meanings(
    examples: Sequence[Example], own: Mapping[_Key, StandoffLabel]
) -> dict[tuple[str, Sentiment | None], dict[Stance, float]]:
    counts: dict[tuple[str, Sentiment | None], Counter[str]] = defaultdict(Counter)
    drawn: set[tuple[str, Sentiment | None]] = set()
    for example in examples:
        if example.stances is None:
            continue
        place = (example.corpus, example.sentiment)
        for stance in example.stances:
            counts[place].setdefault(stance, 1)
        read = own.get(_key(example))
        if read and read.note == RANDOM:
            counts[place][read.stance] += 1
            drawn.add(place)
    return {place: stance_weights(counts[place]) for place in drawn}


def _key(example: Example) -> _Key:
    source, target = example.pair.source, example.pair.target
    start, end = (source.start, source.end) if source else (-1, -1)
    return (example.corpus, sentence_hash(example.pair.text), start, end, target.start, target.end)
