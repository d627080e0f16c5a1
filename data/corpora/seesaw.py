"""SEESAW, signed stances between named entities in whole articles (Zhang et al., EMNLP 2022).

A triplet names subject and object of a sentence canonically and does not say where they stand, or
whether they stand there at all. The reader finds a mention of each: by its full name, by an alias
(surname, initials, another name of the tables), by the project's own coreference, by a lone
pronoun with the name at most three sentences away, or by the name in the three sentences before.
Each way has a confidence, and a row's is the product of its two sides'.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from data.actors.gazetteer import default_gazetteer
from data.actors.rules import RuleFinder
from data.corpora.mentions import find_phrase
from data.pairs import CONTEXT_SENTENCES
from data.schema import (
    Actor,
    Article,
    Example,
    Pair,
    PairSpan,
    Sentence,
    Sentiment,
    Span,
    Stance,
    Tier,
    stance_weights,
)
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

FULL, ALIAS, COREFERENT, PRONOUN, BEFORE = 1.0, 0.9, 0.7, 0.5, 0.5
REACH = 3  # sentences
_PARTIES = {
    "Republican Party": ("Republicans", "GOP", "Republican"),
    "Democratic Party": ("Democrats", "Democratic", "Democrat"),
}
_PRONOUN = re.compile(r"\b(?:[Hh]e|[Ss]he|[Tt]hey|[Ww]e|I)\b")
_SUFFIX = re.compile(r",? (?:Jr|Sr|II|III|IV)\b\.?")


@dataclass(frozen=True, slots=True)
class _Found:
    """Where an entity stands, as seen from a sentence."""

    span: PairSpan
    confidence: float


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
        annotation = _load(folder / "SEESAW" / "annotations" / path.name)
        yield from _Document(path.stem, _texts(path), annotation).triplets()


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


class _Document:
    """An article with its annotation."""

    def __init__(self, name: str, texts: Sequence[str], annotation: Mapping[str, Any]) -> None:
        self.name, self.texts, self.annotation = name, texts, annotation
        self.types: dict[str, set[str]] = defaultdict(set)
        for entity, types, *_ in annotation["entity lists"]:
            self.types[entity] |= set(types)

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
        sides = None if reason else self._sides(index, subject, target)
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

    def _sides(self, index: int, subject: str, target: str) -> tuple[_Found, _Found] | None:
        """Returns the surest mentions of subject and object that do not overlap, one at least in the sentence."""
        best: tuple[_Found, _Found] | None = None
        for one in self._places(index, subject):
            for other in self._places(index, target):
                apart = one.span.in_context != other.span.in_context or not one.span.span.overlaps(other.span.span)
                if not apart or (one.span.in_context and other.span.in_context):
                    continue
                if best is None or one.confidence * other.confidence > best[0].confidence * best[1].confidence:
                    best = one, other
        return best

    def _places(self, index: int, entity: str) -> list[_Found]:
        """Returns the mentions of an entity that a pair of a sentence can use, surest first."""
        if not self.types[entity] & ACTORS:
            places = [(span, FULL) for span in find_phrase(entity, self.texts[index], ignore_case=True)]
        else:
            places = list(self.mentions[entity].get(index, ()))
            near = range(max(0, index - REACH), min(len(self.texts), index + REACH + 1))
            named = [i for i in near if any(c >= ALIAS for _, c in self.mentions[entity].get(i, ()))]
            if not places and named and (pronoun := self._lone_pronoun(index)):
                places = [(pronoun, PRONOUN)]
            before = [i for i in named if i < index]
            if before:
                span = max(self.mentions[entity][before[-1]], key=lambda place: place[1])[0]
                shift = sum(
                    len(text) + 1 for text in self.texts[max(0, index - CONTEXT_SENTENCES) : before[-1]] if text
                )
                outside = PairSpan(shift + span.start, shift + span.end, in_context=True)
                return [*_sorted(places), _Found(outside, BEFORE)]
        return _sorted(places)

    def _lone_pronoun(self, index: int) -> Span | None:
        """The only pronoun of a sentence, unless the finder knows whom it means."""
        pronouns = [Span(*hit.span()) for hit in _PRONOUN.finditer(self.texts[index])]
        known = [span for span, _ in self._found[index]]
        return pronouns[0] if len(pronouns) == 1 and pronouns[0] not in known else None

    @cached_property
    def mentions(self) -> dict[str, dict[int, list[tuple[Span, float]]]]:
        """The places of every actor by sentence: where it is named, and where it is taken up again."""
        places: dict[str, dict[int, list[tuple[Span, float]]]] = {}
        bearers: dict[Actor, set[str]] = defaultdict(set)
        actors = [entity for entity, types in self.types.items() if types & ACTORS]
        for entity in actors:
            places[entity] = defaultdict(list)
            known = _table_actor(entity)
            for index, text in enumerate(self.texts):
                for span, confidence in self._named(entity, text):
                    around = next((m for m in self._found[index] if _covers(m, span)), None)
                    if around is not None:
                        bearers[around[1]].add(entity)
                    places[entity][index].append((around[0] if around else span, confidence))
            if known is not None:
                bearers[known].add(entity)
        for actor, entities in bearers.items():
            if len(entities) > 1:
                continue
            (entity,) = entities
            for index, found in self._found.items():
                for span, other in found:
                    if other == actor and all(not span.overlaps(taken) for taken, _ in places[entity][index]):
                        pronoun = self.texts[index][span.start : span.end].islower()
                        places[entity][index].append((span, COREFERENT if pronoun else ALIAS))
        return places

    def _named(self, entity: str, text: str) -> list[tuple[Span, float]]:
        """Returns where a sentence names an entity, in full or by an alias of its kind."""
        full = [
            span
            for span in find_phrase(entity, text, ignore_case=" " in entity)
            if not _SUFFIX.match(text, span.end)  # "Donald Trump" is not "Donald Trump Jr."
        ]
        aliases = [span for alias in self._aliases(entity) for span in find_phrase(alias, text)]
        taken: list[Span] = []
        named: list[tuple[Span, float]] = []
        for span, confidence in [*((s, FULL) for s in full), *((s, ALIAS) for s in aliases)]:
            if not any(span.overlaps(other) for other in taken):
                taken.append(span)
                named.append((span, confidence))
        return named

    def _aliases(self, entity: str) -> Sequence[str]:
        if entity in _PARTIES:
            return _PARTIES[entity]
        if entity.islower():
            return (f"{entity}s",)
        words = _SUFFIX.sub("", entity).split()
        if len(words) < 2:
            return ()
        if "People" in self.types[entity]:
            others = {_SUFFIX.sub("", e).split()[-1] for e, t in self.types.items() if "People" in t and e != entity}
            return (words[-1],) if words[-1][0].isupper() and words[-1] not in others else ()
        short = entity.removeprefix("United States ")
        swapped = re.sub(r"^Department of (?:the )?(\w.*)$", r"\1 Department", short)
        initials = "".join(word[0] for word in words if word[0].isupper())
        return tuple(
            dict.fromkeys((short, swapped, *((initials, ".".join(initials) + ".") if len(initials) > 1 else ())))
        )

    @cached_property
    def _found(self) -> dict[int, list[tuple[Span, Actor]]]:
        """The mentions that the rule finder sees in the article, by sentence, into the sentence."""
        title = str(self.annotation.get("title") or "")
        parts, position = [Sentence(0, 0, len(title), title)], len(title) + 2
        for index, text in enumerate(self.texts, start=1):
            parts.append(Sentence(index, position, position + len(text), text))
            position += len(text) + 1
        article = Article(self.name, f"{title}\n\n" + " ".join(self.texts), title)
        found: dict[int, list[tuple[Span, Actor]]] = {index: [] for index in range(len(self.texts))}
        for mention in RuleFinder().find(article, parts):
            if mention.sentence:
                start = parts[mention.sentence].start
                found[mention.sentence - 1].append((Span(mention.start - start, mention.end - start), mention.actor))
        return found


def _covers(mention: tuple[Span, Actor], span: Span) -> bool:
    return mention[0].start <= span.start and span.end <= mention[0].end


def _sorted(places: Sequence[tuple[Span, float]]) -> list[_Found]:
    ordered = sorted(places, key=lambda place: (-place[1], place[0].start))
    return [_Found(PairSpan(span.start, span.end), confidence) for span, confidence in ordered]


def _table_actor(entity: str) -> Actor | None:
    """The actor of the tables that a canonical name is a name of."""
    match = default_gazetteer().search(entity)
    return match[0].entry.actor if len(match) == 1 and match[0].text == entity else None


def _articles(folder: Path, split: str) -> Iterator[Path]:
    root = folder / "SEESAW"
    for path in sorted(root.glob("meta/*.json")):
        meta = _load(path)
        if meta["Split"] not in SPLITS:
            raise ValueError(f"{path}: unknown split {meta['Split']!r}, expected one of {', '.join(SPLITS)}")
        if SPLITS[meta["Split"]] == split:
            yield from sorted(root.glob(f"articles/TRIPLET_{meta['triplet_id']}_DOCUMENT_*.json"))


def _texts(path: Path) -> list[str]:
    return [str(sentence["text"]).strip() for sentence in _load(path)["text"]]


def _context(texts: Sequence[str], index: int) -> str:
    return " ".join(text for text in texts[max(0, index - CONTEXT_SENTENCES) : index] if text)


def _group(name: str) -> str:
    return f"{NAME}-{name}"


def _load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
