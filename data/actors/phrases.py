"""Reads noun phrases that name actors out of a sentence: titles with names, organs, states, groups.

A phrase says what stands in the text; whom it refers to is decided in `data/actors/linking.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from data.actors.gazetteer import Form, Match
from data.actors.words import (
    ACTS,
    MATERIEL,
    MONTH_NAMES,
    NO_NAMES,
    NO_PERSONS,
    PARTICLES,
    PLACE_ADJECTIVES,
    PLACE_NOUNS,
    PLACE_PREPOSITIONS,
    PLAIN_TITLES,
    SAID,
    SETTINGS,
    TRAVEL,
    any_of,
)
from data.schema import ActorKind, Sentence

_PLACE_BEFORE = re.compile(
    rf"\b(?i:{any_of(PLACE_PREPOSITIONS)})(?: the)?(?: (?:{any_of(PLACE_ADJECTIVES)}|parts of))* $"
    rf"|\b{any_of(PLACE_NOUNS)} of (?:the )?$"
    rf"|\b{any_of(TRAVEL)} to $"
    r"|\b(?:[Ii]n|at|near|from|outside|of) (?:[A-Z][\w-]+ ?){1,3}, $"
    r"|\b(?:New|West|East|North|South|Northern|Southern|Eastern|Western) $"
)
_ATTRIBUTE_AFTER = re.compile(rf"(?:-(?:[a-z]|\d)| {any_of(SETTINGS)}\b)", re.IGNORECASE)
_ACT = re.compile(rf"(?:\w+(?:-\w+)? ){{0,2}}?{any_of(ACTS)}\b")
_MATERIEL = re.compile(rf" {any_of(MATERIEL)}\b")
_NAME = r"[A-Z][a-zà-žÀ-Ž’'-]+(?: (?:[A-Z]\.|al|bin|de|van|von|da))?(?: [A-Z][\w’'-]+){1,2}"
_NAMED = re.compile(
    rf"(?<![\w’'-])(?P<subject>{_NAME})(?=, (?:who|whose|an?|the|\d\d)\b| who\b| of [A-Z]| {any_of(SAID)}\b)"
    rf"|\b{any_of(SAID)} (?P<speaker>{_NAME})(?=[,.])"
)
_NO_PERSON = re.compile(rf"\b{any_of(NO_PERSONS)}\b")
_DETERMINER = re.compile(r"(?:\b(?:the|an?|his|her|its|their|our|this|that)|['’]s?) (?:[a-z]+ )?$", re.IGNORECASE)
_PERSON_PRONOUN = re.compile(r"\b(?:[Hh]e|[Ss]he|him)\b(?!['’-])")
_SPEAKER_PRONOUN = re.compile(r"(?<![\w.])(?:[Ww]e|us|I)\b(?!['’]?[\w.-])|\b(?:[Ww]e|I)(?=['’](?:re|ve|ll|m|d)\b)")
_BRACKETS = re.compile(r"\[[^\]]*\]")
_WORD = re.compile(r"[^\W\d_][\w'’.-]*")
_BEFORE_MONTH = re.compile(r"\b(?:in|by|of|from|last|next|this|early|late|since|until|\d+) $", re.IGNORECASE)
_OWNERS = (Form.STATE, Form.ORGANISATION, Form.DEMONYM)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A noun phrase that may name an actor.

    Attributes:
        form: What its head is; None for a pronoun.
        match: The match of the head, where it stands in the tables.
        modifier: The match that says whose title or organ it is ("Russian", "NATO", "Seoul's").
        title: The personal title, lower case.
        name: The proper name that follows the title or stands in apposition.
        former: Whether the title is a past one.
        kind: What kind of actor it names, where a learned finder says so.
    """

    start: int
    end: int
    form: Form | None
    match: Match | None = None
    modifier: Match | None = None
    title: str = ""
    name: str = ""
    former: bool = False
    kind: ActorKind | None = None


def phrases_of(text: str, sentence: Sentence, matches: Sequence[Match]) -> list[Phrase]:
    """Returns the phrases of a sentence in the order of their start, none nested in another.

    Args:
        text: The article's text, into which all offsets are.
        sentence: The sentence.
        matches: What the gazetteer found inside the sentence.
    """
    return _Reader(text, sentence, matches).phrases()


def name_after(text: str, start: int, end: int) -> int:
    """Returns where a proper name that begins at `start` ends, or `start` where none stands there."""
    stop, position, words = start, start, 0
    while position < end and words < 5:
        word = _WORD.match(text, position, end)
        if not word:
            break
        token = re.sub(r"['’]s$|['’]$", "", word.group())
        bare = token.rstrip(".")
        cut = position + len(token if re.fullmatch(r"[A-Z]\.|[A-Z]\.[A-Z]\.", token) else bare)
        surname = stop > start and bare in MONTH_NAMES and not is_month(text, position, cut)
        if bare[:1].isupper() and (bare not in NO_NAMES or surname):
            stop = cut
        elif bare.lower().split("-")[0] not in PARTICLES or stop == start:
            break
        words += 1
        if cut != word.end() or text[cut : cut + 1] != " ":
            break
        position = cut + 1
    return stop


