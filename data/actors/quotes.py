"""Finds reported speech in an article, direct and indirect, and who speaks."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from data.schema import Article, Mention, Quotation, Sentence, Span

_QUOTED = re.compile(r"“[^“”\"\n]*(?:[”\"]|(?=\n)|$)|\"[^\"“”\n]*[\"”]|(?<!\w)[‘'][^‘'\n]{12,}?['’](?!\w)")
# Verbs that may be followed by what was said without "that", and those that need it.
_SAY = r"said|says?|saying|told|tells?|telling|add(?:ed|s|ing)|wrote|writes?|claim(?:ed|s)?|tweeted|insist(?:ed|s)?"
_STATE = (
    r"acknowledg(?:ed?|es|ing)|admit(?:ted|s|ting)?|alleg(?:ed?|es|ing)|announc(?:ed?|es|ing)|argu(?:ed?|es|ing)|"
    r"assert(?:ed|s|ing)?|charg(?:ed|es|ing)|clarif(?:ied|ies|y)|claiming|conced(?:ed?|es)|conclud(?:ed?|es)|confirm(?:ed|s|ing)?|"
    r"contend(?:ed|s)?|declar(?:ed?|es|ing)|den(?:ied|ies|y|ying)|emphasi[sz](?:ed?|es)|estimat(?:ed|es)|"
    r"explain(?:ed|s|ing)?|indicat(?:ed?|es)|insisting|maintain(?:ed|s)?|not(?:ed|es|ing)|point(?:ed|s|ing)? out|"
    r"pledg(?:ed?|es)|predict(?:ed|s)?|promis(?:ed?|es)|recall(?:ed|s)?|remark(?:ed|s)|repeat(?:ed|s)|"
    r"repl(?:ied|ies|y)|report(?:ed|s|ing)|respond(?:ed|s)|stat(?:ed|es|ing)|stress(?:ed|es|ing)?|suggest(?:ed|s|ing)?|"
    r"testif(?:ied|ies)|tweets|vow(?:ed|s)?|warn(?:ed|s|ing)?|writing"
)
_OTHER = (
    r"accus(?:ed|es|ing)|agreed|ask(?:ed|s|ing)|blared|call(?:ed|s|ing)|cit(?:ed|es|ing)|condemn(?:ed|s|ing)|"
    r"continu(?:ed|es)|critici[sz](?:ed|es|ing)|denounc(?:ed|es|ing)|describ(?:ed|es|ing)|dismiss(?:ed|es|ing)|"
    r"express(?:ed|es|ing)|hail(?:ed|s|ing)|jok(?:ed|es)|post(?:ed|s|ing)|prais(?:ed|es|ing)|quipp?(?:ed|s)|reads?|"
    r"referr(?:ed|ing)|refers|reject(?:ed|s|ing)|thank(?:ed|s|ing)|urg(?:ed|es|ing)"
)
_CUE = re.compile(rf"\b(?:(?P<say>{_SAY})|(?P<state>{_STATE})|(?P<other>{_OTHER}))\b", re.IGNORECASE)
_ACCORDING = re.compile(r"\b[Aa]ccording to (?:the |an? )?")
_MADE_BY = re.compile(r"[^,.;]{0,60}? (?:by|from|of) (?:the |[\w ]{1,20}['’]s )?")
_SPEAKS_ON = re.compile(r", (?:[\w. ]{1,30} (?:said|wrote|added|told|asked)|(?:said|wrote|added) [\w. ]{1,30})\b")
_TO_SUBJECT = re.compile(
    r"[\s,’'”\"]*(?:\([^)]*\)|, (?:who|which|an?|the)\b[^,.;“\"]{0,90},|, \d+,|"
    r"[^,.;:“”\"]{0,50}?(?:, [^,.;“”\"]{0,40},)?)?[\s,]*"
)
_ASIDE = re.compile(r"[,)—–] (?:(?:has|have|had|also|then|later|\w+ly) )*$")
_OPENS_ASIDE = re.compile(r", | \(| [—–] ")
_CONJOINED = re.compile(r"\b(?:and|but) (?:(?:has|have|had|also|then|later|\w+ly) )*$")
_CLOSED = re.compile(r",[”\"’]?\s*(?:the |an? )?$")
_WHO = re.compile(r", (?:who|which) (?:\w+ ){0,3}")
_TITLE_COLON = re.compile(r": (?=\S)")
_PART_OF = re.compile(r" (?:for|of|at|with|from|in) (?:the |an? |[\w ]+['’]s )?$| \($")
_BEFORE_THAT = re.compile(r"[^.;:“”\"]{0,80}?\bthat\b ")
_FINITE = (
    r"(?:is|are|was|were|had|has|have|would|will|could|may|might|can|must|should|did|does|do|cannot|can't|won't|isn't)"
)
_CLAUSE = re.compile(rf"[^,.;:“”\"]{{1,70}}?\b{_FINITE}\b| (?:he|she|it|they|we|I|there)\b")
_ADVERBIAL = (
    r"(?: (?:on|in|at|during|by|last|this|to|via) (?:(?:an?|the|his|her) )?[\w ’']{2,40}?(?=,| that\b|:))?"
    r"(?: that\b|:|,)?\s*"
)
_WHEN = re.compile(_ADVERBIAL)
_TO_WHOM = re.compile(
    r"(?: (?:reporters|journalists|lawmakers|him|her|them|us|me|supporters|(?:the )?[A-Z][\w.]*(?: [A-Z][\w.]*)*)\b)?"
    + _ADVERBIAL
)
_TOLD = re.compile(r"\b(?:told|tells?|telling)$", re.IGNORECASE)
_RELATIVE = re.compile(r", (?:who|which|an?|the) .*, ?")
_INVERTED = re.compile(r" (?:the |an? |[A-Z][\w ]{0,30}['’]s )?$")
_ENDS_WITH_COMMA = re.compile(r"[,?!][”\"’]$")
_QUOTED_BEFORE = re.compile(r",[”\"’] (?:the |an? )?$")
_SHORT = 12
_LEAD = 100  # characters before a quotation in which a colon or a comma leads to it
_ASIDE_LENGTH = 40
_Stretch = TypeVar("_Stretch", Span, Sentence, Quotation)


@dataclass(frozen=True, slots=True)
class _Attribution:
    """A verb of saying with its subject."""

    speaker: Mention
    start: int  # of subject and verb together
    end: int
    clause: bool  # whether a clause may follow without quotation marks
    closing: bool  # whether it may close a sentence that is the speech
    according: bool = False


def quoted_spans(text: str) -> list[Span]:
    """Returns the stretches of a text between quotation marks; a capitalised name in marks is none.

    One that is never closed ends with its paragraph, or where a verb of saying shows that it was over.
    """
    spans = []
    for hit in _QUOTED.finditer(text):
        end = hit.end()
        if hit.group()[-1] not in "”\"’'" and (over := _SPEAKS_ON.search(text, hit.start(), end)):
            end = over.start()
        if not hit.group().istitle():
            spans.append(Span(hit.start(), end))
    return spans


def find_quotations(article: Article, sentences: Sequence[Sentence], mentions: Sequence[Mention]) -> list[Quotation]:
    """Returns reported speech in the order of its start, each stretch with the mention of its speaker.

    Direct speech stands between quotation marks; its speaker is the subject of a verb of saying
    outside the marks. A quotation that fills its sentence has the speaker of the one before it, or
    of the sentence that leads to it. Indirect speech is the clause that such a verb brings in, or
    the rest of the sentence that "X said" closes; its speaker is always known.
    """
    spans = quoted_spans(article.text)
    touching = {s.index: touching_spans(spans, s.start, s.end) for s in sentences}
    by_sentence: dict[int, list[Mention]] = {s.index: [] for s in sentences}
    for mention in mentions:
        if not any(s.start <= mention.start < s.end for s in touching[mention.sentence]):
            by_sentence[mention.sentence].append(mention)
    attributed = {
        s.index: list(_attributions(article.text, s, by_sentence[s.index], touching[s.index])) for s in sentences
    }
    direct: list[Quotation] = []
    last: Quotation | None = None
    for span in spans:
        touched = touching_spans(sentences, span.start, span.end)
        speaker = _speaker(article.text, span, [a for s in touched for a in attributed[s.index]])
        if speaker is None and touched:
            speaker = _carried(article.text, span, last, touched, by_sentence)
        direct.append(Quotation(span.start, span.end, speaker))
        last = direct[-1] if speaker else last
    indirect = [q for s in sentences for q in _indirect(article.text, s, attributed[s.index], touching[s.index])]
    return sorted([*indirect, *direct], key=lambda q: (q.start, -q.end))


def touching_spans(spans: Sequence[_Stretch], start: int, end: int) -> Sequence[_Stretch]:
    """Returns those of some stretches, in order and apart from each other, that share a character with another."""
    first = bisect_right(spans, start, key=lambda span: span.end)
    return spans[first : bisect_left(spans, end, lo=first, key=lambda span: span.start)]


def _attributions(
    text: str, sentence: Sentence, mentions: Sequence[Mention], spans: Sequence[Span]
) -> Iterator[_Attribution]:
    """Yields the verbs of saying of a sentence, outside quotation marks, that have a mention for their subject."""
    if mentions and mentions[0].start == sentence.start and _TITLE_COLON.match(text, mentions[0].end):
        yield _Attribution(mentions[0], mentions[0].start, mentions[0].end + 1, True, False)
    for according in _ACCORDING.finditer(text, sentence.start, sentence.end):
        named = next((m for m in mentions if _leads(text, according.end(), m)), None)
        if named is not None:
            named = _owned(text, named, mentions)
            yield _Attribution(named, according.start(), named.end, True, True, True)
    last: Mention | None = None
    for cue in _CUE.finditer(text, sentence.start, sentence.end):
        if any(s.start <= cue.start() < s.end for s in spans):
            continue
        states = cue.lastgroup in ("say", "state")
        clause = _brings_clause(text, cue, sentence.end)
        before = [m for m in mentions if m.end <= cue.start()]
        if cue.group().endswith("ing") and text[: cue.start()].endswith(", ") and before:
            yield _Attribution(before[0], cue.start(), cue.end(), clause, False)
            continue
        subject = _subject(text, before, cue.start(), spans)
        if last is not None and _CONJOINED.search(text, last.end, cue.start()):
            subject = last
        after = next((m for m in mentions if m.start >= cue.end()), None)
        lead = text[max(sentence.start, cue.start() - 3) : cue.start()].rstrip()
        inverted = lead.endswith((",", "”", '"', "’", "?", "!")) or cue.start() == sentence.start
        told = cue.group().lower().startswith(("told", "tell"))
        if subject is not None and _RELATIVE.fullmatch(text, subject.end, cue.start()):
            inverted = False  # "Moen, who had come by ship, said"
        if after is not None and inverted and states and not told and _INVERTED.fullmatch(text, cue.end(), after.start):
            after = _owned(text, after, mentions)
            last = after
            yield _Attribution(after, cue.start(), after.end, states, states)
        elif subject is not None:
            last = subject
            yield _Attribution(subject, subject.start, cue.end(), clause, states)


def _brings_clause(text: str, cue: re.Match[str], end: int) -> bool:
    """Tells whether what follows a verb of saying is what was said, by the verb and by what follows."""
    if cue.lastgroup == "state":
        return bool(_BEFORE_THAT.match(text, cue.end(), end) or _CLAUSE.match(text, cue.end(), end))
    return cue.lastgroup == "say" or bool(re.search(r"[“\"]", text[cue.end() : end]))


def _owned(text: str, mention: Mention, mentions: Sequence[Mention]) -> Mention:
    """The mention that another one's possessive leads to: in "the family's attorney" the attorney."""
    for other in mentions:
        if other.start > mention.end and re.fullmatch(r"['’]s? (?:[a-z]+ )?", text[mention.end : other.start]):
            mention = other
    return mention


