"""Measures a model on each corpus as its published figures were measured.

python train/evaluate.py --model M [--raw DIR] [--corpora a,b] [--split train|dev|test] [--json FILE]
python train/evaluate.py --behaviour [--model M] [--against M] [--failures] [--json FILE]
python train/evaluate.py --actors [--model M] [--raw DIR] [--split dev|test] [--json FILE]
"""

from __future__ import annotations

import sys
from pathlib import Path

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from enum import StrEnum
from typing import Annotated, Optional

import typer

from data.command import run_command

NAMES = ("dse", "seesaw", "newsmtsc-rw", "newsmtsc-mt", "plv", "gold")
Split = StrEnum("Split", {"train": "train", "dev": "dev", "test": "test"})
_EPILOG = (
    "Measures are per cent, with 95 % intervals from 1,000 resamplings of the sentences. `clean` are the cases whose "
    "sentence stands in no earlier split of the corpus, `literal` those whose actors stand in the text. "
    "Exit status: 0 done; 1 nothing to measure; 2 wrong usage."
)


def evaluate(
    model: Annotated[
        str, typer.Option(help="A folder, models:/visavis@champion, models:/m-..., runs:/... or a hub id.")
    ] = "models/default",
    raw: Annotated[
        Optional[Path], typer.Option(help="Folder with the corpora, each in its upstream layout; default: data/raw.")
    ] = None,
    corpora: Annotated[str, typer.Option(help=f"Some of {', '.join(NAMES)}.")] = ",".join(NAMES),
    split: Annotated[
        Split, typer.Option(help="The official split; train for a corpus that the model was not trained on.")
    ] = Split.dev,
    actors: Annotated[
        bool,
        typer.Option(
            "--actors", help="Measure who is found, linked, meant and quoted in whole articles, and their stances."
        ),
    ] = False,
    behaviour: Annotated[
        bool, typer.Option("--behaviour", help="Run the behaviour tests: pass rates by linguistic capability.")
    ] = False,
    against: Annotated[
        Optional[str], typer.Option(metavar="M", help="With --behaviour: another model, whose rates stand beside.")
    ] = None,
    failures: Annotated[
        bool, typer.Option("--failures", help="With --behaviour: also print what was judged otherwise than expected.")
    ] = False,
    json: Annotated[Optional[Path], typer.Option(metavar="FILE", help="Also write the measures to this file.")] = None,
) -> None:
    """Prints a table for each corpus, with the published figures beside the model's."""
    chosen = [name.strip() for name in corpora.split(",") if name.strip()]
    if unknown := sorted(set(chosen) - set(NAMES)):
        raise typer.BadParameter(f"no corpus {', '.join(unknown)}: expected {', '.join(NAMES)}", param_hint="--corpora")

    from train.evaluation import CannotEvaluate, run_evaluation

    try:
        if actors:
            from train.actor_evaluation import evaluate_actors

            evaluate_actors(model, str(split), raw, json)
        elif behaviour:
            from train.behaviour_report import report_behaviour

            report_behaviour(model, against, json, failures)
        else:
            run_evaluation(model, raw, chosen, str(split), json)
    except CannotEvaluate as error:
        typer.echo(f"cannot evaluate: {error}", err=True)
        raise typer.Exit(1) from None


def main(arguments: list[str] | None = None) -> int:
    """Runs the command and returns its exit status."""
    return run_command(evaluate, arguments, _EPILOG)


if __name__ == "__main__":
    sys.exit(main())
