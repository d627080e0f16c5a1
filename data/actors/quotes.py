"""Finds quoted speech in an article and who speaks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from data.schema import Article, Mention, Quotation, Sentence

_QUOTED = re.compile(r"“[^“”\n]*(?:”|(?=\n)|$)|\"[^\"\n]*\"|(?<!\w)‘[^‘\n]{12,}?’(?!\w)")
_CUE = (
    r"(?:accus|add|announc|argu|ask|call|cit|claim|condemn|continu|criticis|criticiz|declar|denounc|describ|dismiss|"
    r"explain|express|hail|insist|not|pledg|post|prais|reject|remark|repl|stat|stress|thank|tweet|urg|vow|warn|writ)"
    r"(?:es|ed|e|s|ing|ies|ied|y)\b|\b(?:said|says|saying|told|tells|telling|wrote|writes|denied|denies|according to)\b"
)
_CUE_AFTER = re.compile(r"[^“”\".;]{0,60}?\b(?:" + _CUE + ")", re.IGNORECASE)
_CUE_BEFORE = re.compile(r"\b(?:" + _CUE + r")(?: the| an?)? $", re.IGNORECASE)
_ACCORDING = re.compile(r"\b[Aa]ccording to (?:the |an? )?$")
_CUE_INSIDE = re.compile(r"[“\"‘](?:" + _CUE + ")", re.IGNORECASE)


def find_quotations(article: Article, sentences: Sequence[Sentence], mentions: Sequence[Mention]) -> list[Quotation]:
    """Returns the quotations in order, each with the mention of its speaker where one is named.

    The speaker is a mention of the same sentence, outside the quotation, beside a verb of saying; a
    quotation that fills its sentence has the speaker of the quotation before it, or of the
    sentence that leads to it.
    """
    quotations: list[Quotation] = []
    spans = [(hit.start(), hit.end()) for hit in _QUOTED.finditer(article.text) if not hit.group().istitle()]
    by_sentence = {s.index: [m for m in mentions if m.sentence == s.index] for s in sentences}
    for start, end in spans:
        touched = [s for s in sentences if s.start < end and start < s.end]
        outside = [m for s in touched for m in by_sentence[s.index] if not any(a <= m.start < b for a, b in spans)]
        speaker = _speaker(article.text, outside, start)
        if speaker is None and touched:
            speaker = _carried(article.text, quotations, touched, by_sentence, start, end)
        quotations.append(Quotation(start, end, speaker))
    return quotations


def _carried(
    text: str,
    quotations: Sequence[Quotation],
    touched: Sequence[Sentence],
    by_sentence: Mapping[int, Sequence[Mention]],
    start: int,
    end: int,
) -> Mention | None:
    """The speaker of a quotation that names none: who leads to it by a colon, or goes on speaking."""
    if text[:start].rstrip().endswith(":"):
        leading = by_sentence.get(touched[0].index if touched[0].start < start else touched[0].index - 1, ())
        if leading:
            return leading[0]
    known = [q for q in quotations if q.speaker]
    if not known:
        return None
    inside = sum(min(s.end, end) - max(s.start, start) for s in touched)
    fills = inside > 0.8 * sum(s.end - s.start for s in touched)
    return known[-1].speaker if fills or known[-1].start >= touched[0].start else None


def _speaker(text: str, outside: Sequence[Mention], start: int) -> Mention | None:
    """The mention that leads to the quotation by a verb of saying, else the one nearest to such a verb."""
    leading = [m for m in outside if m.end <= start and not text[m.end : start].strip()]
    if leading and _CUE_INSIDE.match(text, start):
        return leading[-1]
    according = [m for m in outside if m.end <= start and _ACCORDING.search(text, max(0, m.start - 24), m.start)]
    if according:
        return according[-1]
    before = [(cue, m) for m in outside if m.end <= start and (cue := _CUE_AFTER.match(text, m.end, start))]
    if before:
        return min(before, key=lambda pair: len(pair[0].group()))[1]
    gaps = [(len(cue.group()), m) for m in outside if (cue := _CUE_AFTER.match(text, m.end))]
    gaps += [
        (len(cue.group()), m)
        for m in outside
        if m.start > start and (cue := _CUE_BEFORE.search(text, max(0, m.start - 40), m.start))
    ]
    return min(gaps, key=lambda gap: gap[0])[1] if gaps else None
