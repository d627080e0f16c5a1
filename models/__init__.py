"""Turns actor pairs into stances. `from models import load; load("models/default").score(articles)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.pipeline import Scorer

__all__ = ["load"]


def load(model: str = "models/default") -> Scorer:
    """Loads a model and returns a scorer whose `score(articles)` yields the records of the contract.

    Args:
        model: A folder, `models:/visavis@champion`, `models:/m-...`, `runs:/...` or a hub id.

    Raises:
        models.registry.ModelNotFound: If there is no such model; says what to do.
    """
    from models.pipeline import Scorer
    from models.registry import load_classifier

    return Scorer(load_classifier(model), name=model)
