from io import StringIO

import pytest
from rich.console import Console

from data.schema import Rejection
from models import progress
from models.progress import CountingBar, ScoringBar
from models.state import Result, pack


@pytest.mark.parametrize(("pause", "lines"), [(-1.0, ["asking: 300 of 2,000", "asking: 1,500 of 2,000"]), (60.0, [])])
def test_without_a_terminal_lines_say_how_far_long_work_is(monkeypatch, pause, lines):
    monkeypatch.setattr(progress, "_PAUSE", pause)
    out = StringIO()
    with CountingBar(Console(file=out, force_terminal=False)) as bar:
        task = bar.add_task("asking", total=2000)
        bar.advance(task, 300)
        bar.advance(task, 1200)
    assert [line for line in out.getvalue().splitlines() if line.strip()] == lines


def test_a_log_of_scoring_says_how_many_articles_are_done_how_fast_and_what_was_found(monkeypatch):
    out = StringIO()
    bar = ScoringBar(1000, Console(file=out, force_terminal=False, width=200))
    stances = [{"stance": "condemn"}, {"stance": "neutral"}, {"stance": "deny"}]
    results = [Result(b"a", b"", pack({"records": stances})), Result(b"b", b"", pack({"records": []}))]
    with bar.progress:
        bar.read(400)
        bar.found(results)
        assert out.getvalue() == ""  # too soon
        monkeypatch.setattr(progress, "_PAUSE", -1.0)
        bar.reject(Rejection("b.txt", "empty file", "leave it out"), "b.txt")
        bar.found(results)
    said = [line for line in out.getvalue().splitlines() if line.startswith("scoring: ")]
    assert len(said) == 1
    assert said[0].startswith("scoring: 4 articles, ")
    assert "4 stances, 1 rejected" in said[0]
