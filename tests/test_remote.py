"""A tracking server on PostgreSQL with proxied artifacts: all works there, and nothing is lost when it goes away."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import mlflow
import pytest
from serving import free_port, wait_for
from test_path import labelled, write

import train.experiment
import train.server
import train.tracking
from models.score import main as score
from train.compare import main as compare
from train.loop import last_checkpoint
from train.run import main as run

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not BINARIES and not os.environ.get("VISAVIS_WHOLE"),
        reason="needs PostgreSQL: .ci/run installs Debian's package postgresql",
    ),
]


def as_postgres(*command):
    """A command as PostgreSQL wants it: not as root."""
    return (
        ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *command]
        if os.geteuid() == 0
        else command
    )


class Server:
    """An MLflow server, which can be stopped and started again."""

    def __init__(self, folder, database):
        self.folder, self.database, self.port, self.process = folder, database, free_port(), None
        self.uri = f"http://127.0.0.1:{self.port}"

    def start(self):
        command = [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", self.database, "--workers", "1"]
        command += ["--artifacts-destination", str(self.folder / "artifacts"), "--serve-artifacts"]
        environment = {name: value for name, value in os.environ.items() if name != "MLFLOW_TRACKING_URI"}
        environment["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] = "false"  # eight processes that nothing here needs
        with (self.folder / "server.log").open("a") as log:
            self.process = subprocess.Popen(
                [*command, "--host", "127.0.0.1", "--port", str(self.port)],
                cwd=self.folder, env=environment, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        wait_for(f"{self.uri}/health", self.process, self.folder / "server.log", seconds=900)

    def stop(self):
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, 9)
            self.process.wait(60)


@pytest.fixture(scope="module")
def database():
    """The address of a database of a PostgreSQL server of its own."""
    folder = Path(subprocess.run(as_postgres("mktemp", "-d", "/tmp/postgres.XXXXXX"), capture_output=True, text=True,
                                 check=True).stdout.strip())  # fmt: skip
    port = free_port()
    subprocess.run(
        as_postgres(str(BINARIES[-1] / "initdb"), "-D", str(folder / "data"), "-U", "mlflow", "-A", "trust"),
        check=True, capture_output=True,
    )  # fmt: skip
    options = ["-c", f"port={port}", "-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={folder}"]
    process = subprocess.Popen(
        as_postgres(str(BINARIES[-1] / "postgres"), "-D", str(folder / "data"), *options), stderr=subprocess.DEVNULL
    )
    ready = [str(BINARIES[-1] / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port), "-U", "mlflow"]
    deadline = time.monotonic() + 120
    while subprocess.run(ready, check=False).returncode != 0:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.2)
    yield f"postgresql+pg8000://mlflow@127.0.0.1:{port}/postgres"
    process.send_signal(signal.SIGINT)  # without waiting for whoever is connected
    process.wait(60)
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def server(database, tmp_path_factory):
    started = Server(tmp_path_factory.mktemp("server"), database)
    try:
        started.start()
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("MLFLOW_TRACKING_URI", started.uri)
            patch.setattr(train.server, "PAUSE_SECONDS", 1.0)
            mlflow.set_tracking_uri(started.uri)
            yield started
    finally:
        mlflow.set_tracking_uri(None)
        started.stop()


@pytest.fixture
def command(tiny_backbone, server, tmp_path, monkeypatch):
    own = write(tmp_path / "own.jsonl", labelled())
    monkeypatch.setattr(train.experiment, "WORK", tmp_path / "runs")
    settings = [f"backbone={tiny_backbone}", "epochs=3", "batch_tokens=400", "freeze_embeddings=false"]
    return ["--data", str(own), *(a for s in settings for a in ("--set", s))]


def test_train_register_score_and_compare_on_a_server(command, server, tracked, tmp_path, capsys):
    assert run([*command, "--set", "seed=1"]) == 0
    printed = capsys.readouterr().out
    assert f"see this run:    make ui, then {server.uri}/#/experiments/" in printed
    (newest, *_) = tracked()
    assert newest.info.artifact_uri.startswith("mlflow-artifacts:/")
    assert any((server.folder / "artifacts").rglob("predictions/dev.csv"))
    (tmp_path / "a.txt").write_text("Togo condemned Chad over the lake.")
    assert score([str(tmp_path / "a.txt"), "--out", str(tmp_path / "out"), "--model", "models:/visavis@champion"]) == 0
    assert compare([newest.info.run_id[:8]]) == 0
    assert newest.info.run_name in capsys.readouterr().out


def test_a_server_that_goes_away_and_comes_back_misses_nothing(command, server, tracked, monkeypatch, capsys):
    log_epoch = train.tracking.Tracker.log_epoch

    def going_away(tracker, epoch):
        if epoch.number == 2:
            server.stop()
        log_epoch(tracker, epoch)
        if epoch.number == 3:
            threading.Thread(target=server.start).start()

    monkeypatch.setattr(train.tracking.Tracker, "log_epoch", going_away)
    assert run([*command, "--set", "seed=2"]) == 0
    assert "does not answer: the training goes on" in " ".join(capsys.readouterr().err.split())
    (newest, *_) = tracked()
    assert newest.info.status == "FINISHED"
    history = mlflow.MlflowClient().get_metric_history(newest.info.run_id, "dev/stance_macro_f1")
    assert [metric.step for metric in history] == [1, 2, 3]
    assert "best/dev/stance_macro_f1" in newest.data.metrics


def test_a_server_that_stays_away_loses_nothing_that_was_trained(
    command, server, tracked, tmp_path, monkeypatch, capsys
):
    command = [*command, "--set", "seed=3"]
    log_epoch = train.tracking.Tracker.log_epoch

    def going_away(tracker, epoch):
        if epoch.number == 2:
            server.stop()
        log_epoch(tracker, epoch)

    with monkeypatch.context() as patch:
        patch.setattr(train.tracking.Tracker, "log_epoch", going_away)
        patch.setattr(train.server, "WAIT_SECONDS", 3.0)
        assert run(command) == 1
    words = " ".join(capsys.readouterr().err.split())
    assert f"cannot train: {server.uri} does not answer" in words
    assert "the same command goes on from there as the same run" in words
    (folder,) = (tmp_path / "runs").glob("*/run.txt")
    assert last_checkpoint(folder.parent)
    assert run(command) == 1  # it is still away, and says so before it trains
    assert "start the server, or unset MLFLOW_TRACKING_URI" in " ".join(capsys.readouterr().err.split())

    server.start()
    before = {run.info.run_id for run in tracked()}
    assert run(command) == 0
    assert "going on with the interrupted run" in capsys.readouterr().out
    (newest, *_) = tracked()
    assert newest.info.run_id in before
    assert newest.info.status == "FINISHED"
    history = mlflow.MlflowClient().get_metric_history(newest.info.run_id, "dev/stance_macro_f1")
    assert [metric.step for metric in history] == [1, 2, 3]
