"""Chooses which pairs a person should label next, by what a model thinks of them."""

from __future__ import annotations

import heapq
import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.articles import MissingInput, find_files, read_file
from data.duplicates import SentenceIndex
from data.labelstudio import INTERFACE, Suggestion, make_task
from data.language import ENGLISH
from data.pairs import ArticlePair
from data.readers.source import ReadOptions
from data.schema import STANCES, Article, Prediction, Rejection, Stance
from models.backbone import BackboneError
from models.classifier import ModelError
from models.pipeline import Scorer
from models.progress import counting_bar
from models.registry import ModelNotFound, load_classifier
from models.writers import write_text


class CannotPick(RuntimeError):
    """There are no articles, no model, or no pairs; the message says which."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A pair of an article, with what the model says of it."""

    article: str
    found: ArticlePair
    prediction: Prediction


@dataclass(frozen=True, slots=True)
class Picked:
    """The tasks, the most useful first.

    Attributes:
        tasks: Label Studio tasks.
        pairs: How many pairs they hold.
        seen: How many pairs the articles have.
        rejections: Inputs that could not be read.
    """

    tasks: list[dict[str, Any]]
    pairs: int
    seen: int
    rejections: list[Rejection]

    def write(self, out: Path) -> None:
        """Writes the tasks, and beside them the labelling interface."""
        out.parent.mkdir(parents=True, exist_ok=True)
        write_text(out, json.dumps(self.tasks, ensure_ascii=False, indent=1) + "\n")
        write_text(out.with_suffix(".xml"), INTERFACE)


def pick_tasks(paths: Sequence[Path], count: int, model: str) -> Picked:
    """Scores the pairs of articles and picks the most useful ones as tasks, one for each sentence.

    Raises:
        CannotPick: If there are no articles, no model, or no pairs.
    """
    try:
        files = find_files(paths)
        scorer = Scorer(load_classifier(model), model)
    except (MissingInput, ModelNotFound, ModelError, BackboneError) as error:
        raise CannotPick(str(error)) from None
    items = [item for file in files for item in read_file(file, ReadOptions(languages=ENGLISH))]
    candidates = _candidates(scorer, [item for item in items if isinstance(item, Article)])
    if not candidates:
        rejected = next((f"; one is rejected: {item.reason}" for item in items if isinstance(item, Rejection)), "")
        raise CannotPick(f"no pair of actors in {len(items)} articles: there is nothing to label{rejected}")
    chosen = pick(candidates, count)
    by_sentence: dict[tuple[str, str, str], list[tuple[Candidate, float]]] = {}
    for candidate, score in chosen:
        pair = candidate.found.pair
        by_sentence.setdefault((candidate.article, pair.context, pair.text), []).append((candidate, score))
    tasks = [
        make_task(
            [Suggestion(c.found.pair, c.prediction) for c, _ in together], article, model, max(s for _, s in together)
        )
        for (article, _, _), together in by_sentence.items()
    ]
    return Picked(tasks, len(chosen), len(candidates), [item for item in items if isinstance(item, Rejection)])


def pick(candidates: Sequence[Candidate], count: int) -> list[tuple[Candidate, float]]:
    """Returns the most useful candidates with their usefulness from 0 to 1, the best first.

    Usefulness is divided by what was picked before between the same two actors or of the same
    sentence; a sentence nearly the same as one picked before is passed over. A picked pair brings
    its way back along, which whoever reads the sentence labels at no cost.
    """
    means = {s: sum(c.prediction.probabilities[s] for c in candidates) / len(candidates) for s in STANCES}
    places = {_place(c): index for index, c in enumerate(candidates)}
    waiting = [(-usefulness(c.prediction, means), index) for index, c in enumerate(candidates)]
    heapq.heapify(waiting)
    seen: Counter[object] = Counter()
    sentences, texts = SentenceIndex(), set[str]()
    chosen: dict[int, float] = {}
    while waiting and len(chosen) < count:
        negative, index = heapq.heappop(waiting)
        candidate, text = candidates[index], candidates[index].found.pair.text
        if index in chosen or (text not in texts and sentences.nearest(text)):
            continue
        actors = frozenset((candidate.found.source.actor.name, candidate.found.target.actor.name))
        now = usefulness(candidate.prediction, means) / (1 + seen[actors] + seen[text])
        if now < -negative:  # its like were picked meanwhile: it waits for its turn
            heapq.heappush(waiting, (-now, index))
            continue
        chosen[index] = now
        article, source, target = _place(candidate)
        back = places.get((article, target, source))
        if back is not None and len(chosen) < count:
            chosen.setdefault(back, now)
        seen.update((actors, text))
        if text not in texts:
            texts.add(text)
            sentences.add([text])
    return [(candidates[index], score) for index, score in chosen.items()]


def usefulness(prediction: Prediction, means: Mapping[Stance, float]) -> float:
    """Returns how much a label of a pair would teach, from 0 to 1.

    It is the mean of the model's uncertainty (entropy over the most it can be) and of the rarity
    it expects (the chance of each stance times how rare that stance is).

    Args:
        prediction: What the model says of the pair.
        means: Mean probability of each stance over all candidates.
    """
    chances = prediction.probabilities
    entropy = -sum(p * math.log(p) for p in chances.values() if p > 0) / math.log(len(STANCES))
    rarity = sum(chances[stance] * (1 - means[stance]) for stance in STANCES)
    return (entropy + rarity) / 2


def _place(candidate: Candidate) -> tuple[object, object, object]:
    """Names a pair by its document and its two sides."""
    source, target = candidate.found.source, candidate.found.target
    return candidate.article, (source.start, source.end), (target.start, target.end)


def _candidates(scorer: Scorer, articles: Sequence[Article]) -> list[Candidate]:
    with counting_bar() as bar:
        finding = bar.add_task("finding actors", total=len(articles))
        found: list[tuple[str, ArticlePair]] = []
        for article in articles:
            found += [(article.id, pair) for pair in scorer.pairs(article)]
            bar.advance(finding)
        scoring = bar.add_task("scoring pairs", total=len(found))
        predictions = scorer.classifier.predict(
            [pair.pair for _, pair in found], progress=lambda count: bar.advance(scoring, count)
        )
    return [Candidate(name, pair, prediction) for (name, pair), prediction in zip(found, predictions, strict=True)]
