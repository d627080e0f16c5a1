"""The final pass of a run: from what was found in each article, in the order of the input, to the files of a user."""

from __future__ import annotations

import heapq
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from data.pairs import MOST_MENTIONS
from data.readers.source import ArticleFile
from data.schema import Article, Rejection
from data.stories import StoryIndex
from models.records import DYAD_FIELDS, Record, dyads
from models.report import Sample
from models.state import RunState
from models.writers import FORMATS, JsonlWriter, RecordWriter, open_table, open_writer

COUNTS = (
    "articles", "stories", "pairs", "truncated", "stances", "condemn", "support", "deny", "neutral", "rejected",
)  # fmt: skip
REPORT = "report.html"
_ALWAYS = ("dyads.csv", "errors.jsonl", "manifest.json")
OUTPUTS = frozenset((*(f"stances.{form}" for form in FORMATS), "author.jsonl", REPORT, *_ALWAYS))
_MOST_SHOWN = 200


@dataclass(slots=True)
class Published:
    """What a run found, for its manifest and its summary.

    Attributes:
        counts: By the names of COUNTS.
        best: The most certain stances.
        dyads: Sentences with a stance of one body towards another, by source, stance and target.
        sample: The articles that the report shows.
    """

    counts: Counter[str] = field(default_factory=Counter)
    best: list[Record] = field(default_factory=list)
    dyads: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    sample: Sample = field(default_factory=Sample)


@dataclass(frozen=True, slots=True)
class _Outputs:
    stances: RecordWriter
    dyads: RecordWriter
    errors: RecordWriter
    authors: RecordWriter | None

    def close(self) -> None:
        for writer in (self.stances, self.dyads, self.errors, self.authors):
            if writer is not None:
                writer.close()


def publish(
    state: RunState, files: Iterable[tuple[int, ArticleFile]], out: Path, form: str, columns: str | None, author: bool
) -> Published:
    """Writes the files of a run; each appears when it is whole.

    Args:
        state: What was found.
        files: The input files, in order, each with its number in the state.
        out: The folder.
        form: jsonl, csv or parquet.
        columns: The names of columns to use, see `models.writers`; None for ours.
        author: Whether the author's sentiments are written too.
    """
    outputs = _Outputs(
        open_writer(out, "stances", form, columns),
        open_table(out / "dyads.csv", DYAD_FIELDS, columns),
        JsonlWriter(out / "errors.jsonl"),
        JsonlWriter(out / "author.jsonl") if author else None,
    )
    published, stories, given = Published(), StoryIndex(), _GivenIds()
    for number, file in files:
        for item in _accepted(state, number, file, given, outputs, published):
            story = stories.place(item["id"], item["signature"])
            published.counts["stories"] += story == item["id"]
            _write(item, story, file, outputs, published)
    outputs.close()
    for name in OUTPUTS - {f"stances.{form}", *_ALWAYS, *(["author.jsonl"] if author else [])}:
        (out / name).unlink(missing_ok=True)  # of an earlier run with other options
    return published


class _GivenIds:
    """The ids of the articles so far, each with the file that gave it; kept on disk."""

    def __init__(self) -> None:
        self._ids = sqlite3.connect("")
        self._ids.execute("CREATE TABLE ids (id TEXT PRIMARY KEY, file TEXT) WITHOUT ROWID")

    def add(self, name: str, file: str) -> str | None:
        """Adds an id; returns the file that has given it before, if any."""
        if self._ids.execute("INSERT OR IGNORE INTO ids VALUES (?, ?)", (name, file)).rowcount:
            return None
        return str(self._ids.execute("SELECT file FROM ids WHERE id = ?", (name,)).fetchone()[0])


def _accepted(
    state: RunState, number: int, file: ArticleFile, given: _GivenIds, outputs: _Outputs, published: Published
) -> Iterator[dict[str, Any]]:
    """Yields what was found in the articles of a file, and writes down what was rejected."""
    for place, rejection, signature, found in state.items_of(number):
        if rejection is None and (first := given.add(found["id"], file.name)) is not None:
            which = f"article {place} of the file: " if state.holds_several(number) else ""
            reason = f"{which}the id {found['id']} was given before, in {first}"
            rejection = Rejection(file.name, reason, "give each article an id of its own")
        elif rejection is None and "failed" in found:
            reason = f"article {found['id']} cannot be scored: {found['failed']}"
            rejection = Rejection(file.name, reason, "report this fault with the article; the others are scored")
        if rejection is not None:
            _reject(rejection, outputs, published)
        else:
            yield found | {"signature": signature}


def _write(item: dict[str, Any], story: str, file: ArticleFile, outputs: _Outputs, published: Published) -> None:
    records = [record | {"story_cluster": story} for record in item["records"]]
    counts = published.counts
    counts.update(articles=1, pairs=item["pairs"], truncated=item["truncated"])
    for record in records:
        outputs.stances.write(record)
        counts[record["stance"]] += 1
    with_stance = [record for record in records if record["stance"] != "neutral"]
    counts["stances"] += len(with_stance)
    published.best = heapq.nlargest(_MOST_SHOWN, [*published.best, *with_stance], key=lambda r: r["confidence"])
    published.sample.add(Article(item["id"], **item["article"]), with_stance)
    for row in dyads(records):
        outputs.dyads.write(row)
        published.dyads[row["source_name"], row["stance"], row["target_name"]] += row["count"]
    for row in item["author"]:
        if outputs.authors is not None:
            outputs.authors.write(row)
    for index, mentions in item["crowded"]:
        reason = f"article {item['id']}: sentence {index} names {mentions} actors, and {MOST_MENTIONS} make pairs"
        _reject(Rejection(file.name, reason, "leave out lists; the rest of the article is scored"), outputs, published)


def _reject(rejection: Rejection, outputs: _Outputs, published: Published) -> None:
    published.counts["rejected"] += 1
    outputs.errors.write(rejection_row(rejection))


def rejection_row(rejection: Rejection) -> dict[str, Any]:
    """Returns a row of errors.jsonl; what a broken file put into it that is no character comes escaped."""
    return {
        "file": rejection.file,
        "line": rejection.line,
        "reason": _written(rejection.reason),
        "remedy": _written(rejection.remedy),
    }


def _written(words: str) -> str:
    return words.encode("utf-8", "backslashreplace").decode("utf-8")
