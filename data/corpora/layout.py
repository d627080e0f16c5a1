"""What upstream files have in common: text, lines with numbers, and training files that hold the dev split too."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from data.splits import split_of


@contextmanager
def at_place(place: object) -> Iterator[None]:
    """Raises ValueError with the place in a corpus where something is not as upstream has it.

    Args:
        place: The file, with a line where it has some.
    """
    try:
        yield
    except KeyError as error:
        raise ValueError(f"{place}: expected {error}, found none") from error
    except (csv.Error, TypeError, ValueError) as error:
        raise ValueError(f"{place}: {error}") from error


def corpus_text(path: Path) -> str:
    """Returns the text of a corpus file.

    Raises:
        ValueError: If it is not UTF-8; names the file.
    """
    with at_place(path):
        return path.read_text(encoding="utf-8")


def numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yields the lines of a UTF-8 file that are not blank, with their numbers; nothing where there is no file."""
    if path.exists():
        for number, line in enumerate(corpus_text(path).split("\n"), start=1):
            if line.strip():
                yield number, line


def is_in_split(document: str, split: str) -> bool:
    """Tells whether a document of a file is in a split: all are in test's, train's holds dev by their hash."""
    return split == "test" or (split == "dev") is (split_of(document) == "dev")
