"""Generates the ordered actor pairs of an article: the only pair generator, for training and inference."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from data.actors.quotes import touching_spans
from data.schema import Article, Mention, Pair, PairSpan, Quotation, Sentence

CONTEXT_SENTENCES = 3
MOST_MENTIONS = 40  # in a sentence; more make a list and no statement


@dataclass(frozen=True, slots=True)
class ArticlePair:
    """A pair together with the mentions and the sentence of the article that it comes from."""

    pair: Pair
    sentence: Sentence
    source: Mention
    target: Mention
    quotation: Quotation | None


def generate_pairs(
    article: Article,
    sentences: Sequence[Sentence],
    mentions: Sequence[Mention],
    quotations: Sequence[Quotation] = (),
    context_sentences: int = CONTEXT_SENTENCES,
) -> Iterator[ArticlePair]:
    """Yields every ordered pair of mentions in a sentence, and speakers outside it with what they quote.

    No pair joins mentions of one actor, nested mentions, or a person or organ and the body it
    speaks for. The context is the article's text from the start of the first of
    `context_sentences` preceding sentences. Of a sentence with more than MOST_MENTIONS, the first so
    many make pairs.
    """
    by_sentence = _by_sentence(mentions)
    touching: dict[int, list[Quotation]] = {}
    for quotation in quotations:
        for sentence in touching_spans(sentences, quotation.start, quotation.end):
            touching.setdefault(sentence.index, []).append(quotation)
    for sentence in sentences:
        inside = by_sentence.get(sentence.index, [])[:MOST_MENTIONS]
        if not inside:
            continue
        start = sentences[max(0, sentence.index - context_sentences)].start
        context = context_of(article, sentences, sentence.index, context_sentences)
        near = touching.get(sentence.index, ())
        quoted = {id(m): q for m in inside for q in near if q.start <= m.start < q.end}
        for source, target in _ordered(inside, quoted.values(), start):
            if are_opponents(source, target):
                yield ArticlePair(
                    Pair(
                        id=f"{article.id}:{source.start}-{source.end}:{target.start}-{target.end}",
                        text=sentence.text,
                        source=_place(source, sentence, start),
                        target=_place(target, sentence, start),
                        context=context,
                    ),
                    sentence,
                    source,
                    target,
                    quoted.get(id(target)),
                )


def crowded_sentences(mentions: Sequence[Mention]) -> dict[int, int]:
    """Returns the number of mentions of each sentence that has more than make pairs, by its index."""
    counts = {index: len(inside) for index, inside in _by_sentence(mentions).items()}
    return {index: count for index, count in counts.items() if count > MOST_MENTIONS}


def named_pair(name: str, text: str, names: tuple[str, str], context: str = "") -> Pair:
    """Makes a pair of two actors who are named, but not found, in a text: both names stand before its context."""
    source, target = names
    start = len(source) + 2
    return Pair(
        name,
        text,
        PairSpan(0, len(source), in_context=True),
        PairSpan(start, start + len(target), in_context=True),
        f"{source}, {target}. {context}".strip(),
    )


def context_of(
    article: Article, sentences: Sequence[Sentence], index: int, context_sentences: int = CONTEXT_SENTENCES
) -> str:
    """Returns the article's text from the start of the preceding sentences up to sentence `index`."""
    start = sentences[max(0, index - context_sentences)].start
    return article.text[start : sentences[index].start].rstrip()


def are_opponents(source: Mention, target: Mention) -> bool:
    """Tells whether two mentions can make a pair: different actors, apart, neither the other's voice."""
    one, other = source.actor, target.actor
    if source.overlaps(target) or one == other:
        return False
    if (one.name, one.kind) == (other.name, other.kind):
        return False
    return one.on_behalf_of != other and other.on_behalf_of != one


def _by_sentence(mentions: Sequence[Mention]) -> dict[int, list[Mention]]:
    inside: dict[int, list[Mention]] = {}
    for mention in mentions:
        inside.setdefault(mention.sentence, []).append(mention)
    return inside


def _ordered(
    inside: Sequence[Mention], quotations: Iterable[Quotation], earliest: int
) -> Iterator[tuple[Mention, Mention]]:
    for source in inside:
        for target in inside:
            yield source, target
    for quotation in {id(q): q for q in quotations}.values():
        speaker = quotation.speaker
        if speaker and speaker not in inside and earliest <= speaker.start < inside[0].start:
            for target in inside:
                if quotation.start <= target.start < quotation.end:
                    yield speaker, target


def _place(mention: Mention, sentence: Sentence, context_start: int) -> PairSpan:
    if mention.sentence == sentence.index:
        return PairSpan(mention.start - sentence.start, mention.end - sentence.start)
    return PairSpan(mention.start - context_start, mention.end - context_start, in_context=True)
