"""Steps that need the tracking server, while it does not answer."""

import pytest

from train import server
from train.server import Unreachable, insist


@pytest.fixture(autouse=True)
def away(monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setattr(server, "PAUSE_SECONDS", 0.0)


class Step:
    """Fails so many times, then succeeds."""

    def __init__(self, failures, error=ConnectionError("refused\nand more")):
        self.failures, self.error, self.calls = failures, error, 0

    def __call__(self):
        self.calls += 1
        if self.calls <= self.failures:
            raise self.error
        return "done"


def test_a_step_is_done_again_until_the_server_answers(capsys):
    step = Step(3)
    assert (insist(step, "kept"), step.calls) == ("done", 4)
    assert capsys.readouterr().err.count("does not answer: trying again") == 1


def test_a_server_that_stays_away_is_an_error_that_says_what_is_kept(monkeypatch):
    monkeypatch.setattr(server, "WAIT_SECONDS", -1.0)
    with pytest.raises(Unreachable, match=r"http://127.0.0.1:9 does not answer \(refused\): all is kept"):
        insist(Step(1), "all is kept")


def test_other_errors_and_those_of_a_file_store_are_raised_at_once(monkeypatch):
    with pytest.raises(ValueError, match="wrong"):
        insist(Step(1, ValueError("wrong")), "kept")
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    with pytest.raises(ConnectionError):
        insist(Step(1), "kept")
