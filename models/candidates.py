"""Picks the most useful pairs to label next and writes them as Label Studio tasks.

python models/candidates.py PATH... --out TASKS.json [--count N] [--model M]
"""

from __future__ import annotations

import sys
from pathlib import Path

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from typing import Annotated

import typer

from data.command import run_command

_EPILOG = (
    "In Label Studio: create a project, paste TASKS.xml under Labeling Setup > Custom template, import TASKS.json, "
    "order the tasks by prediction score. Export as JSON; python data/label.py --import brings the labels back. "
    "Exit status: 0 done; 1 cannot run, nothing written; 2 wrong usage; 3 done, but some inputs were rejected."
)


def candidates(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Article files or folders.")],
    out: Annotated[
        Path, typer.Option(metavar="TASKS.json", help="Where the tasks go; TASKS.xml beside it is the interface.")
    ],
    count: Annotated[int, typer.Option(min=1, help="How many pairs to pick.")] = 200,
    model: Annotated[
        str, typer.Option(help="A folder, models:/visavis@champion, models:/m-..., runs:/... or a hub id.")
    ] = "models/default",
) -> None:
    """Exports the pairs that teach most: uncertain, of rare stances, and unlike each other."""
    from models.picking import CannotPick, pick_tasks
    from models.writers import CannotWrite, check_writable

    try:
        check_writable(out, "--out")
        picked = pick_tasks(paths, count, model)
        picked.write(out)
    except (CannotPick, CannotWrite, OSError) as error:
        typer.echo(f"cannot pick: {error}", err=True)
        raise typer.Exit(1) from None
    for rejection in picked.rejections:
        typer.echo(f"rejected {rejection.file}: {rejection.reason}: {rejection.remedy}", err=True)
    typer.echo(
        f"{picked.pairs} pairs in {len(picked.tasks)} tasks, of {picked.seen} pairs seen: {out}; "
        f"labelling interface: {out.with_suffix('.xml')}"
    )
    if picked.rejections:
        raise typer.Exit(3)


def main(arguments: list[str] | None = None) -> int:
    """Runs the command and returns its exit status."""
    return run_command(candidates, arguments, _EPILOG)


if __name__ == "__main__":
    sys.exit(main())
