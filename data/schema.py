"""Defines every type and label of the project, once, with the standard library alone.

All offsets count Unicode code points and are end-exclusive, so that ``text[span.start:span.end]``
is the quoted string.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Stance(StrEnum):
    """The position towards the target that the text attributes to the source (`data/codebook.md`)."""

    CONDEMN = "condemn"
    SUPPORT = "support"
    DENY = "deny"
    NEUTRAL = "neutral"


class Sentiment(StrEnum):
    """The feeling or interest of the source towards the target that the text shows."""

    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"


class Tier(StrEnum):
    """Where a label comes from, surest first."""

    GOLD = "gold"  # written and labelled for a purpose, or a user's own
    READ = "read"  # a corpus sentence that an annotator read under the codebook
    CORPUS = "corpus"  # what a corpus's own label leaves possible
    WEAK = "weak"  # what labelling rules make of an unread sentence
    UNLABELLED = "unlabelled"  # no label: a pair for a teacher to judge
    VARIED = "varied"  # no label: a labelled sentence told otherwise, for a teacher to judge


class ActorKind(StrEnum):
    """What an actor is; a ministry, army or embassy is of kind `state` and has a sector."""

    STATE = "state"
    IGO = "igo"
    PERSON = "person"
    PARTY = "party"
    ARMED_GROUP = "armed_group"
    COMPANY = "company"
    NGO = "ngo"
    MEDIA = "media"
    GROUP = "group"


STANCES: tuple[Stance, ...] = tuple(Stance)
SENTIMENTS: tuple[Sentiment, ...] = tuple(Sentiment)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a text, in code points, end-exclusive."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"expected 0 <= start < end, found start={self.start}, end={self.end}")

    def of(self, text: str) -> str:
        """Returns the string that the span quotes from `text`."""
        return text[self.start : self.end]

    def overlaps(self, other: Span) -> bool:
        """Tells whether the two spans share a character."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Article:
    """A news article; `text` starts with the title, so that all offsets are into one string."""

    id: str
    text: str
    title: str | None = None
    published: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and where it stands in its article."""

    index: int
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Actor:
    """A canonical actor: who a mention refers to.

    Attributes:
        name: Canonical name, or the mention's own words where the actor is unknown.
        kind: What the actor is.
        country: ISO 3166 alpha-3 code (plus XKX for Kosovo), or None.
        sector: PLOVER sector code (GOV, MIL, LEG, JUD, SPY, COP, ...), or None.
        linked: Whether the actor was found in the tables or tied to a body that is.
        on_behalf_of: The body that a person or organ speaks for, or None.
    """

    name: str
    kind: ActorKind
    country: str | None = None
    sector: str | None = None
    linked: bool = True
    on_behalf_of: Actor | None = None

    @property
    def body(self) -> Actor:
        """The actor at the level of bodies: whom it speaks for, else itself."""
        return self.on_behalf_of.body if self.on_behalf_of else self


@dataclass(frozen=True, slots=True)
class Mention:
    """A noun phrase of an article that refers to an actor; `start` and `end` are into its text."""

    start: int
    end: int
    text: str
    sentence: int
    actor: Actor

    def overlaps(self, other: Mention) -> bool:
        """Tells whether the two mentions share a character."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Quotation:
    """Reported speech in an article and who speaks.

    Attributes:
        speaker: None where nobody is named.
        direct: Whether it stands between quotation marks.
    """

    start: int
    end: int
    speaker: Mention | None
    direct: bool = True


