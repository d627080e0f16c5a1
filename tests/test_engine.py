"""The engines, when processes die, and when a cluster cannot be reached or fails."""

import os
import signal
import socket
from concurrent.futures.process import BrokenProcessPool

import pytest

from data.readers.source import ArticleFile, ReadOptions
from models.engine import LocalEngine
from models.pipeline import Options
from models.score import main
from models.stages import ScorerSource
from models.state import RunState


def test_a_process_that_dies_before_articles_are_handed_over_loses_none(tmp_path, tiny_model):
    files = []
    for number in range(3):
        path = tmp_path / f"{number}.txt"
        path.write_text(f"Kenya accused Chad on day {number}.")
        files.append((number, ArticleFile(path, path.name)))
    source = ScorerSource(tiny_model, "tiny")
    engine, state = LocalEngine(source, source.load(), Options(), 2), RunState(tmp_path)
    try:
        running = engine._pool.submit(signal.pause)
        for process in list(engine._pool._processes):
            os.kill(process, signal.SIGKILL)
        with pytest.raises(BrokenProcessPool):
            running.result()
        batches = list(engine.run(files, ReadOptions(), state))
    finally:
        engine.close()
        state.close()
    keys = [item.key for batch in batches for item in batch.items]
    assert [result.key for batch in batches for result in batch.results] == keys
    assert len(keys) == 3


def test_processes_that_cannot_start_are_told(tmp_path, tiny_model, monkeypatch, capsys):
    monkeypatch.setattr("models.engine._start", lambda *_: os._exit(1))
    (tmp_path / "a.txt").write_text("Kenya accused Chad.")
    options = ["--out", str(tmp_path / "out"), "--model", str(tiny_model), "--workers", "2"]
    assert main([str(tmp_path / "a.txt"), *options]) == 1
    assert "a scoring process died at its start, most likely for want of memory" in capsys.readouterr().err


@pytest.fixture
def score_on_ray(tmp_path, tiny_model):
    """Returns a function that scores an article on Ray and gives the exit status."""

    def run():
        (tmp_path / "a.txt").write_text("Kenya accused Chad.")
        options = ["--out", str(tmp_path / "out"), "--model", str(tiny_model), "--engine", "ray", "--workers", "1"]
        return main([str(tmp_path / "a.txt"), *options])

    return run


def test_a_cluster_that_does_not_answer_is_told(score_on_ray, monkeypatch, capsys):
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
    monkeypatch.setenv("RAY_ADDRESS", address)
    assert score_on_ray() == 1
    said = capsys.readouterr().err
    assert f"expected a Ray cluster at RAY_ADDRESS {address}, found: [Errno" in said
    assert "Connection refused: start it (ray start --head) or correct the address" in said


def test_a_cluster_that_cannot_be_joined_is_told_and_one_of_this_machine_gets_the_workers(
    score_on_ray, monkeypatch, capsys
):
    asked = []

    def join(address, **options):
        asked.append((address, options["num_cpus"]))
        raise RuntimeError("trace\nthe versions differ")

    monkeypatch.setattr("ray.init", join)
    monkeypatch.setenv("RAY_ADDRESS", "auto")
    assert score_on_ray() == 1
    assert "expected a Ray cluster at RAY_ADDRESS auto, found: the versions differ: start" in capsys.readouterr().err
    monkeypatch.delenv("RAY_ADDRESS")
    assert score_on_ray() == 1
    assert "Ray cannot start on this machine: the versions differ: mend that" in capsys.readouterr().err
    assert asked == [("auto", None), ("local", 1)]


def test_what_a_worker_fails_for_is_told_with_what_to_do(score_on_ray, monkeypatch, capsys):
    import ray

    class Failing:
        """Data whose scoring fails on the workers."""

        def flat_map(self, *_, **__):
            return self

        map_batches = flat_map

        def iter_batches(self, **_):
            raise ray.exceptions.RayError("Traceback:\n  ...\nBackboneError: the encoder is not on this machine\n")

    monkeypatch.setattr("ray.is_initialized", lambda: True)
    monkeypatch.setattr("ray.cluster_resources", lambda: {"CPU": 1.0})
    monkeypatch.setattr("ray.put", lambda value: value)
    monkeypatch.setattr("ray.data.from_items", lambda *_, **__: Failing())
    assert score_on_ray() == 1
    said = capsys.readouterr().err
    assert "the cluster failed: BackboneError: the encoder is not on this machine: mend that on each node" in said
    assert "python train/backbones.py" in said
