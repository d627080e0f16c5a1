"""A champion is replaced by what is better beyond chance and worse in no capability, and by nothing else."""

import contextlib

import mlflow
import numpy as np
import pytest
import torch
from mlflow.exceptions import MlflowException
from test_bootstrap import answers, right
from test_path import labelled, write

import train.experiment
import train.history
import train.loop
import train.promotion
import train.server
from data.store import read_examples
from models.backbone import BackboneError
from models.classifier import Classifier, ModelError
from models.registry import ModelNotFound, load_classifier
from train.behaviour import Rate, read_kinds
from train.bootstrap import differences
from train.compare import main as compare
from train.config import TrainConfig
from train.history import RunNotFound, find_runs
from train.promotion import judge
from train.run import main as run
from train.source import split_groups

KIND = """\
name: other papers
test: same
description: Which paper wrote it does not matter.
cases:
  - text: "[Togo](a) met [Chad](b), paper 70 wrote on day 70 of 70."
    also: ["[Togo](a) met [Chad](b), paper 71 wrote on day 71 of 71."]
    expect: {a>b: neutral}
"""


def verdict(share_before, share_after, rates=None, before=None, level=0.95):
    gold, base = right(share_before)
    difference = differences(answers(gold, right(share_after)[1]), answers(gold, base))["all"]
    return judge("2", "1", difference, rates or {}, before or {}, level)


def test_what_is_clearly_better_is_promoted():
    found = verdict(0.5, 0.8)
    assert found.promoted
    assert str(found).startswith("version 2 becomes the champion over version 1: better: macro-F1 on 400 dev pairs")


def test_what_is_worse_is_refused():
    found = verdict(0.8, 0.5)
    assert not found.promoted
    assert "version 2 does not become the champion over version 1: not better beyond chance" in str(found)


def test_what_is_better_by_chance_is_refused_at_the_level_asked_for():
    gold, base = right(0.6)
    other = base.copy()
    wrong, hits = np.flatnonzero(base != gold), np.flatnonzero(base == gold)
    other[wrong[:9]], other[hits[:7]] = gold[wrong[:9]], (gold[hits[:7]] + 1) % 4
    difference = differences(answers(gold, other), answers(gold, base))["all"]
    assert difference.value > 0
    assert not judge("2", "1", difference, {}, {}).promoted
    assert judge("2", "1", difference, {}, {}, level=0.5).promoted  # above zero in more than half of the resamplings


def test_a_capability_that_got_worse_refuses_whatever_the_gain():
    found = verdict(
        0.5, 0.8, {"negation": Rate(7, 12), "passive": Rate(9, 9)}, {"negation": Rate(8, 12), "new": Rate(0, 1)}
    )
    assert not found.promoted
    assert "worse in 1 behaviour kinds: negation (7 of 12, was 8)" in str(found)


@pytest.fixture(scope="module")
def promoted(tiny_backbone, mlflow_store, tmp_path_factory):
    """Yields a function that registers a model by the training command, without training it."""
    folder = tmp_path_factory.mktemp("promotion")
    own = write(folder / "own.jsonl", labelled(140))
    (folder / "kinds").mkdir()
    (folder / "kinds" / "plain.yaml").write_text(KIND, encoding="utf-8")

    kinds = read_kinds(folder / "kinds")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train.experiment, "WORK", folder / "runs")
        for module in ("results", "promotion"):
            patch.setattr(f"train.{module}.read_kinds", lambda: kinds)

        def register(classifier, seed, *options, data=own):
            patch.setattr(train.experiment, "train", lambda *_: classifier)
            return run(["--data", str(data), "--set", f"backbone={tiny_backbone}", "--set", f"seed={seed}", *options])

        yield register


@pytest.fixture(scope="module")
def learnt(tiny_backbone, tmp_path_factory):
    """A classifier that learnt the templates of the data."""
    folder = tmp_path_factory.mktemp("learnt")
    splits = split_groups(list(read_examples(write(folder / "own.jsonl", labelled(140)))))
    config = TrainConfig(
        backbone=tiny_backbone, epochs=6, batch_tokens=400, freeze_embeddings=False, learning_rate=1e-3, dropout=0.0
    )
    return train.loop.train(config, splits["train"], splits["dev"], folder)


def changed(classifier, folder, change):
    """Returns a copy of a classifier with other weights in its stance head."""
    classifier.save(folder)
    copy = Classifier.load(folder)
    with torch.no_grad():
        change(copy.network.stance)
    return copy


