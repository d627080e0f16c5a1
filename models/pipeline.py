"""From articles to records: sentences, mentions, pairs, predictions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from data.actors import MentionFinder
from data.actors.quotes import find_quotations
from data.articles import article_from_fields, article_from_text
from data.pairs import ArticlePair, generate_pairs
from data.schema import Article, Mention, Pair, PairSpan, Sentence, Stance
from data.sentences import split_sentences
from models.classifier import Classifier
from models.mentions import LearnedFinder
from models.records import Record, author_record, keep_best, make_record

_PAIRS_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Options:
    """What a scoring run reports.

    Attributes:
        threshold: Least confidence of a stance; None for the model's own.
        all_pairs: Whether neutral pairs are reported too.
    """

    threshold: float | None = None
    all_pairs: bool = False


class Scorer:
    """Scores articles with a classifier; the face of the project in Python."""

    def __init__(self, classifier: Classifier, name: str = "", finder: MentionFinder | None = None) -> None:
        self.classifier = classifier
        self.name = name
        self.finder = finder or LearnedFinder.load()

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
        for _, records in self.score_articles(numbered, options):
            yield from records

    def score_articles(
        self, articles: Iterable[Article], options: Options = Options()
    ) -> Iterator[tuple[Article, list[Record]]]:
        """Yields each article with its records; pairs of several articles are scored together."""
        waiting: list[tuple[Article, list[ArticlePair]]] = []
        count = 0
        for article in articles:
            pairs = self.pairs(article)
            waiting.append((article, pairs))
            count += len(pairs)
            if count >= _PAIRS_AT_ONCE:
                yield from self._scored(waiting, options)
                waiting, count = [], 0
        yield from self._scored(waiting, options)

    def pairs(self, article: Article) -> list[ArticlePair]:
        """Returns the ordered actor pairs of an article."""
        sentences = split_sentences(article)
        mentions = self.finder.find(article, sentences)
        quotations = find_quotations(article, sentences, mentions)
        window = self.classifier.config.context_sentences
        return list(generate_pairs(article, sentences, mentions, quotations, window))

    def author(self, article: Article) -> list[Record]:
        """Returns the author's sentiment towards each actor of an article, averaged over its mentions."""
        sentences = split_sentences(article)
        mentions = self.finder.find(article, sentences)
        predictions = self.classifier.predict([_author_pair(article, sentences, mention) for mention in mentions])
        by_actor: dict[tuple[str, str], list[int]] = {}
        for index, mention in enumerate(mentions):
            by_actor.setdefault((mention.actor.name, mention.actor.kind), []).append(index)
        return [
            author_record(article, mentions[indices[0]].actor, [predictions[i] for i in indices], self.name)
            for indices in by_actor.values()
        ]

    def _scored(
        self, waiting: list[tuple[Article, list[ArticlePair]]], options: Options
    ) -> Iterator[tuple[Article, list[Record]]]:
        predictions = iter(self.classifier.predict([found.pair for _, pairs in waiting for found in pairs]))
        threshold = self.classifier.config.threshold if options.threshold is None else options.threshold
        for article, pairs in waiting:
            records = [make_record(article, found, next(predictions), self.name) for found in pairs]
            yield article, keep_best(r for r in records if _reported(r, threshold, options.all_pairs))


def _author_pair(article: Article, sentences: Sequence[Sentence], mention: Mention) -> Pair:
    sentence = sentences[mention.sentence]
    target = PairSpan(mention.start - sentence.start, mention.end - sentence.start)
    return Pair(f"{article.id}:author:{mention.start}-{mention.end}", sentence.text, None, target)


def _reported(record: Record, threshold: float, all_pairs: bool) -> bool:
    if record["stance"] == Stance.NEUTRAL:
        return all_pairs
    return bool(record["confidence"] >= threshold)


def _as_article(item: Article | Mapping[str, object] | str, number: int) -> Article:
    if isinstance(item, Article):
        return item
    if isinstance(item, str):
        return article_from_text(item, f"#{number}")
    return article_from_fields(item, f"#{number}")
