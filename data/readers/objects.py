"""Reads `.jsonl`, an article a line, and `.json`, one article or a list of articles."""

from __future__ import annotations

import json
from collections.abc import Iterator

from data.readers.fields import EXPECTED, article_of_row
from data.readers.source import ArticleFile, ReadOptions, Unreadable, decode, lines_of, mend, open_lines, read_whole
from data.schema import Article, Rejection


def read(file: ArticleFile, options: ReadOptions) -> Iterator[Article | Rejection]:
    """Yields the articles of a file."""
    if file.path.name.lower().removesuffix(".gz").endswith(".json"):
        return _read_json(file, options)
    return _read_lines(file, options)


def _read_lines(file: ArticleFile, options: ReadOptions) -> Iterator[Article | Rejection]:
    with open_lines(file, options) as source:
        for number, line in lines_of(source, options.limit):
            if line is None:
                remedy = "mend the line, or raise --max-megabytes"
                yield Rejection(file.name, f"the line has more than {options.megabytes} MB", remedy, number)
            elif line.strip():
                yield _of_line(line, file, options, number)


def _of_line(line: str, file: ArticleFile, options: ReadOptions, number: int) -> Article | Rejection:
    try:
        row = json.loads(mend(line))
    except Unreadable as error:
        return Rejection(file.name, str(error), error.remedy, number)
    except (ValueError, RecursionError) as error:
        return Rejection(file.name, f"broken JSON: {error}", "mend or remove the line", number)
    return _of_row(row, file, options, number, number)


def _read_json(file: ArticleFile, options: ReadOptions) -> Iterator[Article | Rejection]:
    text = decode(read_whole(file, options))
    if not text.strip():
        return
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"broken JSON: {error}", "mend the file") from None
    if isinstance(rows, list):
        for number, row in enumerate(rows, start=1):
            yield _of_row(row, file, options, number)
    else:
        yield _of_row(rows, file, options, None)


def _of_row(
    row: object, file: ArticleFile, options: ReadOptions, number: int | None, line: int | None = None
) -> Article | Rejection:
    if not isinstance(row, dict):
        reason = f"expected a JSON object, found {type(row).__name__}"
        return Rejection(file.name, reason, f"write one object a line with {EXPECTED}", line or number)
    return article_of_row(row, file, options, number, line)
