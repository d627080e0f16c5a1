"""Serves a page on this machine that reads one pasted article: from text to marked stances.

python models/explore.py [--model M] [--actors FILE.yaml] [--port N]
"""

from __future__ import annotations

import sys
from pathlib import Path

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from typing import Annotated, Optional

import typer

from data.command import long_lived, run_command

_EPILOG = (
    "The page answers on 127.0.0.1 alone; what is pasted stays in this process. Ctrl-C ends it. "
    "Exit status: 0 done; 1 cannot run; 2 wrong usage; 130 interrupted."
)


def explore(
    model: Annotated[
        str, typer.Option(help="A folder, models:/visavis@champion, models:/m-..., runs:/... or a hub id.")
    ] = "models/default",
    actors: Annotated[
        Optional[Path],
        typer.Option(metavar="FILE.yaml", help="Actors of your own: name, aliases, kind, country, from, to; README."),
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the page; 0 for any that is free.")] = 8080,
) -> None:
    """Shows who condemns, supports or denies whom in an article that you paste, and which words carried it."""
    with long_lived():
        from models.explorer import CannotServe, listen, open_scorer, serve

    try:
        listener = listen(port)
        with long_lived():
            scorer = open_scorer(model, actors)
    except CannotServe as error:
        typer.echo(f"visavis cannot run: {error}", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"open http://127.0.0.1:{listener.getsockname()[1]} in a browser; Ctrl-C ends")
    try:
        serve(scorer, listener)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def main(arguments: list[str] | None = None) -> int:
    """Runs the command and returns its exit status."""
    return run_command(explore, arguments, _EPILOG)


if __name__ == "__main__":
    sys.exit(main())