@dataclass(frozen=True, slots=True)
class PairSpan:
    """Where one side of a pair stands: in the pair's text, or in the context before it."""

    start: int
    end: int
    in_context: bool = False

    @property
    def span(self) -> Span:
        """The bare span, checked."""
        return Span(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Pair:
    """An ordered pair of mentions in a sentence: the unit that is labelled and scored.

    Attributes:
        id: Identifies the pair in its file.
        text: The sentence that is judged.
        source: Whose position it is; None for the author of the text.
        target: Towards whom the position points.
        context: The text before the sentence, one string, possibly empty.
    """

    id: str
    text: str
    source: PairSpan | None
    target: PairSpan
    context: str = ""

    def __post_init__(self) -> None:
        for side, span in (("source", self.source), ("target", self.target)):
            if span is None:
                continue
            where = self.context if span.in_context else self.text
            name = "context" if span.in_context else "text"
            if span.span.end > len(where):
                raise ValueError(
                    f"{side} ends at {span.end}, but the {name} has {len(where)} characters: "
                    "offsets count code points, end-exclusive"
                )
            if not any(map(str.isalnum, span.span.of(where))):
                raise ValueError(f"{side} quotes {span.span.of(where)!r}, which holds no letter or digit")
        if self.source == self.target:
            raise ValueError("source and target are one span: a pair needs two mentions")

    def side(self, span: PairSpan | None) -> str | None:
        """Returns the words of one side of the pair, or None for the author."""
        if span is None:
            return None
        return span.span.of(self.context if span.in_context else self.text)


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled pair.

    Attributes:
        pair: The pair.
        stances: Weight of each stance that the label leaves possible; they sum to 1. One certain
            label is `{stance: 1.0}`; None where only the sentiment is known.
        sentiment: The sentiment, or None where only the stance is known.
        group: The document or passage; a group never stands in two splits.
        corpus: Name of the source.
        commercial: Whether the source's licence lets a model trained on it be used commercially.
        licence: The source's terms, in words.
        tier: Where the label comes from.
        label: What the corpus itself calls the pair, where it has a label.
        confidence: Probability that the mentions are those that the label is about; below 1 where
            a corpus names its actors without saying where they stand.
    """

    pair: Pair
    stances: Mapping[Stance, float] | None
    sentiment: Sentiment | None
    group: str
    corpus: str = "gold"
    commercial: bool = True
    licence: str = ""
    tier: Tier = Tier.GOLD
    label: str | None = None
    confidence: float = 1.0

    def __post_init__(self) -> None:
        if self.stances is None and self.sentiment is None and self.tier not in (Tier.UNLABELLED, Tier.VARIED):
            raise ValueError(f"example {self.pair.id} has neither a stance nor a sentiment")
        if not 0 < self.confidence <= 1:
            raise ValueError(
                f"example {self.pair.id} has confidence {self.confidence}: expected more than 0, at most 1"
            )

    @property
    def stance(self) -> Stance | None:
        """The one stance that somebody who read the pair gave it, else None."""
        if self.tier in (Tier.GOLD, Tier.READ) and self.stances is not None and len(self.stances) == 1:
            return next(iter(self.stances))
        return None


def stance_weights(label: str | Iterable[str] | Mapping[str, float]) -> dict[Stance, float]:
    """Turns one label, a set of possible labels or weights over labels into weights that sum to 1.

    Raises:
        ValueError: If a label is unknown, none is given, or a weight is not positive.
    """
    if isinstance(label, str):
        raw: dict[str, float] = {label: 1.0}
    elif isinstance(label, Mapping):
        raw = {name: float(weight) for name, weight in label.items()}
    else:
        raw = dict.fromkeys(label, 1.0)
    if not raw:
        raise ValueError(f"expected at least one stance of {', '.join(STANCES)}, found none")
    for name, weight in raw.items():
        if name not in STANCES:
            raise ValueError(f"unknown stance {name!r}: expected one of {', '.join(STANCES)}")
        if not weight > 0:
            raise ValueError(f"stance {name!r} has weight {weight}: expected a positive number")
    total = sum(raw.values())
    return {stance: raw[stance] / total for stance in STANCES if stance in raw}


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the model says of a pair; both distributions sum to 1 and follow STANCES, SENTIMENTS."""

    probabilities: Mapping[Stance, float]
    sentiment_probabilities: Mapping[Sentiment, float]
    truncated: bool = False

    @property
    def stance(self) -> Stance:
        """The most probable stance."""
        return max(self.probabilities, key=self.probabilities.__getitem__)

    @property
    def sentiment(self) -> Sentiment:
        """The most probable sentiment."""
        return max(self.sentiment_probabilities, key=self.sentiment_probabilities.__getitem__)


@dataclass(frozen=True, slots=True)
class Rejection:
    """An input that could not be used: where, why, and what its owner can do."""

    file: str
    reason: str
    remedy: str
    line: int | None = None
