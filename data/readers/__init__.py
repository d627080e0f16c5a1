"""Readers of article files, one module a format: each yields articles, and rejections in their place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

from data.readers.source import ArticleFile, ReadOptions
from data.schema import Article, Rejection

Reader = Callable[[ArticleFile, ReadOptions], Iterator[Article | Rejection]]

READERS = {
    ".txt": "text",
    ".md": "text",
    ".html": "html",
    ".json": "objects",
    ".jsonl": "objects",
    ".csv": "table",
    ".parquet": "parquet",
}
SUFFIXES = tuple(READERS)


def suffix_of(path: Path) -> str | None:
    """Returns the suffix by which a file is read, that before `.gz` for a compressed one; None for other files."""
    name = path.name.lower().removesuffix(".gz")
    return next((suffix for suffix in SUFFIXES if name.endswith(suffix)), None)


def reader_of(path: Path) -> Reader:
    """Returns the reader of a file; what a format needs is imported when its first file is read."""
    return import_module(f"data.readers.{READERS[suffix_of(path) or '.txt']}").read
