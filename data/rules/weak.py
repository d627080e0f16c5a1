"""Labels the actor pairs of an article by rules: weights over stances, tier `weak`."""

from __future__ import annotations

from collections.abc import Iterator

from data.actors import MentionFinder
from data.actors.quotes import find_quotations
from data.actors.rules import RuleFinder
from data.pairs import generate_pairs
from data.rules.combine import RuleModel
from data.schema import Article, Example, Tier
from data.sentences import split_sentences

WEAK_CORPUS = "articles"


def weak_examples(article: Article, model: RuleModel, finder: MentionFinder | None = None) -> Iterator[Example]:
    """Yields the pairs of an article with the weights that the rules give their stances."""
    sentences = split_sentences(article)
    mentions = (finder or RuleFinder()).find(article, sentences)
    quotations = find_quotations(article, sentences, mentions)
    for found in generate_pairs(article, sentences, mentions, quotations):
        yield Example(
            found.pair,
            model.weights(found.pair),
            None,
            article.id,
            WEAK_CORPUS,
            tier=Tier.WEAK,
        )
