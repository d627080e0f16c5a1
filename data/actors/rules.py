"""The actor stage that needs no model: tables, titles, offices, surnames and pronouns."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from data.actors.ambiguity import decide
from data.actors.gazetteer import Entry, Form, Gazetteer, Match, default_gazetteer
from data.actors.linking import Linker
from data.actors.phrases import is_month, phrases_of
from data.actors.resolution import link_phrases, resolve_pronouns
from data.schema import ActorKind, Article, Mention, Sentence

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
        matches = matches_of(article, self.gazetteer)
        phrases = [
            (phrase, sentence.index)
            for sentence, inside in zip(sentences, by_sentence(sentences, matches), strict=True)
            for phrase in phrases_of(article.text, sentence, inside)
        ]
        linker = Linker(self.gazetteer, article, matches, [phrase for phrase, _ in phrases])
        mentions, pronouns = link_phrases(article, phrases, linker)
        mentions = sorted([*mentions, *_by_full_name(sentences, mentions, linker)], key=_start)
        mentions = sorted([*mentions, *_by_surname(article, sentences, mentions, linker)], key=_start)
        return resolve_pronouns(article, sentences, mentions, pronouns, self.gazetteer)

    def find_all(self, articles: Sequence[tuple[Article, Sequence[Sentence]]]) -> list[list[Mention]]:
        """Returns the mentions of several articles, as `find` does."""
        return [self.find(article, sentences) for article, sentences in articles]


def by_sentence(sentences: Sequence[Sentence], matches: Sequence[Match]) -> list[list[Match]]:
    """Returns the matches that lie in each sentence; both come by start."""
    starts = [match.start for match in matches]
    return [
        [
            match
            for match in matches[bisect_left(starts, sentence.start) : bisect_left(starts, sentence.end)]
            if match.end <= sentence.end
        ]
        for sentence in sentences
    ]


def matches_of(article: Article, gazetteer: Gazetteer) -> list[Match]:
    """Returns the names of the tables in an article, as the article means them."""
    return _with_koreas(article, decide(article, gazetteer.search(article.text), gazetteer), gazetteer)


def _with_koreas(article: Article, matches: list[Match], gazetteer: Gazetteer) -> list[Match]:
    """Adds "the North" and "the nuclear-armed South" where the article names both Koreas."""
    countries = {m.entry.actor.country for m in matches if m.entry.actor is not None}
    if not {"PRK", "KOR"} <= countries:
        return matches
    taken = {i for m in matches for i in range(m.start, m.end)}
    found = list(matches)
    for hit in _NORTH_SOUTH.finditer(article.text):
        if hit.start(2) not in taken:
            actor = gazetteer.states["PRK" if hit.group(2) == "North" else "KOR"]
            found.append(Match(hit.start(), hit.end(), hit.group(), Entry(Form.STATE, actor)))
    return sorted(found, key=_start)


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
            if any(a < end and start < b for a, b in taken) or is_month(article.text, start, end):
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
