"""Lays runs side by side, and moves the champion by the evidence.

python train/compare.py [RUN ...] [--last N] [--filter CONDITION] [--baseline RUN] [--out FILE.md|FILE.csv]
python train/compare.py --promote RUN | --roll-back | --promotions
"""

from __future__ import annotations

import sys
from pathlib import Path

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from data.command import run_command

if TYPE_CHECKING:
    from train.comparison import Comparison

Split = StrEnum("Split", {"dev": "dev", "test": "test"})
_LAST = 5
_EPILOG = (
    "Intervals are 95 % over resampled documents; changes are paired, on the pairs that both runs judged. "
    "Exit status: 0 done; 1 no such run, or no answer; 2 wrong usage; 4 promotion refused."
)


def compare(
    names: Annotated[
        Optional[list[str]],
        typer.Argument(metavar="[RUN]...", help="Ids, names or the beginnings of either; models:/visavis@champion."),
    ] = None,
    last: Annotated[Optional[int], typer.Option(min=1, help="The last runs, after those named; alone: 5.")] = None,
    condition: Annotated[
        str, typer.Option("--filter", help="An MLflow filter for the last runs, such as \"params.recipe = 'quick'\".")
    ] = "",
    baseline: Annotated[
        Optional[str], typer.Option(metavar="RUN", help="Changes are against it, not the first.")
    ] = None,
    split: Annotated[Split, typer.Option(help="The split that is compared.")] = Split.dev,
    examples: Annotated[int, typer.Option(min=0, help="Pairs to show that one run gets right and another wrong.")] = 5,
    out: Annotated[Optional[Path], typer.Option(metavar="FILE", help="Also write it as .md or .csv.")] = None,
    promote: Annotated[
        Optional[str], typer.Option(metavar="RUN", help="Make its model the champion, if it is better beyond chance.")
    ] = None,
    level: Annotated[
        float, typer.Option(min=0.5, max=1, help="With --promote: share of the resamplings in which it is better.")
    ] = 0.95,
    roll_back: Annotated[bool, typer.Option("--roll-back", help="Make the previous champion champion again.")] = False,
    promotions: Annotated[bool, typer.Option("--promotions", help="Print the promotion log.")] = False,
) -> None:
    """Compares runs: the settings that differ, their figures with intervals, and examples of the difference."""
    if out and out.suffix not in (".md", ".csv"):
        raise typer.BadParameter(f"expected a file .md or .csv, found {out.name}", param_hint="--out")

    from models.backbone import BackboneError
    from models.classifier import ModelError
    from models.registry import ModelNotFound
    from train.history import RunNotFound
    from train.promotion import CannotPromote
    from train.server import Unreachable, answering

    try:
        with answering():
            if roll_back or promotions or promote:
                done = _move(promote, level, roll_back)
            else:
                done = _show(_comparison(names or [], last, condition, baseline, split), examples, out)
    except (BackboneError, CannotPromote, ModelError, ModelNotFound, RunNotFound, Unreachable) as error:
        typer.echo(f"cannot compare: {error}", err=True)
        raise typer.Exit(1) from None
    if not done:
        raise typer.Exit(4)


def _move(promote: str | None, level: float, back: bool) -> bool:
    from train.history import find_runs
    from train.promotion import promote as promoted
    from train.promotion import roll_back
    from train.registration import REFUSED, promotion_log
    from train.server import connect

    connect()
    if promote:
        move = promoted(find_runs([promote])[0], level)
        typer.echo(move.words)
        return move.outcome != REFUSED
    typer.echo(roll_back().words if back else "\n".join(promotion_log()) or "nothing was promoted yet")
    return True


def _comparison(names: list[str], last: int | None, condition: str, baseline: str | None, split: Split) -> Comparison:
    from train.comparison import Comparison
    from train.history import find_runs, tables

    named = [*([baseline] if baseline else []), *names]
    runs = find_runs(named) if named else []
    if last or condition or not names:
        runs += find_runs(condition=condition, last=last or (None if condition else _LAST))
    runs = list({run.id: run for run in runs}.values())
    return Comparison(runs, tables(runs, split), split)


def _show(comparison: Comparison, examples: int, out: Path | None) -> bool:
    from rich.console import Console

    from train.comparison import as_frame, as_markdown
    from train.comparison_report import print_disagreements, print_sheet

    sheets = [sheet for sheet in comparison.sheets() if len(sheet.columns) > 1]
    console = Console()
    for sheet in sheets:
        print_sheet(console, sheet)
    if examples and len(comparison.runs) > 1:
        print_disagreements(console, comparison, examples)
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        text = as_markdown(sheets) if out.suffix == ".md" else as_frame(sheets).to_csv(index=False)
        out.write_text(text, encoding="utf-8")
        console.print(f"written to {out}", soft_wrap=True, markup=False)
    return True


def main(arguments: list[str] | None = None) -> int:
    """Runs the command and returns its exit status."""
    return run_command(compare, arguments, _EPILOG)


if __name__ == "__main__":
    sys.exit(main())
