"""Reads `.parquet`: a row is an article."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from data.readers.fields import article_of_row, columns_of, missing_text
from data.readers.source import MEGABYTE, ArticleFile, ReadOptions, Unreadable, open_bytes
from data.schema import Article, Rejection

_ROWS_AT_ONCE = 64


def read(file: ArticleFile, options: ReadOptions) -> Iterator[Article | Rejection]:
    """Yields the articles of a file, of which some rows are in memory at a time."""
    try:
        if file.path.name.lower().endswith(".gz"):
            with tempfile.TemporaryFile() as whole, open_bytes(file, options) as source:
                shutil.copyfileobj(source, whole)  # Parquet is read from its end
                yield from _read(whole, file, options)
        else:
            with file.path.open("rb") as source:
                yield from _read(source, file, options)
                options.advance(source.seek(0, os.SEEK_END))
    except (pa.ArrowException, OverflowError, KeyError) as error:  # the last two of times and zones that are none
        raise Unreadable(f"broken Parquet: {error}", "write the file again; what follows was not read") from None


def _read(source: IO[bytes], file: ArticleFile, options: ReadOptions) -> Iterator[Article | Rejection]:
    if source.seek(0, os.SEEK_END) == 0:
        return
    table = pq.ParquetFile(source)
    named = columns_of(options)
    columns = [name for name in table.schema_arrow.names if name in named.values()]
    if named["text"] not in columns:
        yield missing_text(file, options, list(table.schema_arrow.names))
        return
    _check_size(table, options)
    number = 0
    for batch in table.iter_batches(_ROWS_AT_ONCE, columns=columns):
        for row in batch.to_pylist():
            number += 1
            yield article_of_row(row, file, options, number)


def _check_size(table: pq.ParquetFile, options: ReadOptions) -> None:
    """Refuses row groups whose pages hold more than the limit a row; they are unpacked as a whole."""
    groups: list[Any] = [table.metadata.row_group(i) for i in range(table.metadata.num_row_groups)]
    largest = max((group.total_byte_size / max(1, group.num_rows) for group in groups), default=0)
    if largest > options.limit:
        raise Unreadable(
            f"a row holds {largest / MEGABYTE:.0f} MB", "leave large columns out, or raise --max-megabytes"
        )
