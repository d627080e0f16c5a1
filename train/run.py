"""Fine-tunes a model, tracks it in MLflow, evaluates it, registers it.

python train/run.py [--recipe FILE] [--set key=value ...] [--data FILE] [--promote]
"""

from __future__ import annotations

import sys
from pathlib import Path

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from typing import TYPE_CHECKING, Annotated, Optional

import typer

from data.command import run_command

if TYPE_CHECKING:
    from train.experiment import Outcome


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
    promote: Annotated[
        bool,
        typer.Option("--promote", help="Make the model the champion if it is better beyond chance, else status 4."),
    ] = False,
    fresh: Annotated[
        bool,
        typer.Option("--fresh", help="Start anew instead of going on with the same training where it was cut off."),
    ] = False,
) -> None:
    """Fine-tunes a model on labelled pairs; minutes on two cores with the gold alone."""
    if save and (files := [path for path in (save, *save.parents) if path.is_file()]):
        raise typer.BadParameter(f"expected a folder, {files[0]} is a file: give another", param_hint="--save")

    from models.writers import CannotWrite, check_writable
    from train.config import ConfigError, read_config
    from train.source import DataError, check_weights, choose

    try:
        if save:
            check_writable(save / "config.json", "--save")
        source = choose(data, recipe=recipe)
        config = read_config(recipe or source.recipe, settings or [])
        missing = check_weights(config.corpus_weights, source)
    except (CannotWrite, ConfigError, DataError) as error:
        typer.echo(f"cannot train: {error}", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"{source.description}; recipe {recipe or source.recipe}")
    if missing:
        typer.echo(missing, err=True)

    from models.backbone import BackboneError
    from models.classifier import ModelError
    from models.registry import ModelNotFound
    from train.experiment import AlreadyRunning, run_experiment
    from train.history import RunNotFound
    from train.server import Unreachable

    try:
        outcome = run_experiment(config, source, recipe or source.recipe, save, fresh)
        promoted = not outcome or _conclude(outcome, promote)
    except (AlreadyRunning, BackboneError, ModelError, ModelNotFound, RunNotFound, Unreachable) as error:
        typer.echo(f"cannot train: {error}", err=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        typer.echo("interrupted: the same command goes on from the last checkpoint", err=True)
        raise typer.Exit(130) from None
    if not promoted:
        raise typer.Exit(4)


def _conclude(outcome: Outcome, wanted: bool) -> bool:
    """Promotes the model where that is wanted, or where there is no champion; says where model and run are.

    Returns:
        Whether what was wanted was done.
    """
    from train.history import find_runs
    from train.promotion import CannotPromote, promote
    from train.registration import CHAMPION, REFUSED, REGISTERED_NAME, aliased
    from train.server import insist, run_page, runs_page

    done, run_id = True, outcome.tracker.run_id
    typer.echo(f"registered as {REGISTERED_NAME} version {outcome.version}")
    kept = f"the training is done and version {outcome.version} registered; promote it later"
    if wanted or insist(lambda: aliased(CHAMPION), kept) is None:
        try:
            move = promote(insist(lambda: find_runs([run_id]), kept)[0])
            done, words = move.outcome != REFUSED, move.words
        except CannotPromote as error:
            done, words = False, f"not promoted: {error}"
        typer.echo(words)
    model = f"models:/{REGISTERED_NAME}/{outcome.version}"
    typer.echo(f"score articles:  python models/score.py PATH --out DIR --model {model}")
    typer.echo(f"compare runs:    python train/compare.py {outcome.tracker.run_id[:6]} --last 5")
    typer.echo(f"see all runs:    make ui, then {runs_page(outcome.tracker.experiment_id)}")
    page = run_page(outcome.tracker.experiment_id, outcome.tracker.run_id)
    typer.echo(f"see this run:    make ui, then {page}")
    return done


def main(arguments: list[str] | None = None) -> int:
    """Runs the command and returns its exit status."""
    return run_command(run, arguments)


if __name__ == "__main__":
    sys.exit(main())
