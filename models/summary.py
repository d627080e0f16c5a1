"""Prints what a scoring run found, as tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from models.publishing import REPORT, Published

_STYLES = {"condemn": "red", "support": "green", "deny": "yellow"}
_VERBS = {"condemn": "condemns", "support": "supports", "deny": "denies"}
_ROWS = 18
_EVIDENCE = 84


def print_summary(found: Published, seconds: float, scored: int, out: Path, form: str, report: bool = False) -> None:
    """Prints the most certain stances, the most frequent dyads, the counts and where the files are.

    Args:
        found: What the files hold.
        seconds: How long the run took.
        scored: How many articles it scored; the others were scored before.
        out: The folder of the files.
        form: The format of the stances.
        report: Whether there is a report to look at.
    """
    console, counts = Console(markup=False), found.counts
    if console.width < 120 and not console.is_terminal:
        console = Console(width=150, markup=False)
    if found.best:
        console.print(_stance_table(found.best))
        console.print(_dyad_table(found.dyads))
    kinds = ", ".join(f"{counts[stance]} {stance}" for stance in _VERBS)
    rate = scored / max(seconds, 1e-6)
    console.print(
        f"{counts['articles']} articles, {counts['stances']} stances ({kinds}), {counts['rejected']} inputs rejected, "
        f"{seconds:.1f} s ({rate:.1f} articles/s)"
    )
    if counts["articles"] > scored:
        console.print(f"{counts['articles'] - scored} of the articles were scored before: --rescore scores all again")
    if counts["articles"] > counts["stories"]:
        console.print(f"{counts['stories']} stories; the other articles repeat one of them (story_cluster)")
    if counts["truncated"]:
        console.print(
            f"{counts['truncated']} of {counts['pairs']} pairs stand in a sentence longer than the model reads; "
            "it read what stands around both actors"
        )
    console.print(f"{out / f'stances.{form}'}, {out / 'dyads.csv'}, {out / 'manifest.json'}", soft_wrap=True)
    if report:
        console.print(f"to look at them, open in a browser: {out / REPORT}", soft_wrap=True)
    if counts["rejected"]:
        console.print(f"what was rejected, why, and what to do: {out / 'errors.jsonl'}", soft_wrap=True)


def _stance_table(records: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(title="The most certain stances", title_justify="left", header_style="bold")
    for name in ("who", "stance", "whom"):
        table.add_column(name, no_wrap=name == "stance", max_width=30)
    table.add_column("confidence", justify="right")
    table.add_column("evidence")
    for record in _varied(records):
        table.add_row(
            _who(record["source"]),
            Text(_VERBS[record["stance"]], style=_STYLES[record["stance"]]),
            _who(record["target"]),
            f"{record['confidence']:.2f}",
            _evidence(record),
        )
    return table


def _dyad_table(total: Counter[tuple[str, str, str]]) -> Table:
    table = Table(title="The most frequent dyads", title_justify="left", header_style="bold")
    for name in ("who", "stance", "whom"):
        table.add_column(name)
    table.add_column("sentences", justify="right")
    for (source, stance, target), count in sorted(total.items(), key=lambda item: (-item[1], item[0]))[:10]:
        table.add_row(source, Text(_VERBS[stance], style=_STYLES[stance]), target, str(count))
    return table


def _varied(records: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Picks the most certain records of each stance, of different dyads and sentences, in order of confidence."""
    seen: set[tuple[str, str, str]] = set()
    sentences: set[str] = set()
    chosen = []
    for record in sorted(records, key=lambda r: (-r["confidence"], r["article_id"], r["sentence_start"])):
        key = (record["source"]["name"], record["stance"], record["target"]["name"])
        if key not in seen and record["sentence"] not in sentences:
            seen.add(key)
            sentences.add(record["sentence"])
            chosen.append(record)
    rank: Counter[str] = Counter()
    for record in chosen:
        rank[record["stance"]] += 1
        if rank[record["stance"]] > _ROWS // len(_VERBS):
            sentences.discard(record["sentence"])
    return [record for record in chosen if record["sentence"] in sentences]


def _who(side: Mapping[str, Any]) -> str:
    body = side["on_behalf_of"]
    return f"{side['name']} ({body['name']})" if body else str(side["name"])


def _evidence(record: Mapping[str, Any]) -> Text:
    """Returns the sentence around both mentions, these in bold."""
    offset = record["sentence_start"]
    spans = [(s["start"] - offset, s["end"] - offset) for s in (record["source"], record["target"])]
    inside = [(start, end) for start, end in spans if start >= 0]
    text = Text(record["sentence"].replace("\n", " "))
    for start, end in inside:
        text.stylize("bold", start, end)
    first, last = min(s for s, _ in inside), max(e for _, e in inside)
    left = max(0, min(first, (first + last - _EVIDENCE) // 2))
    right = min(len(text), max(last, left + _EVIDENCE))
    return Text.assemble("…" if left else "", text[left:right], "…" if right < len(text) else "")
