"""Links phrases to canonical actors, in reading order, with what the article said before."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from data.actors.gazetteer import Form, Gazetteer, Match, Person
from data.actors.phrases import Phrase
from data.actors.words import HONORIFICS, NO_SURNAMES
from data.schema import Actor, ActorKind, Article, Mention

_SURNAME_FIRST = frozenset(("PRK", "KOR", "CHN", "TWN", "HKG"))
_SAME_OFFICE = {
    "envoy": "ambassador",
    "premier": "prime minister",
    "spokesman": "spokesperson",
    "spokeswoman": "spokesperson",
}
_GENDER = {"he": "m", "him": "m", "she": "f"}
_GENDERED_TITLE = re.compile(r"\b(?:(?P<f>Mrs|Ms|Queen|Princess|\w*woman)|Mr|King|Prince|Sir|\w*man)\b", re.IGNORECASE)
_REACH = 3  # sentences that a pronoun looks back
_SPELLINGS = {"defense": "defence", "affairs": "", "of": "", "the": ""}


@dataclass(frozen=True, slots=True)
class _Known:
    """A person that the article has introduced, with the title it gave."""

    actor: Actor
    surnames: frozenset[str]
    title: str


class Linker:
    """Decides whom the phrases of one article refer to; call `link` in reading order."""

    def __init__(self, gazetteer: Gazetteer, article: Article, matches: Sequence[Match]) -> None:
        self.gazetteer = gazetteer
        self.published = article.published
        self._persons: list[_Known] = []
        self._organs: dict[str, Actor] = {}
        self._offices: dict[str, Actor] = {}
        named = [m.entry.actor.country for m in matches if m.entry.actor and m.entry.form in (Form.STATE, Form.DEMONYM)]
        self._countries = set(named)
        home = [country for country, count in Counter(named).most_common(1) if country and count > 1]
        self._home = gazetteer.states[home[0]] if home else None

    def link(self, phrase: Phrase, before: Sequence[Mention]) -> Actor | None:
        """Returns the actor of a phrase that is not a pronoun, or None where it names none.

        Args:
            phrase: The phrase.
            before: The mentions of the article up to the phrase.
        """
        match phrase.form:
            case Form.PERSON:
                return self._person(phrase, before)
            case Form.TITLE:
                return self._person(phrase, before) if phrase.name else self._office(phrase, before)
            case Form.ORGAN:
                return self._organ(phrase, before)
            case Form.GROUP:
                return self._group(phrase)
            case _:
                return phrase.match.entry.actor if phrase.match else None

    def by_name(self, name: str) -> Actor | None:
        """Returns the person whom the article has introduced under a full name."""
        return next((k.actor for k in reversed(self._persons) if k.actor.name == name), None)

    @property
    def full_names(self) -> list[str]:
        """The full names that the article has introduced."""
        return [k.actor.name for k in self._persons if " " in k.actor.name]

    def by_surname(self, surname: str, title: str = "") -> Actor | None:
        """Returns the person last introduced with a surname, first among those of the same title."""
        known = [k for k in self._persons if surname in k.surnames]
        same_title = [k for k in known if title and k.title == _office(title)]
        return (same_title or known)[-1].actor if known else None

    def last_with_surname(self, surname: str, persons: Sequence[Mention]) -> Actor | None:
        """Returns the person of that surname whom the article mentioned last, else one it names later."""
        bearers = {k.actor.name for k in self._persons if surname in k.surnames}
        last = next((m.actor for m in reversed(persons) if m.actor.name in bearers), None)
        return last or self.by_surname(surname)

    def famous(self, surname: str) -> Actor | None:
        """Returns the one person of the tables whom a bare surname can mean on the article's day."""
        if surname in NO_SURNAMES:
            return None
        persons = {p.actor.name: p for p in self.gazetteer.persons_by_short.get(surname, ())}
        in_office = [p for p in persons.values() if p.in_office(self.published)]
        candidates = in_office or list(persons.values())
        if len(candidates) != 1 or not (in_office or candidates[0].actor.country in self._countries):
            return None
        return self._on_the_day(candidates[0])

    def _person(self, phrase: Phrase, before: Sequence[Mention]) -> Actor:
        table = self._table_person(phrase.name)
        if table is None and " " not in phrase.name:
            known = self.by_surname(phrase.name, phrase.title) or self.famous(phrase.name)
            if known is not None:
                return known
        known = self.by_name(phrase.name)
        if known is not None and not phrase.modifier:
            return known
        body = self._body(phrase, before) if phrase.title or phrase.modifier else None
        speaks = self._speaks(phrase, body)
        if table is not None and not (phrase.title and body):
            actor = self._on_the_day(table)
        else:
            country = body.country if body else table.actor.country if table else None
            sector = self._sector(phrase) or (table.actor.sector if table else None)
            name = table.actor.name if table else phrase.name
            actor = Actor(name, ActorKind.PERSON, country, sector, bool(body or table), body if speaks else None)
        self._introduce(actor, phrase, table)
        return actor

    def _on_the_day(self, person: Person) -> Actor:
        """The person as of the article's day: who is not known to be in office then speaks for nobody."""
        return person.actor if person.in_office(self.published) else replace(person.actor, on_behalf_of=None)

    def _table_person(self, name: str) -> Person | None:
        rows = self.gazetteer.persons_named(name)
        return next((row for row in rows if row.in_office(self.published)), rows[-1] if rows else None)

    def _introduce(self, actor: Actor, phrase: Phrase, table: Person | None) -> None:
        words = re.sub(r"[’']s$", "", phrase.name).split()
        surname = words[0] if actor.country in _SURNAME_FIRST and len(words) > 1 else words[-1]
        surnames = {surname, *(table.short if table else ())}
        self._persons = [k for k in self._persons if k.actor.name != actor.name]
        self._persons.append(_Known(actor, frozenset(surnames), _office(phrase.title)))

    def _office(self, phrase: Phrase, before: Sequence[Mention]) -> Actor | None:
        body = self._body(phrase, before)
        country = body.country if body else None
        for known in reversed(self._persons):
            if known.title == _office(phrase.title) and (phrase.modifier is None or known.actor.country == country):
                return known.actor
        if body is None:
            return None
        self._offices[_office(phrase.title)] = body
        speaks = self._speaks(phrase, body)
        name = f"{self._adjective(body)} {phrase.title}"
        return Actor(name, ActorKind.PERSON, country, self._sector(phrase), True, body if speaks else None)

    def _organ(self, phrase: Phrase, before: Sequence[Mention]) -> Actor | None:
        assert phrase.match is not None
        own = phrase.match.entry.actor
        key = _normal(phrase.match.text)
        if own is not None:
            actor = own
        else:
            owner = _owner(phrase.modifier)
            if owner is None:
                last = next((a for k, a in reversed(self._organs.items()) if k.endswith(key)), None)
                if last is not None:
                    return last
                owner = self._nearest_state(before, phrase.start)
            if owner is None:
                return None
            if owner.kind is not ActorKind.STATE:
                return owner
            name = f"{self._adjective(owner)} {_plain(phrase.match.text)}"
            actor = Actor(name, ActorKind.STATE, owner.country, phrase.match.entry.sector, True, owner)
        self._organs.pop(key, None)
        self._organs[key] = actor
        return actor

    def _group(self, phrase: Phrase) -> Actor:
        assert phrase.match is not None
        owner = _owner(phrase.modifier)
        words = phrase.match.text.lower()
        name = f"{self._adjective(owner)} {words}" if owner else words
        return Actor(
            name, ActorKind.GROUP, owner.country if owner else None, phrase.match.entry.sector, owner is not None
        )

    def _body(self, phrase: Phrase, before: Sequence[Mention]) -> Actor | None:
        """The state or organisation that an office belongs to."""
        owner = _owner(phrase.modifier)
        if owner is None and phrase.form is Form.PERSON and (table := self._table_person(phrase.name)):
            return table.actor.on_behalf_of
        if owner is None and phrase.title in HONORIFICS:
            return None
        return owner or self._offices.get(_office(phrase.title)) or self._nearest_state(before, phrase.start)

    def _nearest_state(self, before: Sequence[Mention], position: int) -> Actor | None:
        """The state of a bare "the ministry": the first of its sentence or the last with any, else the article's."""
        states = [m for m in before if m.end <= position and m.actor.body.kind is ActorKind.STATE]
        if not states:
            return self._home
        last = states[-1].sentence
        return next(m for m in states if m.sentence == last).actor.body

    def _speaks(self, phrase: Phrase, body: Actor | None) -> bool:
        """Tells whether who bears a title speaks for a body: officers of organisations do, senators do not."""
        if body is None or phrase.former:
            return False
        title = self.gazetteer.title(phrase.title)
        return body.kind is not ActorKind.STATE or title is None or title.speaks_for_state

    def _sector(self, phrase: Phrase) -> str | None:
        title = self.gazetteer.title(phrase.title)
        return title.sector if title else None

    def _adjective(self, body: Actor) -> str:
        if body.kind is ActorKind.STATE and body.country:
            return self.gazetteer.demonyms.get(body.country, body.name)
        return body.name


