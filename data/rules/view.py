"""A pair as the rules see it: its sentence with the two actors masked."""

from __future__ import annotations

import re
from dataclasses import dataclass

from data.schema import Pair, PairSpan

SOURCE, TARGET = "<S>", "<T>"


@dataclass(frozen=True, slots=True)
class PairView:
    """A masked pair.

    Attributes:
        text: The sentence, source and target replaced by SOURCE and TARGET where they stand in it.
        context: The text before it, masked alike.
    """

    text: str
    context: str

    def reversed(self) -> PairView:
        """Returns the view of the pair's way back."""
        return PairView(_swap(self.text), _swap(self.context))


def view(pair: Pair) -> PairView:
    """Masks a pair; its author, who stands nowhere, leaves no mark."""
    return PairView(_masked(pair, False), _masked(pair, True))


def _masked(pair: Pair, in_context: bool) -> str:
    text = pair.context if in_context else pair.text
    sides: list[tuple[PairSpan, str]] = [(pair.target, TARGET)]
    if pair.source is not None:
        sides.append((pair.source, SOURCE))
    for span, mark in sorted(sides, key=lambda side: -side[0].start):
        if span.in_context == in_context:
            text = text[: span.start] + mark + text[span.end :]
    return text


def _swap(text: str) -> str:
    return re.sub("<([ST])>", lambda hit: TARGET if hit.group(1) == "S" else SOURCE, text)
