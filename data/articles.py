"""Finds article files and reads them: files, folders, patterns and standard input, whatever their format."""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from data.readers import SUFFIXES, reader_of, suffix_of
from data.readers.fields import article_from_fields, article_from_text, is_unicode
from data.readers.source import ArticleFile, ReadOptions, Unreadable
from data.schema import Article, Rejection

__all__ = [
    "ArticleFile",
    "MissingInput",
    "ReadOptions",
    "article_from_fields",
    "article_from_text",
    "find_files",
    "is_unicode",
    "read_file",
]
_EXPECTED = f"{', '.join(SUFFIXES)}, each also with .gz"


class MissingInput(FileNotFoundError):
    """A path that was asked for does not exist or holds no article file."""


def find_files(paths: Iterable[str | Path]) -> list[ArticleFile]:
    """Lists the article files under the given files, folders and patterns, in a fixed order, each once.

    Folders are searched through; hidden files and folders and other suffixes are passed over. Links are
    followed, but no folder is searched twice. A folder that may not be searched comes as a file, whose reading
    says why. A name with `*`, `?` or `[` is a pattern, `**` any folders; names are then relative to the folder
    before the first of them.

    Raises:
        MissingInput: If a path does not exist, a named file has another suffix, or nothing is left.
    """
    asked = [Path(path) for path in paths]
    files: list[ArticleFile] = []
    for path in asked:
        if path.is_dir():
            files.extend(_inside(path))
        elif not os.path.lexists(path):
            files.extend(_matching(path))
        elif suffix_of(path) is None:
            raise MissingInput(f"{path}: expected a suffix of {_EXPECTED}, found {path.suffix!r}")
        elif path.exists() and not path.is_file():
            raise MissingInput(f"{path}: expected a file or folder of articles, found a device or pipe")
        else:
            files.append(ArticleFile(path, _name(path.name)))
    if not files:
        raise MissingInput(
            f"no article files in {', '.join(map(str, asked))}: expected {_EXPECTED}; give a folder that holds some"
        )
    unique: dict[str, ArticleFile] = {}
    for file in files:
        unique.setdefault(os.path.abspath(file.path), file)
    return list(unique.values())


def read_file(file: ArticleFile, options: ReadOptions = ReadOptions()) -> Iterator[Article | Rejection]:
    """Yields the articles of a file; what cannot be read or used comes as a Rejection in its place."""
    empty = True
    try:
        for item in reader_of(file.path)(file, options):
            empty = False
            yield item
    except OSError as error:
        reason = f"cannot be opened: {error.strerror or error}"
        yield Rejection(file.name, reason, "check that the file may be read")
    except Unreadable as error:
        yield Rejection(file.name, str(error), error.remedy)
    except ValueError as error:
        yield Rejection(file.name, str(error), "mend the file")
    else:
        if empty:
            yield Rejection(file.name, "the file is empty", "leave it out or fill it")


def _inside(folder: Path) -> Iterator[ArticleFile]:
    """Yields the article files below a folder, by name."""
    waiting, seen = [folder], set[tuple[int, int]]()
    while waiting:
        path = waiting.pop()
        try:
            found = path.stat()
            if not stat.S_ISDIR(found.st_mode):
                if stat.S_ISREG(found.st_mode):
                    yield ArticleFile(path, _name(path.relative_to(folder).as_posix()))
                continue
            if (found.st_dev, found.st_ino) not in seen:
                seen.add((found.st_dev, found.st_ino))
                entries = sorted(os.scandir(path), key=lambda entry: entry.name, reverse=True)
                waiting += [Path(entry.path) for entry in entries if _wanted(entry)]
        except OSError:  # reading says what is wrong with it
            yield ArticleFile(path, _name(path.relative_to(folder).as_posix()))


def _wanted(entry: os.DirEntry[str]) -> bool:
    if entry.name.startswith("."):
        return False
    try:
        return entry.is_dir() or suffix_of(Path(entry.name)) is not None
    except OSError:
        return suffix_of(Path(entry.name)) is not None


def _matching(pattern: Path) -> Iterator[ArticleFile]:
    """Yields the files that a pattern names, and those below the folders that it names."""
    first = next((i for i, part in enumerate(pattern.parts) if glob.has_magic(part)), None)
    if first is None:
        raise MissingInput(f"{pattern}: expected a file or folder of articles, found nothing there")
    for file in _inside(Path(*pattern.parts[:first])):
        if _fits(Path(file.name).parts, pattern.parts[first:]):
            yield file


def _fits(parts: Sequence[str], pattern: Sequence[str]) -> bool:
    """Tells whether a path, or a folder that it lies in, fits a pattern."""
    if not pattern:
        return True
    if pattern[0] == "**":
        return any(_fits(parts[i:], pattern[1:]) for i in range(len(parts)))
    return bool(parts) and fnmatchcase(parts[0], pattern[0]) and _fits(parts[1:], pattern[1:])


def _name(name: str) -> str:
    """Returns a file's name as it can be written: bytes that are not UTF-8 escaped."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
