"""Reads a phrase out of a span that a learned finder marked: title, name, owner, or the organ that it names."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence

from data.actors.gazetteer import Form, Match
from data.actors.phrases import Phrase
from data.actors.pronouns import PAIR
from data.actors.words import MONTH_NAMES, NO_NAMES, PARTICLES, PLATFORMS, PRONOUNS, QUANTIFIERS
from data.schema import Actor, ActorKind, Span

_NO_NAME_STARTS = NO_NAMES - MONTH_NAMES
_OWNER_GAP = re.compile(r"(?:['’]s?|['’]s own) (?:[a-z][\w-]* ){0,3}$")
_WAR = re.compile(r"\b[Ww]ar (?:in|on|against|with) (?:the )?$")
_POSTED = re.compile(r"\b(?:on|via|to) $")
_TAIL = re.compile(r",| (?:of|for|in|at|from|to|with|against|on|by|under) ")
_FORMER = re.compile(r"\b(?:former|ex|late|then|retired|outgoing|one-time|onetime)\b|\b[Ee]x-", re.IGNORECASE)
_PARTISAN = re.compile(r"\b(?:Republican|Democrat|Conservative|Tory|Liberal|Socialist|Briton|American)$")
_DEPARTMENT = re.compile(
    r" (?:of|for) (?:the )?(?:Justice|State|Information|(?:National )?Defen[cs]e|Interior|Finance|Health|Education|"
    r"(?:Foreign|Internal|Home|External|Veterans) Affairs|Foreign Relations|Agriculture|Energy|Culture|Tourism|"
    r"Transport(?:ation)?|Labou?r|Trade|Commerce|(?:Homeland|Public) Security|Police|Staff) (?=[A-Z])"
)
_WORD = re.compile(r"[^\s]+")
_DESCRIBED = re.compile(r"(?:[A-Z]\w+ )?(?:(?!(?:of|for|and|the|on|in|to|de|du|al)\b)[a-z][\w-]+ )+(?P<name>[A-Z].*)")
_OWNERS = (Form.STATE, Form.ORGANISATION, Form.DEMONYM)


def names_actor(text: str, span: Span) -> bool:
    """Tells whether a marked span can name an actor: no war, no medium that something was posted on, no bare number.

    "The war against Norway" names a war, "a post on X" a place; "several" before what it counts is a part of that.
    """
    before = text[max(0, span.start - 24) : span.start]
    if _WAR.search(before) or (span.of(text) in PLATFORMS and _POSTED.search(before)):
        return False
    return not (span.of(text).lower() in QUANTIFIERS and text[span.end : span.end + 2].strip()[:1].isalnum())


def phrase_of(
    text: str, span: Span, kind: ActorKind, matches: Sequence[Match], first_names: Container[str] = ()
) -> Phrase:
    """Returns the phrase of a span.

    Args:
        text: The article's text.
        span: The span, without article and possessor.
        kind: What kind of actor the span names.
        matches: What the gazetteer found in the span's sentence, in order.
        first_names: Names by which a person's name is told from the department before it.
    """
    words = span.of(text)
    if (words.lower() in PRONOUNS and words not in ("US", "IT")) or PAIR.fullmatch(words):
        return Phrase(span.start, span.end, None, kind=kind)
    inside = [m for m in matches if span.start <= m.start and m.end <= span.end]
    before = [m for m in matches if m.end <= span.start and m.start >= span.start - 60]
    owner = before[-1] if before and _OWNER_GAP.fullmatch(text, before[-1].end, span.start) else None
    if kind is ActorKind.PERSON and (listed := _organisation(text, span, inside)):
        return _body(text, span, span.end, listed.kind, inside, owner)
    tail = _TAIL.search(words, 1)
    head_end = span.start + tail.start() if tail else span.end
    if tail and kind is ActorKind.PERSON:
        closing = _closing_name(words, tail, first_names)
        if closing or any(m.entry.form is Form.PERSON and m.end == span.end for m in inside):
            return _person(text, span, span.end, inside, owner, span.start + closing if closing else None)
    if kind is ActorKind.PERSON:
        return _person(text, span, head_end, inside, owner)
    return _body(text, span, head_end, kind, inside, owner)


def _organisation(text: str, span: Span, inside: Sequence[Match]) -> Actor | None:
    """Returns the organisation that a whole span names, unless the article has a person of that name: "Doug Ford"."""
    for match in inside:
        if match.entry.form is Form.ORGANISATION and (match.start, match.end) == (span.start, span.end):
            before = re.findall(rf"\b([A-Z][\w.’'-]*) {re.escape(match.text)}\b", text)
            return match.entry.actor if NO_NAMES.issuperset(before) else None
    return None


def _closing_name(words: str, tail: re.Match[str], first_names: Container[str]) -> int:
    """Where a person's name begins behind an "of", a "to" or a comma, 0 for nowhere: "ambassador to Peru Ana Ruiz"."""
    if tail.group() == "," and words[: tail.start()].islower():  # "brave, principled Ana Ruiz"
        names = re.search(r"(?:[A-Z][\w.’'-]* ?){1,4}$", words)
        return names.start() if names else 0
    if department := _DEPARTMENT.match(words, tail.start()):
        return department.end()
    for token in _WORD.finditer(words, tail.end()):
        if token.group() in first_names and re.fullmatch(r"(?: [A-Z][\w.’'-]*){1,3}", words[token.end() :]):
            return token.start()
    return 0


