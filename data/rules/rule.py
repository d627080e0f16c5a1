"""What a labelling rule is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from data.rules.view import PairView
from data.schema import Stance

# How far subject, verb and object may stand apart, in characters of one sentence.
NEAR, FAR = r"[^;?!]{0,60}?", r"[^;?!]{0,110}?"
ARTICLE = r"(?:the |an? |its |their |his |her |all |any |such |these |those |two |both )?"

Vote = Callable[[PairView], Stance | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """A named rule: its vote on a masked pair, or None where it abstains."""

    name: str
    vote: Vote
