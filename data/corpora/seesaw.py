"""SEESAW, signed stances between named entities in whole articles (Zhang et al., EMNLP 2022).

A triplet names subject and object of a sentence canonically and does not say where they stand, or
whether they stand there at all: `data/corpora/names.py` finds their mentions, with a confidence.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.corpora.layout import at_place, corpus_text
from data.corpora.names import NamedActors
from data.pairs import CONTEXT_SENTENCES
from data.schema import Article, Example, Pair, Sentiment, Stance, Tier, stance_weights
from data.standoff import CorpusSentence

NAME = "seesaw"
REPOSITORY = "launchnlp/SEESAW"
COMMIT = "aeb7bac2d1fa9c65856accc9e1c18269953a4db7"
PAPER = "Zhang et al., EMNLP 2022"
PATHS = ("LICENCE.md", "SEESAW/README.md", "SEESAW/annotations/*.json", "SEESAW/articles/*.json", "SEESAW/meta/*.json")
LICENCE = "CC BY-NC-SA 4.0; articles are third-party press"
COMMERCIAL = False
SPLITS = {"train": "train", "valid": "dev", "test": "test"}
LABELS: Mapping[str, tuple[set[Stance], Sentiment]] = {
    "NEG": ({Stance.CONDEMN, Stance.DENY, Stance.NEUTRAL}, Sentiment.NEGATIVE),
    "POS": ({Stance.SUPPORT, Stance.NEUTRAL}, Sentiment.POSITIVE),
}
ACTORS = frozenset(("People", "Organization", "GPE", "Religion"))
THINGS = frozenset(("Event", "Topic", "Others"))
NOBODY = ("None", "Not in the list")


@dataclass(frozen=True, slots=True)
class Triplet:
    """An annotated triplet.

    Attributes:
        name: Identifies it.
        document: Its article.
        names: Subject and object by their canonical names.
        sentence: The sentence; empty where the article has none of that number.
        context: The sentences before it.
        label: NEG or POS.
        pair: The mentions of subject and object; None where the triplet cannot be used.
        confidence: That these are the mentions meant; 0 without a pair.
        towards_actor: Whether the object is an actor and not a topic or an event.
        reason: Why it cannot be used, if so.
    """

    name: str
    document: str
    names: tuple[str, str]
    sentence: str
    context: str
    label: str
    pair: Pair | None
    confidence: float
    towards_actor: bool
    reason: str | None


def triplets(folder: Path, split: str) -> Iterator[Triplet]:
    """Yields every triplet of a split, usable or not, as the annotation has them."""
    for path in _articles(folder, split):
        annotated = folder / "SEESAW" / "annotations" / path.name
        annotation, texts = _load(annotated), _texts(path)
        with at_place(annotated):
            document = _Document(path.stem, texts, annotation)
        yield from document.triplets()


def read(folder: Path, split: str, dropped: Counter[str]) -> Iterator[Example]:
    """Yields the triplets of a split whose sides are found; see `data.corpora.Corpus.read`."""
    for triplet in triplets(folder, split):
        if triplet.pair is None:
            dropped[str(triplet.reason)] += 1
            continue
        stances, sentiment = LABELS[triplet.label]
        yield Example(
            triplet.pair,
            stance_weights(stances) if triplet.towards_actor else None,
            sentiment,
            triplet.document,
            NAME,
            COMMERCIAL,
            LICENCE,
            Tier.CORPUS,
            triplet.label,
            triplet.confidence,
        )


def sentences(folder: Path, split: str) -> Iterator[CorpusSentence]:
    """Yields the sentences of a split; see `data.corpora.Corpus.sentences`."""
    for path in _articles(folder, split):
        texts = _texts(path)
        for index, text in enumerate(texts):
            if text:
                yield CorpusSentence(_group(path.stem), text, _context(texts, index), COMMERCIAL, LICENCE)


def articles(folder: Path) -> Iterator[Article]:
    """Yields the whole articles of train and dev: the title, then the sentences in one paragraph."""
    for split in ("train", "dev"):
        for path in _articles(folder, split):
            title = str(_load(path).get("title") or "").strip()
            body = " ".join(text for text in _texts(path) if text)
            yield Article(_group(path.stem), f"{title}\n\n{body}" if title else body, title or None)


class _Document:
    """An article with its annotation."""

    def __init__(self, name: str, texts: Sequence[str], annotation: Mapping[str, Any]) -> None:
        self.name, self.texts, self.annotation = name, texts, annotation
        self.types: dict[str, set[str]] = defaultdict(set)
        for entity, types, *_ in annotation["entity lists"]:
            self.types[entity] |= set(types)
        actors = {entity: "People" in types for entity, types in self.types.items() if types & ACTORS}
        self._names = NamedActors(str(annotation.get("title") or ""), texts, actors)

    def triplets(self) -> Iterator[Triplet]:
        """Yields the triplets of the article, those that cannot be used with the reason."""
        for key, annotated in self.annotation["sentence-level stances"].items():
            index = int(key)
            signs: dict[tuple[str, str], set[str]] = defaultdict(set)
            for triplet in annotated:
                sign = triplet["sentiment"]
                if sign not in LABELS:
                    raise ValueError(f"{self.name}, sentence {key}: unknown sentiment {sign!r}, expected NEG or POS")
                signs[triplet["subject"], triplet["object"]].add(sign)
            for number, ((subject, target), labels) in enumerate(signs.items()):
                yield self._triplet(f"{NAME}-{self.name}-{index}-{number}", index, subject, target, labels)

    def _triplet(self, name: str, index: int, subject: str, target: str, labels: set[str]) -> Triplet:
        reason = self._unusable(index, subject, target, labels)
        sides = None if reason else self._names.sides(index, subject, target)
        text = self.texts[index] if 0 <= index < len(self.texts) else ""
        context = _context(self.texts, index)
        return Triplet(
            name=name,
            document=_group(self.name),
            names=(subject, target),
            sentence=text,
            context=context,
            label=min(labels),
            pair=Pair(name, text, sides[0].span, sides[1].span, context) if sides else None,
            confidence=round(sides[0].confidence * sides[1].confidence, 2) if sides else 0.0,
            towards_actor=bool(self.types.get(target, set()) & ACTORS),
            reason=reason or (None if sides else "subject or object is not named within three sentences"),
        )

    def _unusable(self, index: int, subject: str, target: str, labels: set[str]) -> str | None:
        for entity in (subject, target):
            if unknown := self.types.get(entity, set()) - ACTORS - THINGS:
                raise ValueError(f"{self.name}: unknown entity type {unknown}, expected {sorted(ACTORS | THINGS)}")
        if subject in NOBODY or target in NOBODY:
            return "subject or object is None or not in the list"
        if not 0 <= index < len(self.texts) or not self.texts[index]:
            return "the article has no such sentence"
        if subject not in self.types or target not in self.types:
            return "subject or object is not among the entities"
        if not self.types[subject] & ACTORS:
            return "subject is no actor"
        if subject == target:
            return "subject and object are one"
        return "annotators disagree on the sign" if len(labels) > 1 else None


def _articles(folder: Path, split: str) -> Iterator[Path]:
    root = folder / "SEESAW"
    for path in sorted(root.glob("meta/*.json")):
        meta = _load(path)
        with at_place(path):
            own, name = meta["Split"], meta["triplet_id"]
        if own not in SPLITS:
            raise ValueError(f"{path}: unknown split {own!r}, expected one of {', '.join(SPLITS)}")
        if SPLITS[own] == split:
            yield from sorted(root.glob(f"articles/TRIPLET_{name}_DOCUMENT_*.json"))


def _texts(path: Path) -> list[str]:
    article = _load(path)
    with at_place(path):
        return [str(sentence["text"]).strip() for sentence in article["text"]]


def _context(texts: Sequence[str], index: int) -> str:
    return " ".join(text for text in texts[max(0, index - CONTEXT_SENTENCES) : index] if text)


def _group(name: str) -> str:
    return f"{NAME}-{name}"


def _load(path: Path) -> Any:
    text = corpus_text(path)
    with at_place(path):
        return json.loads(text)
