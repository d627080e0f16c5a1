import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
VERBS = {"condemn": "condemned", "support": "backed", "deny": "rejected the charge of", "neutral": "met"}


def code(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def execute(name, **environment):
    """Runs a notebook from its first cell to its last; nothing of it is written back."""
    command = [sys.executable, "-m", "pytest", "--nbmake", "--nbmake-timeout=900", "-p", "no:cacheprovider", name]
    offline = {"HF_HUB_OFFLINE": "1", "MLFLOW_DISABLE_TELEMETRY": "true", "MPLBACKEND": "agg"}
    done = subprocess.run(
        command,
        cwd=ROOT / "notebooks",
        env=os.environ | offline | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert "1 passed" in done.stdout


def test_there_are_the_three():
    assert [path.stem for path in NOTEBOOKS] == ["1-labels", "2-runs", "3-articles"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_short_imports_and_holds_no_output(path):
    cells = code(path)
    assert len(json.loads(path.read_text(encoding="utf-8"))["cells"]) < 15
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in cells)
    for cell in cells:
        lines = "".join(cell["source"]).splitlines()
        starts = [at for at, line in enumerate(lines) if line.startswith(("def ", "class "))]
        for start in starts:
            inside = [line for line in lines[start + 1 :] if line.startswith(" ")]
            assert len(inside) < 5


@pytest.mark.slow
def test_the_labels_can_be_looked_at():
    execute("1-labels.ipynb")


@pytest.mark.slow
def test_two_runs_can_be_compared(tiny_backbone, tmp_path):
    rows = []
    for n in range(24):
        for stance, verb in VERBS.items():
            text = f"Togo {verb} Chad, paper {n} wrote on day {n} of {n}."
            start = text.index("Chad")
            rows.append(
                {
                    "id": f"{n}-{stance}",
                    "text": text,
                    "source": {"start": 0, "end": 4},
                    "target": {"start": start, "end": start + 4},
                    "stance": stance,
                    "group": f"g{n}",
                }
            )
    own = tmp_path / "own.jsonl"
    own.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    settings = f"epochs=1 batch_tokens=200 freeze_embeddings=false backbone={tiny_backbone}"
    store = f"sqlite:///{tmp_path / 'mlflow.db'}"
    execute("2-runs.ipynb", VISAVIS_PAIRS=str(own), VISAVIS_SET=settings, MLFLOW_TRACKING_URI=store)


@pytest.mark.slow
def test_a_folder_becomes_dyads(articles):
    execute("3-articles.ipynb", VISAVIS_ARTICLES=str(articles))
