from io import StringIO

import pytest
from rich.console import Console

from models import progress
from models.progress import CountingBar


@pytest.mark.parametrize(("pause", "lines"), [(-1.0, ["asking: 300 of 2,000", "asking: 1,500 of 2,000"]), (60.0, [])])
def test_without_a_terminal_lines_say_how_far_long_work_is(monkeypatch, pause, lines):
    monkeypatch.setattr(progress, "_PAUSE", pause)
    out = StringIO()
    with CountingBar(Console(file=out, force_terminal=False)) as bar:
        task = bar.add_task("asking", total=2000)
        bar.advance(task, 300)
        bar.advance(task, 1200)
    assert [line for line in out.getvalue().splitlines() if line.strip()] == lines
