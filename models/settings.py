"""What was asked for, what the records depend on, and what a run says of itself."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from data.actors.gazetteer import TABLES
from data.readers.source import ReadOptions
from models.mentions import SHIPPED
from models.pipeline import Options, Scorer
from models.publishing import COUNTS, Published
from models.stages import ScorerSource
from models.state import RunState
from models.writers import write_text

_MODEL_FILES = ("config.json", "model.safetensors")


class CannotRun(RuntimeError):
    """A run cannot start or go on; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Run:
    """What was asked for; see `models/score.py`."""

    out: Path
    model: str
    format: str = "jsonl"
    threshold: float | None = None
    all_pairs: bool = False
    author: bool = False
    actors: Path | None = None
    columns: str | None = None
    engine: str = "local"
    workers: int | None = None
    rescore: bool = False
    any_language: bool = False
    reading: ReadOptions = field(default_factory=ReadOptions)
    report: bool = True
    explain: bool = False

    @property
    def options(self) -> Options:
        """What is reported."""
        return Options(self.threshold, self.all_pairs, self.author)


def settings_of(run: Run, source: ScorerSource) -> dict[str, Any]:
    """Returns what the records depend on, by what a user calls it; any format is written from the same records."""
    return {
        "version of visavis": version("visavis"),
        "actor tables": _digest(sorted(TABLES.glob("*.csv"))),
        "model": run.model,
        "weights of the model": _digest(folder / name for folder in (source.folder, SHIPPED) for name in _MODEL_FILES),
        "threshold": run.threshold,
        "all_pairs": run.all_pairs,
        "author": run.author,
        "actors": hashlib.sha256(run.actors.read_bytes()).hexdigest()[:16] if run.actors else None,
        "column": dict(run.reading.columns),
        "any_language": run.any_language,
        "max_megabytes": run.reading.megabytes,
        "max_characters": run.reading.characters,
    }


def _digest(files: Iterable[Path]) -> str:
    """Returns a hash of what files hold."""
    whole = hashlib.sha256()
    for file in files:
        whole.update(hashlib.sha256(file.read_bytes()).digest())
    return whole.hexdigest()[:16]


def prepare(state: RunState, run: Run, settings: dict[str, Any]) -> None:
    """Goes on with the state of an earlier run where that had the same options.

    Raises:
        CannotRun: If they differ and everything is not to be scored anew.
    """
    before = state.settings
    rescoring = bool(before.get("rescored") and not before.get("published"))
    if run.rescore and not (rescoring and all(before.get(name) == value for name, value in settings.items())):
        state.clear()
        before = {}
    if before and (changed := [name for name, value in settings.items() if before.get(name) != value]):
        was = ", ".join(f"{name} was {before.get(name)!r}, is {settings[name]!r}" for name in changed)
        raise CannotRun(
            f"{run.out} was scored otherwise: {was}; --rescore scores everything anew, or give another --out"
        )
    state.set(**settings, published=False, rescored=run.rescore or rescoring)


def write_manifest(
    run: Run, scorer: Scorer, published: Published, scored: int, files: int, seconds: tuple[float, float]
) -> dict[str, Any]:
    """Writes manifest.json and returns what it says: what was asked for, of which versions, and what was found.

    Args:
        run: What was asked for.
        scorer: What scored.
        published: What the files hold.
        scored: How many articles this run scored.
        files: How many input files there are.
        seconds: How long loading and the whole run took.
    """
    config = scorer.classifier.config
    manifest = {
        "model": run.model,
        "versions": {name: version(name) for name in ("visavis", "torch", "transformers")},
        "options": {
            "format": run.format,
            "threshold": config.threshold if run.threshold is None else run.threshold,
            "all_pairs": run.all_pairs,
            "author": run.author,
            "actors": str(run.actors) if run.actors else None,
            "columns": run.columns,
            "column": dict(run.reading.columns),
            "engine": run.engine,
            "any_language": run.any_language,
            "max_megabytes": run.reading.megabytes,
            "max_characters": run.reading.characters,
            "precision": str(scorer.classifier.runner.precision),
        },
        "classifier": asdict(config),
        "counts": {name: published.counts[name] for name in COUNTS},
        "files": files,
        "scored": scored,
        "time": {
            "finished": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
            "seconds": round(seconds[1], 2),
            "loading": round(seconds[0], 2),
        },
    }
    write_text(run.out / "manifest.json", json.dumps(manifest, indent=2) + "\n")
    return manifest
