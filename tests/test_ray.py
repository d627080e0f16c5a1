"""Scoring on a Ray cluster gives the records of one machine, also when a worker dies."""

import json
import threading
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from test_resuming import FILES, Content, text_of

from models.score import main

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cluster():
    """A cluster of two nodes of one core each, on this machine."""
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    cluster.add_node(num_cpus=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_ADDRESS", cluster.address)
        yield cluster
    cluster.shutdown()


@pytest.fixture
def score_into(tmp_path, tiny_model):
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(8):
        rows = [json.dumps({"text": text_of(number * 100 + row)}) for row in range(60)]
        (folder / f"{number}.jsonl").write_text("\n".join([*rows, "{broken"]) + "\n")

    def run(name, *options):
        out = tmp_path / name
        arguments = [str(folder), "--out", str(out), "--model", str(tiny_model), "--all-pairs", "--author", *options]
        status = main(arguments)
        manifest = json.loads((out / "manifest.json").read_text())
        files = {file: Content((out / file).read_bytes()) for file in FILES if (out / file).exists()}
        return status, files, manifest

    return run


def scorers():
    """Returns the processes that score for the cluster, which descend from this one."""
    found = []
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            found += [process] * ("MapWorker" in " ".join(process.cmdline()))
    return found


def test_a_cluster_gives_the_records_of_one_machine_and_goes_on_like_it(cluster, score_into):
    status, files, manifest = score_into("one", "--workers", "1")
    assert (status, manifest["scored"]) == (3, 480)
    again = score_into("two", "--engine", "ray", "--workers", "2")
    assert again[:2] == (status, files)
    assert (again[2]["scored"], again[2]["options"]["engine"]) == (480, "ray")
    assert score_into("two", "--engine", "ray")[2]["scored"] == 0  # nothing is scored twice
    assert score_into("one", "--engine", "ray")[2]["scored"] == 0  # nor when another engine goes on


def test_a_worker_that_is_killed_loses_and_doubles_nothing(cluster, score_into):
    _, files, _ = score_into("one", "--workers", "1")
    killed = []

    def kill():
        deadline = time.monotonic() + 300
        while not killed and time.monotonic() < deadline:
            for process in scorers():
                with suppress(psutil.NoSuchProcess):
                    time.sleep(0.5)
                    process.kill()
                    killed.append(process.pid)
                    break
            time.sleep(0.05)

    thread = threading.Thread(target=kill)
    thread.start()
    _, after, manifest = score_into("two", "--engine", "ray", "--workers", "2")
    thread.join()
    assert killed
    assert manifest["counts"]["articles"] == 480
    assert after == files


def test_workers_get_the_code_and_the_model_and_nothing_else(tmp_path):
    from models.packaging import ROOT, copy_code

    packages = copy_code(tmp_path)
    assert [Path(package).name for package in packages] == ["data", "models"]
    files = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert {"data/readers/html.py", "models/ray_engine.py", "models/finder/model.safetensors"} <= files
    assert not [
        name for name in files if name.startswith(("data/gold/", "data/raw/", "data/built/", "models/default/"))
    ]
    assert sum((tmp_path / name).stat().st_size for name in files) < 20_000_000
    assert all((ROOT / name).read_bytes() == (tmp_path / name).read_bytes() for name in files)
