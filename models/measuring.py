"""What `models/benchmark.py` measures: the command as a user runs it, its stages, and the plain way beside them."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import Any

import psutil
import torch
from rich.console import Console
from rich.table import Table

from data.actors.quotes import find_quotations
from data.articles import MissingInput, find_files, read_file
from data.language import ENGLISH
from data.pairs import ArticlePair, generate_pairs
from data.readers.source import ReadOptions
from data.schema import Article, Mention
from data.sentences import split_sentences
from models.backbone import BackboneError
from models.classifier import ModelError
from models.engine import available_cores
from models.pipeline import Options, Scorer
from models.plain import PlainClassifier
from models.precision import Effort, Runner
from models.registry import ROOT, ModelNotFound, find_model
from models.settings import CannotRun
from models.stages import ScorerSource, score_articles

_MATRICES = (2048, 384, 1536)
_MOST_MENTIONS = 8
_KEYS = ("articles_per_s", "ratio_plain_1", "ratio_plain_32", "gemm_share", "encoder_share", "peak_mb", "startup_s")


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures of a benchmark, by name, and what else there is to say."""

    figures: dict[str, float]
    notes: dict[str, str]

    def show(self) -> None:
        """Prints the figures."""
        table = Table(title="Scoring", title_justify="left", show_header=False)
        for name, value in self.figures.items():
            table.add_row(name, f"{value:.3g}")
        for name, note in self.notes.items():
            table.add_row(name, note)
        Console().print(table)

    def write(self, path: Path) -> None:
        """Writes the figures as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({name: round(self.figures[name], 4) for name in _KEYS}) + "\n", encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Command:
    """What a run of the command took: seconds to score after loading, seconds in all, the most memory in MB."""

    scoring: float
    whole: float
    peak: float


def measure(
    paths: Sequence[Path], model: str, count: int | None, plain: int, workers: int | None, rounds: int, starts: int
) -> Measured:  # fmt: skip
    """Measures the scoring of articles; the ratios are medians over rounds in which both ways are measured.

    Args:
        paths: Files and folders of articles.
        model: The model.
        count: How many articles the command scores; more than there are are repeats with ids of their own.
        plain: How many of them the plain way classifies, given their pairs: finding actors does not count for it.
        workers: How many processes score; None for one on each core.
        rounds: How many rounds.
        starts: How many starts of the command with one article the start-up time is the median of.

    Raises:
        CannotRun: If there are no articles, or no model.
    """
    articles = _articles(paths)
    sample = articles[:plain]
    scorer = _scorer(model)
    figures, notes = _stages(scorer, sample)
    pairs = [pair for article in sample for pair in _few_mentions(scorer.pairs(article))]
    notes["one by one"] = _agreement(scorer, pairs)
    runs, ratios = [], dict[int, list[float]]({1: [], 32: []})
    with tempfile.TemporaryDirectory() as folder:
        many = list(islice(_repeated(articles), count or len(articles)))
        file, one = _written(Path(folder) / "all.jsonl", many), _written(Path(folder) / "one.jsonl", articles[:1])
        for number in range(rounds):
            runs.append(_command(file, model, workers, Path(folder) / f"out{number}"))
            ours = runs[-1].scoring / len(many)
            for size, found in ratios.items():
                found.append(_plain_seconds(scorer, pairs, size) / len(sample) / ours)
        started = [_command(one, model, 1, Path(folder) / f"one{number}").whole for number in range(starts)]
    figures |= {
        "articles_per_s": len(many) / median(run.scoring for run in runs),
        "peak_mb": max(run.peak for run in runs),
        "startup_s": median(started),
        "ratio_plain_1": median(ratios[1]),
        "ratio_plain_32": median(ratios[32]),
    }
    notes["articles"] = f"{len(many)} in {rounds} rounds, {len(sample)} of them the plain way"
    return Measured(figures, notes)


def matrix_speed(repeats: int = 50) -> float:
    """Returns how many multiplications and additions a second a matrix product in bfloat16 makes, at best."""
    rows, inner, columns = _MATRICES
    one, other = (torch.randn(*shape, dtype=torch.bfloat16) for shape in ((rows, inner), (inner, columns)))
    return 2 * rows * inner * columns / min(_seconds(lambda: one @ other) for _ in range(repeats))


def _stages(scorer: Scorer, articles: Sequence[Article]) -> tuple[dict[str, float], dict[str, str]]:
    """Measures the stages one after the other, on one core."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    score_articles(scorer, articles[:2], Options())
    split = [(article, split_sentences(article)) for article in articles]
    seconds = {"sentences": _seconds(lambda: [split_sentences(article) for article in articles])}
    mentions = list[list[Mention]]()
    for runner in scorer.runners:
        runner.effort = Effort()
    seconds["actors"] = _seconds(lambda: mentions.extend(scorer.finder.find_all(split)))
    found: list[list[ArticlePair]] = []
    seconds["pairs"] = _seconds(
        lambda: found.extend(
            list(generate_pairs(article, sentences, inside, find_quotations(article, sentences, inside)))
            for (article, sentences), inside in zip(split, mentions, strict=True)
        )
    )
    seconds["windows"] = _seconds(lambda: scorer.classifier.predict([p.pair for pairs in found for p in pairs]))
    tagging, classifying = [runner.effort for runner in reversed(scorer.runners)]
    seconds["actors"] -= tagging.seconds
    seconds["windows"] -= classifying.seconds
    effort, operations = tagging + classifying, _operations(scorer.runners)
    whole = _seconds(lambda: score_articles(scorer, articles, Options()))
    seconds["encoder"] = effort.seconds
    seconds["records"] = max(0.0, whole - sum(seconds.values()))
    speed = matrix_speed()
    torch.set_num_threads(threads)
    total = sum(seconds.values())
    sentences = sum(len(sentences) for _, sentences in split)
    figures = {
        "encoder_share": effort.seconds / total,
        "gemm_share": operations / effort.seconds / speed,
        "pairs_per_sentence": sum(map(len, found)) / max(1, sentences),
        "tokens_per_s": effort.tokens / effort.seconds,
    }
    shares = ", ".join(f"{name} {value / total:.0%}" for name, value in seconds.items())
    return figures, {"stages on one core": shares, "precision": str(scorer.classifier.runner.precision)}


