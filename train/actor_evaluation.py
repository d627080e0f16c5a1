"""Runs the actor stage over the annotated articles: measures with intervals, by corpus, as a table and as JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from data.actors.quotes import find_quotations
from data.annotated import AnnotatedArticle, read_annotated
from data.corpora import RAW
from data.schema import Actor, ActorKind, Stance
from data.sentences import split_sentences
from models.pipeline import Scorer
from models.progress import counting_bar
from models.records import Record
from train.actor_measures import (
    Triple,
    count_coreference,
    count_mentions,
    count_speakers,
    count_stances,
    measures,
)
from train.bootstrap import draws
from train.evaluation import CannotEvaluate, loaded

RESAMPLINGS = 1000
_SHOWN = {
    "mention_f1": "mentions, F1 by head",
    "mention_precision": "- precision",
    "mention_recall": "- recall",
    "exact_f1": "- F1 by exact span",
    "link_accuracy": "linked right, of mentions found",
    "resolution": "pronouns and short forms resolved",
    "pronoun_accuracy": "- pronouns",
    "short_accuracy": "- short forms",
    "resolution_of_found": "- of those found",
    "conll_f1": "coreference, CoNLL average",
    "speaker_accuracy": "speaker right",
    "direct_speaker_accuracy": "- of direct speech",
    "indirect_speaker_accuracy": "- of indirect speech",
    "stance_f1": "whole article: source, stance, target, F1",
    "stance_precision": "- precision",
    "stance_recall": "- recall",
}


def evaluate_actors(model: str, split: str, raw: Path | None, out: Path | None) -> None:
    """Measures a model and its actor stage on a split of the annotated articles; prints and writes what it found.

    Raises:
        CannotEvaluate: If there is no such model, or none of the annotated articles is there.
    """
    articles = [a for a in read_annotated(raw or RAW) if a.split == split]
    if not articles:
        raise CannotEvaluate(f"no annotated article of the {split} split: python data/fetch.py brings the corpora")
    scorer = Scorer(loaded(model), model)
    counts = count_articles(scorer, articles)
    corpora = sorted({article.corpus for article in articles})
    results = {}
    for name in ("all", *corpora):
        chosen = [c for c, a in zip(counts, articles, strict=True) if name in ("all", a.corpus)]
        results[name] = {"n": len(chosen), "measures": measures(_total(chosen)), "intervals": _intervals(chosen)}
    console = Console()
    console.print(_table(results, split))
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps({"split": split, **_rounded(results)}, indent=2) + "\n", encoding="utf-8")
        console.print(f"written to {out}", soft_wrap=True)


def count_articles(scorer: Scorer, articles: Sequence[AnnotatedArticle]) -> list[Counter[str]]:
    """Counts, for each article, how mentions, speakers and stances agree with its annotation."""
    with counting_bar() as bar:
        task = bar.add_task("reading articles", total=len(articles))
        counts = []
        for gold in articles:
            counts.append(_count(scorer, gold))
            bar.advance(task)
    return counts


def _count(scorer: Scorer, gold: AnnotatedArticle) -> Counter[str]:
    sentences = split_sentences(gold.article)
    mentions = scorer.finder.find(gold.article, sentences)
    quotations = find_quotations(gold.article, sentences, mentions)
    counts = count_mentions(gold, mentions) + count_coreference(gold, mentions) + count_speakers(gold, quotations)
    return counts + count_stances(gold, _triples(scorer.score([gold.article])))


def _triples(records: Iterable[Record]) -> Iterable[Triple]:
    for record in records:
        yield _actor(record["source"]), Stance(record["stance"]), _actor(record["target"])


def _actor(side: Record) -> Actor:
    body = _actor(side["on_behalf_of"]) if side.get("on_behalf_of") else None
    return Actor(side["name"], ActorKind(side["kind"]), side["country"], side["sector"], side["linked"], body)


def _total(counts: Iterable[Counter[str]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for count in counts:
        total.update(count)
    return total


def _intervals(counts: Sequence[Counter[str]]) -> dict[str, tuple[float, float]]:
    """95 % intervals of the measures, by drawing articles with replacement (percentile bootstrap)."""
    names = sorted(_total(counts))
    table = np.array([[count.get(name, 0) for name in names] for count in counts], dtype=float)
    drawn = draws(len(counts), RESAMPLINGS) @ table
    samples = [measures(dict(zip(names, row, strict=True))) for row in drawn]
    return {
        name: (float(np.percentile(values, 2.5)), float(np.percentile(values, 97.5)))
        for name in samples[0]
        if (values := [sample[name] for sample in samples])
    }  # fmt: skip


def _rounded(results: dict[str, Any]) -> dict[str, Any]:
    return {
        name: {
            "n": result["n"],
            "measures": {key: round(value, 2) for key, value in result["measures"].items()},
            "intervals": {key: [round(end, 2) for end in ends] for key, ends in result["intervals"].items()},
        }
        for name, result in results.items()
    }


def _table(results: dict[str, Any], split: str) -> Table:
    title = f"actors, {split}: per cent; 95 % intervals over the articles"
    table = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    table.add_column("measure")
    for name, result in results.items():
        table.add_column(f"{name} ({result['n']})", justify="right")
    for name, label in _SHOWN.items():
        cells = []
        for result in results.values():
            low, high = result["intervals"][name]
            value = f"{result['measures'][name]:.1f}"
            cells.append(f"{value} [{low:.1f}, {high:.1f}]" if result is results["all"] else value)
        table.add_row(label, *cells)
    return table