def _leads(text: str, start: int, mention: Mention) -> bool:
    """Tells whether what stands at `start` is a mention, or a statement, a survey that somebody made."""
    if mention.start < start:
        return False
    gap = text[start : mention.start]
    return bool(re.fullmatch(r"(?:\w+['’]s |[a-z]+ )?", gap) or _MADE_BY.fullmatch(gap))


def _subject(text: str, before: Sequence[Mention], cue: int, spans: Sequence[Span]) -> Mention | None:
    """The mention that a verb of saying has for its subject: the last before it, or whom that one belongs to."""
    if not before:
        return None
    mention = before[-1]
    if any(mention.end <= s.start and s.end <= cue for s in spans):
        return None
    if _WHO.fullmatch(text, mention.end, cue):
        return _head(text, before, len(before) - 1)
    if not _TO_SUBJECT.fullmatch(text, mention.end, cue):
        return None
    if _ASIDE.search(text, mention.end, cue):  # "Pelosi, backed by her caucus, has said"
        aside = [i for i, m in enumerate(before[:-1]) if _OPENS_ASIDE.match(text, m.end) and cue - m.end < 160]
        if aside and not re.search(r"[“”\"]", text[before[aside[0]].end : cue]):
            return _head(text, before, aside[0])
    return _head(text, before, len(before) - 1)