def _operations(runners: Iterable[Runner]) -> float:
    """Returns the multiplications and additions of encoding: of the weights for each token, and of attention."""
    operations = 0.0
    for runner in runners:
        encoder: Any = runner.network.encoder
        config = encoder.config
        size, layers = config.hidden_size, config.num_hidden_layers
        weights = layers * (4 * size * size + 2 * size * config.intermediate_size)
        operations += 2.0 * weights * runner.effort.tokens + 4.0 * layers * size * runner.effort.squares
    return operations


def _agreement(scorer: Scorer, pairs: Sequence[ArticlePair]) -> str:
    """Compares what pairs get when they are scored together and one by one."""
    together = scorer.classifier.predict([pair.pair for pair in pairs])
    alone = [scorer.classifier.predict([pair.pair])[0] for pair in pairs]
    same = sum(one.stance == other.stance for one, other in zip(together, alone, strict=True))
    furthest = max(
        (abs(one.probabilities[s] - other.probabilities[s]) for one, other in zip(together, alone, strict=True)
         for s in one.probabilities),
        default=0.0,
    )  # fmt: skip
    return f"{same} of {len(pairs)} pairs have the same stance, probabilities differ by {furthest:.1g} at most"


def _plain_seconds(scorer: Scorer, pairs: Sequence[ArticlePair], size: int) -> float:
    config = scorer.classifier.config
    plain = PlainClassifier(config.backbone, config.max_length)
    texts = [pair.pair for pair in pairs]
    plain.predict(texts[:size], size)
    return _seconds(lambda: plain.predict(texts, size))


def _few_mentions(pairs: Sequence[ArticlePair]) -> list[ArticlePair]:
    """Leaves out the pairs with a mention after the first few of its sentence."""
    places: dict[int, list[int]] = {}
    for pair in pairs:
        places.setdefault(pair.sentence.index, []).extend((pair.source.start, pair.target.start))
    last = {index: sorted(set(starts))[:_MOST_MENTIONS][-1] for index, starts in places.items()}
    return [p for p in pairs if max(p.source.start, p.target.start) <= last[p.sentence.index]]


def _command(file: Path, model: str, workers: int | None, out: Path) -> Command:
    """Runs the command in a process of its own, and watches its memory: what its processes share counts once."""
    command = [sys.executable, str(ROOT / "models" / "score.py"), str(file), "--out", str(out), "--model", model]
    started, peak = time.perf_counter(), 0.0
    process = psutil.Popen(
        [*command, "--workers", str(workers or available_cores())], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while process.poll() is None:
        peak = max(peak, _memory(process))
        time.sleep(0.1)
    whole = time.perf_counter() - started
    if process.returncode not in (0, 3):
        raise CannotRun(f"the command ended with status {process.returncode}: {' '.join(command)}")
    times = json.loads((out / "manifest.json").read_text())["time"]
    return Command(times["seconds"] - times["loading"], whole, peak)


def _memory(process: psutil.Process) -> float:
    """Returns the memory of a process and its children in MB."""
    try:
        tree = [process, *process.children(recursive=True)]
        infos = [one.memory_full_info() for one in tree]
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0.0
    return sum(getattr(info, "pss", info.uss) for info in infos) / 1e6


def _scorer(model: str) -> Scorer:
    try:
        return ScorerSource(find_model(model), model).load()
    except (ModelNotFound, ModelError, BackboneError) as error:
        raise CannotRun(str(error)) from None


def _articles(paths: Sequence[Path]) -> list[Article]:
    try:
        items = [item for file in find_files(paths) for item in read_file(file, ReadOptions(languages=ENGLISH))]
    except MissingInput as error:
        raise CannotRun(str(error)) from None
    articles = [item for item in items if isinstance(item, Article)]
    if not articles:
        raise CannotRun(f"no article can be read in {', '.join(map(str, paths))}")
    return articles


def _repeated(articles: Sequence[Article]) -> Iterator[Article]:
    for number, article in enumerate(cycle(articles)):
        yield replace(article, id=f"{number}:{article.id}")


def _written(path: Path, articles: Sequence[Article]) -> Path:
    rows = ({"id": a.id, "text": a.text, "published": a.published, "url": a.url} for a in articles)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
