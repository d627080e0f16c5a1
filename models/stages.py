"""The stages that every engine runs: files are read, articles scored, and what was found is packed.

They are plain functions, so that a process on this machine and one on another run the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from data.actors.custom import read_actors
from data.actors.gazetteer import Gazetteer
from data.articles import read_file
from data.readers.source import ArticleFile, ReadOptions
from data.schema import Article, Rejection, Stance
from data.stories import signature_of
from models.classifier import Classifier
from models.mentions import LearnedFinder
from models.pipeline import Options, ScoredArticle, Scorer, is_enough
from models.state import Item, Result, article_key, pack

_READINGS_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class ScorerSource:
    """From what a process makes its scorer.

    Attributes:
        folder: The folder of the model.
        name: What its user calls it.
        actors: A file of the user's own actors.
    """

    folder: Path
    name: str
    actors: Path | None = None

    def load(self) -> Scorer:
        """Loads the scorer.

        Raises:
            ModelError, BackboneError, ActorFileError: If it cannot be loaded; says why.
        """
        gazetteer = Gazetteer(custom=read_actors(self.actors)) if self.actors else None
        return Scorer(Classifier.load(self.folder), self.name, LearnedFinder.load(gazetteer=gazetteer))


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading a file gives.

    Attributes:
        item: An item of the file; None at its end.
        article: Its article; None for a rejection and for what is scored already.
        finished: At the end of a file its number and how many items it has.
    """

    item: Item | None = None
    article: Article | None = None
    finished: tuple[int, int] | None = None


def read_items(
    file: ArticleFile, number: int, options: ReadOptions, is_known: Callable[[bytes], bool]
) -> Iterator[Reading]:
    """Yields the items of a file, then its end.

    Args:
        file: The file.
        number: The number that items of the file carry.
        options: How it is read.
        is_known: Tells by its key whether an article is scored.
    """
    place = 0
    for place, found in enumerate(read_file(file, options), start=1):
        if isinstance(found, Rejection):
            yield Reading(Item(number, place, rejection=found))
        else:
            key = article_key(found)
            yield Reading(Item(number, place, key), None if is_known(key) else found)
    yield Reading(finished=(number, place))


def chunks_of_readings(readings: Iterable[Reading]) -> Iterator[list[Reading]]:
    """Yields readings some at a time: as many articles as are scored together, and what stands between them."""
    chunk: list[Reading] = []
    articles = characters = 0
    for reading in readings:
        chunk.append(reading)
        if reading.article is not None:
            articles, characters = articles + 1, characters + len(reading.article.text)
        if is_enough(articles, characters) or len(chunk) >= _READINGS_AT_ONCE:
            yield chunk
            chunk, articles, characters = [], 0, 0
    if chunk:
        yield chunk


def score_articles(scorer: Scorer, articles: Sequence[Article], options: Options) -> list[Result]:
    """Scores articles together and packs what was found, or why one of them cannot be scored."""
    try:
        found = [(scored.article, _fields(scored)) for scored in scorer.score_chunk(articles, options)]
    except MemoryError:
        raise
    except Exception as error:  # a fault of ours that one article shows must not cost the others
        if len(articles) > 1:
            return [result for article in articles for result in score_articles(scorer, [article], options)]
        found = [(articles[0], {"id": articles[0].id, "records": [], "failed": f"{type(error).__name__}: {error}"})]
    return [Result(article_key(article), signature_of(article.text), pack(fields)) for article, fields in found]


def _fields(scored: ScoredArticle) -> dict[str, object]:
    article = scored.article
    shown = any(record["stance"] != Stance.NEUTRAL for record in scored.records)  # in the report, with its text
    return {
        "id": article.id,
        "article": {
            "text": article.text if shown else "",
            "title": article.title,
            "published": article.published,
            "url": article.url,
        },
        "records": scored.records,
        "author": scored.author,
        "pairs": scored.pairs,
        "truncated": scored.truncated,
        "crowded": list((scored.crowded or {}).items()),
    }


def without_progress(options: ReadOptions) -> ReadOptions:
    """Returns how to read on another machine, where nobody watches."""
    return replace(options, advance=ReadOptions().advance)