def resolve_pronoun(pronoun: Mention, mentions: Sequence[Mention], genders: Mapping[str, str]) -> Actor | None:
    """Returns the person whom "he" or "she" means: the first of its sentence, else of the last one with any.

    The subject of news prose stands first, and pronouns take up subjects. Persons whom the article
    calls by the other pronoun are passed over.
    """
    gender = _GENDER[pronoun.text.lower()]
    persons = [
        m
        for m in mentions
        if m.end <= pronoun.start
        and m.actor.kind is ActorKind.PERSON
        and genders.get(m.actor.name, gender) == gender
        and m.sentence >= pronoun.sentence - _REACH
    ]
    return next(m for m in persons if m.sentence == persons[-1].sentence).actor if persons else None


def learn_genders(mentions: Sequence[Mention], pronouns: Sequence[Mention]) -> dict[str, str]:
    """Returns "m" or "f" for the persons whose gender the article shows by a title or a lone pronoun."""
    votes: dict[str, Counter[str]] = {}
    for mention in mentions:
        if mention.actor.kind is ActorKind.PERSON and (title := _GENDERED_TITLE.search(mention.text)):
            votes.setdefault(mention.actor.name, Counter())["f" if title.group("f") else "m"] += 2
    for pronoun in pronouns:
        gender = _GENDER.get(pronoun.text.lower())
        near = {m.actor.name for m in mentions if m.sentence == pronoun.sentence and m.actor.kind is ActorKind.PERSON}
        if gender and len(near) == 1:
            votes.setdefault(near.pop(), Counter())[gender] += 1
    return {name: count.most_common(1)[0][0] for name, count in votes.items()}


def _owner(modifier: Match | None) -> Actor | None:
    return modifier.entry.actor.body if modifier and modifier.entry.actor else None


def _office(title: str) -> str:
    """Returns a title by the name under which its variants are one office."""
    return _SAME_OFFICE.get(title, title)


def _normal(organ: str) -> str:
    words = [_SPELLINGS.get(word, word) for word in organ.lower().split()]
    return " ".join(sorted((word for word in words if word), key=lambda word: word == "ministry"))


def _plain(organ: str) -> str:
    return " ".join(organ.lower().split())
