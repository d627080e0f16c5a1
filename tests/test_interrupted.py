"""A training that is cut off: the same command goes on with it, in the same MLflow run."""

import os
import subprocess
import sys
import time
from pathlib import Path

import mlflow
import pytest
from test_path import labelled, write

import train.experiment
import train.loop
from train.dataset import WindowDataset
from train.run import main

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def command(tiny_backbone, mlflow_store, tmp_path, monkeypatch):
    """The arguments of a short training on data of its own, in a store of its own."""
    own = write(tmp_path / "own.jsonl", labelled(24))
    monkeypatch.setattr(train.experiment, "WORK", tmp_path / "runs")
    monkeypatch.setattr(train.loop, "_SAVE_EVERY", 3)
    settings = [f"backbone={tiny_backbone}", "epochs=3", "batch_tokens=200", "freeze_embeddings=false"]
    return ["--data", str(own), *(a for s in settings for a in ("--set", s))]


def runs():
    found = mlflow.search_runs(search_all_experiments=True, output_format="list", order_by=["start_time DESC"])
    return [(run.info.run_id, run.info.status, run.data.metrics) for run in found if "config" in run.data.tags]


def test_an_interrupted_training_goes_on_as_the_same_run_to_the_same_result(command, tmp_path, monkeypatch, capsys):
    collate, seen = WindowDataset.collate, []

    def stop(self, windows):
        seen.append(windows)
        if len(seen) == 8:
            raise KeyboardInterrupt
        return collate(self, windows)

    before = len(runs())
    with monkeypatch.context() as patch:
        patch.setattr(WindowDataset, "collate", stop)
        assert main(command) == 130
    assert "the same command goes on from the last checkpoint" in capsys.readouterr().err
    (cut, *_) = runs()
    assert main(command) == 0
    assert "going on with the interrupted run" in capsys.readouterr().out
    again, *older = runs()
    assert (again[0], again[1], len(older)) == (cut[0], "FINISHED", before)
    assert not list((tmp_path / "runs").glob("*/checkpoint-*"))  # nothing is left that could be gone on with

    assert main(command) == 0
    anew, *_ = runs()
    assert anew[0] != again[0]
    same = {name for name in anew[2] if name.startswith(("best/", "dev/")) and "speed" not in name}
    assert same
    assert {name: anew[2][name] for name in same} == {name: again[2][name] for name in same}


def test_a_fresh_start_leaves_the_interrupted_run(command, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(train.experiment, "measured", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        assert main(command) == 130
    (cut, *_) = runs()
    assert main([*command, "--fresh"]) == 0
    assert runs()[0][0] != cut[0]


def test_another_number_of_processes_does_not_go_on_with_steps_that_it_counts_otherwise(command, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(train.experiment, "measured", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        patch.setattr(train.experiment, "processes", lambda: 2)
        assert main(command) == 130
    (cut, *_) = runs()
    assert main(command) == 0
    assert runs()[0][0] != cut[0]


def test_an_encoder_that_is_not_there_is_no_traceback(command, capsys):
    assert main([*command, "--set", "backbone=typo"]) == 1
    assert "cannot train: the encoder typo cannot be loaded: expected all-MiniLM-L6-v2, " in capsys.readouterr().err


def launcher(folder):
    """Writes a script that is `train/run.py` with its checkpoints in a folder, and returns its path."""
    path = folder / "launch.py"
    path.write_text(
        f"import sys\nfrom pathlib import Path\nsys.path.insert(0, {str(ROOT)!r})\n"
        f"import train.experiment\ntrain.experiment.WORK = Path({str(folder / 'runs')!r})\n"
        "from train.run import main\nif __name__ == '__main__':\n    sys.exit(main())\n"
    )
    return str(path)


@pytest.mark.slow
def test_a_killed_process_goes_on_as_the_same_run(command, mlflow_store, tmp_path):
    environment = os.environ | {"MLFLOW_TRACKING_URI": f"sqlite:///{mlflow_store / 'mlflow.db'}"}
    training = [sys.executable, launcher(tmp_path), *command, "--set", "epochs=60"]
    process = subprocess.Popen(training, cwd=ROOT, env=environment)
    try:
        deadline = time.monotonic() + 240
        while not list((tmp_path / "runs").glob("*/checkpoint-*/trainer_state.json")):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
    finally:
        process.kill()
        process.wait()
    (cut, *_) = runs()
    done = subprocess.run(training, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600, check=True)
    assert f"going on with the interrupted run {cut[0]}" in done.stdout.replace("\n", " ")
    assert runs()[0][:2] == (cut[0], "FINISHED")


@pytest.mark.slow
def test_two_processes_train_one_run(command, mlflow_store, tmp_path):
    environment = os.environ | {
        "MLFLOW_TRACKING_URI": f"sqlite:///{mlflow_store / 'mlflow.db'}",
        "OMP_NUM_THREADS": "1",
    }
    before = len(runs())
    launch = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", "2", launcher(tmp_path)]
    done = subprocess.run(
        [*launch, *command, "--set", "seed=5"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.count("registered as visavis version") == 1
    (new, *older) = runs()
    assert (new[1], len(older)) == ("FINISHED", before)
    assert new[2]["dev/stance_macro_f1"] > 0
