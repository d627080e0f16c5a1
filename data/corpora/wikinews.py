"""English Wikinews: whole articles, unlabelled; stances over them are stand-off labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from data.articles import ArticleFile, read_file
from data.pairs import context_of
from data.schema import Article, Example, Rejection
from data.sentences import split_sentences
from data.splits import split_of
from data.standoff import CorpusSentence

NAME = "wikinews"
REPOSITORY = "vanatteveldt/wikinews"
COMMIT = "347254178bf343f3801aac1d03c41cc09c35decb"
PAPER = "English Wikinews of 2019 and 2020"
PATHS = ("README.md", "LICENSE.md", "data/wikinews_2019.csv", "data/wikinews_2020.csv")
LICENCE = "CC BY 2.5, attribution by the url column"
COMMERCIAL = True
FILES = {"train": "data/wikinews_2019.csv", "dev": "data/wikinews_2019.csv", "test": "data/wikinews_2020.csv"}


def read(folder: Path, split: str, dropped: Counter[str]) -> Iterator[Example]:
    """Yields nothing: the corpus has no labels of its own. Counts the articles that cannot be read, once."""
    path = folder / FILES[split]
    if split != "dev" and path.exists():  # dev is of train's file
        dropped.update(item.reason for item in read_file(ArticleFile(path, path.name)) if isinstance(item, Rejection))
    yield from ()


def articles(folder: Path, split: str = "train") -> Iterator[Article]:
    """Yields the whole articles of the file that a split is of."""
    path = folder / FILES[split]
    if path.exists():
        yield from (item for item in read_file(ArticleFile(path, path.name)) if isinstance(item, Article))


def sentences(folder: Path, split: str) -> Iterator[CorpusSentence]:
    """Yields the sentences of a split, by document: 2019 is divided, 2020 is for the test."""
    for article in articles(folder, split):
        document = article.url or article.id
        if split != "test" and (split == "train") is not (split_of(document) == "train"):
            continue
        parts = split_sentences(article)
        for sentence in parts:
            context = context_of(article, parts, sentence.index)
            yield CorpusSentence(document, sentence.text, context, COMMERCIAL, LICENCE)
