"""Builds one leak-free data set from the gold and every corpus that is there.

python data/build.py [--raw DIR] [--out DIR] [--commercial]
"""

from __future__ import annotations

import sys
from pathlib import Path

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from typing import Annotated

import typer

from data.assembly import assemble
from data.built import BUILT, CARD, check_replaceable, content_digest, write_built
from data.card import count_table, data_card
from data.checks import check_splits, check_withheld
from data.command import run_command
from data.corpora import CORPORA, RAW

_EPILOG = "Exit status: 0 done; 1 cannot build, nothing written; 2 wrong usage. data/checks.py proves any build again."


def build_data(
    raw: Annotated[Path, typer.Option(help="Folder with the corpora, each in its upstream layout.")] = RAW,
    out: Annotated[Path, typer.Option(help="Folder for the data set; a data set there is replaced.")] = BUILT,
    commercial: Annotated[
        bool, typer.Option("--commercial", help="Leave out what a commercial model may not be trained on.")
    ] = False,
) -> None:
    """Joins the gold and every corpus found under RAW into train, dev and test, without leaks."""
    try:
        check_replaceable(out)
        if raw != RAW and not raw.is_dir():
            raise ValueError(f"--raw {raw}: expected a folder of corpora, found none; python data/fetch.py brings them")
        assembly = assemble(raw, commercial)
        check_splits(assembly.splits, assembly.reserved)
        check_withheld(assembly.splits)
        digest = content_digest(assembly.splits)
        card = data_card(assembly, digest)
        write_built(out, assembly.splits, {"commercial": commercial, "corpora": sorted(assembly.dropped)}, card)
    except (OSError, ValueError) as error:
        typer.echo(f"cannot build: {error}", err=True)
        raise typer.Exit(1) from None
    typer.echo("\n".join(count_table(assembly.splits)))
    typer.echo(f"{sum(assembly.purged.taken.values())} pairs taken out, so that no split repeats another")
    typer.echo(f"written to {out}, digest {digest}; {out / CARD} tells what is in it and what is not")
    if absent := [n for n, c in CORPORA.items() if n not in assembly.dropped and (c.COMMERCIAL or not commercial)]:
        typer.echo(
            f"not under {raw}, or in another layout, so left out: {', '.join(absent)}; data/fetch.py brings them"
        )


def main(arguments: list[str] | None = None) -> int:
    """Runs the command and returns its exit status."""
    return run_command(build_data, arguments, _EPILOG)


if __name__ == "__main__":
    sys.exit(main())
