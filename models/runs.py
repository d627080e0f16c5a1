"""A scoring run: reads inputs, scores them with progress, writes every file of the contract."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from data.actors.custom import ActorFileError, read_actors
from data.actors.gazetteer import Gazetteer
from data.articles import ArticleFile, MissingInput, find_files, read_file
from data.schema import Article, Pair, Rejection
from data.store import read_pairs
from models.backbone import BackboneError
from models.classifier import Classifier, ModelError
from models.mentions import LearnedFinder
from models.pipeline import Options, Scorer
from models.progress import counting_bar
from models.records import DYAD_FIELDS, dyads
from models.registry import ModelNotFound, load_classifier
from models.summary import print_summary
from models.writers import JsonlWriter, open_writer, write_rows, write_text

_PAIRS_AT_ONCE = 4000


class CannotRun(RuntimeError):
    """A run cannot start; nothing was written."""


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


class _Bar:
    """A progress bar over bytes read, with articles a second, time left and stances found."""

    def __init__(self, console: Console, total: int) -> None:
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[found]} stances, {task.fields[rejected]} rejected"),
            console=console,
            transient=True,
        )
        self.task: TaskID = self.progress.add_task("scoring", total=total, rate="", found=0, rejected=0)
        self.started = time.monotonic()

    def advance(self, size: float, articles: int, found: int, rejected: int) -> None:
        rate = articles / max(1e-6, time.monotonic() - self.started)
        self.progress.update(self.task, advance=size, rate=f"{rate:.1f} articles/s", found=found, rejected=rejected)


def score_articles(run: Run, paths: Sequence[Path]) -> int:
    """Scores article files and folders into the folder `run.out`; returns the number of rejected inputs.

    Raises:
        CannotRun: If there are no articles, no model, or the folder cannot be written.
    """
    files = _found(paths)
    scorer = Scorer(_loaded(run.model), run.model, _finder(run.actors))
    _make_folder(run.out)
    console = Console(stderr=True)
    started = time.monotonic()
    stances = open_writer(run.out, "stances", run.format)
    errors = JsonlWriter(run.out / "errors.jsonl")
    authors = JsonlWriter(run.out / "author.jsonl") if run.author else None
    dyad_rows: list[dict[str, Any]] = []
    counts: Counter[str] = Counter()
    shown: list[dict[str, Any]] = []
    bar = _Bar(console, sum(file.path.stat().st_size for file in files if file.path.exists()))

    def accepted() -> Iterator[Article]:
        for item, size in _items(files):
            bar.advance(size, counts["articles"], counts["stances"], counts["rejected"])
            if isinstance(item, Rejection):
                counts["rejected"] += 1
                errors.write(_rejection(item))
                where = f"{item.file}, line {item.line}" if item.line else item.file
                console.print(f"rejected {where}: {item.reason}", style="yellow", markup=False)
            else:
                yield item

    with bar.progress:
        for article, records in scorer.score_articles(accepted(), Options(run.threshold, run.all_pairs)):
            for record in records:
                stances.write(record)
                counts[record["stance"]] += 1
            with_stance = [record for record in records if record["stance"] != "neutral"]
            counts["stances"] += len(with_stance)
            counts["articles"] += 1
            dyad_rows.extend(dyads(records))
            shown = sorted([*shown, *with_stance], key=lambda r: -r["confidence"])[:200]
            if authors:
                for row in scorer.author(article):
                    authors.write(row)
    stances.close()
    errors.close()
    if authors:
        authors.close()
    write_rows(run.out / "dyads.csv", DYAD_FIELDS, dyad_rows)
    seconds = time.monotonic() - started
    _write_manifest(run, scorer.classifier, counts, seconds, [file.name for file in files])
    print_summary(shown, dyad_rows, counts, seconds, run.out, run.format)
    return counts["rejected"]


def score_pairs(run: Run, path: Path) -> int:
    """Classifies the pairs of a JSONL file into the file `run.out`; returns the number of rejected lines.

    Raises:
        CannotRun: If the file or the model is missing.
    """
    if not path.is_file():
        raise CannotRun(f"{path}: expected a JSONL file of pairs, found none")
    if run.out.is_dir():
        raise CannotRun(f"--out {run.out} is a folder: with --pairs it is the JSONL file to write")
    classifier = _loaded(run.model)
    _make_folder(run.out.parent)
    out, errors = JsonlWriter(run.out), JsonlWriter(run.out.with_name(f"{run.out.name}.errors.jsonl"))
    rejected = 0
    total = sum(1 for line in path.open("rb") if line.strip())
    with counting_bar() as bar:
        task = bar.add_task("classifying", total=total)
        for chunk in _chunks(read_pairs(path)):
            accepted = [item for item in chunk if isinstance(item, Pair)]
            for rejection in (item for item in chunk if isinstance(item, Rejection)):
                rejected += 1
                errors.write(_rejection(rejection))
                bar.advance(task)
            predictions = classifier.predict(accepted, progress=lambda count: bar.advance(task, count))
            for pair, prediction in zip(accepted, predictions, strict=True):
                out.write(
                    {
                        "id": pair.id,
                        "stance": str(prediction.stance),
                        "probabilities": {str(s): round(p, 6) for s, p in prediction.probabilities.items()},
                        "sentiment": str(prediction.sentiment),
                        "sentiment_probabilities": {
                            str(s): round(p, 6) for s, p in prediction.sentiment_probabilities.items()
                        },
                        "truncated": prediction.truncated,
                    }
                )
    out.close()
    errors.close()
    Console().print(
        f"{total - rejected} pairs classified, {rejected} rejected: {run.out}", markup=False, soft_wrap=True
    )
    return rejected


def _found(paths: Sequence[Path]) -> list[ArticleFile]:
    try:
        return find_files(paths)
    except MissingInput as error:
        raise CannotRun(str(error)) from None


def _loaded(model: str) -> Classifier:
    try:
        return load_classifier(model)
    except (ModelNotFound, ModelError, BackboneError) as error:
        raise CannotRun(str(error)) from None


def _finder(actors: Path | None) -> LearnedFinder:
    try:
        return LearnedFinder.load(gazetteer=Gazetteer(custom=read_actors(actors)) if actors else None)
    except ActorFileError as error:
        raise CannotRun(str(error) if str(actors) in str(error) else f"{actors}, {error}") from None
    except (ModelError, BackboneError) as error:
        raise CannotRun(str(error)) from None


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotRun(f"--out {folder}: expected a folder that can be written, found: {error.strerror}") from None


def _items(files: Sequence[ArticleFile]) -> Iterator[tuple[Article | Rejection, float]]:
    """Yields what the files hold, each with its share of the file's bytes."""
    for file in files:
        items = list(read_file(file))
        size = file.path.stat().st_size if file.path.exists() else 0
        for item in items:
            yield item, size / len(items)


