from pathlib import Path

import pytest

from data.schema import STANCES
from train.run import main

PASSAGES = Path(__file__).resolve().parents[1] / "data" / "gold" / "withheld.jsonl"


@pytest.mark.slow
def test_two_runs_with_one_seed_on_the_real_encoder_have_the_same_metrics(mlflow_store, tracked, monkeypatch, tmp_path):
    monkeypatch.setattr("train.experiment.WORK", tmp_path)
    monkeypatch.setattr("train.source.BUILT", tmp_path / "none")
    for _ in range(2):
        assert main(["--recipe", "quick", "--set", "epochs=1", "--data", str(PASSAGES)]) == 0
    first, second = (
        {n: v for n, v in run.data.metrics.items() if n.startswith(("best/", "dev/")) and "speed" not in n}
        for run in tracked()[:2]
    )
    assert first == second
    assert all(f"best/dev/{stance}_f1" in first for stance in STANCES)
