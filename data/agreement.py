"""How far two annotators who did not see each other's labels agree (Cohen, 1960)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from data.schema import STANCES
from data.standoff import ADJUDICATED, StandoffLabel


@dataclass(frozen=True, slots=True)
class Agreement:
    """The agreement of two annotations of the same pairs.

    Attributes:
        pairs: How many pairs were labelled twice.
        observed: Share of the pairs with one label.
        kappa: Cohen's kappa over the four stances.
        by_stance: Cohen's kappa of each stance against the other three.
        sentiment: Cohen's kappa over the three sentiments.
        confusions: How often one annotator said this and the other that, most frequent first.
    """

    pairs: int
    observed: float
    kappa: float
    by_stance: dict[str, float]
    sentiment: float
    confusions: list[tuple[str, str, int]]


def agreement(labels: Iterable[StandoffLabel]) -> Agreement | None:
    """Returns the agreement over the pairs that two annotators labelled, None where there are none.

    Of three and more annotations of a pair the first two count; adjudications are none.
    """
    by_pair: dict[object, dict[str, StandoffLabel]] = defaultdict(dict)
    for label in labels:
        if label.note != ADJUDICATED:
            by_pair[label.key].setdefault(label.annotator, label)
    twice = [list(found.values())[:2] for found in by_pair.values() if len(found) > 1]
    if not twice:
        return None
    stances = [(str(one.stance), str(other.stance)) for one, other in twice]
    confusions = Counter((min(two), max(two)) for two in stances if two[0] != two[1])
    return Agreement(
        len(twice),
        sum(a == b for a, b in stances) / len(stances),
        kappa(stances),
        {str(s): kappa([(str(a == s), str(b == s)) for a, b in stances]) for s in STANCES},
        kappa([(str(one.sentiment), str(other.sentiment)) for one, other in twice]),
        [(one, other, count) for (one, other), count in confusions.most_common()],
    )


def kappa(pairs: Sequence[tuple[str, str]]) -> float:
    """Returns Cohen's kappa of two annotators; 1 where both gave one and the same label throughout."""
    total = len(pairs)
    observed = sum(a == b for a, b in pairs) / total
    one, other = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    expected = sum(one[label] * other[label] for label in one) / total**2
    return 1.0 if expected == 1 else (observed - expected) / (1 - expected)
