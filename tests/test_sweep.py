"""A search of a recipe's settings: nested runs, interrupted and gone on with, the hopeless ones stopped early."""

import shlex

import mlflow
import optuna
import pytest
import yaml
from test_path import labelled, write

import train.experiment
import train.search
from data.schema import STANCES
from train.config import RECIPES, ConfigError, read_config
from train.search import read_space
from train.sweep import main

SPACE = {"learning_rate": {"low": "1e-4", "high": "1e-3", "log": True}, "reader_layers": [0, 1]}


@pytest.fixture(scope="module")
def recipe(tiny_backbone, tmp_path_factory):
    path = tmp_path_factory.mktemp("recipe") / "tiny.yaml"
    settings = {"backbone": tiny_backbone, "epochs": 3, "batch_tokens": 400, "freeze_embeddings": False}
    path.write_text(yaml.safe_dump({**settings, "search": SPACE}))
    return path


@pytest.fixture
def command(recipe, mlflow_store, tmp_path, monkeypatch):
    own = write(tmp_path / "own.jsonl", labelled())
    for module in (train.experiment, train.search):
        monkeypatch.setattr(module, "WORK", tmp_path / "runs")
    return ["--recipe", str(recipe), "--data", str(own), "--trials", "3"]


def test_trials_are_nested_interrupted_gone_on_with_and_pruned(command, tmp_path, monkeypatch, capsys, tracked):
    real, calls = train.search.run_experiment, []

    def interrupted(config, *arguments, on_epoch, **options):
        calls.append(config)

        def stop(epoch):
            on_epoch(epoch)
            if len(calls) == 2 and epoch.number == 2:
                raise KeyboardInterrupt

        return real(config, *arguments, on_epoch=stop, **options)

    with monkeypatch.context() as patch:
        patch.setattr(train.search, "run_experiment", interrupted)
        assert main(command) == 130
    assert "the same command goes on with this sweep" in capsys.readouterr().err
    cut = tracked()[0]
    assert cut.info.status == "KILLED"

    third = []

    def hopeless(config, *arguments, on_epoch, **options):
        third.append(config)
        if len(third) == 2:
            monkeypatch.setattr(optuna.Trial, "should_prune", lambda trial: True)
        return real(config, *arguments, on_epoch=on_epoch, **options)

    monkeypatch.setattr(train.search, "run_experiment", hopeless)
    assert main(command) == 0
    printed = capsys.readouterr().out
    assert "going on with the interrupted run" in printed
    pruned, second, first = tracked()
    assert second.info.run_id == cut.info.run_id  # the same run, and no other
    assert [run.info.status for run in (first, second, pruned)] == ["FINISHED", "FINISHED", "KILLED"]
    assert "Pruned: epoch 1 is below the median" in pruned.data.tags["error"]
    parents = {run.data.tags["mlflow.parentRunId"] for run in (first, second, pruned)}
    (parent,) = (mlflow.get_run(run_id) for run_id in parents)
    assert (parent.info.status, "config" in parent.data.tags) == ("FINISHED", False)
    best = max(run.data.metrics["best/dev/selection"] for run in (first, second))
    assert parent.data.metrics["best/dev/selection"] == pytest.approx(best)

    words = shlex.split(printed.splitlines()[-1])
    assert words[:3] == ["python", "train/run.py", "--recipe"]
    chosen = read_config(command[1], [words[i + 1] for i, word in enumerate(words) if word == "--set"])
    found = yaml.safe_load(mlflow.artifacts.load_text(f"{parent.info.artifact_uri}/best.yaml"))
    assert float(found["learning_rate"]) == chosen.learning_rate
    assert mlflow.MlflowClient().search_registered_models() == []  # trials are not registered
    assert all(f"best/dev/{stance}_f1" in first.data.metrics for stance in STANCES)


def test_spaces_of_the_recipes_can_be_read():
    found = {path.stem: read_space(path.stem) for path in RECIPES.glob("*.yaml") if "\nsearch:" in path.read_text()}
    assert {"quick", "small"} <= set(found)
    for name in found:
        assert "search" not in read_config(name).resolved()


@pytest.mark.parametrize(
    ("search", "message"),
    [
        ({}, "has no search space: expected `search:`"),
        ({"no_such": [1, 2]}, "unknown setting no_such"),
        ({"dropout": {"low": 0, "high": 3}}, "dropout: expected a number from 0 to 0.9, found 3"),
        ({"dropout": {"low": 0.5, "high": 0.1}}, "expected a list of values, or low and high"),
        ({"dropout": {"low": 0.0, "high": "much"}}, "search.dropout: expected a number, found 'much'"),
        ({"epochs": 5}, "expected a list of values, or low and high"),
        ([1], "expected search to map settings, found list"),
    ],
)
def test_a_space_that_cannot_be_searched_is_refused(tmp_path, search, message):
    path = tmp_path / "own.yaml"
    path.write_text(yaml.safe_dump({"epochs": 2, "search": search}))
    with pytest.raises(ConfigError, match=message):
        read_space(str(path))


def test_without_optuna_the_command_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setattr("train.sweep.find_spec", lambda name: None)
    assert main([]) == 1
    assert "pip install 'visavis[sweep]'" in capsys.readouterr().err
