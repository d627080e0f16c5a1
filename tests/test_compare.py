"""Runs side by side: the settings that differ, figures with intervals, and what one gets right and the other wrong."""

import csv
import io
import json
import re
from dataclasses import replace

import mlflow
import pytest

from data.schema import SENTIMENTS, STANCES, Example, Prediction
from train.behaviour import Rate
from train.compare import main
from train.config import TrainConfig
from train.journal import Journal
from train.loop import Epoch
from train.metrics import confusion, report
from train.results import Results
from train.source import Source
from train.tracking import tracked_run

VERBS = {"condemn": "condemned", "support": "backed", "deny": "rejected the plea of", "neutral": "met"}


def examples(marked, split, count):
    def example(number, stance):
        pair = marked(f"[Togo] {VERBS[stance]} {{Chad}} on {split} {number}.", name=f"{split}-{number}-{stance}")
        return Example(pair, {stance: 1.0}, None, f"{split}{number}", "gold" if number % 2 else "dse")

    return [example(number, stance) for number in range(count) for stance in STANCES]


def guessed(rows, wrong):
    """Predictions that are right but for the pairs of some documents, which are called neutral or condemn."""
    for row in rows:
        miss = row.group in wrong
        stance = next(s for s in reversed(STANCES) if s is not row.stance) if miss else row.stance
        yield Prediction({s: 0.7 if s is stance else 0.1 for s in STANCES}, dict.fromkeys(SENTIMENTS, 1 / 3))


@pytest.fixture(scope="module")
def runs(marked, mlflow_store, tmp_path_factory):
    """Three finished runs by name: all right, a third wrong, and half wrong on fewer dev pairs."""
    ids = {}
    for number, (name, missed, dev) in enumerate([("best", 0, 30), ("middling", 10, 30), ("other", 10, 20)]):
        splits = {"train": examples(marked, "train", 3), "dev": examples(marked, "dev", dev), "test": []}
        source = Source("full" if dev == 30 else "part", "quick", f"{dev} documents", splits)
        config = replace(TrainConfig(), seed=number, corpus_weights={"dse": 0.5} if number else {})
        predictions = {"dev": list(guessed(splits["dev"], {f"dev{n}" for n in range(missed)}))}
        results = Results(
            predictions,
            {"dev": report(splits["dev"], predictions["dev"])},
            {"dev": confusion(splits["dev"], predictions["dev"])},
            {"dev": {}}, {"plain": Rate(1, 2)}, 100.0,
        )  # fmt: skip
        folder = tmp_path_factory.mktemp(name)
        with tracked_run(config, source, "quick", folder) as tracker:
            tracker.log_epoch(Epoch(1, 10, {"stance_macro_f1": 0.5, "train_loss": 1.0}))
            tracker.log_results(results, splits, "card")
        ids[name] = tracker.run_id
    return ids


def table(printed, title):
    """The rows of a printed table, each a list of cells."""
    lines = printed.split("\n")
    start = next(i for i, line in enumerate(lines) if line.startswith(title))
    rows = []
    for line in lines[start + 2 :]:
        if not line.strip():
            return rows
        rows.append(re.split(r"\s{2,}", line.strip()))


@pytest.fixture
def wide(monkeypatch):
    monkeypatch.setenv("COLUMNS", "250")


def test_runs_are_held_against_the_first(runs, wide, capsys):
    assert main([runs["best"], runs["middling"]]) == 0
    printed = capsys.readouterr().out
    first, second = table(printed, "stance on dev")
    assert first[0].startswith(runs["best"][:6])
    assert first[2] == "1.000 [1.000, 1.000]"
    assert second[0].startswith(runs["middling"][:6])
    change, low, high = map(float, re.findall(r"[-+]?\d\.\d+", second[3]))
    assert low < change < high < 0
    assert second[3].startswith("-0.")
    assert second[4] == "120"


def test_only_settings_that_differ_are_shown(runs, wide, capsys):
    assert main([runs["best"], runs["middling"]]) == 0
    printed = capsys.readouterr().out
    header = printed.split("settings that differ")[1].split("\n")[1].split()
    assert header == ["run", "corpus_weights.dse", "seed"]
    assert table(printed, "settings that differ")[1][1:] == ["0.5", "1"]


def test_corpora_are_compared_apart_and_runs_of_other_data_on_the_pairs_that_both_judged(runs, wide, capsys):
    assert main([runs["middling"], runs["other"]]) == 0
    printed = capsys.readouterr().out
    (_, other) = table(printed, "stance on dev")
    assert (other[1], other[4]) == ("80", "80")  # of its own 80 pairs, all in the other's 120
    assert "+0.000 [+0.000, +0.000]" in other[3]  # wrong on the same documents
    assert "dse macro-F1" in printed
    assert "gold change" in printed


def test_examples_show_what_one_gets_right_and_the_other_wrong(runs, wide, capsys):
    assert main([runs["best"], runs["middling"], "--examples", "2"]) == 0
    _, lost, won = re.split(r"(?:right|wrong) in \S+, (?:right|wrong) in ", capsys.readouterr().out)
    assert len(re.findall(r"Togo -> Chad: condemn, not neutral: Togo condemned Chad on dev \d\.", lost)) >= 1
    assert lost.count("Togo -> Chad") == 2
    assert won.split("\n")[0].endswith(": none")