def _head(text: str, mentions: Sequence[Mention], place: int) -> Mention:
    """The mention that another one is a part of: in "a spokesman for the ministry" the spokesman."""
    while place and _PART_OF.fullmatch(text, mentions[place - 1].end, mentions[place].start):
        place -= 1
    return mentions[place]


def _speaker(text: str, span: Span, attributions: Sequence[_Attribution]) -> Mention | None:
    """The subject of the verb of saying that is nearest to a quotation, one that leads to it first."""
    leading = [a for a in attributions if a.end <= span.start]
    following = sorted((a for a in attributions if a.start >= span.end), key=lambda a: a.start)
    near = [(span.start - a.end, a) for a in leading] + [(a.start - span.end, a) for a in following]
    if following and following[0].start - span.end < 6:  # "…," she said
        return following[0].speaker
    return min(near, key=lambda pair: pair[0])[1].speaker if near else None


def _carried(
    text: str,
    span: Span,
    last: Quotation | None,
    touched: Sequence[Sentence],
    by_sentence: Mapping[int, Sequence[Mention]],
) -> Mention | None:
    """The speaker of a quotation that names none: who leads to it by a colon, or goes on speaking."""
    lead = text[max(0, span.start - _LEAD) : span.start].rstrip()
    if lead.endswith(":"):
        leading = by_sentence.get(touched[0].index if touched[0].start < span.start else touched[0].index - 1, ())
        if leading:
            return leading[0]
    outside = [m for s in touched for m in by_sentence[s.index]]
    behind = next((m for m in outside if m.start >= span.end), None)
    if (
        behind
        and _ENDS_WITH_COMMA.search(text, span.start, span.end)
        and re.fullmatch(r" (?:the )?", text[span.end : behind.start])
    ):
        return behind
    leading = [m for m in outside if m.end <= span.start and m.start >= touched[0].start]
    if leading and lead.endswith((",", ":")):
        return leading[0]
    inside = sum(min(s.end, span.end) - max(s.start, span.start) for s in touched)
    fills = inside > 0.8 * sum(s.end - s.start for s in touched)
    if last and (fills or last.start >= touched[0].start):
        return last.speaker
    return leading[0] if leading else None


