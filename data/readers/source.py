"""Opens article files: unpacks `.gz`, keeps to the limits, decodes, and repairs an encoding where that is safe."""

from __future__ import annotations

import codecs
import gzip
import io
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, BinaryIO, cast

MEGABYTE = 1_000_000
_BUFFER = 1 << 18
MOST_UNPACKED = 100  # times its own size; news text packs to a third or a tenth
_BROKEN_PACKING = (EOFError, gzip.BadGzipFile, zlib.error)
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROL = re.compile(r"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_RARE = 0.02  # share of the characters


class Unreadable(ValueError):
    """A file or a row cannot be used; `remedy` says what its owner can do."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class ArticleFile:
    """A file of articles; `name` is its path relative to the path that was asked for."""

    path: Path
    name: str


def _ignore(size: int) -> None:
    """Takes the number of bytes just read, and does nothing with it."""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How articles are read.

    Attributes:
        megabytes: Most that one article may take, and a `.gz` file that unpacks to over a hundred times its size.
        characters: Longest text of an article.
        columns: The column that holds a field, by field, where it is not named like the field.
        languages: ISO 639-1 codes of the languages that are read; empty for every one.
        advance: Called with the number of bytes just read from disk.
    """

    megabytes: int = 64
    characters: int = 1_000_000
    columns: Mapping[str, str] = field(default_factory=dict)
    languages: tuple[str, ...] = ()
    advance: Callable[[int], None] = _ignore

    @property
    def limit(self) -> int:
        """The most bytes that one article may take."""
        return self.megabytes * MEGABYTE


class _Counted(io.RawIOBase):
    """A file that tells how much was read of it."""

    def __init__(self, path: Path, advance: Callable[[int], None]) -> None:
        self._file = path.open("rb", buffering=0)
        self._advance = advance

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        size = self._file.readinto(buffer) or 0
        self._advance(size)
        return size

    def close(self) -> None:
        self._file.close()
        super().close()


class _Unpacked(io.RawIOBase):
    """What a `.gz` file holds, up to where it turns out to be a bomb."""

    def __init__(self, packed: BinaryIO, size: int, limit: int) -> None:
        self._packed = packed
        self._file = gzip.GzipFile(fileobj=packed)
        self._left = max(limit, MOST_UNPACKED * size)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        try:
            size = self._file.readinto(buffer)
        except _BROKEN_PACKING as error:
            raise Unreadable(f"broken gzip: {error}", "pack the file again; what follows was not read") from None
        self._left -= size
        if self._left < 0:
            raise Unreadable(
                f"the file unpacks to more than {MOST_UNPACKED} times its size",
                "unpack it yourself if you trust it, or raise --max-megabytes",
            )
        return size

    def close(self) -> None:
        self._file.close()
        self._packed.close()
        super().close()


def open_bytes(file: ArticleFile, options: ReadOptions) -> BinaryIO:
    """Opens a file for reading, unpacked.

    Raises:
        OSError: If it cannot be opened.
        Unreadable: While it is read, if its packing is broken or unpacks without measure.
    """
    packed = file.path.name.lower().endswith(".gz")
    size = file.path.stat().st_size if packed else 0
    raw = cast(BinaryIO, io.BufferedReader(cast(io.RawIOBase, _Counted(file.path, options.advance)), _BUFFER))
    return cast(BinaryIO, io.BufferedReader(_Unpacked(raw, size, options.limit), _BUFFER)) if packed else raw


def read_whole(file: ArticleFile, options: ReadOptions) -> bytes:
    """Returns all bytes of a file.

    Raises:
        OSError, Unreadable: If it cannot be read, or holds more than the limit.
    """
    with open_bytes(file, options) as source:
        raw = source.read(options.limit + 1)
    if len(raw) > options.limit:
        raise Unreadable(
            f"the file holds more than {options.megabytes} MB",
            "split it, or raise --max-megabytes if it is one article",
        )
    return raw


def open_lines(file: ArticleFile, options: ReadOptions) -> IO[str]:
    """Opens a file as text whose line ends stay as they are; a byte that cannot be decoded becomes half a surrogate.

    Raises:
        OSError: If it cannot be opened.
    """
    source = io.BufferedReader(cast(io.RawIOBase, open_bytes(file, options)), 1 << 16)
    encoding = _marked_encoding(source.peek(4)[:4]) or "utf-8-sig"
    return io.TextIOWrapper(source, encoding=encoding, errors="surrogateescape", newline="")


def lines_of(source: IO[str], limit: int) -> Iterator[tuple[int, str | None]]:
    """Yields the numbered lines of a text without their ends; None for one longer than the limit, in characters."""
    number = 0
    while line := source.readline(limit + 1):
        number += 1
        if len(line) > limit and not line.endswith("\n"):
            while line and not line.endswith("\n"):
                line = source.readline(limit)
            yield number, None
        else:
            yield number, line.rstrip("\r\n")


def decode(raw: bytes) -> str:
    """Decodes a text and drops a byte-order mark; nothing else changes.

    Text is UTF-8, or UTF-16 or UTF-32 that its mark shows, or else Windows-1252 where all but a few of the
    characters are ASCII, as they are in English.

    Raises:
        Unreadable: If the bytes are no text.
    """
    encoding = _marked_encoding(raw[:4])
    if encoding is None and b"\x00" in raw:
        raise Unreadable("not text: the file holds NUL bytes", "save the file as UTF-8 text")
    try:
        text = raw.decode(encoding or "utf-8-sig")
    except UnicodeDecodeError as error:
        if encoding is not None:
            remedy = "save the file as UTF-8 text"
            raise Unreadable(f"not {encoding} text: byte {error.start} cannot be decoded", remedy) from None
        text = _repaired(raw, error.start)
    if len(_CONTROL.findall(text)) > _RARE * len(text):
        raise Unreadable("not text: the file is full of control characters", "save the file as UTF-8 text")
    return text


def mend(text: str) -> str:
    """Returns a text that was decoded with half surrogates for bytes that are not UTF-8, decoded as in `decode`.

    Raises:
        Unreadable: If it is no text.
    """
    if "\x00" in text:
        raise Unreadable("not text: it holds NUL bytes", "save the file as UTF-8 text")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        if not all("\udc80" <= c <= "\udcff" for c in text if "\ud800" <= c <= "\udfff"):
            return text
        return _repaired(text.encode("utf-8", "surrogateescape"), error.start)
    return text


def _repaired(raw: bytes, place: int) -> str:
    rare = sum(byte > 127 for byte in raw) <= _RARE * len(raw)
    try:
        if rare:
            return raw.decode("cp1252")
    except UnicodeDecodeError:
        pass
    raise Unreadable(f"not UTF-8 text: byte {place} cannot be decoded", "save the file as UTF-8 text")


def _marked_encoding(start: bytes) -> str | None:
    return next((name for mark, name in _BYTE_ORDER_MARKS if start.startswith(mark)), None)
