"""Keeps what was measured at each epoch beside the checkpoints, so that no tracking server is needed to know it."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

_FILE = "epochs.jsonl"


@dataclass(frozen=True, slots=True)
class Entry:
    """What was measured at the end of an epoch.

    Attributes:
        number: The epoch, from 1.
        time: When, in milliseconds since 1970.
        metrics: The measures.
    """

    number: int
    time: int
    metrics: Mapping[str, float]


class Journal:
    """The epochs of a training, in its folder; a training that goes on goes on with it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / _FILE

    def add(self, number: int, metrics: Mapping[str, float]) -> None:
        """Writes an epoch down, unless it is there already: measured again after a cut, it gives the same."""
        if all(entry.number != number for entry in self.entries()):
            entry = Entry(number, round(1000 * time.time()), dict(metrics))
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(entry)) + "\n")

    def entries(self) -> list[Entry]:
        """Returns the epochs in order; a line that was cut off in writing does not count."""
        if not self.path.exists():
            return []
        found = []
        for line in self.path.read_text(encoding="utf-8").splitlines():
            try:
                found.append(Entry(**json.loads(line)))
            except (ValueError, TypeError):
                continue
        return found

    def clear(self) -> None:
        """Forgets all epochs."""
        self.path.unlink(missing_ok=True)