def is_month(text: str, start: int, end: int) -> bool:
    """Tells whether a word that is a name too is the month: "in May", "May 5"."""
    dated = _BEFORE_MONTH.search(text, max(0, start - 12), start) or text[end + 1 : end + 2].isdigit()
    return text[start:end] in MONTH_NAMES and bool(dated)


class _Reader:
    """Reads one sentence; every method yields phrases with offsets into the article."""

    def __init__(self, text: str, sentence: Sentence, matches: Sequence[Match]) -> None:
        self.text, self.sentence = text, sentence
        credits = [(sentence.start + b.start(), sentence.start + b.end()) for b in _BRACKETS.finditer(sentence.text)]
        self.matches = [m for m in matches if not any(start <= m.start < end for start, end in credits)]

    def phrases(self) -> list[Phrase]:
        found: list[Phrase] = []
        owners: set[int] = set()
        before: Match | None = None
        for chain in self._chains():
            gap = self.text[before.end : chain[0].start] if before else ""
            owner = before if re.fullmatch(r"['’]s? (?:[a-z]+ )?", gap) else None
            for phrase in self._chain(chain, owner):
                found.append(phrase)
                if owner is not None and phrase.modifier is owner:
                    owners.add(owner.start)
            before = chain[-1]
        offset = self.sentence.start
        for pattern in (_PERSON_PRONOUN, _SPEAKER_PRONOUN):
            found += [Phrase(offset + h.start(), offset + h.end(), None) for h in pattern.finditer(self.sentence.text)]
        found += self._named(found)
        possessed = (Form.STATE, Form.ORGANISATION)
        return _outermost([p for p in found if not (p.start in owners and p.form in possessed)])

    def _named(self, found: Sequence[Phrase]) -> Iterator[Phrase]:
        """Yields names that neither the tables nor a title announce, by what follows or precedes them."""
        taken = [(m.start, m.end) for m in self.matches] + [(p.start, p.end) for p in found]
        for hit in _NAMED.finditer(self.sentence.text):
            name = hit.group("subject") or hit.group("speaker")
            start = self.sentence.start + hit.start("subject" if hit.group("subject") else "speaker")
            end = start + len(name)
            free = not any(a < end and start < b for a, b in taken)
            if free and name.split()[0] not in NO_NAMES and not _NO_PERSON.search(name):
                yield Phrase(start, end, Form.PERSON, modifier=self._of(end), name=name)

    def _chains(self) -> Iterator[list[Match]]:
        """Groups matches that follow each other with a single space between."""
        chain: list[Match] = []
        for match in self.matches:
            if chain and self.text[chain[-1].end : match.start] != " ":
                yield chain
                chain = []
            chain.append(match)
        if chain:
            yield chain

    def _chain(self, chain: Sequence[Match], owner: Match | None) -> Iterator[Phrase]:
        heads = [i for i, m in enumerate(chain) if m.entry.form in (Form.TITLE, Form.ORGAN, Form.GROUP)]
        if not heads:
            yield from self._bare(chain)
            return
        titles = [i for i in heads if chain[i].entry.form is Form.TITLE]
        head = titles[-1] if titles else heads[-1]
        first = head
        while first > 0 and chain[first - 1].entry.form not in (Form.PERSON, Form.GROUP, Form.PEOPLE):
            first -= 1
        yield from self._bare(chain[:first])
        modifiers = [m for m in chain[first:head] if m.entry.form is not Form.TITLE]
        modifier = modifiers[0] if modifiers else owner
        rest, end = chain[head + 1 :], chain[head].end
        if not rest and modifier is None and (of := self._of(end)):
            modifier, end = of, of.end
        if not rest and modifier is None and chain[head].entry.form is Form.ORGAN:
            modifier = self._owner_after(end, "in")
        phrase = Phrase(chain[first].start, end, chain[head].entry.form, chain[head], modifier)
        if titles:
            yield from self._titled(phrase, chain[head], rest)
        elif _MATERIEL.match(self.text, phrase.end) or not (modifier or self._determined(phrase)):
            yield from self._bare([*modifiers, *rest])
        else:
            yield phrase
            yield from self._bare(rest)

    def _determined(self, organ: Phrase) -> bool:
        """Tells whether a bare organ is a certain one: "the army", "Foreign Ministry", "police said"; not "troops"."""
        assert organ.match is not None
        if organ.form is not Form.ORGAN or organ.match.entry.actor:
            return True
        if organ.match.text.lower() in ("governments", "ministries", "armies", "parliaments"):
            return False
        if organ.match.entry.sector != "MIL":
            return True
        return bool(_DETERMINER.search(self.text[max(0, organ.start - 20) : organ.start]))

    def _of(self, end: int) -> Match | None:
        """Returns the state or organisation of an "of" behind a head: "president of Turkey"."""
        return self._owner_after(end, "of")

    def _owner_after(self, end: int, preposition: str) -> Match | None:
        gap = re.compile(rf" {preposition} (?:the )?").match(self.text, end)
        return next((m for m in self.matches if gap and m.start == gap.end() and m.entry.form in _OWNERS), None)

    def _titled(self, office: Phrase, head: Match, rest: Sequence[Match]) -> Iterator[Phrase]:
        before = self.text[max(0, office.start - 16) : office.start]
        office = replace(
            office,
            title=head.text.lower(),
            former=bool(re.search(r"\b(?:former|ex-|late|then-) ?$", before, re.IGNORECASE)),
        )
        if rest and rest[0].entry.form is Form.PERSON:
            yield replace(office, end=rest[0].end, form=Form.PERSON, match=rest[0], name=rest[0].text)
            yield from self._bare(rest[1:])
            return
        named = head.end + 1
        end = name_after(self.text, named, self.sentence.end) if self.text[head.end : named] == " " else 0
        if any(m.entry.form is Form.TITLE and named <= m.start < end for m in self.matches):
            return  # "Deputy Emergencies Minister Ana Ruiz": the later title has the name
        if end > named:
            start = self._department(office.start) if office.start == head.start else office.start
            yield replace(office, start=start, end=end, form=Form.PERSON, match=None, name=self.text[named:end])
            return
        anchored = office.modifier or _DETERMINER.search(before)
        if anchored and (office.modifier or office.title not in PLAIN_TITLES):
            apposed = list(self._apposed(office))
            yield replace(office, name=self._name_beside(office) or "".join(p.name for p in apposed))
            yield from apposed
        yield from self._bare(rest)

    def _department(self, start: int) -> int:
        """Widens a title to the capitalised words before it: "Emergencies Minister"."""
        before = re.search(
            r"(?:(?:Deputy|Vice) )?(?:[A-Z][a-z]+ (?:and )?){1,3}$", self.text[self.sentence.start : start]
        )
        if before is None or before.group().split()[0] in NO_NAMES:
            return start
        return self.sentence.start + before.start()

    def _name_beside(self, office: Phrase) -> str:
        """Returns the known person in apposition to an office, or nothing."""
        beside = (m for m in self.matches if m.entry.form is Form.PERSON)
        return next(
            (m.text for m in beside if m.start == office.end + 2 and self.text[office.end : m.start] == ", "), ""
        )

    def _apposed(self, office: Phrase) -> Iterator[Phrase]:
        """Yields the name in apposition to an office: "its minister, Ana Ruiz," or "Ana Ruiz, its minister,"."""
        start = office.end + 2
        end = name_after(self.text, start, self.sentence.end) if self.text[office.end : start] == ", " else 0
        if " " in self.text[start:end] and self.text[end : end + 1] in (",", ".", ""):
            yield replace(office, start=start, end=end, form=Form.PERSON, match=None, name=self.text[start:end])
            return
        owner = office.modifier.start if office.modifier and office.modifier.end < office.start else office.start
        before = re.search(
            r"((?:[^\W\d_][\w.’'-]* ){1,4}?[^\W\d_][\w’'-]*), (?:(?:the|an?)\b ?)?(?:[a-z]+ )?$",
            self.text[self.sentence.start : owner],
        )
        words = before.group(1).split(" ") if before else []
        while words and not (words[0][:1].isupper() and words[0] not in NO_NAMES):
            words.pop(0)
        name = " ".join(words)
        if before and len(words) > 1:
            start = self.sentence.start + before.end(1) - len(name)
            if name_after(self.text, start, self.sentence.end) == start + len(name):
                yield replace(office, start=start, end=start + len(name), form=Form.PERSON, match=None, name=name)

    def _bare(self, matches: Sequence[Match]) -> Iterator[Phrase]:
        """Yields matches that stand alone, unless they only name a place or qualify another noun."""
        for match in matches:
            form = match.entry.form
            if form is Form.TITLE or _ATTRIBUTE_AFTER.match(self.text, match.end):
                continue
            if form is Form.DEMONYM and not self._before_act(match):
                continue
            if form is Form.STATE and self._is_place(match):
                continue
            yield Phrase(match.start, match.end, form, match, name=match.text if form is Form.PERSON else "")

    def _before_act(self, demonym: Match) -> bool:
        joined = re.compile(r" and [A-Z][\w-]+ ").match(self.text, demonym.end)
        if joined and any(m.start == joined.end() and m.entry.form in (Form.ORGAN, Form.GROUP) for m in self.matches):
            return True
        after = self.text[demonym.end : min(self.sentence.end, demonym.end + 60)]
        after = re.sub(r"^(?:-| and )(?:[A-Z]\w+ ?)+", " ", after)
        return after.startswith(" ") and bool(_ACT.match(after[1:]))

    def _is_place(self, state: Match) -> bool:
        if self.text[state.end : state.end + 1] in ("'", "’"):
            return False
        return bool(_PLACE_BEFORE.search(self.text[self.sentence.start : state.start]))


def _outermost(phrases: list[Phrase]) -> list[Phrase]:
    kept: list[Phrase] = []
    for phrase in sorted(phrases, key=lambda p: (p.start - p.end, p.start)):
        if not any(phrase.start < other.end and other.start < phrase.end for other in kept):
            kept.append(phrase)
    return sorted(kept, key=lambda p: p.start)
