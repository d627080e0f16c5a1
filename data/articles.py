"""Reads articles from files and folders: `.txt`, `.md`, `.jsonl` and `.csv`."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from data.schema import Article, Rejection

SUFFIXES = (".txt", ".md", ".jsonl", ".csv")
_FIELDS = "text, and where known title, published (or date), url, id"


class MissingInput(FileNotFoundError):
    """A path that was asked for does not exist or holds no article file."""


@dataclass(frozen=True, slots=True)
class ArticleFile:
    """A file of articles; `name` is its path relative to the path that was asked for."""

    path: Path
    name: str


def find_files(paths: Iterable[str | Path]) -> list[ArticleFile]:
    """Lists the article files under the given files and folders, in a fixed order.

    Folders are searched through; hidden files and folders and other suffixes are passed over.

    Raises:
        MissingInput: If a path does not exist, a named file has another suffix, or nothing is left.
    """
    files: list[ArticleFile] = []
    for path in map(Path, paths):
        if path.is_dir():
            files.extend(
                ArticleFile(file, file.relative_to(path).as_posix())
                for file in sorted(path.rglob("*"))
                if file.suffix.lower() in SUFFIXES
                and file.is_file()
                and not any(part.startswith(".") for part in file.relative_to(path).parts)
            )
        elif not path.exists():
            raise MissingInput(f"{path}: expected a file or folder of articles, found nothing there")
        elif path.suffix.lower() not in SUFFIXES:
            raise MissingInput(f"{path}: expected a suffix of {', '.join(SUFFIXES)}, found {path.suffix!r}")
        else:
            files.append(ArticleFile(path, path.name))
    if not files:
        raise MissingInput(
            f"no article files in {', '.join(map(str, paths))}: expected {', '.join(SUFFIXES)}; "
            "give a folder that holds some"
        )
    return files


def read_file(file: ArticleFile) -> Iterator[Article | Rejection]:
    """Yields the articles of a file; what cannot be read comes as a Rejection in its place."""
    try:
        text = decode(file.path.read_bytes())
    except OSError as error:
        yield Rejection(file.name, f"cannot be opened: {error.strerror}", "check that the file may be read")
        return
    except ValueError as error:
        yield Rejection(file.name, str(error), "save the file as UTF-8 text")
        return
    if not text.strip():
        yield Rejection(file.name, "the file is empty", "leave it out or fill it")
        return
    suffix = file.path.suffix.lower()
    if suffix == ".jsonl":
        yield from _read_jsonl(file, text)
    elif suffix == ".csv":
        yield from _read_csv(file, text)
    else:
        yield article_from_text(text, file.name)


def decode(raw: bytes) -> str:
    """Decodes UTF-8, drops a byte-order mark and turns CRLF into LF; nothing else changes.

    Raises:
        ValueError: If the bytes are not UTF-8 text.
    """
    if b"\x00" in raw:
        raise ValueError("not text: the file holds NUL bytes")
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 text: byte {error.start} cannot be decoded") from None


def _read_jsonl(file: ArticleFile, text: str) -> Iterator[Article | Rejection]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield Rejection(file.name, f"broken JSON: {error}", "mend or remove the line", number)
            continue
        if not isinstance(row, dict):
            reason = f"expected a JSON object, found {type(row).__name__}"
            yield Rejection(file.name, reason, f"write one object a line with {_FIELDS}", number)
            continue
        yield _article(row, file, number, number)


def _read_csv(file: ArticleFile, text: str) -> Iterator[Article | Rejection]:
    csv.field_size_limit(2**31 - 1)
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    if "text" not in (reader.fieldnames or ()):
        reason = f"expected a column named text, found {', '.join(reader.fieldnames or ()) or 'none'}"
        yield Rejection(file.name, reason, f"name the columns {_FIELDS}", 1)
        return
    row_number = 0
    while True:
        row_number += 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            line = reader.reader.line_num
            yield Rejection(file.name, f"broken CSV: {error}", "mend the quoting; what follows was not read", line)
            return
        yield _article(row, file, row_number, reader.line_num)


def article_from_text(text: str, article_id: str) -> Article:
    """Builds an article from bare text, whose first line that is not blank is the title."""
    title = next((line.strip() for line in text.split("\n") if line.strip()), None)
    return Article(id=article_id, text=text, title=title)


def article_from_fields(row: Mapping[str, object], default_id: str) -> Article:
    """Builds an article from `id?, title?, text, published?` (or `date`)`, url?`.

    The article's text is the title, a blank line and the body.

    Raises:
        ValueError: If there is no text, or a field is not a string.
    """
    fields = {name: row.get(name) for name in ("id", "title", "text", "published", "date", "url")}
    if isinstance(fields["id"], int):
        fields["id"] = str(fields["id"])
    for name, value in fields.items():
        if value is not None and not isinstance(value, str):
            raise ValueError(f"expected {name} to be a string, found {type(value).__name__}")
        if value and not is_unicode(value):
            raise ValueError(f"{name} holds half a surrogate pair, which is no character")
    body = str(fields["text"] or "")
    if not body.strip():
        raise ValueError("no text")
    title = str(fields["title"]).strip() if fields["title"] else None
    published = fields["published"] or fields["date"]
    return Article(
        id=str(fields["id"] or default_id),
        text=f"{title}\n\n{body}" if title else body,
        title=title,
        published=str(published) if published else None,
        url=str(fields["url"]) if fields["url"] else None,
    )


def is_unicode(text: str) -> bool:
    """Tells whether a string can be written as UTF-8; JSON escapes can hold half a surrogate pair."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _article(row: Mapping[str, object], file: ArticleFile, number: int, line: int) -> Article | Rejection:
    try:
        return article_from_fields(row, f"{file.name}#{number}")
    except ValueError as error:
        return Rejection(file.name, str(error), f"give each article {_FIELDS}", line)
