"""Finds the actors of an article and links them: Sentences in, Mentions out, offline.

Each part can be replaced behind the protocol `MentionFinder`; `RuleFinder` is the one that needs
no model. A learned finder lives in `models/mentions.py`, so that nothing here imports a model.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from data.schema import Article, Mention, Sentence


class MentionFinder(Protocol):
    """Finds and links the actor mentions of an article."""

    def find(self, article: Article, sentences: Sequence[Sentence]) -> list[Mention]:
        """Returns the mentions in the order of their start; none crosses a sentence."""
        ...

    def find_all(self, articles: Sequence[tuple[Article, Sequence[Sentence]]]) -> list[list[Mention]]:
        """Returns the mentions of several articles, each given with its sentences."""
        ...
