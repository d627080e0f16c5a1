"""Reads `.html`: the article of a page, found by trafilatura, with its title, date and address."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from data.readers.fields import article_from_fields, checked
from data.readers.source import ArticleFile, ReadOptions, Unreadable, mend, read_whole
from data.schema import Article, Rejection

DEEPEST = 500  # elements in one another; pages of newspapers have some 40
LARGEST = 10_000_000  # bytes; a page of a newspaper has a tenth of that
MOST_ELEMENTS = 100_000
_TAG = re.compile(rb"<(/?)([a-zA-Z][\w-]*)")
_VOID = frozenset(b"area base br col embed hr img input link meta p li param source track wbr".split())


def read(file: ArticleFile, options: ReadOptions) -> Iterator[Article | Rejection]:
    """Yields the article of a page."""
    raw = read_whole(file, options)
    if not raw.strip():
        return
    _check_shape(raw)
    yield checked(article_from_fields(_extracted(raw), file.name), file, options)


def _extracted(raw: bytes) -> dict[str, str | None]:
    from trafilatura import bare_extraction

    page: Any = bare_extraction(
        raw, include_comments=False, include_tables=False, with_metadata=True, date_extraction_params=_DATES
    )
    text = mend(page.text or "") if page else ""
    if not text.strip():
        raise Unreadable("no article was found in the page", "save the text of the article as .txt")
    title = " ".join((page.title or "").split()) or None
    body = text.removeprefix(title).lstrip("\n") if title and text.startswith(f"{title}\n") else text
    return {"title": title, "text": body, "published": page.date, "url": page.url}


_DATES = {"original_date": True, "extensive_search": False}


def _check_shape(raw: bytes) -> None:
    """Refuses pages that are made to exhaust a parser."""
    if b"\x00" in raw[:1024] and not raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unreadable("not text: the file holds NUL bytes", "save the page as UTF-8 HTML")
    if len(raw) > LARGEST:
        raise Unreadable(f"the page has more than {LARGEST // 1_000_000} MB", "save the text of the article as .txt")
    depth = deepest = elements = 0
    for closing, name in _TAG.findall(raw):
        elements += not closing
        if name.lower() not in _VOID:
            depth = max(0, depth - 1) if closing else depth + 1
            deepest = max(deepest, depth)
    if deepest > DEEPEST or elements > MOST_ELEMENTS:
        raise Unreadable(
            f"the page nests {deepest} elements of {elements}: expected at most {DEEPEST} of {MOST_ELEMENTS}",
            "save the text of the article as .txt",
        )
