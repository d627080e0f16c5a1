"""From articles to records: sentences, mentions, pairs, predictions; the stages that every engine runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from data.actors import MentionFinder
from data.actors.quotes import find_quotations
from data.articles import article_from_fields, article_from_text
from data.pairs import ArticlePair, crowded_sentences, generate_pairs
from data.schema import Article, Mention, Pair, PairSpan, Prediction, Sentence, Stance
from data.sentences import split_sentences
from data.stories import StoryIndex, signature_of
from models.classifier import Classifier
from models.mentions import LearnedFinder
from models.precision import Runner
from models.records import Record, author_record, keep_best, make_record, shown

_ARTICLES_AT_ONCE = 32
_CHARACTERS_AT_ONCE = 200_000
_PAIRS_AT_ONCE = 8000
_RECORDS_AT_ONCE = 10_000
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Options:
    """What a scoring run reports.

    Attributes:
        threshold: Least confidence of a stance; None for the model's own.
        all_pairs: Whether neutral pairs are reported too.
        author: Whether the author's sentiment towards each actor is scored too.
    """

    threshold: float | None = None
    all_pairs: bool = False
    author: bool = False


@dataclass(frozen=True, slots=True)
class ScoredArticle:
    """What was found in an article.

    Attributes:
        article: The article.
        records: Its stances.
        author: The author's sentiment towards each actor, where asked for.
        pairs: How many pairs were scored.
        truncated: How many of them stand in a sentence longer than the model reads, of which it read a part.
        crowded: How many mentions stand in each sentence that has too many for pairs of all, by its index.
    """

    article: Article
    records: list[Record]
    author: list[Record]
    pairs: int = 0
    truncated: int = 0
    crowded: Mapping[int, int] | None = None


@dataclass(slots=True)
class _Scoring:
    """An article with its mentions, and what is found in it while its pairs are scored."""

    article: Article
    sentences: list[Sentence]
    mentions: list[Mention]
    records: list[Record] = field(default_factory=list)
    pairs: int = 0
    truncated: int = 0

    def add(self, record: Record) -> None:
        """Adds a record; those that others stand for go as soon as there are many."""
        self.records.append(record)
        if len(self.records) % _RECORDS_AT_ONCE == 0:
            self.records = keep_best(self.records)


class Scorer:
    """Scores articles with a classifier; the face of the project in Python."""

    def __init__(self, classifier: Classifier, name: str = "", finder: MentionFinder | None = None) -> None:
        self.classifier = classifier
        self.name = name
        self.finder = finder or LearnedFinder.load()
        for runner in self.runners:
            runner.hasten()

    @property
    def runners(self) -> list[Runner]:
        """What runs the networks: the classifier's, and the finder's where it is a learned one."""
        learned = [self.finder.tagger.runner] if isinstance(self.finder, LearnedFinder) else []
        return [self.classifier.runner, *learned]

    def score(
        self, articles: Iterable[Article | Mapping[str, object] | str], options: Options = Options()
    ) -> Iterator[Record]:
        """Yields the records of articles, in order.

        Args:
            articles: Articles, mappings with `text` and where known `title`, `published`, `url` and
                `id`, or bare texts.
            options: What to report.
        """
        numbered = (_as_article(item, number) for number, item in enumerate(articles, start=1))
        for records in with_stories(self.score_articles(numbered, options)):
            yield from records

    def score_articles(
        self, articles: Iterable[Article], options: Options = Options()
    ) -> Iterator[tuple[Article, list[Record]]]:
        """Yields each article with its records; pairs of several articles are scored together."""
        for chunk in _chunks_of(articles):
            for scored in self.score_chunk(chunk, options):
                yield scored.article, scored.records

    def score_chunk(self, articles: Sequence[Article], options: Options = Options()) -> list[ScoredArticle]:
        """Scores some articles together: their windows are encoded in common batches, sorted by length."""
        found = [_Scoring(*parts) for parts in self._find(articles)]
        threshold = self.classifier.config.threshold if options.threshold is None else options.threshold
        for some in batched(((item, pair) for item in found for pair in self._pairs(item)), _PAIRS_AT_ONCE):
            predictions = self.classifier.predict([pair.pair for _, pair in some])
            for (item, pair), prediction in zip(some, predictions, strict=True):
                item.pairs += 1
                item.truncated += prediction.truncated
                if _reported(prediction, threshold, options.all_pairs):
                    item.add(make_record(item.article, pair, prediction, self.name))
        authors: list[list[Record]] = [self._author(item) for item in found] if options.author else [[] for _ in found]
        return [
            ScoredArticle(
                item.article,
                keep_best(item.records),
                author,
                item.pairs,
                item.truncated,
                crowded_sentences(item.mentions),
            )
            for item, author in zip(found, authors, strict=True)
        ]

    def pairs(self, article: Article) -> list[ArticlePair]:
        """Returns the ordered actor pairs of an article."""
        return list(self._pairs(_Scoring(*self._find([article])[0])))

    def _find(self, articles: Sequence[Article]) -> list[tuple[Article, list[Sentence], list[Mention]]]:
        split = [(article, split_sentences(article)) for article in articles]
        mentions = self.finder.find_all(split)
        return [(article, sentences, inside) for (article, sentences), inside in zip(split, mentions, strict=True)]

    def _pairs(self, item: _Scoring) -> Iterator[ArticlePair]:
        quotations = find_quotations(item.article, item.sentences, item.mentions)
        window = self.classifier.config.context_sentences
        return generate_pairs(item.article, item.sentences, item.mentions, quotations, window)

    def _author(self, item: _Scoring) -> list[Record]:
        """Returns the author's sentiment towards each actor of an article, averaged over its mentions."""
        predictions = self.classifier.predict([_author_pair(item, mention) for mention in item.mentions])
        by_actor: dict[tuple[str, str], list[int]] = {}
        for index, mention in enumerate(item.mentions):
            by_actor.setdefault((mention.actor.name, mention.actor.kind), []).append(index)
        return [
            author_record(item.article, item.mentions[same[0]].actor, [predictions[i] for i in same], self.name)
            for same in by_actor.values()
        ]


