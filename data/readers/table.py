"""Reads `.csv`: a row is an article."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from data.readers.fields import article_of_row, columns_of, missing_text
from data.readers.source import ArticleFile, ReadOptions, Unreadable, mend, open_lines
from data.schema import Article, Rejection


def read(file: ArticleFile, options: ReadOptions) -> Iterator[Article | Rejection]:
    """Yields the articles of a file; after broken quoting, which may swallow what follows, reading ends."""
    csv.field_size_limit(options.limit)
    with open_lines(file, options) as source:
        reader = csv.DictReader(source, strict=True)
        try:
            if not _has_text(reader, options):
                if reader.fieldnames:
                    yield missing_text(file, options, [str(name) for name in reader.fieldnames])
                return
            for number, row in enumerate(reader, start=1):
                yield _of_row(row, file, options, number, reader.line_num)
        except csv.Error as error:
            line = reader.reader.line_num
            yield Rejection(file.name, f"broken CSV: {error}", "mend the quoting; what follows was not read", line)


def _has_text(reader: csv.DictReader[str], options: ReadOptions) -> bool:
    return columns_of(options)["text"] in (reader.fieldnames or ())


def _of_row(
    row: dict[str, str], file: ArticleFile, options: ReadOptions, number: int, line: int
) -> Article | Rejection:
    try:
        mended = {name: mend(row[name]) for name in columns_of(options).values() if row.get(name)}
    except Unreadable as error:
        return Rejection(file.name, str(error), error.remedy, line)
    return article_of_row(mended, file, options, number, line)
