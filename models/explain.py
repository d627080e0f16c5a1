"""Tells which words carried a stance, and checks that by deleting them."""

from __future__ import annotations

import random
import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from data.pairs import context_of
from data.schema import Article, Pair, PairSpan, Sentence, Span
from data.sentences import split_sentences
from models.classifier import Classifier
from models.records import Record

DRAWS = 10
_MOST_REMOVED = 3
_HEAVY = 0.1  # share of the largest weight that a word needs to be deleted
_BEATEN = 0.9  # share of the random deletions that the words' deletion must beat
_WORD = re.compile(r"\w+(?:[’'\-.]\w+)*")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the judged sentence; `start` and `end` are into the sentence.

    Attributes:
        weight: How much the probability of the stance falls when the word alone is deleted.
    """

    start: int
    end: int
    weight: float


@dataclass(frozen=True, slots=True)
class Deletion:
    """What happens to the probability of a stance when its words are deleted together.

    The weights are of words deleted one by one, so this is no repetition of them: words that only
    repeat each other have small weights and yet carry the stance together. DeYoung et al., "ERASER"
    (ACL 2020) call the fall comprehensiveness.

    Attributes:
        removed: How many of the heaviest words are deleted, at most three.
        probability: Of the stance, in the whole sentence.
        without: Without those words.
        random: Without as many other words, the mean over `draws` draws.
        faithful: Whether deleting them lowers the probability by more than nine of ten random deletions do.
    """

    removed: int
    probability: float
    without: float
    random: float
    draws: int
    faithful: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """The words of a sentence by weight, and their check; None where there is no word to delete."""

    words: tuple[Word, ...]
    deletion: Deletion | None


def explain(classifier: Classifier, pairs: Sequence[Pair]) -> list[Explanation]:
    """Explains the most probable stance of each pair.

    A word's weight is what the probability loses when the word is deleted (Li, Monroe & Jurafsky,
    "Understanding Neural Networks through Representation Erasure", 2016). The mentions themselves
    stay: without them there is no pair.
    """
    spans = [_words(pair) for pair in pairs]
    whole = classifier.predict(pairs)
    stances = [prediction.stance for prediction in whole]
    before = [prediction.probabilities[stance] for prediction, stance in zip(whole, stances, strict=True)]
    after = _without(classifier, pairs, [[[span] for span in own] for own in spans], stances)
    weighed = [
        sorted((Word(s.start, s.end, p - q) for s, q in zip(own, left, strict=True)), key=lambda word: -word.weight)
        for own, left, p in zip(spans, after, before, strict=True)
    ]
    sets = [_deletions(pair.id, words) for pair, words in zip(pairs, weighed, strict=True)]
    checked = _without(classifier, pairs, sets, stances)
    return [
        Explanation(tuple(words), _checked(len(removed[0]), p, left) if removed else None)
        for words, removed, left, p in zip(weighed, sets, checked, before, strict=True)
    ]


def explain_records(classifier: Classifier, article: Article, records: Iterable[Record]) -> list[Record]:
    """Returns the records of an article with `words`, [start, end, weight] into its text, and `deletion`."""
    records = list(records)
    sentences = split_sentences(article)
    found = explain(classifier, [pair_of(classifier, article, sentences, record) for record in records])
    explained = []
    for record, explanation in zip(records, found, strict=True):
        offset = record["sentence_start"]
        words = [[offset + w.start, offset + w.end, round(w.weight, 4)] for w in explanation.words]
        explained.append({**record, "words": words, "deletion": _fields(explanation.deletion)})
    return explained


def pair_of(classifier: Classifier, article: Article, sentences: Sequence[Sentence], record: Record) -> Pair:
    """Returns the pair that a record was made of."""
    start, window = record["sentence_start"], classifier.config.context_sentences
    index = bisect_left(sentences, start, key=lambda sentence: sentence.start)
    before = sentences[max(0, index - window)].start

    def place(side: Record) -> PairSpan:
        inside = side["start"] >= start
        origin = start if inside else before
        return PairSpan(side["start"] - origin, side["end"] - origin, in_context=not inside)

    source, target = place(record["source"]), place(record["target"])
    name = f"{article.id}:{record['source']['start']}:{record['target']['start']}"
    return Pair(name, sentences[index].text, source, target, context_of(article, sentences, index, window))


def without(pair: Pair, spans: Iterable[Span]) -> Pair:
    """Returns a pair without some words of its sentence; its mentions move along."""
    text, moved = pair.text, {"source": pair.source, "target": pair.target}
    for span in sorted(spans, key=lambda s: -s.start):
        end = span.end + (text[span.end : span.end + 1] == " ")
        text = text[: span.start] + text[end:]
        for side, place in moved.items():
            if place and not place.in_context and place.start >= end:
                moved[side] = PairSpan(place.start - (end - span.start), place.end - (end - span.start))
    target = moved["target"] or pair.target
    return Pair(pair.id, text, moved["source"], target, pair.context)


def _words(pair: Pair) -> list[Span]:
    """Returns the words of the sentence outside both mentions."""
    mentions = [side.span for side in (pair.source, pair.target) if side and not side.in_context]
    words = [Span(match.start(), match.end()) for match in _WORD.finditer(pair.text)]
    return [word for word in words if not any(word.overlaps(mention) for mention in mentions)]


def _without(
    classifier: Classifier, pairs: Sequence[Pair], sets: Sequence[Sequence[Sequence[Span]]], stances: Sequence[str]
) -> list[list[float]]:
    """Returns the probability of each pair's stance without each of its sets of words."""
    cut = [without(pair, spans) for pair, own in zip(pairs, sets, strict=True) for spans in own]
    predictions = iter(classifier.predict(cut)) if cut else iter(())
    return [
        [next(predictions).probabilities[stance] for _ in own]  # type: ignore[index]
        for own, stance in zip(sets, stances, strict=True)
    ]


def _deletions(name: str, words: Sequence[Word]) -> list[list[Span]]:
    """Returns the heaviest words, then random draws of as many others, the same ones for the same pair."""
    spans = [Span(word.start, word.end) for word in words]
    heavy = sum(word.weight > 0 and word.weight >= _HEAVY * words[0].weight for word in words)
    removed = min(_MOST_REMOVED, len(words) // 2, heavy)
    if not removed:
        return []
    chance = random.Random(name)
    return [spans[:removed], *(chance.sample(spans[removed:], removed) for _ in range(DRAWS))]


def _checked(removed: int, probability: float, left: Sequence[float]) -> Deletion:
    heaviest, draws = left[0], left[1:]
    beaten = sum(heaviest < other for other in draws) / len(draws)
    return Deletion(removed, probability, heaviest, sum(draws) / len(draws), len(draws), beaten >= _BEATEN)


def _fields(deletion: Deletion | None) -> Record | None:
    if deletion is None:
        return None
    return {
        "removed": deletion.removed,
        "probability": round(deletion.probability, 4),
        "without": round(deletion.without, 4),
        "random": round(deletion.random, 4),
        "draws": deletion.draws,
        "faithful": deletion.faithful,
    }
