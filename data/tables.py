"""Checks the actor tables, says which offices they cover, and adds what an extract of the World Factbook knows.

python data/tables.py [--tables FOLDER] [--factbook FILE.json]
"""

from __future__ import annotations

import sys
from pathlib import Path

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from typing import Annotated, Optional

import typer
from rich.console import Console

from data.actors.coverage import print_coverage
from data.actors.factbook import FIELDS, add_factbook, read_factbook
from data.actors.gazetteer import TABLES
from data.actors.rows import BadTable, print_counts, read_tables, write_tables
from data.command import run_command

_EPILOG = (
    "Without --factbook nothing is written. FILE.json is a list of objects with "
    f"{', '.join(FIELDS)}; what is missing in the tables is added, nothing in them changed. "
    "Exit status: 0 done; 1 a table or FILE.json is not as expected, nothing written; 2 wrong usage."
)


def tables(
    factbook: Annotated[
        Optional[Path],
        typer.Option(metavar="FILE.json", help="An extract of the World Factbook to take what is missing from."),
    ] = None,
    folder: Annotated[
        Path,
        typer.Option("--tables", metavar="FOLDER", show_default=False, help="The tables; default: the shipped ones."),
    ] = TABLES,
) -> None:
    """Checks the actor tables and prints what they cover, or adds to them what the World Factbook knows."""
    console = Console(markup=False, highlight=False, soft_wrap=True)
    try:
        read = read_tables(folder)
        if factbook:
            added, left = add_factbook(read, read_factbook(factbook))
            if added:
                write_tables(folder, read)
            console.print("\n".join([*added, f"additions: {len(added)}; left out: {left}"]))
        else:
            print_counts(read, console)
            print_coverage(read, console)
    except BadTable as error:
        typer.echo(f"not as expected: {error}", err=True)
        raise typer.Exit(1) from None


def main(arguments: list[str] | None = None) -> int:
    """Runs the command and returns its exit status."""
    return run_command(tables, arguments, _EPILOG)


if __name__ == "__main__":
    sys.exit(main())
