"""Public corpora: one file each, in their upstream layout, mapped to partial stance labels and sentiment.

Every module has NAME, REPOSITORY, COMMIT, PAPER, PATHS, LICENCE, COMMERCIAL, `read` and `sentences`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol, cast

from data.corpora import conflibert, dse, newsmtsc, plv, seesaw, wikinews
from data.schema import Example
from data.standoff import CorpusSentence

RAW = Path(__file__).resolve().parents[1] / "raw"
RECORD = "fetched.json"  # beside the files of a corpus: its terms, and which copy of each file is there


class Corpus(Protocol):
    """What a corpus module offers.

    Attributes:
        NAME: Name of the corpus, and of its folder under `data/raw`.
        REPOSITORY: Owner and name of the upstream repository on GitHub.
        COMMIT: The commit that everything here was written for.
        PAPER: Who describes it where, or what it is.
        PATHS: Glob patterns of the upstream files that belong here.
        LICENCE: Terms, in words.
        COMMERCIAL: Whether the terms let a model trained on it be used commercially.
    """

    NAME: str
    REPOSITORY: str
    COMMIT: str
    PAPER: str
    PATHS: tuple[str, ...]
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


CORPORA: dict[str, Corpus] = {
    module.NAME: cast(Corpus, module) for module in (dse, newsmtsc, seesaw, plv, conflibert, wikinews)
}


def origin(corpus: Corpus) -> str:
    """Says where a corpus comes from, for cards."""
    return f"{corpus.PAPER}; github.com/{corpus.REPOSITORY} @ {corpus.COMMIT}"
