"""The engine of one machine, when its processes die."""

import os
import signal
from concurrent.futures.process import BrokenProcessPool

import pytest

from data.readers.source import ArticleFile, ReadOptions
from models.engine import LocalEngine
from models.pipeline import Options
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
