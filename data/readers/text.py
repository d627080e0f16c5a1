"""Reads `.txt` and `.md`: a file is an article, and its first line that is not blank is the title."""

from __future__ import annotations

from collections.abc import Iterator

from data.readers.fields import article_from_text, checked
from data.readers.source import ArticleFile, ReadOptions, decode, read_whole
from data.schema import Article, Rejection


def read(file: ArticleFile, options: ReadOptions) -> Iterator[Article | Rejection]:
    """Yields the article of a file."""
    text = decode(read_whole(file, options))
    if text.strip():
        yield checked(article_from_text(text, file.name), file, options)
