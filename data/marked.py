"""Texts whose actor mentions were marked with the kind of actor they name: what the mention tagger learns from.

Rows over a public corpus are stand-off and name the text by its sha256; those over passages that
were written for the project carry it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.annotated import text_hash
from data.corpora import CORPORA, wikinews
from data.schema import ActorKind, Article, Sentence, Span
from data.sentences import split_sentences

FOLDER = Path(__file__).parent / "gold" / "mentions"


@dataclass(frozen=True, slots=True)
class MarkedText:
    """A text, its sentences, and its mentions with the kind of actor that each names."""

    corpus: str
    article: Article
    sentences: tuple[Sentence, ...]
    mentions: tuple[tuple[Span, ActorKind], ...]
    commercial: bool


def read_marked(raw: Path, folder: Path = FOLDER) -> Iterator[MarkedText]:
    """Yields the marked texts that are there: the passages, and those of the corpora under `raw`.

    Raises:
        ValueError: If a row does not fit its text; names file and line.
    """
    for path in sorted(folder.glob("*.jsonl")):
        texts = dict(_texts(path.stem, raw))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            try:
                if (text := _marked(path.stem, number, json.loads(line), texts)) is not None:
                    yield text
            except (KeyError, TypeError, ValueError) as error:
                raise ValueError(f"{path}, line {number}: {error!r}") from None


def _marked(corpus: str, number: int, row: Mapping[str, Any], texts: Mapping[str, str]) -> MarkedText | None:
    text = row["text"] if "text" in row else texts.get(row["sha256"])
    if text is None:
        return None
    article = Article(f"{corpus}-{number}", text)
    mentions = tuple((Span(start, end), ActorKind(kind)) for start, end, kind in row["mentions"])
    if any(span.end > len(text) for span, _ in mentions):
        raise ValueError(f"a mention ends after the text of {len(text)} characters")
    commercial = "text" in row or CORPORA[corpus].COMMERCIAL
    return MarkedText(corpus, article, tuple(split_sentences(article)), mentions, commercial)


def _texts(corpus: str, raw: Path) -> Iterator[tuple[str, str]]:
    """Yields the texts of a corpus by hash: whole articles of Wikinews, sentences of the others."""
    if corpus == wikinews.NAME:
        yield from ((text_hash(a.text), a.text) for a in wikinews.articles(raw / corpus))
    elif corpus in CORPORA:
        yield from ((text_hash(s.text), s.text) for s in CORPORA[corpus].sentences(raw / corpus, "train"))
