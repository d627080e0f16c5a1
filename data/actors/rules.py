"""The actor stage that needs no model: tables, titles, offices, surnames and pronouns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from data.actors.gazetteer import Entry, Form, Gazetteer, Match, default_gazetteer
from data.actors.linking import Linker, learn_genders, resolve_pronoun
from data.actors.phrases import phrases_of
from data.actors.quotes import find_quotations
from data.schema import Actor, ActorKind, Article, Mention, Sentence

_SPEAKERS = frozenset(("we", "us", "i"))
_NORTH_SOUTH = re.compile(
    r"(?<=\b[Tt]he )((?:[a-z]+-armed |isolated |reclusive )?(North|South))(?=[ '’,.])(?! [A-Z]| of\b(?! \w+ing\b))"
)
_CAPITALISED = re.compile(r"(?<![\w’'-])[A-Z][^\W\d_][\w-]*")


class RuleFinder:
    """Finds mentions by the gazetteer and by how news names people; meets `MentionFinder`."""

    def __init__(self, gazetteer: Gazetteer | None = None) -> None:
        self.gazetteer = gazetteer or default_gazetteer()

    def find(self, article: Article, sentences: Sequence[Sentence]) -> list[Mention]:
        """Returns the linked mentions of an article, by start; unresolved pronouns are left out."""
        matches = self._with_koreas(article, self.gazetteer.search(article.text))
        linker = Linker(self.gazetteer, article, matches)
        mentions: list[Mention] = []
        pronouns: list[Mention] = []
        for sentence in sentences:
            inside = [m for m in matches if sentence.start <= m.start and m.end <= sentence.end]
            phrases = phrases_of(article.text, sentence, inside)
            for phrase in phrases:
                words = article.text[phrase.start : phrase.end]
                if phrase.form is None:
                    pronouns.append(Mention(phrase.start, phrase.end, words, sentence.index, _UNRESOLVED))
                elif actor := linker.link(phrase, mentions):
                    mentions.append(Mention(phrase.start, phrase.end, words, sentence.index, actor))
        mentions = sorted([*mentions, *_by_full_name(sentences, mentions, linker)], key=_start)
        mentions = sorted([*mentions, *_by_surname(article, sentences, mentions, linker)], key=_start)
        return _resolve(article, sentences, mentions, pronouns)

    def _with_koreas(self, article: Article, matches: list[Match]) -> list[Match]:
        """Adds "the North" and "the nuclear-armed South" where the article names both Koreas."""
        countries = {m.entry.actor.country for m in matches if m.entry.actor is not None}
        if not {"PRK", "KOR"} <= countries:
            return matches
        taken = {i for m in matches for i in range(m.start, m.end)}
        found = list(matches)
        for hit in _NORTH_SOUTH.finditer(article.text):
            if hit.start(2) not in taken:
                actor = self.gazetteer.states["PRK" if hit.group(2) == "North" else "KOR"]
                found.append(Match(hit.start(), hit.end(), hit.group(), Entry(Form.STATE, actor)))
        return sorted(found, key=_start)


_UNRESOLVED = Actor("", ActorKind.PERSON, linked=False)


def _start(item: Mention | Match) -> int:
    return item.start


def _by_full_name(sentences: Sequence[Sentence], mentions: Sequence[Mention], linker: Linker) -> Iterator[Mention]:
    """Yields the full names of persons where they stand without the title that introduced them."""
    if not linker.full_names:
        return
    names = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, linker.full_names))})(?![\w-])")
    taken = [(m.start, m.end) for m in mentions]
    for sentence in sentences:
        for hit in names.finditer(sentence.text):
            start, end = sentence.start + hit.start(), sentence.start + hit.end()
            actor = linker.by_name(hit.group())
            if actor and not any(a < end and start < b for a, b in taken):
                yield Mention(start, end, hit.group(), sentence.index, actor)


def _by_surname(
    article: Article, sentences: Sequence[Sentence], mentions: Sequence[Mention], linker: Linker
) -> Iterator[Mention]:
    """Yields the bare surnames of persons that the article names elsewhere, or that only one can bear."""
    taken = [(m.start, m.end) for m in mentions]
    for sentence in sentences:
        for hit in _CAPITALISED.finditer(sentence.text):
            start, end = sentence.start + hit.start(), sentence.start + hit.end()
            if any(a < end and start < b for a, b in taken):
                continue
            after = article.text[end : end + 2]
            if re.match(r" [A-Z]", after) and not article.text[end + 1 :].startswith(("I ", "On ")):
                continue
            if re.search(r"[A-Z][\w-]* $", article.text[max(0, start - 20) : start]) and hit.start() > 0:
                continue
            known = [m for m in mentions if m.start < start and m.actor.kind is ActorKind.PERSON]
            actor = linker.last_with_surname(hit.group(), known) or linker.famous(hit.group())
            if actor is not None:
                yield Mention(start, end, hit.group(), sentence.index, actor)


def _resolve(
    article: Article, sentences: Sequence[Sentence], mentions: list[Mention], pronouns: Sequence[Mention]
) -> list[Mention]:
    """Adds the pronouns whose actor is found: persons by position, "we" and "I" by the quotation."""
    resolved = list(mentions)
    genders = learn_genders(mentions, pronouns)
    for pronoun in pronouns:
        if pronoun.text.lower() not in _SPEAKERS and (actor := resolve_pronoun(pronoun, resolved, genders)):
            resolved.append(Mention(pronoun.start, pronoun.end, pronoun.text, pronoun.sentence, actor))
            resolved.sort(key=_start)
    quotations = find_quotations(article, sentences, resolved)
    for pronoun in pronouns:
        if pronoun.text.lower() in _SPEAKERS:
            quotation = next((q for q in quotations if q.start <= pronoun.start < q.end), None)
            if quotation and quotation.speaker:
                actor = quotation.speaker.actor
                resolved.append(Mention(pronoun.start, pronoun.end, pronoun.text, pronoun.sentence, actor))
    return sorted(resolved, key=_start)
