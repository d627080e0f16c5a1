"""Whole articles whose actors were annotated: mentions, who they are, who speaks, and the stances between them.

Rows over a public corpus are stand-off: they name the article by the sha256 of its text. Passages
that were written for the project carry their text.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.actors.gazetteer import default_gazetteer
from data.corpora import seesaw, wikinews
from data.schema import Actor, ActorKind, Article, Span, Stance

FOLDER = Path(__file__).parent / "gold" / "actors"
SPLITS = ("dev", "test")
_READERS = {seesaw.NAME: seesaw.articles, wikinews.NAME: wikinews.articles}


@dataclass(frozen=True, slots=True)
class AnnotatedMention:
    """A mention and whom it refers to: one actor, or several for "the two countries"."""

    span: Span
    actors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnnotatedSpeech:
    """A stretch of direct or indirect speech and who utters it; no actor where nobody is named."""

    span: Span
    speaker: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnnotatedArticle:
    """An article with everything that was annotated in it.

    Attributes:
        corpus: Where the article is from; `passages` for those written for the project.
        split: "dev" or "test".
        actors: The actors by id; ids mean nothing beyond the article.
        stances: (source, stance, target) by the ids of the actors, each once.
    """

    corpus: str
    split: str
    article: Article
    actors: Mapping[str, Actor]
    mentions: tuple[AnnotatedMention, ...]
    speech: tuple[AnnotatedSpeech, ...]
    stances: tuple[tuple[str, Stance, str], ...]


def text_hash(text: str) -> str:
    """Returns the name of an article in stand-off rows."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def annotated_documents(folder: Path = FOLDER) -> set[str]:
    """Returns the names of the documents that were annotated, which no training may learn from or choose by."""
    paths = sorted(folder.glob("*.jsonl"))
    return {json.loads(line)["document"] for path in paths for line in path.read_text(encoding="utf-8").splitlines()}


def read_annotated(raw: Path, folder: Path = FOLDER) -> Iterator[AnnotatedArticle]:
    """Yields the annotated articles whose text is there: the passages, and those of the corpora under `raw`.

    Raises:
        ValueError: If a row does not fit its article; names file and line.
    """
    for path in sorted(folder.glob("*.jsonl")):
        reader = _READERS.get(path.stem)
        texts = {text_hash(a.text): a for a in reader(raw / path.stem)} if reader else {}
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            try:
                row = json.loads(line)
                article = texts.get(row["sha256"]) if reader else Article(row["document"], row["text"])
                if article is not None:
                    yield _annotated(path.stem, row, article)
            except (KeyError, TypeError, ValueError) as error:
                raise ValueError(f"{path}, line {number}: {error!r}") from None


def _annotated(corpus: str, row: Mapping[str, Any], article: Article) -> AnnotatedArticle:
    if row["split"] not in SPLITS:
        raise ValueError(f"split {row['split']!r}: expected one of {', '.join(SPLITS)}")
    actors: dict[str, Actor] = {}
    for name in row["actors"]:
        _add(name, row["actors"], actors)
    mentions = tuple(AnnotatedMention(Span(start, end), _known(ids, actors)) for start, end, ids in row["mentions"])
    speech = tuple(
        AnnotatedSpeech(Span(start, end), _known(ids, actors) if ids else ()) for start, end, ids in row["speech"]
    )
    for span in (*(mention.span for mention in mentions), *(stretch.span for stretch in speech)):
        if span.end > len(article.text):
            raise ValueError(f"{span} ends after the text, which has {len(article.text)} characters")
    stances = tuple((_known(s, actors)[0], Stance(stance), _known(t, actors)[0]) for s, stance, t in row["stances"])
    return AnnotatedArticle(corpus, row["split"], article, actors, mentions, speech, stances)


def _add(
    name: str, rows: Mapping[str, Mapping[str, Any]], actors: dict[str, Actor], before: tuple[str, ...] = ()
) -> Actor:
    """Builds an actor, its body first; a body that is no actor of the article is a state, by its code."""
    if name in actors:
        return actors[name]
    if name not in rows:
        return default_gazetteer().states[name]
    row = rows[name]
    if name in before:
        raise ValueError(f"{' -> '.join((*before, name))}: an actor cannot speak for itself")
    body = _add(row["for"], rows, actors, (*before, name)) if row.get("for") else None
    actors[name] = Actor(row["name"], ActorKind(row["kind"]), row.get("country"), row.get("sector"), True, body)
    return actors[name]


def _known(ids: str, actors: Mapping[str, Actor]) -> tuple[str, ...]:
    parts = tuple(ids.split("+"))
    for part in parts:
        if part not in actors:
            raise ValueError(f"no actor {part} among {', '.join(actors)}")
    return parts
