"""One tracked experiment: train, measure, log, register."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout
from rich.console import Console

from data.schema import Example, Tier
from models.mentions import LearnedFinder
from models.registry import ROOT, load_classifier
from train.card import model_card
from train.config import TrainConfig
from train.journal import Journal
from train.loop import Epoch, last_checkpoint, like_start, train
from train.metrics import abstention_curve
from train.registration import log_model, register
from train.results import Results, measured
from train.schedule import is_main_process, processes
from train.source import Source
from train.teaching import Lessons, lessons_of
from train.tracking import Pruned, Tracker, tracked_run
from train.unlabelled import unlabelled_examples
from train.variation import neighbours, varied_examples

WORK = ROOT / "runs"


class AlreadyRunning(RuntimeError):
    """Another process trains the same settings on the same data; the message says where."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finished training.

    Attributes:
        tracker: Its run.
        results: What the model reaches.
        version: The registered version of the model, None if it was not registered.
    """

    tracker: Tracker
    results: Results
    version: str | None


def run_experiment(
    config: TrainConfig,
    source: Source,
    recipe: str,
    save: Path | None = None,
    fresh: bool = False,
    on_epoch: Callable[[Epoch], None] = lambda epoch: None,
    keep_model: bool = True,
) -> Outcome | None:
    """Trains on a source, measures and registers the model, and says what it reaches.

    A training that was interrupted goes on where it stood, in its MLflow run, when the same settings
    are run on the same data again. Of several processes (`torchrun`) the first tracks and reports; the
    others return None.

    Args:
        config: The settings.
        source: The data.
        recipe: Name or file of the recipe, for the model card.
        save: Also write the model to this folder.
        fresh: Start anew, whatever was interrupted.
        on_epoch: Called at the end of each epoch, after it was logged.
        keep_model: Whether the model is logged and registered.

    Raises:
        AlreadyRunning: If the same training is running.
        Unreachable: If the tracking server does not answer, at the start or for too long at the end.
    """
    config = like_start(config)
    folder = WORK / _fingerprint(config, source)
    folder.mkdir(parents=True, exist_ok=True)
    if not is_main_process():
        examples, lessons = _with_lessons(config, source)
        train(config, examples, source.splits["dev"], folder, lessons=lessons)
        return None
    try:
        with FileLock(folder / "lock", blocking=False):
            outcome = _run(config, source, recipe, save, folder, fresh, on_epoch, keep_model)
    except Timeout:
        raise AlreadyRunning(
            f"the same settings are being trained on the same data, in {folder}: wait for them, or change a setting"
        ) from None
    except Pruned:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    shutil.rmtree(folder, ignore_errors=True)
    return outcome


def _run(
    config: TrainConfig,
    source: Source,
    recipe: str,
    save: Path | None,
    folder: Path,
    fresh: bool,
    on_epoch: Callable[[Epoch], None],
    keep_model: bool,
) -> Outcome:
    console, started = Console(), time.monotonic()
    interrupted = folder / "run.txt"
    if fresh:
        _forget(folder)
    run_id = interrupted.read_text(encoding="utf-8") if interrupted.exists() else None
    if run_id and last_checkpoint(folder):
        console.print(f"going on with the interrupted run {run_id}; --fresh would start anew")
    with tracked_run(config, source, recipe, folder, run_id) as tracker:
        interrupted.write_text(tracker.run_id, encoding="utf-8")
        tracker.log_data(source.name, source.splits)
        examples, lessons = _with_lessons(config, source)

        def log(epoch: Epoch) -> None:
            tracker.log_epoch(epoch)
            stance, sentiment = (epoch.metrics.get(f"{head}_macro_f1", 0.0) for head in ("stance", "sentiment"))
            console.print(
                f"epoch {epoch.number}/{config.epochs}: dev macro-F1: stance {stance:.3f}, sentiment {sentiment:.3f}"
            )
            on_epoch(epoch)

        classifier = train(config, examples, source.splits["dev"], folder, log, lessons)
        results = measured(classifier, source.splits)
        curve = abstention_curve(source.splits["dev"], results.predictions["dev"])
        card = model_card(config, classifier.config, source.splits, results.reports, curve, recipe, source.path)
        if save:
            classifier.save(save)
            (save / "README.md").write_text(card, encoding="utf-8")
        version = None
        if keep_model:
            model_id = tracker.deliver(log_model, classifier, tracker.run_id)
            metrics = tracker.log_results(results, source.splits, card, model_id)
            version = tracker.deliver(register, tracker.run_id, model_id, metrics)
        else:
            tracker.log_results(results, source.splits, card)
    console.print(results.table())
    console.print(
        f"{time.monotonic() - started:.0f} s; temperature {classifier.config.temperature}, "
        f"threshold {classifier.config.threshold}"
    )
    return Outcome(tracker, results, version)


def _forget(folder: Path) -> None:
    """Forgets a training that was interrupted."""
    for checkpoint in folder.glob("checkpoint-*"):
        shutil.rmtree(checkpoint)
    (folder / "run.txt").unlink(missing_ok=True)
    Journal(folder).clear()


def _fingerprint(config: TrainConfig, source: Source) -> str:
    """Names a training by its settings, its data and the number of processes, which its steps are counted by."""
    return hashlib.sha256(f"{config.resolved()} {source.digest} {processes()}".encode()).hexdigest()[:16]


def _with_lessons(config: TrainConfig, source: Source) -> tuple[list[Example], Lessons | None]:
    """Returns what is learnt from: labelled pairs; where there is a teacher, unlabelled ones too and its answers."""
    examples = source.splits["train"]
    if not config.teacher:
        return examples, None
    teacher = load_classifier(config.teacher)
    teacher.runner.hasten()
    if config.corpus_weights.get(Tier.UNLABELLED, 1.0):
        finder = LearnedFinder.load()
        finder.tagger.runner.hasten()
        commercial = all(example.commercial for example in examples)
        examples = examples + unlabelled_examples(finder, source.splits, commercial=commercial)
    if config.variations and config.corpus_weights.get(Tier.VARIED, 1.0):
        encoder = teacher.network.encoder.get_input_embeddings()
        near = neighbours(encoder.weight, teacher.tokenizer)
        examples = examples + varied_examples(source.splits["train"], near, config.variations, config.seed)
    return examples, lessons_of(teacher, examples, WORK / "lessons")
