"""From articles to records: sentences, mentions, pairs, predictions; the stages that every engine runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class _Found:
    """An article with its mentions and pairs, before they are scored."""

    article: Article
    sentences: list[Sentence]
    mentions: list[Mention]
    pairs: list[ArticlePair]


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
        stories = StoryIndex()
        for article, records in self.score_articles(numbered, options):
            story = stories.place(article.id, signature_of(article.text))
            yield from ({**record, "story_cluster": story} for record in records)

    def score_articles(
        self, articles: Iterable[Article], options: Options = Options()
    ) -> Iterator[tuple[Article, list[Record]]]:
        """Yields each article with its records; pairs of several articles are scored together."""
        for chunk in _chunks_of(articles):
            for scored in self.score_chunk(chunk, options):
                yield scored.article, scored.records

    def score_chunk(self, articles: Sequence[Article], options: Options = Options()) -> list[ScoredArticle]:
        """Scores some articles together: their windows are encoded in common batches, sorted by length."""
        found = self._find(articles)
        predictions = iter(self.classifier.predict([pair.pair for item in found for pair in item.pairs]))
        scored = [[next(predictions) for _ in item.pairs] for item in found]
        authors: list[list[Record]] = self._authors(found) if options.author else [[] for _ in found]
        return [
            ScoredArticle(
                item.article,
                self._records(item, of_article, options),
                author,
                len(item.pairs),
                sum(prediction.truncated for prediction in of_article),
                crowded_sentences(item.mentions),
            )
            for item, of_article, author in zip(found, scored, authors, strict=True)
        ]

    def pairs(self, article: Article) -> list[ArticlePair]:
        """Returns the ordered actor pairs of an article."""
        return self._find([article])[0].pairs

    def author(self, article: Article) -> list[Record]:
        """Returns the author's sentiment towards each actor of an article, averaged over its mentions."""
        return self._authors(self._find([article]))[0]

    def _find(self, articles: Sequence[Article]) -> list[_Found]:
        split = [(article, split_sentences(article)) for article in articles]
        mentioned = zip(split, self.finder.find_all(split), strict=True)
        return [
            _Found(article, sentences, mentions, self._pairs(article, sentences, mentions))
            for (article, sentences), mentions in mentioned
        ]

    def _pairs(self, article: Article, sentences: list[Sentence], mentions: list[Mention]) -> list[ArticlePair]:
        quotations = find_quotations(article, sentences, mentions)
        window = self.classifier.config.context_sentences
        return list(generate_pairs(article, sentences, mentions, quotations, window))

    def _records(self, item: _Found, predictions: Sequence[Prediction], options: Options) -> list[Record]:
        threshold = self.classifier.config.threshold if options.threshold is None else options.threshold
        return keep_best(
            make_record(item.article, pair, prediction, self.name)
            for pair, prediction in zip(item.pairs, predictions, strict=True)
            if _reported(prediction, threshold, options.all_pairs)
        )

    def _authors(self, found: Sequence[_Found]) -> list[list[Record]]:
        predictions = iter(
            self.classifier.predict([_author_pair(item, mention) for item in found for mention in item.mentions])
        )
        return [self._author(item, [next(predictions) for _ in item.mentions]) for item in found]

    def _author(self, item: _Found, predictions: Sequence[Prediction]) -> list[Record]:
        by_actor: dict[tuple[str, str], list[int]] = {}
        for index, mention in enumerate(item.mentions):
            by_actor.setdefault((mention.actor.name, mention.actor.kind), []).append(index)
        return [
            author_record(item.article, item.mentions[same[0]].actor, [predictions[i] for i in same], self.name)
            for same in by_actor.values()
        ]


def is_enough(articles: int, characters: int) -> bool:
    """Tells whether so many articles of so many characters fill the encoder's batches."""
    return articles >= _ARTICLES_AT_ONCE or characters >= _CHARACTERS_AT_ONCE


def _chunks_of(articles: Iterable[Article]) -> Iterator[list[Article]]:
    """Yields articles some at a time: those that are scored together."""
    chunk: list[Article] = []
    for article in articles:
        chunk.append(article)
        if is_enough(len(chunk), sum(len(a.text) for a in chunk)):
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _author_pair(item: _Found, mention: Mention) -> Pair:
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
