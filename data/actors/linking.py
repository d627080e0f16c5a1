"""Links phrases to canonical actors, in reading order, with what the article said before."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from data.actors.apposition import same_phrases, with_apposed, with_shared_surnames
from data.actors.datelines import find_datelines
from data.actors.gazetteer import Form, Gazetteer, Match, Person
from data.actors.naming import (
    bears,
    is_government,
    is_new,
    is_short_for,
    is_surname,
    office_of,
    organ_key,
    plain,
    plain_name,
    same_title,
    without_accents,
    without_numbers,
)  # fmt: skip
from data.actors.phrases import Phrase
from data.actors.words import HONORIFICS, NO_SURNAMES, PARTICLES
from data.dates import day_of
from data.schema import Actor, ActorKind, Article, Mention

_SURNAME_FIRST = frozenset(("PRK", "KOR", "CHN", "TWN", "HKG"))
_LEADERS = frozenset(("president", "prime minister", "chancellor", "premier", "king", "queen", "supreme leader"))
_PUBLIC = frozenset(("GOV", "MIL", "LEG", "JUD", "COP", "SPY"))
_ABROAD = frozenset(("ambassador", "consul"))
_EVERYWHERE = frozenset(("senate", "congress", "house representatives", "supreme court", "parliament", "house"))
_COUNTRY = frozenset(("country", "nation", "homeland"))
_DEFINITE = re.compile(r"\b[Tt]he $")


@dataclass(frozen=True, slots=True)
class _Known:
    """A person that the article has introduced, with the title it gave."""

    actor: Actor
    surnames: frozenset[str]
    title: str
    names: frozenset[str]


class Linker:
    """Decides whom the phrases of one article refer to; call `link` in reading order."""

    def __init__(
        self, gazetteer: Gazetteer, article: Article, matches: Sequence[Match], phrases: Sequence[Phrase] = ()
    ) -> None:
        self.gazetteer = gazetteer
        self.text = article.text
        self.published = day_of(article.published)
        self._persons: list[_Known] = []
        self._organs: dict[str, Actor] = {}
        self._offices: dict[str, Actor] = {}
        self._bodies: list[Actor] = []
        self._datelines = find_datelines(article.text, gazetteer)
        self._same = same_phrases(article.text, phrases)
        self._phrases = {p.start: p for p in with_apposed(with_shared_surnames(article.text, phrases), self._same)}
        self._ahead = [p for p in self._phrases.values() if p.form is Form.PERSON and not is_surname(p.name)]
        self._surnames = Counter(p.name.split()[-1] for p in phrases if p.form is Form.PERSON and p.name)
        self._linked: dict[int, Actor] = {}
        named = [m.entry.actor.country for m in matches if m.entry.actor and m.entry.form in (Form.STATE, Form.DEMONYM)]
        self._countries = set(named)
        self._organisations = {m.entry.actor for m in matches if m.entry.form is Form.ORGANISATION}
        home = [country for country, count in Counter(named).most_common(1) if country and count > 1]
        self._home = gazetteer.states[home[0]] if home else None

    def link(self, phrase: Phrase, before: Sequence[Mention]) -> Actor | None:
        """Returns the actor of a phrase that is not a pronoun, or None where it names none.

        Args:
            phrase: The phrase.
            before: The mentions of the article up to the phrase.
        """
        if any(dateline.start <= phrase.start < dateline.end for dateline in self._datelines):
            return None
        actor = self._apposed(phrase, before) or self._find(self._phrases.get(phrase.start, phrase), before)
        if actor is not None:
            self._linked[phrase.start] = actor
            body = actor.body if actor.kind is ActorKind.PERSON else actor
            if body.kind is not ActorKind.PERSON and not self._is_state(body):
                self._bodies.append(body)
        return actor

    def _apposed(self, phrase: Phrase, before: Sequence[Mention]) -> Actor | None:
        """Returns the actor of the phrase that this one renames, which may stand behind it."""
        other = self._phrases.get(self._same.get(phrase.start, -1))
        if other is None:
            return None
        if other.start not in self._linked and (actor := self._find(other, before)):
            self._linked[other.start] = actor
        return self._linked.get(other.start)

    def _find(self, phrase: Phrase, before: Sequence[Mention]) -> Actor | None:
        match phrase.form:
            case Form.PERSON:
                return self._person(phrase, before)
            case Form.TITLE:
                return self._person(phrase, before) if phrase.name else self._office(phrase, before)
            case Form.ORGAN:
                return self._organ(phrase, before)
            case Form.GROUP:
                return self._group(phrase, before)
            case Form.ORGANISATION if phrase.match is None:
                return self._unlisted(phrase, before)
            case _:
                return self._listed(phrase)

    def _listed(self, phrase: Phrase) -> Actor | None:
        """Returns the actor of a name of the tables; a finder's kind tells the Russians from Russia."""
        actor = phrase.match.entry.actor if phrase.match else None
        if actor is None:
            return None
        if phrase.kind is ActorKind.STATE and phrase.form is Form.PEOPLE:
            return self.gazetteer.states.get(actor.country or "", actor)
        if phrase.kind is ActorKind.GROUP and actor.kind is ActorKind.PARTY:
            words = self.text[phrase.start : phrase.end]
            return Actor(without_numbers(words), ActorKind.GROUP, actor.country, actor.sector)
        return actor

    def by_name(self, name: str) -> Actor | None:
        """Returns the person whom the article has introduced under a full name."""
        own = without_accents(name)
        known = (k for k in reversed(self._persons) if own in map(without_accents, (k.actor.name, *k.names)))
        return next((k.actor for k in known), None)

    @property
    def full_names(self) -> list[str]:
        """The full names that the article has introduced."""
        return [k.actor.name for k in self._persons if " " in k.actor.name]

    def last_with_surname(self, surname: str, persons: Sequence[Mention]) -> Actor | None:
        """Returns the person of that surname whom the article mentioned last, else one it names later."""
        bearers = {k.actor.name: k.actor for k in self._persons if surname in k.surnames}
        mentioned = [m for m in persons if m.actor.name in bearers]
        if not mentioned:
            return next(reversed(bearers.values()), None)
        counts = Counter(m.actor.name for m in mentioned)
        main, often = counts.most_common(1)[0]
        last = mentioned[-1].actor
        return bearers[main] if often > 3 * counts[last.name] else last

    def famous(self, surname: str) -> Actor | None:
        """Returns the one person of the tables whom a bare surname can mean on the article's day.

        Of several, the one in office then is meant, else the one who holds it in an organisation that the article
        names, else the one who led a state that it names.
        """
        if surname in NO_SURNAMES:
            return None
        persons = self.gazetteer.persons_by_short.get(surname, ())
        for chosen in (
            [p for p in persons if p.in_office(self.published)],
            [p for p in persons if p.in_office(self.published) and p.actor.body in self._organisations],
            [p for p in persons if p.actor.country in self._countries],
            [p for p in persons if p.actor.country in self._countries and p.office in _LEADERS],
            [p for p in persons if p.office in _LEADERS],
        ):
            if len({p.actor.name for p in chosen}) == 1:
                self._introduce(self._on_the_day(chosen[-1]), Phrase(0, 0, Form.PERSON, name=surname), chosen[-1])
                return self._on_the_day(chosen[-1])
        return None

    def _person(self, phrase: Phrase, before: Sequence[Mention]) -> Actor:
        table = self._table_person(phrase.name)
        if table is None and is_surname(phrase.name):
            known = self._bearer(phrase, before) or self.famous(phrase.name) or self.famous(phrase.name.title())
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
        if known is not None and actor.on_behalf_of is None and known.on_behalf_of is not None and not phrase.former:
            return known
        self._introduce(actor, phrase, table)
        return actor

    def _bearer(self, phrase: Phrase, before: Sequence[Mention]) -> Actor | None:
        """Returns whom a bare surname means: by title, by who was mentioned last, or by who is named later."""
        name = re.sub(r"^(?:[A-Z]\.)+ ", "", phrase.name)
        phrase = replace(phrase, name=name.title() if name.isupper() and len(name) > 2 else name)
        if phrase.title and (known := self._by_title(phrase.name, phrase.title)):
            return known
        if known := self.last_with_surname(phrase.name, [m for m in before if m.actor.kind is ActorKind.PERSON]):
            return known
        later = next((p for p in self._ahead if p.start > phrase.start and bears(p.name, phrase.name)), None)
        if later is not None:
            return self._person(later, before)
        first = [
            k.actor for k in self._persons if any(n.split()[:1] == [phrase.name] for n in (k.actor.name, *k.names))
        ]
        return first[-1] if first else None

    def _by_title(self, surname: str, title: str) -> Actor | None:
        known = [k for k in self._persons if surname in k.surnames and k.title == office_of(title)]
        return known[-1].actor if known else None

    def _on_the_day(self, person: Person) -> Actor:
        """The person as of the article's day: who is not known to be in office then speaks for nobody."""
        return person.actor if person.in_office(self.published) else replace(person.actor, on_behalf_of=None)

    def _table_person(self, name: str) -> Person | None:
        rows = self.gazetteer.persons_named(name)
        return next((row for row in rows if row.in_office(self.published)), rows[-1] if rows else None)

    def _introduce(self, actor: Actor, phrase: Phrase, table: Person | None) -> None:
        words = plain_name(phrase.name).split()
        if not words:
            return
        surname_first = actor.country in _SURNAME_FIRST and len(words) > 1
        surnames = {words[0] if surname_first else words[-1], *(table.short if table else ())}
        if len(words) > 2 and words[-2].lower() in PARTICLES:
            surnames.add(" ".join(words[-2:]))
        known = next((k for k in self._persons if k.actor.name == actor.name), None)
        title = "" if phrase.former else office_of(phrase.title) or (known.title if known else "")
        if not phrase.former and not title and table is not None and (not self.published or actor.on_behalf_of):
            title = office_of(table.office)
        names = frozenset({phrase.name, *(known.names if known else ())})
        self._persons = [k for k in self._persons if k is not known]
        self._persons.append(_Known(actor, frozenset(surnames), title, names))

    def _office(self, phrase: Phrase, before: Sequence[Mention]) -> Actor | None:
        """Returns who bears a title that stands without a name: "the Ghanaian president", "her lawyer"."""
        listed = self.gazetteer.title(phrase.title) is not None
        new = is_new(self.text, phrase.start)
        body = self._body(phrase, before) if listed else _owner(phrase.modifier)
        country = body.country if body else None
        bearers = [] if new else [
            k for k in self._persons
            if k.title and same_title(k.title, phrase.title)
            and (phrase.modifier is None or k.actor.country == country)
        ]  # fmt: skip
        if bearers:
            exact = [k for k in bearers if k.title == office_of(phrase.title)] or bearers
            return max(reversed(exact), key=lambda k: self._frequency(k.actor)).actor
        if body is None and phrase.kind is None:
            return None
        speaks = listed and self._speaks(phrase, body)
        if body is not None and listed:
            self._offices[office_of(phrase.title)] = body
            holder = self._holder(body, phrase.title) if speaks else None
            if holder is not None and not new:
                self._introduce(holder.actor, replace(phrase, name=holder.actor.name), holder)
                return holder.actor
        takes_up = phrase.modifier is None and (not self._is_public(phrase.title) or self._sector(phrase) == "LEG")
        if phrase.kind and not new and takes_up and (last := self._last_person(phrase, before)):
            return last
        if body is None:
            return self._unnamed(phrase)
        name = f"{self._adjective(body)} {phrase.title}"
        return Actor(name, ActorKind.PERSON, country, self._sector(phrase), True, body if speaks else None)

    def _holder(self, body: Actor, title: str) -> Person | None:
        """Returns who holds an office on the article's day, by the article's title for it or the usual one."""
        found = (self.gazetteer.office_holder(body, name, self.published) for name in (title, office_of(title)))
        return next(filter(None, found), None)

    def _frequency(self, actor: Actor) -> int:
        return self._surnames[actor.name.split()[-1]]

    def _last_person(self, phrase: Phrase, before: Sequence[Mention]) -> Actor | None:
        """Returns the person whom "the Kentucky Republican" takes up: the subject of the last sentence with one."""
        if not _DEFINITE.search(self.text, max(0, phrase.start - 5), phrase.start):
            return None
        known = {k.actor.name for k in self._persons if k.names}
        persons = [m for m in before[-8:] if m.actor.kind is ActorKind.PERSON and m.actor.name in known]
        return next(m for m in persons if m.sentence == persons[-1].sentence).actor if persons else None

    def _unnamed(self, phrase: Phrase) -> Actor:
        """Returns a person whom the article does not name; a later "the driver" is the driver named before."""
        actor = Actor(phrase.title, ActorKind.PERSON, None, self._sector(phrase), False)
        self._persons.append(_Known(actor, frozenset(), office_of(phrase.title), frozenset()))
        return actor

    def _organ(self, phrase: Phrase, before: Sequence[Mention]) -> Actor | None:
        assert phrase.match is not None
        own = phrase.match.entry.actor
        key = organ_key(phrase.match.text)
        owned = _owner(phrase.modifier)
        if own is not None and owned is not None and owned.country and owned.country != own.country:
            own = None  # "Iraqi National Intelligence Service"
        if own is not None:
            actor = own.body if is_government(key.split()[-1]) else self._at_home(phrase, key, own)
        else:
            owner = owned or self._government_of(phrase, key, before)
            if owner is None:
                last = self._last_organ(phrase, key)
                beside = self._beside(phrase, before)
                if last is not None and (beside is None or " " not in key or beside == last.body):
                    return last
                owner = self._nearest_state(before, phrase.start)
            if owner is None:
                return self._unlisted(phrase, before) if phrase.kind else None
            if owner.kind is not ActorKind.STATE:
                return owner
            if is_government(key):
                return owner
            name = f"{self._adjective(owner)} {plain(phrase.match.text)}"
            actor = Actor(name, ActorKind.STATE, owner.country, phrase.match.entry.sector, True, owner)
        self._organs.pop(key, None)
        self._organs[key] = actor
        return actor

    def _last_organ(self, phrase: Phrase, key: str) -> Actor | None:
        if phrase.kind:
            return next((a for a in reversed(self._bodies) if key in organ_key(a.name)), None)
        return next((a for k, a in reversed(self._organs.items()) if k.endswith(key)), None)

    def _beside(self, phrase: Phrase, before: Sequence[Mention]) -> Actor | None:
        """Returns the state that the phrase's own sentence names before it."""
        start = max(self.text.rfind(". ", 0, phrase.start), self.text.rfind("\n", 0, phrase.start))
        start = max([start, *(self.text.rfind(mark, 0, phrase.start) for mark in '”"')])
        states = [m.actor.body for m in before if m.start > start and self._is_state(m.actor.body)]
        return states[0] if states else None

    def _at_home(self, phrase: Phrase, key: str, own: Actor) -> Actor:
        """Returns the organ of the article's own state where many states have one of that name: "the Senate"."""
        state = self._home
        if key not in _EVERYWHERE or state is None or own.country in self._countries:
            return own
        return replace(own, name=f"{self._adjective(state)} {key}", country=state.country, on_behalf_of=state)

    def _government_of(self, phrase: Phrase, key: str, before: Sequence[Mention]) -> Actor | None:
        """Returns the state of a leader's government: "the Macron government"."""
        name = phrase.name.split()[0] if " " in phrase.name else ""
        if not is_government(key) or not name.istitle():
            return None
        leader = self._bearer(replace(phrase, name=name, title=""), before) or self.famous(name)
        return self.gazetteer.states.get(leader.country or "") if leader else None

    def _group(self, phrase: Phrase, before: Sequence[Mention]) -> Actor:
        owner = _owner(phrase.modifier)
        words = phrase.match.text.lower() if phrase.match else without_numbers(phrase.name)
        name = f"{self._adjective(owner)} {words}" if owner and phrase.match else words
        sector = phrase.match.entry.sector if phrase.match else None
        return Actor(name, ActorKind.GROUP, owner.country if owner else None, sector, owner is not None)

    def _unlisted(self, phrase: Phrase, before: Sequence[Mention]) -> Actor:
        """Returns a body that no table has: by name, by a short form of an earlier name, or by its common noun."""
        words = phrase.name or self.text[phrase.start : phrase.end]
        kind = phrase.kind or ActorKind.GROUP
        if words.removeprefix("full ") == "House" and (house := self.gazetteer.actor_named("House of Representatives")):
            return house
        if words.istitle() and (person := self.last_with_surname(words, before)):
            return person
        if kind is ActorKind.STATE and words.lower() in _COUNTRY:
            return self._nearest_state(before, phrase.start) or Actor(words, kind, None, None, False)
        alike = [a for a in self._bodies if a.kind is kind] or [
            m.actor for m in before if m.actor.kind is kind and kind is not ActorKind.STATE
        ]
        if words == words.lower():
            if (office := self._office_of_person(phrase, words, kind, before)) is not None:
                return office
            named = [a for a in alike if plain(words.split()[-1]) in plain(a.name)]
            last = next(reversed(named or ([] if kind is ActorKind.STATE else alike)), None)
            if last is not None and not is_new(self.text, phrase.start):
                return last
        else:
            for actor in reversed(self._bodies):
                if is_short_for(words, actor.name):
                    return actor
        owner = _owner(phrase.modifier)
        country = owner.country if owner else None
        actor = Actor(words, kind, country, None, False, None)
        self._bodies.append(actor)
        return actor

    def _office_of_person(self, phrase: Phrase, words: str, kind: ActorKind, before: Sequence[Mention]) -> Actor | None:
        """Returns the office, team or campaign of the person whose possessive stands before it: "Paz's office"."""
        owner = next((m.actor for m in reversed(before) if m.end <= phrase.start), None)
        last = before[-1] if before else None
        if owner is None or last is None or owner.kind is not ActorKind.PERSON:
            return None
        if not re.fullmatch(r"['’]s? ", self.text[last.end : phrase.start]):
            return None
        return Actor(f"{owner.name}'s {words}", kind, owner.country, owner.sector, owner.linked, owner.on_behalf_of)

    def _body(self, phrase: Phrase, before: Sequence[Mention]) -> Actor | None:
        """The state or organisation that an office belongs to."""
        owner = _owner(phrase.modifier)
        if owner is None and phrase.form is Form.PERSON and (table := self._table_person(phrase.name)):
            return table.actor.on_behalf_of
        if owner is None and phrase.title in HONORIFICS:
            return None
        if owner is None and phrase.kind is not None and not self._is_public(phrase.title):
            return None
        if owner or self._offices.get(office_of(phrase.title)):
            return owner or self._offices.get(office_of(phrase.title))
        t = self.gazetteer.title(phrase.title)
        return self._nearest_state(before, phrase.start) if t is None or t.speaks_for_state else None

    def _nearest_state(self, before: Sequence[Mention], position: int) -> Actor | None:
        """The state of a bare "the ministry": the first of its sentence or the last with any, else the article's.

        An ambassador's state, whose ministry is far, is meant only where no other is named.
        """
        every = [m for m in reversed(before) if m.end <= position and self._is_state(m.actor.body)]
        states = iter([m for m in every if not self._is_abroad(m.actor)] or every)
        last = next(states, None)
        if last is None:
            return self._home
        inside = takewhile(lambda mention: mention.sentence == last.sentence, states)
        return [last, *inside][-1].actor.body

    def _is_abroad(self, actor: Actor) -> bool:
        """Tells whether a person is an ambassador, by title or, unnamed, as "Dutch ambassador"."""
        if actor.kind is not ActorKind.PERSON:
            return False
        title = next((k.title for k in reversed(self._persons) if k.actor.name == actor.name), actor.name)
        return office_of(title.split()[-1] if title else "") in _ABROAD

    def _is_state(self, actor: Actor) -> bool:
        return actor.kind is ActorKind.STATE and self.gazetteer.states.get(actor.country or "") == actor

    def _speaks(self, phrase: Phrase, body: Actor | None) -> bool:
        """Tells whether who bears a title speaks for a body: officers of organisations do, senators do not."""
        if body is None or phrase.former:
            return False
        title = self.gazetteer.title(phrase.title)
        if body.kind is not ActorKind.STATE:
            return True
        return title.speaks_for_state if title else phrase.kind is None

    def _is_public(self, words: str) -> bool:
        """Tells whether a title is of an office of a state: a minister's, not a lawyer's."""
        title = self.gazetteer.title(words)
        return title is not None and title.sector in _PUBLIC

    def _sector(self, phrase: Phrase) -> str | None:
        title = self.gazetteer.title(phrase.title)
        return title.sector if title else None

    def _adjective(self, body: Actor) -> str:
        if body.kind is ActorKind.STATE and body.country:
            return self.gazetteer.demonyms.get(body.country, body.name)
        return body.name


def _owner(modifier: Match | None) -> Actor | None:
    return modifier.entry.actor.body if modifier and modifier.entry.actor else None
