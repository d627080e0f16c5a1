"""What a scoring run has done so far, on disk, so that a run that was killed at any moment goes on where it stood.

A SQLite database in the folder of the results holds, for each input file, its articles in order, and for each
article by its content what was found in it. Every change is one transaction.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from data.readers.source import ArticleFile
from data.schema import Article, Rejection

FOLDER = ".visavis"
_FORMAT = 1  # of the tables; a change of them takes the next
_TABLES = """
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE files (number INTEGER PRIMARY KEY, path TEXT, name TEXT, signature TEXT, UNIQUE (path, name));
CREATE TABLE items (
    file INTEGER, number INTEGER, key BLOB, rejection TEXT, PRIMARY KEY (file, number)
) WITHOUT ROWID;
CREATE TABLE results (key BLOB PRIMARY KEY, signature BLOB, found BLOB);
"""


class StateError(RuntimeError):
    """The state cannot be used: another run uses it, its disk is full, it is broken or of another format."""


@dataclass(frozen=True, slots=True)
class Item:
    """What stands at a place of an input file: an article, by its key, or a rejection."""

    file: int
    number: int
    key: bytes | None = None
    rejection: Rejection | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What was found in an article.

    Attributes:
        key: See `article_key`.
        signature: See `data.stories.signature_of`.
        found: The packed fields of a `models.pipeline.ScoredArticle`.
    """

    key: bytes
    signature: bytes
    found: bytes


@dataclass(frozen=True, slots=True)
class Batch:
    """Progress of an engine.

    Attributes:
        items: Items that were read.
        results: What was found in articles.
        finished: Files all of whose items were in this batch or before, each with their number.
    """

    items: tuple[Item, ...] = ()
    results: tuple[Result, ...] = ()
    finished: tuple[tuple[int, int], ...] = ()


def article_key(article: Article) -> bytes:
    """Returns what names an article by its content, whatever file it stands in: 16 bytes."""
    return hashlib.sha256(json.dumps(asdict(article)).encode()).digest()[:16]


def pack(fields: Mapping[str, Any]) -> bytes:
    """Packs fields for `Result.found`."""
    return zlib.compress(json.dumps(fields, ensure_ascii=False).encode(), 1)


def unpack(packed: bytes) -> dict[str, Any]:
    """Undoes `pack`."""
    return dict(json.loads(zlib.decompress(packed)))


def file_signature(path: Path) -> str:
    """Returns what changes when a file does: size and times; empty for one that is not there."""
    try:
        found = path.stat()
    except OSError:
        return ""
    return f"{found.st_size}:{found.st_mtime_ns}:{found.st_ctime_ns}"