def aliases():
    client = mlflow.MlflowClient()
    return {name: str(version) for name, version in client.get_registered_model("visavis").aliases.items()}


def test_the_commands_promote_refuse_log_and_roll_back(promoted, learnt, tmp_path, capsys):
    def blank(head):
        for parameter in head.parameters():
            parameter.zero_()

    constant = changed(learnt, tmp_path / "constant", blank)
    assert promoted(constant, 1) == 0
    assert "version 1 becomes the champion: there was no champion" in capsys.readouterr().out
    assert promoted(learnt, 2) == 0
    assert aliases() == {"champion": "1"}  # registered, and no more
    second = mlflow.MlflowClient().get_model_version("visavis", "2").run_id
    capsys.readouterr()
    assert compare(["--promote", second[:8]]) == 0
    assert "version 2 becomes the champion over version 1: better: macro-F1 on" in capsys.readouterr().out
    assert aliases() == {"champion": "2", "previous": "1"}

    assert promoted(constant, 3, "--promote") == 4
    printed = capsys.readouterr().out
    assert "version 3 does not become the champion over version 2: not better beyond chance" in printed
    assert "score articles:" in printed  # registered all the same
    assert aliases() == {"champion": "2", "previous": "1"}
    assert "refused" in mlflow.MlflowClient().get_model_version("visavis", "3").tags["promotion"]

    assert compare(["--roll-back"]) == 0
    assert "version 1 is the champion again, instead of version 2" in capsys.readouterr().out
    assert aliases() == {"champion": "1", "previous": "2"}
    assert compare(["--promotions"]) == 0
    words = [line.split("  ", 1)[1].split(":")[0] for line in capsys.readouterr().out.splitlines()]
    assert words == ["promoted", "promoted", "refused", "rolled back"]
    assert load_classifier("models:/visavis@champion").config.backbone == learnt.config.backbone


def test_what_cannot_be_promoted_says_why(promoted, mlflow_store, capsys):
    assert compare(["--promote", "nothing"]) == 1
    assert "cannot compare: no finished run nothing in sqlite" in capsys.readouterr().err


def log(capsys):
    capsys.readouterr()
    assert compare(["--promotions"]) == 0
    return [line.split("  ", 1)[1] for line in capsys.readouterr().out.splitlines()]


def test_too_few_documents_are_not_judged_by(promoted, learnt, tmp_path, capsys):
    few = write(tmp_path / "few.jsonl", labelled(60))
    before = aliases()
    assert promoted(learnt, 4, "--promote", data=few) == 4
    run_id = mlflow.MlflowClient().search_model_versions("name = 'visavis'", order_by=["version_number DESC"])[0].run_id
    message = "has labelled pairs of 9 documents, expected at least 20 to tell a difference from chance"
    printed = capsys.readouterr().out
    assert message in printed
    assert "score articles:" in printed
    assert compare(["--promote", run_id]) == 1
    assert message in capsys.readouterr().err
    assert aliases() == before


class Away:
    """A method of the registry that does not answer so many times."""

    def __init__(self, patch, name, error, times=1):
        self.method, self.error, self.left = getattr(mlflow.MlflowClient, name), error, times
        patch.setattr(mlflow.MlflowClient, name, lambda *arguments, **options: self(*arguments, **options))

    def __call__(self, *arguments, **options):
        if self.left:
            self.left -= 1
            raise self.error
        return self.method(*arguments, **options)


STEPS = ("set_registered_model_alias", "set_model_version_tag", "delete_registered_model_tag")


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("skipped", [0, 1])
def test_a_move_that_is_cut_off_is_finished_by_the_same_command(promoted, monkeypatch, capsys, step, skipped):
    before, entries = aliases(), log(capsys)
    swapped = {"champion": before["previous"], "previous": before["champion"]}
    with monkeypatch.context() as patch:
        method, calls = getattr(mlflow.MlflowClient, step), []

        def cut(*arguments):
            calls.append(arguments)
            if len(calls) > skipped:
                raise KeyboardInterrupt
            return method(*arguments)

        patch.setattr(mlflow.MlflowClient, step, cut)
        with contextlib.suppress(KeyboardInterrupt):
            compare(["--roll-back"])
    if len(calls) > skipped:
        assert compare(["--roll-back"]) == 0
        assert f"version {before['previous']} is the champion again" in capsys.readouterr().out
    assert aliases() == swapped
    assert len(log(capsys)) == len(entries) + 1


