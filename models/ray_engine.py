"""The engine of many machines: Ray Data reads the files and scores their articles wherever there is room.

The workers get the files that `models.packaging` lists and the model, never the checkout; the libraries are
installed on them. They read the input themselves, so its folder must be one that all of them see.
"""

from __future__ import annotations

import json
import os
import socket
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from data.readers.source import ArticleFile, ReadOptions
from data.schema import Article, Rejection
from models.engine import EngineError
from models.packaging import copy_code
from models.pipeline import Options
from models.stages import ScorerSource, read_items, score_articles, without_progress
from models.state import Batch, Item, Result, RunState

_ARTICLES_AT_ONCE = 32
_BLOCK = 500_000  # bytes; what one task reads or scores, and what is lost when its worker dies
_MODEL_FILES = ("config.json", "model.safetensors")


class RayEngine:
    """Scores files on a Ray cluster: that of RAY_ADDRESS, one that the process is part of, else this machine."""

    def __init__(self, source: ScorerSource, options: Options, workers: int | None) -> None:
        """Joins the cluster.

        Args:
            source: From what workers make their scorer.
            options: What to report.
            workers: How many processes score at most; None for one on each GPU, else on each core.

        Raises:
            EngineError: If Ray is not installed, or the cluster cannot be joined.
        """
        try:
            import ray
            from ray.data import DataContext
        except ImportError:
            raise EngineError("--engine ray needs Ray: pip install -e '.[ray]'") from None
        self._ray, self._options = ray, options
        self._joined = not ray.is_initialized()
        if self._joined:
            _join(ray, workers)
        context = DataContext.get_current()
        context.enable_progress_bars = context.print_on_execution_start = False
        context.target_max_block_size = context.target_min_block_size = _BLOCK
        resources = ray.cluster_resources()  # type: ignore[no-untyped-call]
        self._gpus = int(resources.get("GPU", 0))
        self._workers = workers or self._gpus or max(1, int(resources.get("CPU", 1)))
        self._model = ray.put(_model_files(source))
        self._name = source.name

    def run(self, files: Sequence[tuple[int, ArticleFile]], reading: ReadOptions, state: RunState) -> Iterator[Batch]:
        """Yields what was read and what was found, as `Engine.run` does.

        Raises:
            EngineError: If workers cannot score, or the cluster goes away.
        """
        if not files:
            return
        rows = [
            {"number": n, "path": os.fspath(file.path.resolve()), "name": file.name, "known": state.known_keys(n)}
            for n, file in files
        ]
        items: Any = self._ray.data.from_items(rows, override_num_blocks=min(len(rows), 10 * self._workers)).flat_map(
            _read,  # type: ignore[arg-type]
            fn_args=(without_progress(reading),),
            num_cpus=0.25,
        )
        scored = items.map_batches(
            _RayScorer,
            fn_constructor_args=(self._model, self._name, self._options),
            batch_size=_ARTICLES_AT_ONCE,
            batch_format="pyarrow",
            concurrency=(1, self._workers),
            num_cpus=0 if self._gpus else 0.75,  # one scorer a core, beside which there is room to read
            num_gpus=1 if self._gpus else 0,
        )
        seen: Counter[int] = Counter()
        totals: dict[int, int] = {}
        block: Any
        try:
            for block in scored.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=2):
                yield _batch(block.to_pylist(), seen, totals)
        except self._ray.exceptions.RayError as error:
            raise EngineError(
                f"the cluster failed: {_last_line(error)}: mend that on each node (models/base needs "
                "python train/backbones.py there); the same command goes on"
            ) from None

    def close(self) -> None:
        """Leaves the cluster."""
        if self._joined:
            self._ray.shutdown()