def _indirect(
    text: str, sentence: Sentence, attributions: Sequence[_Attribution], spans: Sequence[Span]
) -> Iterator[Quotation]:
    """Yields what the verbs of saying of a sentence report outside, or around, quotation marks."""
    for found in attributions:
        rest = text[found.end : sentence.end].strip(' .,;”"')
        lead_in = text[sentence.start : found.start].strip(' ,“”"')
        parts = []
        if found.according:
            parts = [(found.end, sentence.end)] if len(lead_in) < _SHORT else [(sentence.start, found.start)]
        elif text[found.end : found.end + 1] == "," and len(lead_in) >= _SHORT and found.closing:
            parts = [(sentence.start, found.start), (found.end, sentence.end)]
        elif (
            found.closing and len(lead_in) >= _SHORT and len(rest) < _ASIDE_LENGTH
            and not (" that " in rest or _CLAUSE.match(text, found.end, sentence.end))
            and _CLOSED.search(text, sentence.start, found.start)
        ):  # fmt: skip
            parts = [(sentence.start, found.start)]
        elif len(rest) >= _SHORT and found.clause and not _QUOTED_BEFORE.search(text, sentence.start, found.start):
            parts = [(found.end, sentence.end)]
        for start, end in parts:
            told = _TOLD.search(text, sentence.start, found.end)
            leads = start >= found.end and not found.according
            skipped = (_TO_WHOM if told else _WHEN).match(text, start, end) if leads else None
            start = skipped.end() if skipped else start
            content = text[start:end]
            start += len(content) - len(content.lstrip(" ,:"))
            end -= len(content) - len(content.rstrip(" ,.;"))
            whole = any(s.start <= start + 1 and end - 1 <= s.end for s in spans)
            if end - start >= _SHORT and not whole:
                yield Quotation(start, end, found.speaker, direct=False)
