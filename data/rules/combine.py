"""Combines the votes on a pair into weights over stances, by naive Bayes over labelled pairs.

Dawid & Skene's and Snorkel's label models learn how far rules can be trusted without labels, which
is what one needs who has none. Here every rule can be measured on read labels, so that a few lines
of counting say more: P(stance | votes) is the prior times, for each rule that fired, how often it
fires for that stance. The libraries that do it otherwise (snorkel, skweak) are no longer kept.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from data.rules.clauses import clause_rules
from data.rules.patterns import pattern_rules
from data.rules.rule import Rule
from data.rules.view import view
from data.schema import STANCES, Example, Pair, Stance


@cache
def rules() -> tuple[Rule, ...]:
    """Returns all rules, in a fixed order."""
    return (*clause_rules(), *pattern_rules())


@dataclass(frozen=True, slots=True)
class Measured:
    """How a rule does on labelled pairs.

    Attributes:
        name: The rule's name.
        votes: How many pairs it voted on.
        coverage: Share of the pairs that it voted on.
        precision: Share of its votes that are the label; 0 where it never voted.
    """

    name: str
    votes: int
    coverage: float
    precision: float


class RuleModel:
    """Turns a pair into weights over stances; `fit` makes one from labelled pairs."""

    def __init__(self, prior: dict[Stance, float], fires: dict[tuple[str, Stance], dict[Stance, float]]) -> None:
        self._prior, self._fires = prior, fires

    @classmethod
    def fit(cls, examples: Sequence[Example]) -> RuleModel:
        """Counts how often each vote falls on each stance, smoothed by one count.

        Raises:
            ValueError: If no example has a certain stance.
        """
        certain = [(example.pair, example.stance) for example in examples if example.stance]
        if not certain:
            raise ValueError("expected labelled pairs with one certain stance, found none")
        totals = Counter(stance for _, stance in certain)
        hits: dict[tuple[str, Stance], Counter[Stance]] = {}
        for pair, stance in certain:
            for name, vote in votes(pair).items():
                hits.setdefault((name, vote), Counter())[stance] += 1
        prior = {stance: (totals[stance] + 1) / (len(certain) + len(STANCES)) for stance in STANCES}
        fires = {
            vote: {stance: (counts[stance] + 1) / (totals[stance] + 2) for stance in STANCES}
            for vote, counts in sorted(hits.items())
        }
        return cls(prior, fires)

    def weights(self, pair: Pair) -> dict[Stance, float]:
        """Returns the probability of each stance, in the order of STANCES; the prior where no known rule votes."""
        scores = {stance: math.log(self._prior[stance]) for stance in STANCES}
        for vote in votes(pair).items():
            for stance, chance in self._fires.get(vote, {}).items():
                scores[stance] += math.log(chance)
        top = max(scores.values())
        total = sum(math.exp(score - top) for score in scores.values())
        return {stance: math.exp(score - top) / total for stance, score in scores.items()}


def votes(pair: Pair) -> dict[str, Stance]:
    """Returns what the rules say of a pair, without those that abstain."""
    seen = view(pair)
    return {rule.name: vote for rule in rules() if (vote := rule.vote(seen)) is not None}


def measure(examples: Sequence[Example]) -> list[Measured]:
    """Returns coverage and precision of each rule on the examples with a certain stance."""
    certain = [(votes(example.pair), example.stance) for example in examples if example.stance]
    return [_measured(rule.name, certain) for rule in rules()]


def _measured(name: str, certain: Sequence[tuple[dict[str, Stance], Stance]]) -> Measured:
    seen = [(found[name], stance) for found, stance in certain if name in found]
    if not seen:
        return Measured(name, 0, 0.0, 0.0)
    right = sum(vote is stance for vote, stance in seen)
    return Measured(name, len(seen), len(seen) / len(certain), right / len(seen))
