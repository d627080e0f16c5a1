"""Finds the datelines of wire copy, "OSLO, March 3 (Reuters) - ": a place and an agency, no actors of the story."""

from __future__ import annotations

import re

from data.actors.gazetteer import Gazetteer
from data.schema import ActorKind, Span

_PLACE = r"[A-ZÀ-Þ][A-ZÀ-Þ.’'/ -]*[A-ZÀ-Þ]\.?"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\.?"
_DATELINE = re.compile(
    rf"^[ \t]*(?P<place>{_PLACE})"
    rf"(?P<more>(?:, (?!{_MONTH} \d)[A-Z][\w.]+(?: [A-Z][\w.]+)?)?(?:,? {_MONTH} \d\d?(?:, \d{{4}})?)?"
    r"(?: ?\([A-Z][^()\n]{1,40}\)|\. /[A-Z]+/\.)?)"
    r"(?: ?(?:[—–]|--) ?| - |(?<=/\.) )(?=\S)",
    re.MULTILINE,
)


def find_datelines(text: str, gazetteer: Gazetteer) -> list[Span]:
    """Returns the datelines of a text; one without date, country or agency must name no body and no state itself."""
    found = _DATELINE.finditer(text)
    return [Span(hit.start("place"), hit.end()) for hit in found if hit["more"] or _is_town(hit["place"], gazetteer)]


def _is_town(place: str, gazetteer: Gazetteer) -> bool:
    """Tells whether a name in capitals may be a town's: "OSLO" and "ODESA", but neither "NATO" nor "PERU"."""
    if gazetteer.actor_named(place) is not None:
        return False
    actor = gazetteer.actor_named(place.title())
    return actor is None or (actor.kind is ActorKind.STATE and actor.name != place.title())
