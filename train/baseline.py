"""Measures the plain way on one corpus: a sequence classifier, one marked pass a case, one task.

python train/baseline.py CORPUS [--backbone B] [--epochs N] [--rate R] [--seed N] [--raw DIR] [--json FILE]
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
    "The rows are those of train/evaluate.py; train rows whose sentence stands in dev or test are left out. "
    "What was cut off goes on with the same command. "
    "Exit status: 0 done; 1 nothing to train on; 2 wrong usage; 130 interrupted."
)


def baseline(
    corpus: Annotated[str, typer.Argument(help="dse, seesaw, newsmtsc-rw, newsmtsc-mt or gold.")],
    backbone: Annotated[
        str, typer.Option(help="all-MiniLM-L6-v2, all-mpnet-base-v2, a folder or a hub id.")
    ] = "all-MiniLM-L6-v2",
    epochs: Annotated[int, typer.Option(min=1)] = 4,
    rate: Annotated[float, typer.Option(help="Peak learning rate.")] = 1e-4,
    seed: Annotated[int, typer.Option()] = 13,
    raw: Annotated[Optional[Path], typer.Option(help="Folder with the corpora; default: data/raw.")] = None,
    json: Annotated[Optional[Path], typer.Option(metavar="FILE", help="Also write the measures to this file.")] = None,
) -> None:
    """Fine-tunes a plain classifier on a corpus's own labels and measures it on the corpus's dev split."""
    from models.backbone import BackboneError
    from models.writers import CannotWrite, check_writable
    from train.plain import CannotTrain, run_plain

    try:
        if json:
            check_writable(json, "--json")
        run_plain(corpus, backbone, epochs, rate, seed, raw, json)
    except (BackboneError, CannotTrain, CannotWrite) as error:
        typer.echo(f"cannot train: {error}", err=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        typer.echo("interrupted: the same command goes on from the last checkpoint", err=True)
        raise typer.Exit(130) from None


def main(arguments: list[str] | None = None) -> int:
    """Runs the command and returns its exit status."""
    return run_command(baseline, arguments, _EPILOG)


if __name__ == "__main__":
    sys.exit(main())
