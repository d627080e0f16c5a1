"""Fine-tunes a model, tracks it in MLflow, evaluates it, registers it.

python train/run.py [--recipe FILE] [--set key=value ...] [--data FILE]
"""

from __future__ import annotations

import sys
from pathlib import Path

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from typing import Annotated, Optional

import typer

from data.command import run_command


def run(
    recipe: Annotated[
        Optional[str],
        typer.Option(
            help="A YAML file, or the name of one in train/recipes; default: small on data/built, else quick."
        ),
    ] = None,
    settings: Annotated[
        Optional[list[str]], typer.Option("--set", metavar="KEY=VALUE", help="Overrides a setting of the recipe.")
    ] = None,
    data: Annotated[
        Optional[Path], typer.Option(help="Labelled pairs (.jsonl or .csv) to train on instead, split by group.")
    ] = None,
    save: Annotated[Optional[Path], typer.Option(help="Also write the model to this folder.")] = None,
    fresh: Annotated[
        bool,
        typer.Option("--fresh", help="Start anew instead of going on with the same training where it was cut off."),
    ] = False,
) -> None:
    """Fine-tunes a model on labelled pairs; minutes on two cores with the gold alone."""
    from train.config import ConfigError, read_config
    from train.source import DataError, choose

    try:
        source = choose(data)
        config = read_config(recipe or source.recipe, settings or [])
    except (ConfigError, DataError) as error:
        typer.echo(f"cannot train: {error}", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"{source.description}; recipe {recipe or source.recipe}")

    from models.backbone import BackboneError
    from models.classifier import ModelError
    from models.registry import ModelNotFound
    from train.experiment import AlreadyRunning, run_experiment

    try:
        run_experiment(config, source, recipe or source.recipe, save, fresh)
    except (AlreadyRunning, BackboneError, ModelError, ModelNotFound) as error:
        typer.echo(f"cannot train: {error}", err=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        typer.echo("interrupted: the same command goes on from the last checkpoint", err=True)
        raise typer.Exit(130) from None


def main(arguments: list[str] | None = None) -> int:
    """Runs the command and returns its exit status."""
    return run_command(run, arguments)


if __name__ == "__main__":
    sys.exit(main())
