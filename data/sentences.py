"""Splits an article into sentences that know where they stand in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from statistics import median

from sentencex import segment

from data.schema import Article, Sentence, Span

_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_LINE_BREAK = re.compile(r"\n")
_WRAP_WIDTH = 100
_LONGEST = 1000  # characters; some 230 tokens of prose
_QUOTED_MARK = re.compile(r"[!?][”\"’]\s*$")
_SPEAKER_FOLLOWS = re.compile(r"(?:\S+ ){0,5}?(?:said|says|asked|asks|wrote|told|cried|shouted|added)\b")


def split_sentences(article: Article) -> list[Sentence]:
    """Returns the sentences of an article in order; no sentence crosses a paragraph.

    Sentences are found by sentencex (Wikimedia's splitter) inside each paragraph. A sentence's
    offsets leave out the white space around it, and `text[start:end]` is its text.
    """
    sentences: list[Sentence] = []
    for paragraph in _paragraphs(article):
        start = paragraph.start
        for piece in _divided(_joined(segment("en", paragraph.of(article.text)))):
            stripped = piece.strip()
            if stripped:
                begin = article.text.index(stripped, start)
                end = begin + len(stripped)
                sentences.append(Sentence(len(sentences), begin, end, article.text[begin:end]))
                start = end
    return sentences


def unwrapped(article: Article, sentences: Sequence[Sentence]) -> tuple[Article, list[Sentence]]:
    """Returns an article whose sentences have blanks for all white space, so that no line end cuts a name.

    Every offset means the same in it.
    """
    text, end, parts = article.text, 0, []
    for sentence in sentences:
        parts += [text[end : sentence.start], re.sub(r"\s", " ", sentence.text)]
        end = sentence.end
    whole = "".join([*parts, text[end:]])
    return replace(article, text=whole), [replace(s, text=whole[s.start : s.end]) for s in sentences]


def _divided(pieces: Iterable[str]) -> Iterator[str]:
    """Divides what is longer than any sentence of prose, a list or a text without stops, at white space."""
    for piece in pieces:
        while len(piece) > _LONGEST:
            end = piece.rfind(" ", _LONGEST // 2, _LONGEST) + 1 or _LONGEST
            yield piece[:end]
            piece = piece[end:]
        yield piece


def _joined(pieces: Iterable[str]) -> Iterator[str]:
    """Joins a quoted question or exclamation with the words that say who spoke: "“Never!” Oslo said."."""
    held = ""
    for piece in pieces:
        if held and not _SPEAKER_FOLLOWS.match(piece):
            yield held
            held = ""
        held += piece
        if not _QUOTED_MARK.search(held):
            yield held
            held = ""
    if held:
        yield held


def _paragraphs(article: Article) -> Iterator[Span]:
    """Yields the paragraphs, the title first; a single line break ends one unless the text is hard-wrapped."""
    text, start = article.text, 0
    lead = len(text) - len(text.lstrip())
    if article.title and text[lead:].startswith(article.title + "\n"):
        start = lead + len(article.title)
        yield Span(lead, start)
    lines = [line for line in text[start:].split("\n")[:-1] if line.strip()]
    wrapped = bool(lines) and max(map(len, lines)) <= _WRAP_WIDTH and median(map(len, lines)) > 55
    for gap in (_BLANK_LINE if wrapped else _LINE_BREAK).finditer(text, start):
        if text[start : gap.start()].strip():
            yield Span(start, gap.start())
        start = gap.end()
    if text[start:].strip():
        yield Span(start, len(text))
