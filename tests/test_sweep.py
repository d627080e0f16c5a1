"""A search of a recipe's settings: nested runs, interrupted and gone on with, the hopeless ones stopped early."""

import shlex
from types import SimpleNamespace

import mlflow
import optuna
import pytest
import yaml
from test_path import labelled, write

import train.experiment
import train.search
import train.server
from data.schema import STANCES
from models.backbone import BackboneError
from models.classifier import ModelError
from models.registry import ModelNotFound
from train.config import RECIPES, ConfigError, read_config
from train.experiment import AlreadyRunning
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


def instead(monkeypatch, score=0.5, error=None):
    """Puts something in the place of the trainings: they end with a score, or an error."""

    def end(*arguments, **options):
        if error:
            raise error
        return SimpleNamespace(results=SimpleNamespace(reports={"dev": {"all": {"selection": score}}}))

    monkeypatch.setattr(train.search, "run_experiment", end)


def test_a_sweep_whose_run_was_deleted_goes_on_in_a_new_one(command, monkeypatch):
    instead(monkeypatch)
    assert main(command) == 0
    old, *_ = mlflow.search_runs(search_all_experiments=True, output_format="list", order_by=["start_time DESC"])
    mlflow.delete_run(old.info.run_id)
    assert main([*command, "--trials", "4"]) == 0
    new, *_ = mlflow.search_runs(search_all_experiments=True, output_format="list", order_by=["start_time DESC"])
    assert (new.info.run_id != old.info.run_id, new.info.status) == (True, "FINISHED")


def test_the_same_sweep_twice_at_a_time_says_so(command, monkeypatch, capsys):
    def second(*arguments, **options):
        assert main(command) == 1
        assert "cannot search: the same sweep is running" in capsys.readouterr().err
        raise KeyboardInterrupt

    monkeypatch.setattr(train.search, "run_experiment", second)
    assert main(command) == 130


@pytest.mark.parametrize("error", [AlreadyRunning, BackboneError, ModelError, ModelNotFound])
def test_a_trial_that_cannot_run_is_no_traceback(command, monkeypatch, capsys, error):
    instead(monkeypatch, error=error("it is gone"))
    assert main(command) == 1
    assert capsys.readouterr().err.endswith("cannot search: it is gone\n")


def server_away(monkeypatch, name, times):
    """Takes the store for a server that does not answer to a function of mlflow so many times."""
    method, calls = getattr(mlflow, name), []

    def away(*arguments, **options):
        calls.append(arguments)
        if len(calls) <= times:
            raise ConnectionError("refused")
        return method(*arguments, **options)

    monkeypatch.setattr(train.server, "is_outage", lambda error: isinstance(error, ConnectionError))
    monkeypatch.setattr(train.server, "PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(mlflow, name, away)


@pytest.mark.parametrize("name", ["log_metric", "log_text"])
def test_a_sweep_waits_for_a_server_that_is_away(command, monkeypatch, name):
    instead(monkeypatch)
    server_away(monkeypatch, name, 2)
    assert main(command) == 0


@pytest.mark.parametrize(
    ("name", "words"), [("log_metric", "goes on with this sweep"), ("start_run", "start the server")]
)
def test_a_server_that_stays_away_ends_a_sweep_with_words(command, monkeypatch, capsys, name, words):
    instead(monkeypatch)
    server_away(monkeypatch, name, 99)
    monkeypatch.setattr(train.server, "WAIT_SECONDS", -1.0)
    assert main(command) == 1
    assert words in capsys.readouterr().err


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
        ({"learning_rate": {"low": 0, "high": 1e-3, "log": True}}, "expected a low above 0, of which there is a log"),
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
    assert "pip install -e '.[sweep]'" in capsys.readouterr().err


def test_a_setting_is_drawn_as_what_it_is_however_its_ends_are_written(tmp_path):
    path = tmp_path / "own.yaml"
    ends = {"low": 1, "high": 3}
    space = dict.fromkeys(("sentiment_weight", "epochs", "corpus_weights.gold"), ends)
    path.write_text(yaml.safe_dump({"search": space}))
    trial = optuna.create_study().ask()
    drawn = dict(dimension.draw(trial).split("=") for dimension in read_space(str(path)))
    assert drawn["epochs"] in {"1", "2", "3"}
    assert all("." in drawn[name] for name in ("sentiment_weight", "corpus_weights.gold"))


def test_a_trial_of_settings_that_do_not_go_together_is_not_tried_again(command, tmp_path, monkeypatch, capsys):
    instead(monkeypatch)
    path = tmp_path / "own.yaml"
    path.write_text(yaml.safe_dump({"reader_size": 32, "search": {"reader_size": {"low": 32, "high": 4096}}}))
    assert main([command[0], str(path), *command[2:]]) == 1
    assert "reader_size: expected a multiple of 32, found" in capsys.readouterr().err
    storage = f"sqlite:///{train.search.WORK / 'sweeps' / 'sweeps.db'}"
    (study,) = optuna.get_all_study_summaries(storage)
    trials = optuna.load_study(study_name=study.study_name, storage=storage).trials
    assert trials[-1].state is optuna.trial.TrialState.FAIL