def with_stories(scored: Iterable[tuple[Article, list[Record]]]) -> Iterator[list[Record]]:
    """Yields the records of each article with the story that it tells, among those before it."""
    stories = StoryIndex()
    for article, records in scored:
        story = stories.place(article.id, signature_of(article.text))
        yield [{**record, "story_cluster": story} for record in records]


def batched(items: Iterable[_Item], most: int) -> Iterator[list[_Item]]:
    """Yields items so many at a time."""
    iterator = iter(items)
    while some := list(islice(iterator, most)):
        yield some


def is_enough(articles: int, characters: int) -> bool:
    """Tells whether so many articles of so many characters fill the encoder's batches."""
    return articles >= _ARTICLES_AT_ONCE or characters >= _CHARACTERS_AT_ONCE


def _chunks_of(articles: Iterable[Article]) -> Iterator[list[Article]]:
    """Yields articles some at a time: those that are scored together."""
    chunk: list[Article] = []
    characters = 0
    for article in articles:
        chunk.append(article)
        characters += len(article.text)
        if is_enough(len(chunk), characters):
            yield chunk
            chunk, characters = [], 0
    if chunk:
        yield chunk


def _author_pair(item: _Scoring, mention: Mention) -> Pair:
    sentence = item.sentences[mention.sentence]
    target = PairSpan(mention.start - sentence.start, mention.end - sentence.start)
    return Pair(f"{item.article.id}:author:{mention.start}-{mention.end}", sentence.text, None, target)


def _reported(prediction: Prediction, threshold: float, all_pairs: bool) -> bool:
    """Tells whether a prediction becomes a record; its confidence counts as the record shows it."""
    if prediction.stance is Stance.NEUTRAL:
        return all_pairs
    return shown(prediction.probabilities[prediction.stance]) >= threshold


def _as_article(item: Article | Mapping[str, object] | str, number: int) -> Article:
    if isinstance(item, Article):
        return item
    if isinstance(item, str):
        return article_from_text(item, f"#{number}")
    return article_from_fields(item, f"#{number}")
