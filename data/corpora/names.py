"""Mentions of actors that a corpus names without saying where they stand.

A mention is found by the full name, by an alias (surname, initials, another name of the tables),
by the project's own coreference, by a lone pronoun with the name at most three sentences away, or
by the name in the three sentences before. Each way has a confidence.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from data.actors.gazetteer import default_gazetteer
from data.actors.rules import RuleFinder
from data.corpora.mentions import find_phrase
from data.pairs import CONTEXT_SENTENCES
from data.schema import Actor, Article, PairSpan, Sentence, Span

FULL, ALIAS, COREFERENT, PRONOUN, BEFORE = 1.0, 0.9, 0.7, 0.5, 0.5
REACH = 3  # sentences
_PARTIES = {
    "Republican Party": ("Republicans", "GOP", "Republican"),
    "Democratic Party": ("Democrats", "Democratic", "Democrat"),
}
_PRONOUN = re.compile(r"\b(?:[Hh]e|[Ss]he|[Tt]hey|[Ww]e|I)\b")
_SUFFIX = re.compile(r",? (?:Jr|Sr|II|III|IV)\b\.?")


@dataclass(frozen=True, slots=True)
class Found:
    """Where an entity stands, as seen from a sentence."""

    span: PairSpan
    confidence: float


class NamedActors:
    """An article whose actors are known by name."""

    def __init__(self, title: str, texts: Sequence[str], actors: Mapping[str, bool]) -> None:
        """Keeps an article.

        Args:
            title: Its title, possibly empty.
            texts: Its sentences.
            actors: The names of its actors, each with whether it is a person or persons.
        """
        self.title, self.texts, self.actors = title, texts, actors

    def sides(self, index: int, subject: str, target: str) -> tuple[Found, Found] | None:
        """Returns the surest mentions of subject and object that do not overlap, one at least in the sentence."""
        best: tuple[Found, Found] | None = None
        for one in self._places(index, subject):
            for other in self._places(index, target):
                apart = one.span.in_context != other.span.in_context or not one.span.span.overlaps(other.span.span)
                if not apart or (one.span.in_context and other.span.in_context):
                    continue
                if best is None or one.confidence * other.confidence > best[0].confidence * best[1].confidence:
                    best = one, other
        return best

    def _places(self, index: int, entity: str) -> list[Found]:
        """Returns the mentions of an entity that a pair of a sentence can use, surest first."""
        if entity not in self.actors:
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
                return [*_sorted(places), Found(outside, BEFORE)]
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
        for entity in self.actors:
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
        if self.actors[entity]:
            others = {_SUFFIX.sub("", e).split()[-1] for e, person in self.actors.items() if person and e != entity}
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
        parts, position = [Sentence(0, 0, len(self.title), self.title)], len(self.title) + 2
        for index, text in enumerate(self.texts, start=1):
            parts.append(Sentence(index, position, position + len(text), text))
            position += len(text) + 1
        article = Article("", f"{self.title}\n\n" + " ".join(self.texts), self.title)
        found: dict[int, list[tuple[Span, Actor]]] = {index: [] for index in range(len(self.texts))}
        for mention in RuleFinder().find(article, parts):
            if mention.sentence:
                start = parts[mention.sentence].start
                found[mention.sentence - 1].append((Span(mention.start - start, mention.end - start), mention.actor))
        return found


def _covers(mention: tuple[Span, Actor], span: Span) -> bool:
    return mention[0].start <= span.start and span.end <= mention[0].end


def _sorted(places: Sequence[tuple[Span, float]]) -> list[Found]:
    ordered = sorted(places, key=lambda place: (-place[1], place[0].start))
    return [Found(PairSpan(span.start, span.end), confidence) for span, confidence in ordered]


def _table_actor(entity: str) -> Actor | None:
    """The actor of the tables that a canonical name is a name of."""
    match = default_gazetteer().search(entity)
    return match[0].entry.actor if len(match) == 1 and match[0].text == entity else None
