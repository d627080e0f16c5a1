"""Reads who holds an office since when out of a cell of the World Factbook."""

from __future__ import annotations

import re
from dataclasses import dataclass

from data.actors.rows import days

_INCUMBENT = re.compile(
    r"(?P<office>(?:(?:Acting|Interim|Caretaker|Transition|Transitional) )?(?:President|Prime Minister|Premier|"
    r"Chancellor|King|Queen|Emperor|Supreme Leader|Sultan|Amir|Pope|Prince|Grand Duke|Vice President|Chief Minister|"
    r"Chief Executive|Minister of State|Governor)) "
    r"(?:(?:Sir|Dame|Dr\.|Crown Prince|General|Sr\. Gen\.|Gen\.|Col\.|Capt\.) )?"
    r"(?P<name>[^\W\d_](?:[^\d:;,()]|, (?=Jr\.))*) \((?:since )?(?P<since>(?:(?:\d\d? )?[A-Z][a-z]+ )?\d{4})\)"
)
_WRITTEN = {"amir": "emir", "transition": "interim", "transitional": "interim"}  # office words of the tables
PARTICLES = set("al el bin bint ibn ould de da do dos das du del della di d e y la le van von der den ter".split())
_NUMERAL = re.compile(r"[IVX]+")
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


@dataclass(frozen=True, slots=True)
class Incumbent:
    """Who holds an office since when, as the factbook has it.

    Attributes:
        surname: The words of the name that the factbook sets in capitals.
        since: A date as YYYY, YYYY-MM or YYYY-MM-DD.
    """

    office: str
    name: str
    surname: str
    since: str


def read_incumbent(cell: str) -> Incumbent | None:
    """Reads "President Ana María RUIZ Sosa (since 5 May 2024)"; None for a cell of another form."""
    match = _INCUMBENT.fullmatch(cell)
    if not match:
        return None
    words = re.sub(r'"[^"]*" |,(?= Jr\.)', "", match["name"]).split()
    surname = [place for place, word in enumerate(words) if _is_surname(word, place)]
    since = _iso(match["since"])
    if not (surname and since and all(map(_is_name, words))):
        return None
    first, last = surname[0], surname[-1] + 1
    words[first:last] = [_in_title_case(word, place == 0) for place, word in enumerate(words[first:last])]
    office = " ".join(_WRITTEN.get(word, word) for word in match["office"].lower().split())
    return Incumbent(office, " ".join(words), " ".join(words[first:last]), since)


def _is_name(word: str) -> bool:
    return word[0].isupper() or re.split("[-'’]", word.lower())[0] in PARTICLES


def _is_surname(word: str, place: int) -> bool:
    """Tells whether a word has a part in capitals that is no initial and no numeral after a name."""
    parts = re.findall(r"[^\W\d_]{2,}(?!\w|\.)", word)
    return any(part.isupper() for part in parts) and not (place and _NUMERAL.fullmatch(word))


def _in_title_case(word: str, begins: bool) -> str:
    if word.lower() in PARTICLES and not begins:
        return word.lower()
    if _NUMERAL.fullmatch(word) and not begins:
        return word
    parts = r"(?<![^\W\d_])[^\W\d_]{2,}(?:['’][^\W\d_]+)*"  # of O'NEILL the second
    return re.sub(parts, lambda m: m[0].capitalize() if m[0].isupper() else m[0], word)


def _iso(words: str) -> str:
    """Returns "5 May 2024", "May 2024" or "2024" as an ISO date; the empty text for anything else."""
    *before, year = words.split()
    try:
        numbers = [_MONTHS.index(month[:3]) + 1 for month in before[-1:]] + [int(day) for day in before[:-1]]
        text = "-".join([year, *(f"{number:02}" for number in numbers)])
        days(text)
    except ValueError:
        return ""
    return text
