"""Trains the mention tagger on marked texts.

python train/tagger.py --out DIR [--raw DIR] [--layers N] [--teacher DIR] [--epochs N] [--dev-share P]
"""

from __future__ import annotations

import sys
from pathlib import Path

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from typing import Annotated, Optional

import typer

from data.command import run_command

_EPILOG = (
    "Learns from data/gold/mentions over the corpora that are there, those cleared for commercial use unless "
    "--research is given. Exit status: 0 done; 1 nothing to learn from, or no teacher; 2 wrong usage."
)


def tagger(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for config and weights.")],
    raw: Annotated[
        Optional[Path], typer.Option(help="Folder with the corpora, each in its upstream layout; default: data/raw.")
    ] = None,
    epochs: Annotated[int, typer.Option(min=1, help="Passes over the texts.")] = 14,
    layers: Annotated[int, typer.Option(min=1, help="Layers of the encoder that are used, from the first.")] = 3,
    teacher: Annotated[
        Optional[Path],
        typer.Option(metavar="DIR", help="A larger tagger: what it says of unlabelled sentences is learnt too."),
    ] = None,
    learning_rate: Annotated[float, typer.Option(min=0.0, help="Highest rate of the encoder's schedule.")] = 3e-4,
    dev_share: Annotated[float, typer.Option(min=0.0, max=0.5, help="Share of the texts to measure on.")] = 0.0,
    research: Annotated[bool, typer.Option("--research", help="Use corpora without commercial terms too.")] = False,
    seed: Annotated[int, typer.Option(help="Seed of everything random.")] = 13,
) -> None:
    """Trains the tagger that finds actor mentions, and saves it."""
    from models.classifier import ModelError
    from models.writers import CannotWrite, check_writable
    from train.tagging import Settings, train_tagger

    try:
        check_writable(out / "config.json", "--out")
        train_tagger(Settings(epochs, layers, learning_rate, teacher, dev_share, research, seed), raw, out)
    except (CannotWrite, LookupError, ModelError) as error:
        typer.echo(f"cannot train: {error}", err=True)
        raise typer.Exit(1) from None


def main(arguments: list[str] | None = None) -> int:
    """Runs the command and returns its exit status."""
    return run_command(tagger, arguments, _EPILOG)


if __name__ == "__main__":
    sys.exit(main())
