"""Lays runs side by side: what was chosen, what they reach, where they differ and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from data.schema import STANCES
from train.bootstrap import Estimate, differences, estimates
from train.config import flattened
from train.history import TrackedRun
from train.predictions import Answers, answers_of

Cell = str | float | int | Estimate | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of a comparison; the first column names the run.

    Attributes:
        title: What it shows.
        columns: Names of the columns.
        rows: Cells, a row a run.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def words(self, row: Sequence[Cell]) -> list[str]:
        """Says the cells of a row in words: estimates with their intervals, changes with their sign."""
        signs = ("+" if column.endswith("change") else "" for column in self.columns)
        return [_in_words(cell, sign) for cell, sign in zip(row, signs, strict=True)]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A pair that one of two runs got right and the other wrong."""

    gold: str
    baseline: str
    other: str
    source: str
    target: str
    text: str


@dataclass(frozen=True)
class Comparison:
    """Runs beside a baseline, which is the first of them.

    Attributes:
        runs: The runs.
        tables: The predictions of each on one split.
        split: The split.
    """

    runs: Sequence[TrackedRun]
    tables: Sequence[pd.DataFrame]
    split: str

    @cached_property
    def answers(self) -> list[Answers]:
        """The answers of each run."""
        return [answers_of(table) for table in self.tables]

    def sheets(self) -> list[Sheet]:
        """Returns the tables of the comparison."""
        return [self._runs(), self._settings(), self._classes(), self._corpora()]

    def disagreements(self, other: int, count: int) -> tuple[list[Disagreement], list[Disagreement]]:
        """Returns pairs that the baseline got right and another run wrong, and the other way round.

        Args:
            other: Index of the other run.
            count: How many of each at most; those on which the one that is wrong is surest come first.
        """
        first = self.tables[0].drop_duplicates("pair").set_index("pair", drop=False)
        second = self.tables[other].drop_duplicates("pair").set_index("pair", drop=False)
        both = first[first["gold"] != ""].join(second[["predicted", "confidence"]], how="inner", rsuffix="_other")
        right, other_right = both["predicted"] == both["gold"], both["predicted_other"] == both["gold"]
        lost = both[right & ~other_right].sort_values("confidence_other", ascending=False, kind="stable")
        won = both[~right & other_right].sort_values("confidence", ascending=False, kind="stable")
        return [_disagreement(r) for r in _rows(lost, count)], [_disagreement(r) for r in _rows(won, count)]

    def _runs(self) -> Sheet:
        rows = []
        for run, own, gap in zip(self.runs, self._own, self._gaps, strict=True):
            metrics = run.metrics
            rows.append(
                (
                    run.name, run.version or "", own["all"].n, own["all"], gap["all"] if gap else None,
                    gap["all"].n if gap else None, _percent(metrics.get("best/behaviour/all")),
                    metrics.get(f"best/{self.split}/sentiment_macro_f1"),
                    metrics.get(f"best/{self.split}/calibration_error"),
                    _whole(metrics.get("best/speed/pairs_per_second")),
                )
            )  # fmt: skip
        columns = ("run", "version", "pairs", "macro-F1", "change", "shared pairs", "behaviour %", "sentiment", "ECE",
                   "pairs/s")  # fmt: skip
        return Sheet(f"stance on {self.split}, changes against {self.runs[0].name}", columns, tuple(rows))

    def _settings(self) -> Sheet:
        flat = [flattened(run.settings) for run in self.runs]
        names = {name for settings in flat for name in settings}
        differing = sorted(name for name in names if len({str(settings.get(name)) for settings in flat}) > 1)
        rows = [
            (run.name, *(str(settings.get(name, "")) for name in differing))
            for run, settings in zip(self.runs, flat, strict=True)
        ]
        return Sheet("settings that differ", ("run", *differing), tuple(rows))

    def _classes(self) -> Sheet:
        names = [str(stance) for stance in STANCES]
        rows = [
            (run.name, *(cell for name in names for cell in (own[name], gap[name] if gap else None)))
            for run, own, gap in zip(self.runs, self._own, self._gaps, strict=True)
        ]
        columns = [column for name in names for column in (f"{name} F1", f"{name} change")]
        return Sheet(f"by stance on {self.split}", ("run", *columns), tuple(rows))

    def _corpora(self) -> Sheet:
        corpora = sorted({str(corpus) for answers in self.answers for corpus in answers.corpora})
        rows: list[tuple[Cell, ...]] = []
        for run, answers in zip(self.runs, self.answers, strict=True):
            cells: list[Cell] = [run.name]
            for corpus in corpora:
                part, base = (a.at(a.corpora == corpus) for a in (answers, self.answers[0]))
                cells.append(estimates(part)["all"] if len(part) else None)
                gap = differences(part, base)["all"] if answers is not self.answers[0] else None
                cells.append(gap if gap and gap.n else None)
            rows.append(tuple(cells))
        columns = [column for name in corpora for column in (f"{name} macro-F1", f"{name} change")]
        return Sheet(f"by corpus on {self.split}", ("run", *columns), tuple(rows))

    @cached_property
    def _own(self) -> list[dict[str, Estimate]]:
        return [estimates(answers) for answers in self.answers]

    @cached_property
    def _gaps(self) -> list[dict[str, Estimate] | None]:
        """How far each run lies above the baseline on the pairs that both judged; None for the baseline."""
        gaps: list[dict[str, Estimate] | None] = [None]
        for answers in self.answers[1:]:
            gap = differences(answers, self.answers[0])
            gaps.append(gap if gap["all"].n else None)
        return gaps


def as_markdown(sheets: Sequence[Sheet]) -> str:
    """Writes sheets as Markdown."""
    parts = []
    for sheet in sheets:
        lines = [f"### {sheet.title}", "", _line(sheet.columns), _line(["---"] * len(sheet.columns))]
        parts.append("\n".join(lines + [_line(sheet.words(row)) for row in sheet.rows]))
    return "\n\n".join(parts) + "\n"


def as_frame(sheets: Sequence[Sheet]) -> pd.DataFrame:
    """Joins sheets into one frame, a row a run; the ends of an interval are columns of their own."""
    rows = []
    for parts in zip(*(sheet.rows for sheet in sheets), strict=True):
        row: dict[str, Any] = {}
        for sheet, cells in zip(sheets, parts, strict=True):
            for column, cell in zip(sheet.columns, cells, strict=True):
                row |= _columns(column, cell)
        rows.append(row)
    return pd.DataFrame(rows)


def _in_words(cell: Cell, sign: str) -> str:
    if cell is None:
        return ""
    if isinstance(cell, Estimate):
        return f"{cell.value:{sign}.3f} [{cell.low:{sign}.3f}, {cell.high:{sign}.3f}]"
    return f"{cell:.3f}" if isinstance(cell, float) else str(cell)


def _columns(name: str, cell: Cell) -> dict[str, Any]:
    if isinstance(cell, Estimate):
        return {name: cell.value, f"{name} low": cell.low, f"{name} high": cell.high}
    return {name: cell}


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _rows(table: pd.DataFrame, count: int) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in table.head(count).to_dict("records")]


def _disagreement(row: Mapping[str, Any]) -> Disagreement:
    names = ("gold", "predicted", "predicted_other", "source", "target", "text")
    return Disagreement(*(str(row[name]) for name in names))


def _percent(share: float | None) -> str | None:
    return None if share is None else f"{100 * share:.1f}"


def _whole(number: float | None) -> int | None:
    return None if number is None else round(number)
