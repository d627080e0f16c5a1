"""Pairs that nobody labelled: every two actors of the corpora's training sentences, for a teacher to judge."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from data.actors import MentionFinder
from data.actors.quotes import find_quotations
from data.annotated import annotated_documents
from data.assembly import corpus_sentences
from data.corpora import CORPORA, RAW
from data.pairs import generate_pairs
from data.schema import Article, Example, Tier
from data.sentences import split_sentences
from data.splits import purge
from data.standoff import CorpusSentence
from models.pipeline import batched
from models.progress import counting_bar

_SENTENCES_AT_ONCE = 256


def unlabelled_examples(
    finder: MentionFinder, labelled: dict[str, list[Example]], raw: Path = RAW, commercial: bool = True
) -> list[Example]:
    """Returns the unlabelled pairs of the training sentences and the corpora, without those that repeat dev or test.

    Args:
        finder: Finds the actors.
        labelled: The labelled data set by split; its pairs are not given again.
        raw: Folder of the corpora.
        commercial: Whether corpora that a commercial model may not be trained on are left out.
    """
    known = {_place(example) for example in labelled["train"]}
    sentences = {
        example.pair.text: (
            example.corpus,
            CorpusSentence(example.group, example.pair.text, example.pair.context, example.commercial, example.licence),
        )
        for example in labelled["train"]
    }
    withheld = annotated_documents()
    every = {name: corpus_sentences(corpus, raw / name, withheld) for name, corpus in CORPORA.items()}
    for name, own in every.items():
        if CORPORA[name].COMMERCIAL or not commercial:
            for sentence in own["train"]:
                sentences.setdefault(sentence.text, (name, sentence))
    examples = []
    with counting_bar() as bar:
        task = bar.add_task("finding actors", total=len(sentences))
        for some in batched(sentences.values(), _SENTENCES_AT_ONCE):
            examples += [example for example in _pairs(some, finder) if _place(example) not in known]
            bar.advance(task, len(some))
    reserved = {split: [s.text for own in every.values() for s in own[split]] for split in ("dev", "test")}
    return purge({**labelled, "train": examples}, reserved).splits["train"]


def _pairs(sentences: Sequence[tuple[str, CorpusSentence]], finder: MentionFinder) -> Iterator[Example]:
    """Yields the pairs of sentences, each given with the name of its corpus."""
    articles = [Article(s.document, f"{s.context}\n\n{s.text}".strip()) for _, s in sentences]
    split = [(article, split_sentences(article)) for article in articles]
    found = finder.find_all(split)
    for (corpus, sentence), (article, parts), mentions in zip(sentences, split, found, strict=True):
        if not parts or parts[-1].text != sentence.text:
            continue
        pairs = generate_pairs(article, parts, mentions, find_quotations(article, parts, mentions))
        for pair in (each.pair for each in pairs if each.sentence is parts[-1]):
            yield Example(
                pair, None, None, sentence.document, corpus, sentence.commercial, sentence.licence, Tier.UNLABELLED
            )


def _place(example: Example) -> tuple[object, ...]:
    return example.pair.text, example.pair.source, example.pair.target