def _chunks(items: Iterable[Pair | Rejection]) -> Iterator[list[Pair | Rejection]]:
    chunk: list[Pair | Rejection] = []
    for item in items:
        chunk.append(item)
        if len(chunk) >= _PAIRS_AT_ONCE:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _rejection(item: Rejection) -> dict[str, Any]:
    return {"file": item.file, "line": item.line, "reason": item.reason, "remedy": item.remedy}


def _write_manifest(run: Run, classifier: Classifier, counts: Counter[str], seconds: float, files: list[str]) -> None:
    manifest = {
        "model": run.model,
        "versions": {name: version(name) for name in ("visavis", "torch", "transformers")},
        "options": {
            "format": run.format,
            "threshold": classifier.config.threshold if run.threshold is None else run.threshold,
            "all_pairs": run.all_pairs,
            "author": run.author,
            "actors": str(run.actors) if run.actors else None,
        },
        "classifier": asdict(classifier.config),
        "counts": {
            name: counts[name] for name in ("articles", "stances", "condemn", "support", "deny", "neutral", "rejected")
        },
        "files": len(files),
        "time": {"finished": time.strftime("%Y-%m-%dT%H:%M:%S%z"), "seconds": round(seconds, 2)},
    }
    write_text(run.out / "manifest.json", json.dumps(manifest, indent=2) + "\n")
