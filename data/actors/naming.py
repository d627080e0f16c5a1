"""Tells which titles, organs and names are the same, and which are short for another."""

from __future__ import annotations

import re
import unicodedata

from data.actors.words import PARTICLES

_SAME_OFFICE = {
    "envoy": "ambassador",
    "premier": "prime minister",
    "spokesman": "spokesperson",
    "spokeswoman": "spokesperson",
}
_GOVERNMENTS = frozenset(("government", "administration", "regime"))
_NEW = re.compile(r"\b(?:an?|another|one) (?:[a-z]+ )?$", re.IGNORECASE)
_SPELLINGS = {"defense": "defence", "affairs": "", "of": "", "the": ""}


def is_government(organ: str) -> bool:
    """Tells whether an organ is a whole government, which is one actor with its state."""
    *before, last = organ.split()
    return last in _GOVERNMENTS and set(before) <= {"federal", "central", "national", "military", "interim"}


def office_of(title: str) -> str:
    """Returns a title by the name under which its variants are one office."""
    return _SAME_OFFICE.get(title, title)


def organ_key(organ: str) -> str:
    """Returns an organ under which "Ministry of Defense" and "defence ministry" are one."""
    words = [_SPELLINGS.get(word, word) for word in organ.lower().split()]
    return " ".join(sorted((word for word in words if word), key=lambda word: word == "ministry"))


def plain(organ: str) -> str:
    """Returns words in lower case with single blanks."""
    return " ".join(organ.lower().split())


def plain_name(name: str) -> str:
    """Returns a person's name without possessive, quoted nickname and "Jr."."""
    name = re.sub(r"[’']s?$|,? (?:Jr|Sr)\.?$| I{2,3}$", "", name)
    return re.sub(r" [\"“(][^\"”)]*[\"”)]", "", name)


def is_surname(name: str) -> bool:
    """Tells whether a name is a bare surname, maybe with particles: "Kim", "de Blasio"."""
    *first, _ = name.split() or [""]
    return all(word.lower() in PARTICLES or re.fullmatch(r"(?:[A-Z]\.)+", word) for word in first)


def bears(full: str, surname: str) -> bool:
    """Tells whether somebody of a full name may be called by a surname; some names begin with it."""
    words = plain_name(full).split()
    return bool(words) and (words[-1] == surname or words[0] == surname or plain_name(full).endswith(f" {surname}"))


def is_new(text: str, start: int) -> bool:
    """Tells whether a noun phrase brings in somebody new: "a lawyer", "another company"."""
    return bool(_NEW.search(text, max(0, start - 12), start))


def same_title(one: str, other: str) -> bool:
    """Tells whether two titles may be of one person: the same office, or the same last word."""
    return office_of(one) == office_of(other) or one.split()[-1:] == other.split()[-1:]


def is_short_for(words: str, name: str) -> bool:
    """Tells whether words are a short form of a longer name: its initials, or some of its words in their order."""
    if words == name:
        return True
    letters = re.sub(r"[^A-Z]", "", words)
    initials = "".join(w[0] for w in re.findall(r"[^\W_]+", name) if w[0].isupper())
    if len(letters) > 1 and len(letters) == len(re.sub(r"\W", "", words)) and letters == initials:
        return True
    own, longer = words.split(), iter(name.split())
    return len(own) < len(name.split()) and own[0][:1].isupper() and all(word in longer for word in own)


def without_numbers(words: str) -> str:
    """Returns the words of a group without number or quantifier, by which two mentions of it are one."""
    return re.sub(
        r"^(?:(?:about|some|many|most|several|dozens of|hundreds of|thousands of|both|two|three) )+", "", words
    )


def without_accents(name: str) -> str:
    """Returns a name without accents, by which "Karadağ" and "Karadag" are one."""
    return "".join(letter for letter in unicodedata.normalize("NFKD", name) if not unicodedata.combining(letter))
