"""A scoring run: what is new in the input is scored, with progress; then every file of the contract is written."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from data.actors.custom import ActorFileError
from data.articles import MissingInput, find_files
from data.command import long_lived
from data.language import ENGLISH
from data.readers.source import ArticleFile
from data.schema import Article
from models.backbone import BackboneError
from models.classifier import Classifier, ModelError
from models.engine import Engine, EngineError, LocalEngine, available_cores
from models.explain import explain_records
from models.given_pairs import classify_pairs, errors_path
from models.pipeline import Scorer
from models.progress import ScoringBar, counting_bar
from models.publishing import OUTPUTS, REPORT, publish
from models.records import Record
from models.registry import ModelNotFound, find_model
from models.report import Sample, write_report
from models.settings import CannotRun, Run, prepare, settings_of, write_manifest
from models.stages import ScorerSource
from models.state import FOLDER, RunState, StateError, file_signature
from models.summary import print_summary
from models.writers import CannotWrite, check_writable

_FEW_BYTES = 200_000  # not worth starting processes for
_STDIN = Path("-")


def score_articles(run: Run, paths: Sequence[Path]) -> int:
    """Scores article files and folders into the folder `run.out`; returns the number of rejected inputs.

    Raises:
        CannotRun: If there are no articles, no model, other options than before, or the folder cannot be written.
    """
    try:
        return _score_articles(run, paths)
    except (MissingInput, ModelNotFound, ModelError, BackboneError, StateError, EngineError) as error:
        raise CannotRun(str(error)) from None
    except ActorFileError as error:
        raise CannotRun(str(error) if str(run.actors) in str(error) else f"{run.actors}, {error}") from None
    except OSError as error:
        if error.filename is None and error.errno is None:
            raise
        where = f"{error.filename}: " if error.filename else ""
        raise CannotRun(f"{where}{error.strerror}: mend that; the same command goes on") from None


def score_pairs(run: Run, path: Path) -> int:
    """Classifies the pairs of a JSONL file into the file `run.out`; returns the number of rejected lines.

    Raises:
        CannotRun: If the file or the model is missing, or a file cannot be read or written.
    """
    if not path.is_file():
        raise CannotRun(f"{path}: expected a JSONL file of pairs, found none")
    if path.resolve() in (run.out.resolve(), errors_path(run.out).resolve()):
        raise CannotRun(f"--out {run.out} would replace the pairs in {path}: give another path")
    try:
        check_writable(run.out, "--out")
        path.open("rb").close()
        classifier = Classifier.load(find_model(run.model))
        classifier.runner.hasten()
        _make_folder(run.out.parent)
        return classify_pairs(classifier, path, run.out)
    except (CannotWrite, ModelNotFound, ModelError, BackboneError) as error:
        raise CannotRun(str(error)) from None
    except OSError as error:
        raise CannotRun(f"{error.filename or run.out}: {error.strerror or error}: mend that and begin again") from None


def _score_articles(run: Run, paths: Sequence[Path]) -> int:
    started = time.monotonic()
    found = _inputs(run, paths)
    source = ScorerSource(find_model(run.model), run.model, run.actors)
    with long_lived():
        scorer = source.load()
    size = sum(_size(file.path) for file in found)
    engine = _engine(run, source, scorer, size if _STDIN not in paths else sys.maxsize)
    loading = time.monotonic() - started
    _make_folder(run.out)
    state = RunState(run.out)
    try:
        prepare(state, run, settings_of(run, source))
        asked = [*found, *_from_stdin(state, paths)]
        files = list(zip(state.number_files(asked), asked, strict=True))
        scored = _score_new(state, engine, run, files)
        published = publish(state, files, run.out, run.format, run.columns, run.author)
        seconds = time.monotonic() - started
        manifest = write_manifest(run, scorer, published, scored, len(files), (loading, seconds))
        if run.report:
            if run.explain:
                _explain(published.sample, scorer.classifier)
            write_report(run.out / REPORT, published.sample, manifest)
        state.set(published=True)
    finally:
        engine.close()
        state.close()
    print_summary(published, seconds, scored, run.out, run.format, run.report)
    return published.counts["rejected"]


def _inputs(run: Run, paths: Sequence[Path]) -> list[ArticleFile]:
    """Returns the input files; what a run wrote, this one before or another, is none."""
    if list(paths) == [_STDIN]:
        return []
    found = find_files(path for path in paths if path != _STDIN)
    out = run.out.resolve()
    return [file for file in found if file.path.name not in OUTPUTS or not _holds_a_run(file.path.parent, out)]


def _holds_a_run(folder: Path, out: Path) -> bool:
    """Tells whether the files of a run lie, or will lie, in a folder."""
    return folder.resolve() == out or (folder / FOLDER).exists()


def _size(path: Path) -> int:
    """Returns the size of a file; 0 where it cannot be told, which reading it says."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _engine(run: Run, source: ScorerSource, scorer: Scorer, size: int) -> Engine:
    """Returns what scores: this process alone where there is little to do, or a GPU, which forks cannot use."""
    if run.engine == "ray":
        from models.ray_engine import RayEngine

        return RayEngine(source, run.options, run.workers)
    alone = scorer.classifier.runner.device.type == "cuda"
    workers = run.workers or (available_cores() if size > _FEW_BYTES else 1)
    return LocalEngine(source, scorer, run.options, 1 if alone else workers)


def _from_stdin(state: RunState, paths: Sequence[Path]) -> Iterator[ArticleFile]:
    """Yields the file to which standard input was copied, so that it is read like any other."""
    if _STDIN in paths:
        if sys.stdin is None:
            raise CannotRun("-: expected articles on standard input, found it closed: give files or a pipe")
        copied = state.folder / "stdin.jsonl"
        with copied.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        yield ArticleFile(copied, "stdin")


def _score_new(state: RunState, engine: Engine, run: Run, files: Sequence[tuple[int, ArticleFile]]) -> int:
    """Scores what is new or changed; returns the number of articles."""
    signatures = {number: file_signature(file.path) for number, file in files}
    names = {number: file.name for number, file in files}
    waiting = [(number, file) for number, file in files if not state.is_done(number, signatures[number])]
    sizes = {number: _size(file.path) for number, file in waiting}
    bar = ScoringBar(sum(sizes.values()))
    reading = replace(run.reading, advance=bar.read, languages=() if run.any_language else ENGLISH)
    with bar.progress:
        for batch in engine.run(waiting, reading, state):
            state.add(batch, signatures)
            if run.engine == "ray":  # whose workers read
                bar.read(sum(sizes.get(file, 0) for file, _ in batch.finished))
            for item in batch.items:
                if item.rejection:
                    bar.reject(item.rejection, names[item.file])
            bar.found(batch.results)
    return bar.articles


def _explain(sample: Sample, classifier: Classifier) -> None:
    """Adds to the stances that the report shows which words carried them."""
    bar = counting_bar()
    task = bar.add_task("explaining", total=sample.kept)

    def explained(article: Article, records: list[Record]) -> list[Record]:
        bar.advance(task, len(records))
        return explain_records(classifier, article, records)

    with bar:
        sample.rewrite(explained)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotRun(f"--out {folder}: expected a folder that can be written, found: {error.strerror}") from None
