"""Finds the phrases that rename another: appositions, acronyms in brackets, first names that share a surname."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from data.actors.gazetteer import Form
from data.actors.phrases import Phrase
from data.schema import ActorKind

_APPOSED = re.compile(r", (?:(?:the|an?|its|their|his|her|[A-Z][\w ]*['’]s?) )?(?:(?:former|then|current) )?")

_NEXT = re.compile(r", (?:the )?")
_LAST = re.compile(r",? (?:and|or) (?:the )?")


def same_phrases(text: str, phrases: Sequence[Phrase]) -> dict[int, int]:
    """Returns which phrases rename another, by start: an acronym in brackets, an apposition before or behind a name."""
    same: dict[int, int] = {}
    listed = _listed(text, phrases)
    for one, other in pairwise(phrases):
        if None in (one.kind, other.kind) or None in (one.form, other.form) or {one.start, other.start} <= listed:
            continue
        gap, rest = text[one.end : other.start], text[other.end : other.end + 5]
        bracketed = gap.strip(' "“') == "(" and rest.strip('"”')[:1] == ")"
        apposed = _APPOSED.fullmatch(gap) and rest[:1] in (",", ".", ";", "") and not rest.startswith((", and", ", or"))
        if one.kind is ActorKind.PERSON and other.kind is ActorKind.PERSON:
            if apposed and bool(one.name) is not bool(other.name):
                same |= {other.start: one.start} if one.name else {one.start: other.start}
        elif ActorKind.PERSON not in (one.kind, other.kind) and (bracketed or (apposed and one.kind is other.kind)):
            described = (
                bracketed is False
                and text[one.start : one.end].islower()
                and not text[other.start : other.end].islower()
            )
            same |= {one.start: other.start} if described else {other.start: one.start}
    return same


def _listed(text: str, phrases: Sequence[Phrase]) -> set[int]:
    """Returns the starts of the phrases of lists of four or more of a form: "Kenya, Uganda, Chad and Niger"."""
    listed: set[int] = set()
    row: list[Phrase] = list(phrases[:1])
    for one, other in pairwise(phrases):
        gap = text[one.end : other.start]
        if _LAST.fullmatch(gap) and len(row) > 2:
            listed |= {phrase.start for phrase in (*row, other)}
        row = [*row, other] if _NEXT.fullmatch(gap) and one.form is other.form else [other]
    return listed


def with_shared_surnames(text: str, phrases: Sequence[Phrase]) -> list[Phrase]:
    """Returns the phrases, a first name with the surname of the person joined to it: "Rosa and Luis Paz"."""
    whole = list(phrases)
    for place, (one, other) in enumerate(pairwise(phrases)):
        both = one.form is Form.PERSON and other.form is Form.PERSON and text[one.end : other.start] == " and "
        if both and one.kind and " " not in one.name and one.name and " " in other.name and not other.title:
            whole[place] = replace(one, name=f"{one.name} {other.name.split()[-1]}")
    return whole


def with_apposed(phrases: Sequence[Phrase], same: Mapping[int, int]) -> Iterator[Phrase]:
    """Yields the phrases, a person's bare name with the title and owner that its apposition gives."""
    titles = {same[p.start]: p for p in phrases if p.start in same and p.form is Form.TITLE}
    for phrase in phrases:
        title = titles.get(phrase.start)
        if title is not None and not phrase.title:
            phrase = replace(phrase, title=title.title, modifier=phrase.modifier or title.modifier, former=title.former)
        yield phrase