def _person(
    text: str,
    span: Span,
    head_end: int,
    inside: Sequence[Match],
    owner: Match | None,
    closing: int | None = None,
) -> Phrase:
    known = [m for m in inside if m.entry.form is Form.PERSON and m.end <= head_end]
    titles = [m for m in inside if m.entry.form is Form.TITLE and m.end <= head_end]
    if closing is not None:
        titles = titles[:1]  # "Secretary of Justice Ana Ruiz" is no justice
    if titles and titles[-1].end == head_end and _in_name(text, span.start, titles[-1], inside):
        titles.pop()
    start = closing or (known[-1].start if known else _name_start(text, span.start, head_end, inside, titles))
    name = text[start:head_end].strip(" ,") if start < head_end else ""
    name = re.sub(r"['’]s?$", "", name.strip('[]"“”'))
    partisan = head_end if _is_partisan(text, head_end) else -1
    owning = [m for m in inside if m.entry.form in (*_OWNERS, Form.ORGAN) and m.end != partisan]
    owners = [m for m in owning if m.end <= start or (m.start >= head_end and m.end == span.end)]
    title = titles[-1].text.lower() if titles else text[span.start : start].strip(" ,").lower()
    before = text[max(0, span.start - 12) : start if name else span.end]
    return Phrase(
        span.start,
        span.end,
        Form.PERSON if name else Form.TITLE,
        known[-1] if known else titles[-1] if titles else None,
        owners[0] if owners else owner,
        title=title,
        name=name,
        former=bool(_FORMER.search(before)),
        kind=ActorKind.PERSON,
    )


def _in_name(text: str, start: int, title: Match, inside: Sequence[Match]) -> bool:
    """Tells whether a title is the last word of a name: "Judge Carolyn King"."""
    before = text[start : title.start].split()
    taken = any(m.end == title.start - 1 for m in inside)
    return bool(before) and " " not in title.text and title.text.istitle() and before[-1].istitle() and not taken


def _is_partisan(text: str, end: int) -> bool:
    """Tells whether a phrase ends in what somebody is and not in a name: "the Texas Republican"."""
    return bool(_PARTISAN.search(text, max(0, end - 20), end))


def _name_start(text: str, start: int, end: int, inside: Sequence[Match], titles: Sequence[Match]) -> int:
    """Where the proper name at the end of a person's phrase begins; `end` where there is none."""
    if _is_partisan(text, end):
        return end
    floor = max((m.end for m in titles), default=start)
    for match in inside:
        qualifies = match.entry.form in (Form.DEMONYM, Form.ORGANISATION, Form.ORGAN, Form.GROUP, Form.PEOPLE)
        if match.end < end and floor <= match.start and qualifies:
            floor = match.end
    words = list(_WORD.finditer(text, floor, end))
    first = end
    for word in reversed(words):
        token = word.group().strip("\"“”'’(),")
        particle = token.lower() in PARTICLES or token.lower().split("-")[0] in PARTICLES
        if token[:1].isupper() or (particle and (first < end or "-" in token)) or token[:1] in "\"“'‘(":
            first = word.start()
        else:
            break
    while first < end and (capital := _WORD.match(text, first, end)):
        particle = capital.group().lower() in PARTICLES and text[capital.end() + 1 : capital.end() + 2].isupper()
        if particle or (capital.group()[:1].isupper() and capital.group() not in _NO_NAME_STARTS):
            return first
        first = capital.end() + 1
    return end


def _body(
    text: str, span: Span, head_end: int, kind: ActorKind, inside: Sequence[Match], owner: Match | None
) -> Phrase:
    words = span.of(text)
    heads = [m for m in inside if m.end <= head_end]
    whole = next((m for m in inside if m.start == span.start and m.end == span.end), None)
    if whole is None and kind is not ActorKind.GROUP:
        whole = next((m for m in heads if m.end == span.end and _is_described(text, span, m)), None)
    if whole is not None and whole.entry.form not in (Form.TITLE, Form.PERSON):
        if whole.entry.form in (Form.ORGAN, Form.GROUP):
            return Phrase(span.start, span.end, whole.entry.form, whole, owner, kind=kind)
        return Phrase(span.start, span.end, whole.entry.form, whole, kind=kind)
    organ = next((m for m in reversed(heads) if m.entry.form is Form.ORGAN and m.end == head_end), None)
    own = [m for m in inside if m is not organ and m.entry.form in (*_OWNERS, Form.PERSON)]
    modifier = own[0] if own else owner
    if organ is not None and ((organ.entry.actor is None and kind is ActorKind.GROUP) or _has_name(text, span, inside)):
        organ = None
    if organ is not None:
        return Phrase(span.start, span.end, Form.ORGAN, organ, modifier, name=words, kind=kind)
    form = Form.GROUP if kind is ActorKind.GROUP else Form.ORGANISATION
    group = next((m for m in reversed(heads) if m.entry.form is Form.GROUP and m.end == head_end), None)
    name = words if kind is ActorKind.GROUP else _named(words)
    return Phrase(span.start, span.end, form, group if form is Form.GROUP else None, modifier, name=name, kind=kind)


def _is_described(text: str, span: Span, last: Match) -> bool:
    """Tells whether a phrase is a listed name behind its description: "Obama White House", "network Al Jazeera"."""
    if last.entry.form is Form.STATE:
        return last.entry.sector == "GOV" and not last.entry.place
    described = last.entry.form is Form.ORGANISATION and _named(span.of(text)) == last.text
    return described


def _has_name(text: str, span: Span, inside: Sequence[Match]) -> bool:
    """Tells whether a phrase has capitalised words that the tables do not know: "Fifth Circuit Court of Appeals"."""
    taken = {i for m in inside for i in range(m.start, m.end)}
    words = _WORD.finditer(text, span.start, span.end)
    return any(w.group()[0].isupper() and w.start() not in taken and not w.group().isupper() for w in words)


def _named(words: str) -> str:
    """Drops what describes a name before it: "firm McKinsey and Co." is McKinsey and Co."""
    described = _DESCRIBED.fullmatch(words)
    return described.group("name") if described else words
