"""Splits an article into sentences that know where they stand in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from statistics import median

from sentencex import segment

from data.schema import Article, Sentence, Span

_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_LINE_BREAK = re.compile(r"\n")
_WRAP_WIDTH = 100


def split_sentences(article: Article) -> list[Sentence]:
    """Returns the sentences of an article in order; no sentence crosses a paragraph.

    Sentences are found by sentencex (Wikimedia's splitter) inside each paragraph. A sentence's
    offsets leave out the white space around it, and `text[start:end]` is its text.
    """
    sentences: list[Sentence] = []
    for paragraph in _paragraphs(article.text):
        start = paragraph.start
        for piece in segment("en", paragraph.of(article.text)):
            stripped = piece.strip()
            if stripped:
                begin = article.text.index(stripped, start)
                end = begin + len(stripped)
                sentences.append(Sentence(len(sentences), begin, end, article.text[begin:end]))
                start = end
    return sentences


def _paragraphs(text: str) -> Iterator[Span]:
    """Yields the paragraphs; a single line break ends one unless the text is hard-wrapped."""
    lines = [line for line in text.split("\n")[:-1] if line.strip()]
    wrapped = bool(lines) and max(map(len, lines)) <= _WRAP_WIDTH and median(map(len, lines)) > 55
    start = 0
    for gap in (_BLANK_LINE if wrapped else _LINE_BREAK).finditer(text):
        if text[start : gap.start()].strip():
            yield Span(start, gap.start())
        start = gap.end()
    if text[start:].strip():
        yield Span(start, len(text))