class RunState:
    """The state of the runs into a folder; one process at a time uses it."""

    def __init__(self, folder: Path) -> None:
        """Opens the state, or begins one.

        Raises:
            StateError: If another run uses it, it cannot be read or written, or its format is another.
        """
        self.folder = folder / FOLDER
        self._file = self.folder / "state.sqlite"
        self.folder.mkdir(parents=True, exist_ok=True)
        self._open()

    def _open(self) -> None:
        try:
            self._data = sqlite3.connect(self._file, timeout=2.0, isolation_level=None)
            self._data.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._data.execute("PRAGMA synchronous = FULL")
            self._data.execute("BEGIN EXCLUSIVE")
            found = self._begin()
            self._data.execute("COMMIT")
        except sqlite3.OperationalError as error:
            locked = "locked" in str(error)
            remedy = "wait for the other run" if locked else "see that the folder can be written and the disk has room"
            raise StateError(f"{self._file}: {error}: {remedy}, or give another --out") from None
        except sqlite3.DatabaseError as error:
            raise StateError(f"{self._file}: {error}: remove it, and everything is scored anew") from None
        if found != _FORMAT:
            self._data.close()
            raise StateError(
                f"{self._file}: expected format {_FORMAT}, found {found}, of another version of visavis: "
                f"remove {self.folder}, or give another --out; everything is scored anew then"
            )

    def _begin(self) -> int:
        """Makes the tables where there are none; returns the format of those that are there."""
        if not self._data.execute("SELECT 1 FROM sqlite_master").fetchone():
            for statement in _TABLES.split(";"):
                self._data.execute(statement)
            self._data.execute(f"PRAGMA user_version = {_FORMAT}")
        return int(self._data.execute("PRAGMA user_version").fetchone()[0])

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Makes changes as a whole or not at all.

        Raises:
            StateError: If the disk is full, or cannot be written.
        """
        try:
            self._data.execute("BEGIN")
            yield
            self._data.execute("COMMIT")
        except sqlite3.OperationalError as error:
            raise StateError(f"{self._file}: {error}: free the disk; the same command goes on") from None

    def close(self) -> None:
        """Lets go of the state."""
        self._data.close()

    def clear(self) -> None:
        """Forgets everything."""
        self._data.close()
        for file in self.folder.glob("state.sqlite*"):
            os.unlink(file)
        self._open()

    @property
    def settings(self) -> dict[str, Any]:
        """What the results were made with; empty at the beginning."""
        return {name: json.loads(value) for name, value in self._data.execute("SELECT name, value FROM settings")}

    def set(self, **settings: Any) -> None:
        """Writes settings down."""
        rows = [(name, json.dumps(value)) for name, value in settings.items()]
        with self._transaction():
            self._data.executemany("INSERT OR REPLACE INTO settings VALUES (?, ?)", rows)

    def number_files(self, files: Iterable[ArticleFile]) -> list[int]:
        """Returns the numbers of files, and gives the new ones theirs.

        A file is known by its path and its name, on which the ids of its articles depend.
        """
        known = [(os.fsencode(file.path).decode("utf-8", "backslashreplace"), file.name) for file in files]
        with self._transaction():
            self._data.executemany("INSERT OR IGNORE INTO files (path, name) VALUES (?, ?)", known)
        query = "SELECT number FROM files WHERE path = ? AND name = ?"
        return [int(self._data.execute(query, file).fetchone()[0]) for file in known]

    def is_done(self, file: int, signature: str) -> bool:
        """Tells whether a file is as it was when it was read to its end, and all its articles are scored."""
        row = self._data.execute("SELECT signature FROM files WHERE number = ?", (file,)).fetchone()
        if not signature or row is None or row[0] != signature:
            return False
        missing = self._data.execute(
            "SELECT 1 FROM items WHERE file = ? AND key IS NOT NULL "
            "AND NOT EXISTS (SELECT 1 FROM results WHERE results.key = items.key) LIMIT 1",
            (file,),
        ).fetchone()
        return missing is None

    def is_known(self, key: bytes) -> bool:
        """Tells whether an article is scored."""
        return self._data.execute("SELECT 1 FROM results WHERE key = ?", (key,)).fetchone() is not None

    def known_keys(self, file: int) -> list[bytes]:
        """Returns the keys of the articles of a file that are scored."""
        rows = self._data.execute("SELECT key FROM items JOIN results USING (key) WHERE file = ?", (file,))
        return [key for (key,) in rows]

    def add(self, batch: Batch, signatures: Mapping[int, str]) -> None:
        """Adds what an engine did."""
        items = [
            (item.file, item.number, item.key, json.dumps(asdict(item.rejection)) if item.rejection else None)
            for item in batch.items
        ]
        results = [(result.key, result.signature, result.found) for result in batch.results]
        finished = [(signatures[file], file) for file, _ in batch.finished]
        with self._transaction():
            self._data.executemany("INSERT OR REPLACE INTO items VALUES (?, ?, ?, ?)", items)
            self._data.executemany("INSERT OR REPLACE INTO results VALUES (?, ?, ?)", results)
            self._data.executemany("UPDATE files SET signature = ? WHERE number = ?", finished)
            self._data.executemany("DELETE FROM items WHERE file = ? AND number > ?", batch.finished)

    def holds_several(self, file: int) -> bool:
        """Tells whether a file has more than one item."""
        return self._data.execute("SELECT 1 FROM items WHERE file = ? AND number = 2", (file,)).fetchone() is not None

    def items_of(self, file: int) -> Iterator[tuple[int, Rejection | None, bytes, dict[str, Any]]]:
        """Yields the items of a file in order: number, and the rejection or signature and fields of the result."""
        rows: Iterable[tuple] = self._data.execute(
            "SELECT number, rejection, signature, found FROM items LEFT JOIN results USING (key) "
            "WHERE file = ? ORDER BY number",
            (file,),
        )
        for number, rejection, signature, found in rows:
            if rejection is not None:
                yield number, Rejection(**json.loads(rejection)), b"", {}
            else:
                yield number, None, signature, unpack(found)
