"""Bars of work: of what is counted, and of articles that are scored."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from data.schema import Rejection
from models.state import Result, unpack

_SHOWN = 20
_PAUSE = 30.0  # seconds between two lines


class _Lines:
    """Tells where there is no terminal when the next line about long work is due."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._said = time.monotonic()

    def are_due(self) -> bool:
        if self._console.is_terminal or time.monotonic() <= self._said + _PAUSE:
            return False
        self._said = time.monotonic()
        return True


class CountingBar(Progress):
    """A bar that goes when the work is done; where there is no terminal, a line at most every half minute."""

    def __init__(self, console: Console) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        super().__init__(*columns, console=console, transient=True)
        self._lines = _Lines(console)

    def advance(self, task_id: TaskID, advance: float = 1) -> None:
        """Counts work that was done."""
        super().advance(task_id, advance)
        if self._lines.are_due():
            task = self._tasks[task_id]
            self.console.print(f"{task.description}: {task.completed:,.0f} of {task.total:,.0f}", highlight=False)


def counting_bar() -> CountingBar:
    """Returns a bar on standard error: description, done of total, time left."""
    return CountingBar(Console(stderr=True))


class ScoringBar:
    """A bar over bytes read, with articles a second, time left, stances found and inputs rejected.

    Where there is no terminal, a line at most every half minute.
    """

    def __init__(self, total: int, console: Console | None = None) -> None:
        self.console = console or Console(stderr=True)
        self._lines = _Lines(self.console)
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[found]} stances, {task.fields[rejected]} rejected"),
            console=self.console,
            transient=True,
        )
        self.task: TaskID = self.progress.add_task("scoring", total=total, rate="", found=0, rejected=0)
        self.started = time.monotonic()
        self.articles = self.stances = self.rejected = 0

    def read(self, size: int) -> None:
        """Counts bytes that were read."""
        self.progress.advance(self.task, size)

    def reject(self, rejection: Rejection, name: str) -> None:
        """Counts a rejection, and prints the first ones."""
        self.rejected += 1
        self.progress.update(self.task, rejected=self.rejected)
        if self.rejected <= _SHOWN:
            where = f"{name}, line {rejection.line}" if rejection.line else name
            self.console.print(f"rejected {where}: {rejection.reason}", style="yellow", markup=False)
        elif self.rejected == _SHOWN + 1:
            self.console.print("more rejected: errors.jsonl will have them all", style="yellow")

    def found(self, results: Sequence[Result]) -> None:
        """Counts articles that were scored, and their stances."""
        self.articles += len(results)
        self.stances += sum(r["stance"] != "neutral" for result in results for r in unpack(result.found)["records"])
        rate = self.articles / max(1e-6, time.monotonic() - self.started)
        self.progress.update(self.task, rate=f"{rate:.1f} articles/s", found=self.stances)
        if self._lines.are_due():
            left = self.progress.tasks[self.task].time_remaining
            self.console.print(
                f"scoring: {self.articles:,} articles, {rate:.1f} a second, {self.stances:,} stances, "
                f"{self.rejected:,} rejected"
                + (f", {timedelta(seconds=round(left))} left" if left else ""),
                highlight=False, soft_wrap=True,
            )  # fmt: skip
