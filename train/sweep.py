"""Searches the settings of a recipe: many short trainings, nested under one MLflow run.

python train/sweep.py [--recipe FILE] [--trials N] [--set key=value ...] [--data FILE]
"""

from __future__ import annotations

import sys
from pathlib import Path

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from importlib.util import find_spec
from typing import Annotated, Optional

import typer

from data.command import run_command


def sweep(
    recipe: Annotated[
        Optional[str], typer.Option(help="A YAML file with a key `search`, or the name of one in train/recipes.")
    ] = None,
    trials: Annotated[int, typer.Option(min=1, help="Trainings that end, those stopped early included.")] = 20,
    settings: Annotated[
        Optional[list[str]], typer.Option("--set", metavar="KEY=VALUE", help="A setting that all trials share.")
    ] = None,
    data: Annotated[Optional[Path], typer.Option(help="Labelled pairs (.jsonl or .csv), split by group.")] = None,
) -> None:
    """Searches a recipe's space for the best dev score; the same command goes on with an interrupted sweep."""
    if find_spec("optuna") is None:
        typer.echo("cannot search: optuna is not installed: pip install -e '.[sweep]'", err=True)
        raise typer.Exit(1)

    from models.backbone import BackboneError
    from models.classifier import ModelError
    from models.registry import ModelNotFound
    from train.config import ConfigError, training_command
    from train.experiment import AlreadyRunning
    from train.search import Sweep, best_settings, read_space, run_sweep
    from train.server import Unreachable
    from train.source import DataError, choose

    try:
        source = choose(data, recipe=recipe)
        chosen = recipe or source.recipe
        search = Sweep(chosen, settings or [], source, read_space(chosen, settings or []))
        study = run_sweep(search, trials)
    except (
        AlreadyRunning, BackboneError, ConfigError, DataError, ModelError, ModelNotFound, Unreachable,
    ) as error:  # fmt: skip
        typer.echo(f"cannot search: {error}", err=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        typer.echo("interrupted: the same command goes on with this sweep", err=True)
        raise typer.Exit(130) from None
    typer.echo(
        f"best dev score {study.best_value:.4f}, trial {study.best_trial.number + 1}; train and register it with:"
    )
    typer.echo(training_command(chosen, data, [*(settings or []), *best_settings(study)]))


def main(arguments: list[str] | None = None) -> int:
    """Runs the command and returns its exit status."""
    return run_command(sweep, arguments)


if __name__ == "__main__":
    sys.exit(main())