def test_a_promotion_that_is_cut_off_is_finished_by_the_same_command(promoted, monkeypatch, capsys):
    client, before = mlflow.MlflowClient(), aliases()
    loser = before["previous"]
    run_id = client.get_model_version("visavis", loser).run_id
    verdict = train.promotion.Verdict(loser, before["champion"], None, 0.95, {})
    monkeypatch.setattr(train.promotion, "_judged", lambda *_: verdict)
    entries = log(capsys)
    with monkeypatch.context() as patch:
        patch.setattr(mlflow.MlflowClient, "set_model_version_tag", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with contextlib.suppress(KeyboardInterrupt):
            compare(["--promote", run_id])
    monkeypatch.setattr(train.promotion, "_judged", None)  # it is decided already
    assert compare(["--promote", run_id]) == 0
    assert f"version {loser} becomes the champion" in capsys.readouterr().out
    assert aliases() == {"champion": loser, "previous": before["champion"]}
    assert len(log(capsys)) == len(entries) + 1


@pytest.fixture
def server_away(monkeypatch):
    """Takes the store for a server, which is what can be away."""
    monkeypatch.setattr(train.server, "is_outage", lambda error: isinstance(error, ConnectionError))
    monkeypatch.setattr(train.history, "is_outage", lambda error: isinstance(error, ConnectionError))
    monkeypatch.setattr(train.server, "PAUSE_SECONDS", 0.0)


@pytest.mark.parametrize("step", ["get_registered_model", *STEPS])
def test_a_server_that_is_away_for_a_while_is_waited_for(promoted, server_away, monkeypatch, capsys, step):
    before, entries = aliases(), log(capsys)
    with monkeypatch.context() as patch:
        Away(patch, step, ConnectionError("refused"), times=2)
        assert compare(["--roll-back"]) == 0
    assert aliases() == {"champion": before["previous"], "previous": before["champion"]}
    assert len(log(capsys)) == len(entries) + 1


def test_a_server_that_stays_away_is_no_traceback(promoted, learnt, server_away, monkeypatch, capsys):
    monkeypatch.setattr(train.server, "WAIT_SECONDS", -1.0)
    with monkeypatch.context() as patch:
        Away(patch, "get_registered_model", ConnectionError("refused"), times=99)
        assert compare(["--roll-back"]) == 1
        assert "does not answer (refused): when the server is back" in capsys.readouterr().err
    with monkeypatch.context() as patch:
        patch.setattr("train.registration.aliased", lambda name: (_ for _ in ()).throw(ConnectionError("refused")))
        assert promoted(learnt, 5) == 1
        assert "the training is done and version 5 registered" in " ".join(capsys.readouterr().err.split())
    for name in ("search_experiments", "search_runs"):
        with monkeypatch.context() as patch:
            Away(patch, name, ConnectionError("refused"), times=99)
            assert compare([]) == 1
            assert "cannot compare: " in (found := capsys.readouterr().err)
            assert "does not answer (refused): start the server" in found


@pytest.mark.parametrize("error", [BackboneError, ModelError, ModelNotFound])
def test_a_champion_that_cannot_be_loaded_is_no_traceback(promoted, monkeypatch, capsys, error):
    run_id = mlflow.MlflowClient().get_model_version("visavis", aliases()["previous"]).run_id
    monkeypatch.setattr(train.promotion, "load_classifier", lambda name: (_ for _ in ()).throw(error("it is gone")))
    assert compare(["--promote", run_id]) == 1
    assert capsys.readouterr().err == "cannot compare: it is gone\n"


def test_a_run_that_is_gone_when_it_is_promoted_is_no_traceback(promoted, learnt, monkeypatch, capsys):
    monkeypatch.setattr("train.history.find_runs", lambda names: (_ for _ in ()).throw(RunNotFound("no such run")))
    assert promoted(learnt, 6, "--promote") == 1
    assert "cannot train: no such run" in capsys.readouterr().err


def test_a_store_that_fails_does_not_blame_a_filter_that_was_not_given(promoted, monkeypatch):
    with monkeypatch.context() as patch:
        Away(patch, "search_experiments", MlflowException("broken"))
        with pytest.raises(MlflowException, match="broken"):
            find_runs()
