"""Mentions as this project spans them, from the words that a corpus gives for an actor."""

from __future__ import annotations

import re

from data.schema import Span

_ARTICLE = re.compile(r"(?:the|a|an)\s+", re.IGNORECASE)
_TAIL = re.compile(r"(?:['’]s?|[\s,;:])+$")


def trim(text: str, start: int, end: int) -> Span | None:
    """Takes article, possessive and punctuation off a stretch of a text; None where nothing is left."""
    words = text[start:end]
    if lead := _ARTICLE.match(words):
        start, words = start + lead.end(), words[lead.end() :]
    words = _TAIL.sub("", words)
    start += len(words) - len(words.lstrip())
    end = start + len(words.lstrip())
    return Span(start, end) if start < end else None


def find_phrase(phrase: str, text: str, ignore_case: bool = False) -> list[Span]:
    """Returns where a phrase stands in a text as whole words, trimmed, in order."""
    if not phrase.strip():
        return []
    pattern = rf"(?<!\w){re.escape(phrase.strip())}(?!\w)"
    hits = re.finditer(pattern, text, re.IGNORECASE if ignore_case else 0)
    return [span for hit in hits if (span := trim(text, hit.start(), hit.end()))]
