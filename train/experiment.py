"""One tracked experiment: train, measure, log, register, say what to do next."""

from __future__ import annotations

import hashlib
import shutil
import time
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from rich.console import Console
from rich.table import Table

from data.schema import STANCES, Example, Prediction
from models.classifier import Classifier
from models.mentions import LearnedFinder
from models.progress import counting_bar
from models.registry import ROOT, load_classifier
from train.card import model_card
from train.config import TrainConfig
from train.dataset import UNLABELLED
from train.loop import Epoch, last_checkpoint, train
from train.metrics import SELECTION_METRIC, abstention_curve, confusion, report
from train.schedule import is_main_process
from train.source import Source
from train.teaching import Lessons, lessons_of
from train.tracking import REGISTERED_NAME, Tracker, tracked_run
from train.unlabelled import unlabelled_examples

WORK = ROOT / "runs"
_EXAMPLE = {
    "title": "Norway protests to Iceland",
    "text": "Norway accused Iceland of overfishing on Monday. Reykjavik rejected the charge.",
    "published": "2024-05-06",
}


class AlreadyRunning(RuntimeError):
    """Another process trains the same settings on the same data; the message says where."""


def run_experiment(
    config: TrainConfig, source: Source, recipe: str, save: Path | None = None, fresh: bool = False
) -> None:
    """Trains on a source, measures and registers the model, and says what to do next.

    A training that was interrupted goes on where it stood, in its MLflow run, when the same settings
    are run on the same data again. Of several processes (`torchrun`) the first tracks and reports.

    Args:
        config: The settings.
        source: The data.
        recipe: Name or file of the recipe, for the model card.
        save: Also write the model to this folder.
        fresh: Start anew, whatever was interrupted.

    Raises:
        AlreadyRunning: If the same training is running.
    """
    folder = WORK / _fingerprint(config, source)
    folder.mkdir(parents=True, exist_ok=True)
    if not is_main_process():
        examples, lessons = _with_lessons(config, source)
        train(config, examples, source.splits["dev"], folder, lessons=lessons)
        return
    try:
        with FileLock(folder / "lock", blocking=False):
            _run(config, source, recipe, save, folder, fresh)
    except Timeout:
        raise AlreadyRunning(
            f"the same settings are being trained on the same data, in {folder}: wait for them, or change a setting"
        ) from None
    shutil.rmtree(folder, ignore_errors=True)


def _run(config: TrainConfig, source: Source, recipe: str, save: Path | None, folder: Path, fresh: bool) -> None:
    console = Console()
    started = time.monotonic()
    name = f"{time.strftime('%m%d-%H%M%S')}-{source.name}"
    interrupted = folder / "run.txt"
    if fresh:
        for old in folder.glob("checkpoint-*"):
            shutil.rmtree(old)
        interrupted.unlink(missing_ok=True)
    run_id = interrupted.read_text(encoding="utf-8") if interrupted.exists() else None
    if run_id and last_checkpoint(folder):
        console.print(f"going on with the interrupted run {run_id}; --fresh would start anew")
    with tracked_run(config, name, source.digest, run_id) as tracker:
        interrupted.write_text(tracker.run_id, encoding="utf-8")
        tracker.log_data(source.name, source.splits)
        examples, lessons = _with_lessons(config, source)

        def on_epoch(epoch: Epoch) -> None:
            tracker.log_epoch(epoch)
            stance, sentiment = (epoch.metrics.get(f"{head}_macro_f1", 0.0) for head in ("stance", "sentiment"))
            console.print(
                f"epoch {epoch.number}/{config.epochs}: dev macro-F1: stance {stance:.3f}, sentiment {sentiment:.3f}"
            )

        classifier = train(config, examples, source.splits["dev"], folder, on_epoch, lessons)
        predictions = _predicted(classifier, source.splits)
        results = {split: report(source.splits[split], found) for split, found in predictions.items()}
        confusions = {split: confusion(source.splits[split], found) for split, found in predictions.items()}
        tracker.log_result(results, confusions)
        best = {f"dev_{name}": results["dev"]["all"][name] for name in (SELECTION_METRIC, "stance_macro_f1")}
        logged = tracker.log_model(classifier, _EXAMPLE, best)
        curve = abstention_curve(source.splits["dev"], predictions["dev"])
        card = model_card(config, classifier.config, source.splits, results, curve, recipe)
        tracker.log_card(card)
        if save:
            classifier.save(save)
            (save / "README.md").write_text(card, encoding="utf-8")
    console.print(_table(results))
    console.print(
        f"{time.monotonic() - started:.0f} s; temperature {classifier.config.temperature}, "
        f"threshold {classifier.config.threshold}"
    )
    _say_next(console, tracker, logged.uri, logged.version, logged.champion)


def _fingerprint(config: TrainConfig, source: Source) -> str:
    """Names a training by its settings and its data."""
    return hashlib.sha256(f"{config.resolved()} {source.digest}".encode()).hexdigest()[:16]


def _with_lessons(config: TrainConfig, source: Source) -> tuple[list[Example], Lessons | None]:
    """Returns what is learnt from: labelled pairs; where there is a teacher, unlabelled ones too and its answers."""
    examples = source.splits["train"]
    if not config.teacher:
        return examples, None
    teacher = load_classifier(config.teacher)
    if config.corpus_weights.get(UNLABELLED, 1.0):
        finder = LearnedFinder.load()
        commercial = all(example.commercial for example in examples)
        examples = examples + unlabelled_examples(finder, source.splits, commercial=commercial)
    return examples, lessons_of(teacher, examples, WORK / "lessons")


def _predicted(classifier: Classifier, splits: dict[str, list[Example]]) -> dict[str, list[Prediction]]:
    measured = {split: splits[split] for split in ("dev", "test") if splits[split]}
    with counting_bar() as bar:
        task = bar.add_task("measuring", total=sum(map(len, measured.values())))
        return {
            split: classifier.predict([e.pair for e in examples], progress=lambda count: bar.advance(task, count))
            for split, examples in measured.items()
        }


def _table(results: dict[str, dict[str, Any]]) -> Table:
    table = Table(
        header_style="bold", box=None, collapse_padding=True, pad_edge=False, title="F1", title_justify="left"
    )
    columns = {
        "pairs": "n",
        "macro": "stance_macro_f1",
        **{str(stance): f"{stance}_f1" for stance in STANCES},
        "majority": "majority_macro_f1",
        "sentiment": "sentiment_macro_f1",
    }
    table.add_column("data")
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    for split, by_corpus in results.items():
        for corpus, measures in by_corpus.items():
            cells = ["" if n not in measures else f"{measures[n]:.2f}" for n in list(columns.values())[1:]]
            table.add_row(f"{split} {corpus}", str(measures["n"]), *cells)
    return table


def _say_next(console: Console, tracker: Tracker, uri: str, version: str, champion: bool) -> None:
    console.print(f"registered as {REGISTERED_NAME} version {version}{', the champion' if champion else ''}")
    console.print(f"score articles:  python models/score.py PATH --out DIR --model {uri}", soft_wrap=True)
    page = f"http://127.0.0.1:5000/#/experiments/{tracker.experiment_id}/runs/{tracker.run_id}"
    console.print(f"see this run:    make ui, then {page}", soft_wrap=True)
