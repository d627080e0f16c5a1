"""The plain baseline: one marked pass a case, on the corpus's own labels."""

import json

import pytest
from test_corpora import dse_rows
from transformers import Trainer

from train.baseline import main
from train.benchmarks import benchmarks
from train.plain import training_cases


def corpus(folder, rows=40):
    labels = {"praised": "1", "scolded": "3", "met": "0"}
    words = list(labels)
    lines = [(f"[Peru] {words[n % 3]} [Chile], paper {n} wrote.", labels[words[n % 3]]) for n in range(rows)]
    dse_rows(folder / "dse", *lines, ("[Peru] met [Chile] at sea.", "0"))
    dse_rows(folder / "dse", ("[PERU] met [Chile] at sea!", "0"), ("[Peru] scolded [Chile] twice.", "3"), name="valid")
    return folder


def test_no_train_row_repeats_a_dev_sentence(tmp_path):
    benchmark = benchmarks()["dse"]
    assert len(benchmark.cases(corpus(tmp_path) / "dse", "train")) == 41
    assert len(training_cases(benchmark, tmp_path / "dse")) == 40


def test_an_interrupted_baseline_goes_on_to_the_same_end(tmp_path, tiny_backbone, capsys, monkeypatch):
    monkeypatch.setattr("train.plain.ROOT", tmp_path)
    monkeypatch.setattr("train.plain._SAVE_EVERY", 2)
    step, steps, losses = Trainer.training_step, [], []

    def counted(trainer, *args, **kwargs):
        if len(steps) == stop:
            raise KeyboardInterrupt
        steps.append(trainer.state.global_step)
        losses.append(float(loss := step(trainer, *args, **kwargs)))
        return loss

    monkeypatch.setattr(Trainer, "training_step", counted)
    arguments = ["dse", "--backbone", tiny_backbone, "--epochs", "2", "--raw", str(corpus(tmp_path))]
    stop = None
    assert main(arguments) == 0
    whole, undisturbed = steps.copy(), losses.copy()
    steps.clear()
    losses.clear()
    stop = 3
    assert main(arguments) == 130
    assert "the same command goes on" in capsys.readouterr().err
    stop = None
    assert main(arguments) == 0
    assert (whole, steps) == ([0, 1, 2, 3], [0, 1, 2, 2, 3])
    assert losses == undisturbed[:3] + undisturbed[2:]
    assert not list((tmp_path / "runs" / "plain").iterdir())


def test_the_baseline_is_measured_on_the_rows_of_evaluate(tmp_path, tiny_backbone, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "plain.json"
    arguments = [
        "dse",
        "--backbone",
        tiny_backbone,
        "--epochs",
        "1",
        "--raw",
        str(corpus(tmp_path)),
        "--json",
        str(out),
    ]
    assert main(arguments) == 0
    assert "on dse: 40 train, 2 dev cases, one pass each" in capsys.readouterr().out
    result = json.loads(out.read_text())
    assert (result["n"], result["epochs"], result["backbone"]) == (2, 1, tiny_backbone)
    assert result["measures"]["micro_f1"] in (0.0, 50.0, 100.0)


@pytest.mark.parametrize(("name", "message"), [("none", "no corpus none"), ("plv", "no train or dev split of plv")])
def test_what_cannot_be_trained_says_why(tmp_path, capsys, name, message):
    assert main([name, "--raw", str(tmp_path)]) == 1
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("backbone", "message"),
    [
        ("typo", "the encoder typo cannot be loaded"),
        ("all-mpnet-base-v2", "the encoder all-mpnet-base-v2 is not on this machine"),
    ],
)
def test_an_encoder_that_is_not_there_says_so(tmp_path, capsys, monkeypatch, backbone, message):
    monkeypatch.setenv("VISAVIS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("train.plain.ROOT", tmp_path)
    assert main(["dse", "--backbone", backbone, "--raw", str(corpus(tmp_path))]) == 1
    assert f"cannot train: {message}" in " ".join(capsys.readouterr().err.split())