def test_runs_are_found_by_the_beginning_of_their_name_by_filter_and_by_age(runs, wide, capsys):
    for arguments, expected in {
        (runs["other"][:7],): ["other"],
        ("--last", "2"): ["other", "middling"],
        (runs["best"][:7], "--last", "1"): ["best", "other"],
        ("--filter", "params.data = 'full'"): ["middling", "best"],
        ("--baseline", runs["best"], runs["other"]): ["best", "other"],
    }.items():
        assert main(list(arguments)) == 0
        found = [row[0][:6] for row in table(capsys.readouterr().out, "stance on dev")]
        assert found == [runs[name][:6] for name in expected], arguments


def test_the_comparison_is_written_as_markdown_and_csv(runs, tmp_path, capsys):
    markdown, values = tmp_path / "new" / "runs.md", tmp_path / "runs.csv"
    for path in (markdown, values):
        assert main([runs["best"], runs["middling"], "--out", str(path)]) == 0
    assert "### by stance on dev\n\n| run | condemn F1 |" in markdown.read_text()
    first, second = csv.DictReader(io.StringIO(values.read_text()))
    assert float(first["macro-F1"]) == 1
    assert float(second["change low"]) < float(second["change"]) < float(second["change high"]) < 0
    assert second["seed"] == "1"
    assert main(["--out", str(tmp_path / "runs.txt")]) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nobody"], "no finished run nobody in sqlite"),
        (["--filter", "params.data = 'none'"], "no finished run in sqlite"),
        (["--filter", "nonsense"], "--filter nonsense: "),
        (["--split", "test"], "has no predictions on test"),
    ],
)
def test_what_cannot_be_compared_says_why(runs, arguments, message, capsys):
    assert main(arguments) == 1
    assert message in capsys.readouterr().err


def test_a_run_holds_all_that_it_is_looked_at_by(runs):
    client = mlflow.MlflowClient()
    run = client.get_run(runs["middling"])
    paths = {
        item.path
        for folder in ("", "predictions", "reports")
        for item in client.list_artifacts(run.info.run_id, folder)
    }
    assert paths >= {
        "config.yaml", "environment.txt", "model_card.md", "behaviour.json", "learning_curve.png", "confusion",
        "reliability", "precision_recall", "worst_errors", "predictions/dev.csv", "reports/dev.json",
    }  # fmt: skip
    assert run.data.tags["tiers"] == "gold 100%"
    assert {"commit", "dirty", "device", "data_digest", "dev_digest"} <= set(run.data.tags)
    assert run.data.params == {"recipe": "quick", "data": "full", "seed": "1", "corpus_weights.dse": "0.5"}
    metrics = run.data.metrics
    assert metrics["best/dev/stance_macro_f1_low"] < metrics["best/dev/stance_macro_f1"]
    assert metrics["best/dev/dse/stance_macro_f1"] < 1
    assert (metrics["train/loss"], metrics["dev/stance_macro_f1"]) == (1.0, 0.5)
    assert client.get_metric_history(run.info.run_id, "train/loss")[0].step == 1


def test_runs_on_other_data_are_another_experiment(runs):
    client = mlflow.MlflowClient()
    best, middling, other = (client.get_run(run_id).info.experiment_id for run_id in runs.values())
    assert best == middling != other
    experiment = client.get_experiment(other)
    assert re.fullmatch(r"stance-part-[0-9a-f]{8}", experiment.name)
    view = json.loads(experiment.tags["mlflow.sharedViewState.figures"])
    assert "metrics.`best/dev/stance_macro_f1`" in view["selectedColumns"]


def test_names_differ_in_their_first_ten_characters(runs):
    names = [mlflow.MlflowClient().get_run(run_id).info.run_name for run_id in runs.values()]
    assert len({name[:10] for name in names}) == 3
    assert names[0].endswith("-quick-s0")


def test_a_failed_run_is_marked_with_its_error(marked, mlflow_store, tmp_path):
    source = Source("failing", "quick", "", {"train": examples(marked, "t", 1), "dev": [], "test": []})
    with pytest.raises(ZeroDivisionError), tracked_run(TrainConfig(), source, "quick", tmp_path) as tracker:
        _ = 1 / 0
    run = mlflow.get_run(tracker.run_id)
    assert (run.info.status, run.data.tags["error"]) == ("FAILED", "ZeroDivisionError: division by zero")
    assert "Traceback" in mlflow.artifacts.load_text(f"{run.info.artifact_uri}/error.txt")
    with tracked_run(TrainConfig(), source, "quick", tmp_path, tracker.run_id) as again:
        assert again.run_id == tracker.run_id
    run = mlflow.get_run(tracker.run_id)
    assert (run.info.status, "error" in run.data.tags) == ("FINISHED", False)


def test_the_journal_keeps_each_epoch_once_and_reads_over_a_line_that_was_cut_off(tmp_path):
    journal = Journal(tmp_path)
    journal.add(1, {"a": 0.5})
    journal.add(1, {"a": 0.5})
    with journal.path.open("a") as file:
        file.write('{"number": 2, "ti')
    assert [(entry.number, entry.metrics) for entry in journal.entries()] == [(1, {"a": 0.5})]
