"""Prints a comparison of runs in a terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.console import Console
from rich.table import Table

from train.comparison import Comparison, Disagreement, Sheet


def print_sheet(console: Console, sheet: Sheet) -> None:
    """Prints a sheet, in as many tables as the width of the terminal needs."""
    columns = list(zip(sheet.columns, *(sheet.words(row) for row in sheet.rows), strict=True))
    for number, part in enumerate(_fitting(columns, console.width)):
        title = sheet.title if number == 0 else None
        table = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
        for index, column in enumerate(part):
            table.add_column(column[0], justify="left" if index == 0 else "right", no_wrap=True)
        for cells in zip(*(column[1:] for column in part), strict=True):
            table.add_row(*cells)
        console.print(table)
        console.print()


def print_disagreements(console: Console, comparison: Comparison, count: int) -> None:
    """Prints what the baseline gets right and each other run wrong, and the other way round, of the first few runs."""
    baseline = comparison.runs[0].name
    for index, run in enumerate(comparison.runs[1:3], start=1):
        lost, won = comparison.disagreements(index, count)
        _print_pairs(console, f"right in {baseline}, wrong in {run.name}", lost, lambda d: d.other)
        _print_pairs(console, f"wrong in {baseline}, right in {run.name}", won, lambda d: d.baseline)


def _print_pairs(
    console: Console, title: str, pairs: Sequence[Disagreement], wrong: Callable[[Disagreement], str]
) -> None:
    console.print(title if pairs else f"{title}: none", style="italic", markup=False, soft_wrap=True)
    for pair in pairs:
        console.print(
            f"  {pair.source or '(author)'} -> {pair.target}: {pair.gold}, not {wrong(pair)}: {pair.text}",
            markup=False, highlight=False, soft_wrap=True,
        )  # fmt: skip
    console.print()


def _fitting(columns: Sequence[Sequence[str]], width: int) -> list[list[Sequence[str]]]:
    """Spreads columns over tables that are not wider than the terminal; each begins with the first column."""
    widths = [max(map(len, column)) + 2 for column in columns]
    parts: list[list[Sequence[str]]] = [[columns[0]]]
    left = width - widths[0]
    for column, needed in zip(columns[1:], widths[1:], strict=True):
        if needed > left and len(parts[-1]) > 1:
            parts.append([columns[0]])
            left = width - widths[0]
        parts[-1].append(column)
        left -= needed
    return parts
