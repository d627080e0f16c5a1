"""A champion is replaced by what is better beyond chance and worse in no capability, and by nothing else."""

import mlflow
import numpy as np
import pytest
import torch
from test_bootstrap import answers, right
from test_path import labelled, write

import train.experiment
import train.loop
from data.store import read_examples
from models.classifier import Classifier
from models.registry import load_classifier
from train.behaviour import Rate, read_kinds
from train.bootstrap import differences
from train.compare import main as compare
from train.config import TrainConfig
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
    own = write(folder / "own.jsonl", labelled(60))
    (folder / "kinds").mkdir()
    (folder / "kinds" / "plain.yaml").write_text(KIND, encoding="utf-8")

    kinds = read_kinds(folder / "kinds")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train.experiment, "WORK", folder / "runs")
        for module in ("results", "promotion"):
            patch.setattr(f"train.{module}.read_kinds", lambda: kinds)

        def register(classifier, seed, *options):
            patch.setattr(train.experiment, "train", lambda *_: classifier)
            return run(["--data", str(own), "--set", f"backbone={tiny_backbone}", "--set", f"seed={seed}", *options])

        yield register


@pytest.fixture(scope="module")
def learnt(tiny_backbone, tmp_path_factory):
    """A classifier that learnt the templates of the data."""
    folder = tmp_path_factory.mktemp("learnt")
    splits = split_groups(list(read_examples(write(folder / "own.jsonl", labelled(60)))))
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
