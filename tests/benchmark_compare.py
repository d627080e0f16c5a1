"""Times train/compare.py on a store of many runs.

python tests/benchmark_compare.py [--runs 500] [--pairs 1000]
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from typing import Annotated

import typer

from data.command import run_command


def benchmark(
    runs: Annotated[int, typer.Option(min=1, help="Runs in the store.")] = 500,
    pairs: Annotated[int, typer.Option(min=4, help="Dev pairs of each run.")] = 1000,
) -> None:
    """Prints the seconds that comparing the last 5 and all runs of a store takes."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{Path(folder) / 'mlflow.db'}"
        _fill(runs, pairs)
        from train.compare import main as compare

        seconds = {}
        for name, arguments in {"last 5": ["--last", "5"], f"all {runs}": ["--last", str(runs)]}.items():
            started = time.monotonic()
            compare([*arguments, "--out", str(Path(folder) / "runs.csv")])
            seconds[name] = time.monotonic() - started
    for name, value in seconds.items():
        typer.echo(f"{name} runs of {runs}, {pairs} pairs each: {value:.1f} s")


def _fill(runs: int, pairs: int) -> None:
    """Logs runs as a training does, without the training: settings, 250 measures, predictions."""
    import mlflow
    import numpy as np

    from data.schema import SENTIMENTS, STANCES, Example, Pair, PairSpan, Prediction
    from train.predictions import prediction_table
    from train.server import connect, experiment_of

    connect()
    experiment = experiment_of("stance-benchmark-00000000")
    random = np.random.default_rng(0)
    examples = []
    for n in range(pairs):
        pair = Pair(str(n), f"Togo accused Chad {n} times over the lake.", PairSpan(0, 4), PairSpan(13, 17))
        examples.append(Example(pair, {STANCES[n % 4]: 1.0}, None, f"g{n // 3}"))
    neutral = dict.fromkeys(SENTIMENTS, 1 / 3)
    for number in range(runs):
        rows = random.dirichlet([1, 1, 1, 1], size=pairs).tolist()
        guesses = [Prediction(dict(zip(STANCES, row, strict=True)), neutral) for row in rows]
        with mlflow.start_run(experiment_id=experiment, run_name=f"{number:06d}-benchmark"):
            mlflow.log_params({"recipe": "quick", "data": "benchmark", "seed": number})
            mlflow.set_tags({"config": f'{{"seed": {number}}}'})
            mlflow.log_metrics({f"best/dev/slice/{n}/stance_macro_f1": float(random.random()) for n in range(250)})
            mlflow.log_text(prediction_table(examples, guesses).to_csv(index=False), "predictions/dev.csv")


def main(arguments: list[str] | None = None) -> int:
    """Runs the command and returns its exit status."""
    return run_command(benchmark, arguments)


if __name__ == "__main__":
    sys.exit(main())
