"""Measures how fast articles are scored here, and beside it the plain way: one marked pass for each pair.

python models/benchmark.py PATH... [--model M] [--articles N] [--workers N] [--json FILE]
"""

from __future__ import annotations

import sys
from pathlib import Path

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from typing import Annotated, Optional

import typer

from data.command import run_command

_EPILOG = "Exit status: 0 done; 1 cannot run; 2 wrong usage."


def benchmark(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Article files, folders or patterns.")],
    model: Annotated[
        str, typer.Option(help="A folder, models:/visavis@champion, models:/m-..., runs:/... or a hub id.")
    ] = "models/default",
    articles: Annotated[
        Optional[int], typer.Option(min=1, help="How many articles to score; more than there are are repeats.")
    ] = None,
    plain: Annotated[int, typer.Option(min=1, help="How many of them the plain way classifies as well.")] = 20,
    workers: Annotated[
        Optional[int], typer.Option(min=1, help="How many processes score; default: one for each core.")
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds of both ways; the ratios are medians over them.")] = 3,
    starts: Annotated[int, typer.Option(min=1, help="Starts with one article; their median is startup_s.")] = 5,
    json: Annotated[Optional[Path], typer.Option(metavar="FILE", help="Also write the figures to a file.")] = None,
) -> None:
    """Measures the scoring of articles and of its parts."""
    from models.measuring import measure
    from models.settings import CannotRun
    from models.writers import CannotWrite, check_writable

    try:
        if json:
            check_writable(json, "--json")
        measured = measure(paths, model, articles, plain, workers, rounds, starts)
    except (CannotRun, CannotWrite) as error:
        typer.echo(f"visavis cannot run: {error}", err=True)
        raise typer.Exit(1) from None
    measured.show()
    if json:
        measured.write(json)


def main(arguments: list[str] | None = None) -> int:
    """Runs the command and returns its exit status."""
    return run_command(benchmark, arguments, _EPILOG)


if __name__ == "__main__":
    sys.exit(main())
