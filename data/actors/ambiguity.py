"""Decides from the article what names mean that more than one state, or a state and something else, bears."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from data.actors.gazetteer import Entry, Form, Gazetteer, Match, titled
from data.dates import day_of
from data.schema import Article

# What beside the ambiguous name speaks for another reading: (pattern for the listed state, pattern against it).
_EVIDENCE = {
    "Georgia": (
        r"\bTbilisi\b|\bGeorgians?\b|\bAbkhazia|\bOssetia|\bCaucasus\b|\bSaakashvili\b|\bIvanishvili\b|\bBatumi\b",
        r"\bAtlanta\b|\bSavannah\b|\bGeorgia(?:'s|’s)? (?:Gov|Rep|Sen|Democrat|Republican|state)|\b(?:Rep|Sen|Gov)\.|"
        r"\b(?:Alabama|Florida|Tennessee|Carolina|Texas|Ohio)\b|\bRepublicans?\b|\bDemocrats?\b|\bU\.?S\.? state\b",
    ),
    "Jordan": (
        r"\bAmman\b|\bJordanians?\b|\bHashemite\b|\bKing (?:Abdullah|Hussein)\b|\b(?:in|from|to|and) Jordan\b",
        r"\b(?!(?:King|Prince|Queen|And|In|But|While|When|After|On|At|From|To|With|That|Then|Meanwhile|Now|Both|"
        r"\w+day|January|February|March|April|May|June|July|August|September|October|November|December)\b)"
        r"[A-Z][a-z]+ Jordan\b",
    ),
    "Chad": (r"\bN['’]?[Dd]jamena\b|\bChadians?\b|\bD[ée]by\b|\b(?:in|from|to|and) Chad\b", r"\bChad [A-Z][a-z]+\b"),
    "Washington": (
        r"\bWashington (?:said|says|has|had|is|was|will|would|and|accused|warned|denied)\b|\bWashington['’]s\b",
        r"\bWashington state\b|\bSeattle\b|\b(?:George|Denzel|Kerry|Booker T\.) Washington\b",
    ),
}
_CONGO = re.compile(r"\bCongo(?:lese)?\b")


def decide(article: Article, matches: Sequence[Match], gazetteer: Gazetteer) -> list[Match]:
    """Returns the matches without those that the article uses otherwise, and with the state that it means.

    "Georgia" is no country beside Atlanta, "Jordan" none where a person bears the name; "Congo" is
    the one whose capital or full name the article gives, "Korea" alone the South unless only the
    North is named, "Brussels" the European Union where that is named and Belgium is not,
    "Dominican" of Dominica where that is named.
    """
    text = article.text
    other = set(filter(lambda name: _is_other(name, text), _EVIDENCE))
    congo = _congo(text, gazetteer)
    valid = _valid(matches, day_of(article.published))
    return list(_decided(valid, other, congo, gazetteer, lambda name: bool(re.search(name, text))))


def _valid(matches: Sequence[Match], day: str | None) -> Iterator[Match]:
    """Yields the matches with the reading that holds on a day."""
    for match in matches:
        entry: Entry | None = match.entry
        while entry is not None and not entry.valid(day):
            entry = entry.otherwise
        if entry is not None:
            yield match if entry is match.entry else replace(match, entry=entry)


def _is_other(name: str, text: str) -> bool:
    if name not in text and name.upper() not in text:
        return False
    listed, against = _EVIDENCE[name]
    return len(re.findall(against, text)) > len(re.findall(listed, text))


def _congo(text: str, gazetteer: Gazetteer) -> Entry | None:
    if not _CONGO.search(text):
        return None
    democratic = re.search(
        r"\bDemocratic Republic of (?:the )?Congo\b|\bKinshasa\b|\bDRC?\b|\bGoma\b|\bTshisekedi\b", text
    )
    republic = re.search(r"\bBrazzaville\b|\bSassou\b|(?<!Democratic )\bRepublic of (?:the )?Congo\b", text)
    code = "COG" if republic and not democratic else "COD"
    return Entry(Form.STATE, gazetteer.states[code])


def _decided(
    matches: Iterator[Match], other: set[str], congo: Entry | None, gazetteer: Gazetteer, has: Callable[[str], bool]
) -> Iterator[Match]:
    for match in matches:
        name = titled(match.text)
        if match.entry.form is Form.STATE and name in other:
            continue
        if congo is not None and name == "Congo":
            match = replace(match, entry=congo)
        elif congo is not None and name == "Congolese":
            match = replace(match, entry=replace(match.entry, actor=congo.actor))
        elif name in ("Korea", "Korean") and has(r"\bNorth Korea") and not has(r"\bSouth Korea|\bSeoul\b"):
            match = replace(match, entry=replace(match.entry, actor=gazetteer.states["PRK"]))
        elif name == "Brussels" and has(r"\bEuropean (?:Union|Commission)\b|\bEU\b") and not has(r"\bBelgi"):
            match = replace(match, entry=replace(match.entry, actor=gazetteer.organisations["European Union"]))
        elif name == "Dominican" and has(r"\bDominica\b") and not has(r"\bDominican Republic\b"):
            match = replace(match, entry=replace(match.entry, actor=gazetteer.states["DMA"]))
        yield match
