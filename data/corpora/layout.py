"""What upstream files have in common: lines with numbers, and training files that hold the dev split too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from data.splits import split_of


def numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yields the lines of a UTF-8 file that are not blank, with their numbers; nothing where there is no file."""
    if path.exists():
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
            if line.strip():
                yield number, line


def is_in_split(document: str, split: str) -> bool:
    """Tells whether a document of a file is in a split: all are in test's, train's holds dev by their hash."""
    return split == "test" or (split == "dev") is (split_of(document) == "dev")
