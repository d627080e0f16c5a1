"""One tracked experiment: train, measure, log, register, say what to do next."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from data.schema import STANCES, Example, Prediction
from models.classifier import Classifier
from models.progress import counting_bar
from models.registry import ROOT
from train.card import model_card
from train.config import TrainConfig
from train.loop import SELECTION_METRIC, Epoch, train
from train.metrics import confusion, report
from train.source import Source
from train.tracking import REGISTERED_NAME, Tracker, tracked_run

WORK = ROOT / "runs"
_EXAMPLE = {
    "title": "Norway protests to Iceland",
    "text": "Norway accused Iceland of overfishing on Monday. Reykjavik rejected the charge.",
    "published": "2024-05-06",
}


def run_experiment(config: TrainConfig, source: Source, save: Path | None = None) -> None:
    """Trains on a source, measures and registers the model, and says what to do next."""
    console = Console()
    started = time.monotonic()
    name = f"{time.strftime('%m%d-%H%M%S')}-{source.name}"
    with tracked_run(config, name, source.digest) as tracker:
        tracker.log_data(source.name, source.splits)

        def on_epoch(epoch: Epoch) -> None:
            tracker.log_epoch(epoch)
            console.print(f"epoch {epoch.number}/{config.epochs}: dev macro-F1 {epoch.metrics[SELECTION_METRIC]:.3f}")

        dev = [example for example in source.splits["dev"] if example.stance]
        classifier = train(config, source.splits["train"], dev, WORK / tracker.run_id, on_epoch)
        predictions = _predicted(classifier, source.splits)
        results = {split: report(source.splits[split], found) for split, found in predictions.items()}
        confusions = {split: confusion(source.splits[split], found) for split, found in predictions.items()}
        tracker.log_result(results, confusions)
        best = {f"dev_{SELECTION_METRIC}": results["dev"]["all"][SELECTION_METRIC]}
        logged = tracker.log_model(classifier, _EXAMPLE, best)
        card = model_card(config, classifier.config, source.splits, results)
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
