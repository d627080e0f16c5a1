"""The engine of one machine: a process reads while others score, each on a core of its own."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Protocol

import torch

from data.readers.source import ArticleFile, ReadOptions
from data.schema import Article
from models.pipeline import Options, Scorer
from models.stages import ScorerSource, chunks_of_readings, read_items, score_articles
from models.state import Batch, Result, RunState

_WAITING = 2  # chunks for each process
_ATTEMPTS = 3
_REMEDY = "most likely for want of memory: give fewer --workers; the same command goes on"
_scorer: Scorer | None = None


class EngineError(RuntimeError):
    """Scoring cannot go on; the message says what to do."""


class Engine(Protocol):
    """Scores files."""

    def run(self, files: Sequence[tuple[int, ArticleFile]], reading: ReadOptions, state: RunState) -> Iterator[Batch]:
        """Yields what was read and what was found, as it comes.

        Args:
            files: The files, each with its number.
            reading: How they are read.
            state: Tells which articles are scored already; the engine only asks.
        """
        ...

    def close(self) -> None:
        """Stops what the engine started."""
        ...


class LocalEngine:
    """Scores files with some processes; with one, in this process."""

    def __init__(self, source: ScorerSource, scorer: Scorer, options: Options, processes: int) -> None:
        """Starts the processes.

        Args:
            source: From what a process makes its scorer, where it cannot take over this one.
            scorer: The scorer, which processes share by forking where the system can.
            options: What to report.
            processes: How many processes score.
        """
        global _scorer
        _scorer = scorer
        self._source, self._options, self._processes = source, options, processes
        self._pool = self._started() if processes > 1 else None

    def run(self, files: Sequence[tuple[int, ArticleFile]], reading: ReadOptions, state: RunState) -> Iterator[Batch]:
        """Yields what was read and what was found, as `Engine.run` does.

        Raises:
            EngineError: If processes die again and again.
        """
        readings = (found for number, file in files for found in read_items(file, number, reading, state.is_known))
        waiting: dict[Future[list[Result]], list[Article]] = {}
        for chunk in chunks_of_readings(readings):
            items = tuple(found.item for found in chunk if found.item is not None)
            yield Batch(items=items, finished=tuple(found.finished for found in chunk if found.finished is not None))
            if articles := [found.article for found in chunk if found.article is not None]:
                waiting[self._submit(articles)] = articles
            while len(waiting) > _WAITING * self._processes or (self._pool is None and waiting):
                yield self._completed(waiting)
        while waiting:
            yield self._completed(waiting)

    def close(self) -> None:
        """Stops the processes."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)

    def _submit(self, articles: Sequence[Article]) -> Future[list[Result]]:
        """Has articles scored; where a process has died meanwhile, the future holds that error."""
        future: Future[list[Result]] = Future()
        if self._pool is None:
            future.set_result(_score(articles, self._options))
            return future
        try:
            return self._pool.submit(_score, articles, self._options)
        except BrokenProcessPool as error:
            future.set_exception(error)
            return future

    def _completed(self, waiting: dict[Future[list[Result]], list[Article]]) -> Batch:
        """Waits for a chunk; where a process died, all that wait are scored again."""
        for attempt in range(_ATTEMPTS):
            done, _ = wait(waiting, return_when=FIRST_COMPLETED)
            try:
                results = tuple(result for future in done for result in future.result())
            except BrokenProcessPool:
                if attempt + 1 < _ATTEMPTS:
                    self._pool = self._started()
                    again = {self._submit(articles): articles for articles in waiting.values()}
                    waiting.clear()
                    waiting.update(again)
                continue
            for future in done:
                del waiting[future]
            return Batch(results=results)
        raise EngineError(f"a scoring process died {_ATTEMPTS} times, {_REMEDY}")

    def _started(self) -> ProcessPoolExecutor:
        forks = sys.platform == "linux"
        pool = ProcessPoolExecutor(
            self._processes,
            multiprocessing.get_context("fork" if forks else "spawn"),
            initializer=_start,
            initargs=(os.getpid(), None if forks else self._source),
        )
        try:
            pool.submit(os.getpid).result()  # all processes start now, before this one has files and threads
        except BrokenProcessPool:
            raise EngineError(f"a scoring process died at its start, {_REMEDY}") from None
        return pool


def available_cores() -> int:
    """Returns how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _start(parent: int, source: ScorerSource | None) -> None:
    """Makes a process ready: one core, its scorer, and no life of its own."""
    global _scorer
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent says when to stop
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    torch.set_num_threads(1)
    if source is not None:
        _scorer = source.load()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def _score(articles: Sequence[Article], options: Options) -> list[Result]:
    assert _scorer is not None
    return score_articles(_scorer, articles, options)
