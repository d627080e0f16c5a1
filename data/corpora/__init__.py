"""Public corpora: one file each, in their upstream layout, mapped to partial stance labels and sentiment.

Every module has NAME, SOURCE, LICENCE, COMMERCIAL and `read(folder, split, dropped)`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol, cast

from data.corpora import dse, newsmtsc, wikinews
from data.schema import Example
from data.standoff import CorpusSentence


class Corpus(Protocol):
    """What a corpus module offers.

    Attributes:
        NAME: Name of the corpus, and of its folder under `data/raw`.
        SOURCE: Repository, commit and paper.
        LICENCE: Terms, in words.
        COMMERCIAL: Whether the terms let a model trained on it be used commercially.
    """

    NAME: str
    SOURCE: str
    LICENCE: str
    COMMERCIAL: bool

    def read(self, folder: Path, split: str, dropped: Counter[str]) -> Iterator[Example]:
        """Yields the examples of a split ("train", "dev" or "test"), nothing where its file is missing.

        Rows that cannot be used are left out and counted in `dropped` under their reason; a label
        that the corpus does not define raises ValueError.
        """
        ...

    def sentences(self, folder: Path, split: str) -> Iterator[CorpusSentence]:
        """Yields the sentences of a split, over which stand-off labels may lie."""
        ...


CORPORA: dict[str, Corpus] = {module.NAME: cast(Corpus, module) for module in (dse, newsmtsc, wikinews)}
