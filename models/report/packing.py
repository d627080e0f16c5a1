"""Packs articles and their records into columns that a page reads quickly."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from data.actors.gazetteer import default_gazetteer
from data.dates import day_of
from data.schema import SENTIMENTS, STANCES, Article, Stance

SHOWN = tuple(stance for stance in STANCES if stance is not Stance.NEUTRAL)
TEXTS_AT_ONCE = 100
_SPANS = ("sentence_start", "sentence_end", "source_start", "source_end", "target_start", "target_end")

_ACTOR_FIELDS = ("name", "kind", "country", "sector", "linked", "body", "body_kind")
_OTHERS = "other actors"

Packed = dict[str, Any]


class _Table:
    """Rows that are stored once each, and named by their number."""

    def __init__(self) -> None:
        self.numbers: dict[tuple[Any, ...], int] = {}

    def number(self, *row: Any) -> int:
        """Returns the number of a row."""
        return self.numbers.setdefault(row, len(self.numbers))

    def columns(self, *names: str) -> dict[str, list[Any]]:
        """Returns the rows as columns."""
        return {name: [row[place] for row in self.numbers] for place, name in enumerate(names)}


def pack(scored: Iterable[tuple[Article, Sequence[Mapping[str, Any]]]]) -> Packed:
    """Packs articles and their records.

    Returns:
        `articles`, `actors` and `stances` as columns, one list a field, numbers into each other;
        `words`: stance -> [start, end, weight] of each word; `deletions`: stance -> its check;
        `texts`: lists of `TEXTS_AT_ONCE` articles' texts. Offsets are into an article's text in
        UTF-16 units, as a browser counts. Probabilities are in ten-thousandths.
    """
    actors, articles = _Table(), _Table()
    texts: list[str] = []
    stances: dict[str, list[Any]] = {
        name: []
        for name in ("article", *_SPANS, "source", "target", "stance", "confidence", "quoted", "speaker", "story",
                     "sentiment", *map(str, STANCES))
    }  # fmt: skip
    packed: Packed = {"words": {}, "deletions": {}}
    for article, records in scored:
        number = articles.number(len(texts), article.id, article.title, day_of(article.published), article.url)
        texts.append(article.text)
        place = _places(article.text)
        for record in records:
            if record.get("words") is not None:
                packed["words"][len(stances["stance"])] = [[place(s), place(e), w] for s, e, w in record["words"]]
                packed["deletions"][len(stances["stance"])] = record.get("deletion")
            for name, value in _row(record, number, actors, place).items():
                stances[name].append(value)
    names = {code: actor.name for code, actor in default_gazetteer().states.items()}
    return packed | {
        "articles": articles.columns("number", "id", "title", "date", "url"),
        "actors": _with_states(actors.columns(*_ACTOR_FIELDS), names),
        "stances": stances,
        "texts": [texts[at : at + TEXTS_AT_ONCE] for at in range(0, len(texts), TEXTS_AT_ONCE)],
    }


def _row(record: Mapping[str, Any], article: int, actors: _Table, place: Callable[[int], int]) -> dict[str, Any]:
    source, target = record["source"], record["target"]
    spans = (
        record["sentence_start"], record["sentence_end"], source["start"], source["end"], target["start"], target["end"]
    )  # fmt: skip
    return {
        "article": article,
        **{name: place(at) for name, at in zip(_SPANS, spans, strict=True)},
        "source": _actor(source, actors),
        "target": _actor(target, actors),
        "stance": SHOWN.index(record["stance"]),
        "confidence": _parts(record["confidence"]),
        "quoted": int(record["quoted"]),
        "speaker": record["speaker"],
        "story": record.get("story_cluster"),
        "sentiment": SENTIMENTS.index(record["sentiment"]),
        **{str(stance): _parts(record["probabilities"][stance]) for stance in STANCES},
    }


def _actor(side: Mapping[str, Any], actors: _Table) -> int:
    body = side["on_behalf_of"] or {}
    return actors.number(
        side["name"], side["kind"], side["country"], side["sector"], int(side["linked"]),
        body.get("name"), body.get("kind"),
    )  # fmt: skip


def _with_states(columns: dict[str, list[Any]], names: Mapping[str, str]) -> dict[str, list[Any]]:
    """Adds what each actor counts as among states and bodies.

    A government, its people in office and its organs are their state, others there e.g. `Kenya
    (non-state)`; a body of no state is itself; who is in no table and speaks for nobody is one of
    `other actors`.
    """
    rows = zip(*(columns[name] for name in ("name", "kind", "country", "linked", "body", "body_kind")), strict=True)
    columns["state"] = [_state(names, *row) for row in rows]
    return columns


def _state(
    names: Mapping[str, str],
    name: str,
    kind: str,
    country: str | None,
    linked: int,
    body: str | None,
    body_kind: str | None,
) -> str:
    if country is None:
        return body or (name if linked else _OTHERS)
    state = names.get(country, country)
    return state if "state" in (kind, body_kind) else f"{state} (non-state)"


def _places(text: str) -> Callable[[int], int]:
    """Returns the function from code points to UTF-16 units: characters beyond U+FFFF count twice."""
    if text.isascii():
        return int
    wide = [at for at, character in enumerate(text) if character > "\uffff"]
    return lambda at: at + bisect_left(wide, at)


def _parts(probability: float) -> int:
    return round(probability * 10_000)
