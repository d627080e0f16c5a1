"""Tells the language of an article, so that one that the model does not read is rejected rather than misread."""

from __future__ import annotations

from functools import cache
from typing import Any

ENGLISH = ("en", "sco", "pcm")  # Scots and Nigerian Pidgin: the detector takes short English for them
_ENOUGH = 4000  # characters
_SURE = 0.5


def foreign_language(text: str, languages: tuple[str, ...] = ENGLISH) -> tuple[str, float] | None:
    """Returns the ISO 639 code of a text's language and the detector's confidence, if it is surely none of some.

    The detector is py3langid; a text too short to be sure about counts as one of the languages.
    """
    language, confidence = _identifier().classify(text[:_ENOUGH])
    return None if language in languages or confidence < _SURE else (language, confidence)


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
