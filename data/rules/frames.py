"""Verb frames: which verbs carry which stance, in all their forms."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from data.schema import Stance

TABLE = Path(__file__).parent / "frames.yaml"


@dataclass(frozen=True, slots=True)
class Frame:
    """Verbs that carry one stance from their subject to their object.

    Attributes:
        name: Name of the frame.
        stance: The stance that the subject takes.
        verbs: Pattern of all forms of all its verbs.
        participles: Pattern of the forms that make a passive.
    """

    name: str
    stance: Stance
    verbs: str
    participles: str


@cache
def frames() -> dict[str, Frame]:
    """Returns the frames of the table by name."""
    table = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    irregular = table["irregular"]
    result = {}
    for name, entry in table["frames"].items():
        inflected = [forms(verb, irregular) for verb in entry["verbs"]]
        verbs = _any({form for verb in inflected for form in verb})
        result[name] = Frame(name, Stance(entry["stance"]), verbs, _any({verb[3] for verb in inflected}))
    return result


def forms(verb: str, irregular: Mapping[str, Sequence[str]]) -> tuple[str, str, str, str, str]:
    """Returns base, third person, past, participle and gerund of a verb, whose first word is inflected."""
    word, _, rest = verb.partition(" ")
    third, past, participle, gerund = irregular.get(word) or _regular(word)
    base, third, past, participle, gerund = (f"{w} {rest}".rstrip() for w in (word, third, past, participle, gerund))
    return base, third, past, participle, gerund


def _regular(word: str) -> tuple[str, str, str, str]:
    if re.search(r"[^aeiou]y$", word):
        return f"{word[:-1]}ies", f"{word[:-1]}ied", f"{word[:-1]}ied", f"{word}ing"
    if word.endswith("e"):
        return f"{word}s", f"{word}d", f"{word}d", f"{word if word.endswith('ee') else word[:-1]}ing"
    stem = word + word[-1] if re.search(r"^[^aeiou]*[aeiou][bdglmnpt]$|^expel$", word) else word
    third = f"{word}es" if re.search(r"(?:s|x|ch|sh)$", word) else f"{word}s"
    return third, f"{stem}ed", f"{stem}ed", f"{stem}ing"


def _any(words: Iterable[str]) -> str:
    return rf"\b(?:{'|'.join(map(re.escape, sorted(words, key=lambda word: (-len(word), word))))})\b"