class _RayScorer:
    """Scores rows of articles on a worker."""

    def __init__(self, model: Any, name: str, options: Options) -> None:
        import ray
        import torch

        if not torch.cuda.is_available():
            torch.set_num_threads(1)
        files = ray.get(model) if isinstance(model, ray.ObjectRef) else model
        with tempfile.TemporaryDirectory() as folder:
            for file, content in files.items():
                (Path(folder) / file).write_bytes(content)
            actors = Path(folder) / "actors.yaml"
            source = ScorerSource(Path(folder), name, actors if actors.exists() else None)
            self._scorer, self._options = source.load(), options

    def __call__(self, batch: Any) -> Any:
        import pyarrow as pa

        rows = batch.to_pylist()
        articles = [Article(**json.loads(row["article"])) for row in rows if row["article"]]
        results = iter(score_articles(self._scorer, articles, self._options) if articles else [])
        for row in rows:
            result = next(results) if row.pop("article") else None
            row["signature"] = result.signature if result else b""
            row["found"] = result.found if result else b""
        return pa.Table.from_pylist(rows)


def _read(row: Mapping[str, Any], options: ReadOptions) -> Iterator[dict[str, Any]]:
    """Yields a row for each item of a file, and one with number 0 at its end."""
    known = set(row["known"])
    file = ArticleFile(Path(row["path"]), row["name"])
    for found in read_items(file, row["number"], options, known.__contains__):
        item = found.item or Item(row["number"], 0)
        yield {
            "file": item.file,
            "number": item.number,
            "total": found.finished[1] if found.finished else 0,
            "key": item.key or b"",
            "rejection": json.dumps(asdict(item.rejection)) if item.rejection else "",
            "article": json.dumps(asdict(found.article)) if found.article else "",
        }


def _batch(rows: Iterable[Mapping[str, Any]], seen: Counter[int], totals: dict[int, int]) -> Batch:
    """Turns rows into progress; a file is finished when its end and as many items came as that tells."""
    items, results = [], []
    for row in rows:
        if row["number"]:
            seen[row["file"]] += 1
            rejection = Rejection(**json.loads(row["rejection"])) if row["rejection"] else None
            items.append(Item(row["file"], row["number"], row["key"] or None, rejection))
        else:
            totals[row["file"]] = row["total"]
        if row["found"]:
            results.append(Result(row["key"], row["signature"], row["found"]))
    finished = tuple((file, total) for file, total in totals.items() if seen[file] == total)
    for file, _ in finished:
        del totals[file], seen[file]
    return Batch(tuple(items), tuple(results), finished)


def _model_files(source: ScorerSource) -> dict[str, bytes]:
    files = {name: (source.folder / name).read_bytes() for name in _MODEL_FILES}
    return files | ({"actors.yaml": source.actors.read_bytes()} if source.actors else {})


def _join(ray: Any, workers: int | None) -> None:
    """Joins the cluster of RAY_ADDRESS, which knows its own cores, or begins one on this machine."""
    address = os.environ.get("RAY_ADDRESS") or "local"
    try:
        _check_answers(address)
        with tempfile.TemporaryDirectory() as folder:
            environment = {"py_modules": copy_code(Path(folder)), "env_vars": _environment()}
            cores = workers if address == "local" else None
            ray.init(address, log_to_driver=False, num_cpus=cores, runtime_env=environment)
    except (OSError, OverflowError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
        found = _last_line(error)
        if address == "local":
            raise EngineError(f"Ray cannot start on this machine: {found}: mend that, or leave --engine out") from None
        raise EngineError(
            f"expected a Ray cluster at RAY_ADDRESS {address}, found: {found}: start it (ray start --head) "
            "or correct the address; without RAY_ADDRESS, Ray runs on this machine"
        ) from None


def _check_answers(address: str) -> None:
    """Raises OSError where nothing answers at HOST:PORT; Ray itself would try for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host, int(port)), timeout=10).close()


def _last_line(error: Exception) -> str:
    """Returns what an error says at last: those of Ray begin with the traceback of a worker."""
    return (str(error).strip() or type(error).__name__).splitlines()[-1].strip()


def _environment() -> dict[str, str]:
    return {name: os.environ[name] for name in ("HF_HUB_OFFLINE", "VISAVIS_CACHE") if name in os.environ}
