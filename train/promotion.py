"""Promotion by evidence: a champion is replaced by what is better beyond chance and worse in no capability."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from models.classifier import Classifier
from models.registry import load_classifier
from train.behaviour import Rate, pass_rates, read_kinds
from train.bootstrap import Estimate, differences
from train.history import TrackedRun
from train.predictions import answered, pairs_of
from train.registration import (
    CHAMPION,
    PREVIOUS,
    PROMOTED,
    REFUSED,
    REGISTERED_NAME,
    ROLLED_BACK,
    Move,
    aliased,
    finish_move,
    record,
)
from train.server import insist

LEVEL = 0.95
LEAST_DOCUMENTS = 20  # resamplings of fewer are so much alike that one pair more that is right seems certain


class CannotPromote(RuntimeError):
    """There is nothing to promote or to go back to; the message says why."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a version becomes the champion, and why.

    Attributes:
        version: The version that would be champion.
        champion: The champion that it was held against; None where there was none.
        difference: How far its macro-F1 lies above the champion's on the same dev pairs.
        level: Share of the resamplings in which it has to lie above.
        worse: Capabilities in which it passes fewer cases: passed before, passed now, cases.
    """

    version: str
    champion: str | None
    difference: Estimate | None
    level: float
    worse: Mapping[str, tuple[int, int, int]]

    @property
    def better(self) -> bool:
        """Whether it is better at the level asked for."""
        return self.difference is None or 1 - self.difference.chance >= self.level

    @property
    def promoted(self) -> bool:
        """Whether it becomes the champion."""
        return self.better and not self.worse

    def reasons(self) -> list[str]:
        """Says in words what speaks for it and against it."""
        if self.difference is None:
            return ["there was no champion"]
        d = self.difference
        figures = (
            f"macro-F1 on {d.n} dev pairs differs by {d.value:+.4f} [{d.low:+.4f}, {d.high:+.4f}], above zero in "
            f"{1 - d.chance:.1%} of the resamplings; asked for are {self.level:.1%}"
        )
        words = [f"{'better' if self.better else 'not better beyond chance'}: {figures}"]
        if self.worse:
            kinds = ", ".join(f"{k} ({now} of {n}, was {then})" for k, (then, now, n) in sorted(self.worse.items()))
            words.append(f"worse in {len(self.worse)} behaviour kinds: {kinds}")
        else:
            words.append("no behaviour kind got worse")
        return words

    def __str__(self) -> str:
        against = f" over version {self.champion}" if self.champion else ""
        head = f"version {self.version} {'becomes' if self.promoted else 'does not become'} the champion{against}"
        return f"{head}: {'; '.join(self.reasons())}"


def judge(
    version: str,
    champion: str,
    difference: Estimate,
    rates: Mapping[str, Rate],
    before: Mapping[str, Rate],
    level: float = LEVEL,
) -> Verdict:
    """Judges a version by its difference to the champion and both models' behaviour."""
    worse = {
        kind: (before[kind].passed, rate.passed, rate.cases)
        for kind, rate in rates.items()
        if kind in before and rate.passed < before[kind].passed
    }
    return Verdict(version, champion, difference, level, worse)


def promote(run: TrackedRun, level: float = LEVEL) -> Move:
    """Makes a run's model the champion if the evidence says so, and writes the promotion log.

    The champion judges the dev pairs of the run, whatever data it was trained on itself. A move of the
    champion that was cut off is finished first.

    Args:
        run: A finished run with a registered model.
        level: Share of the resamplings in which it has to be better.

    Raises:
        CannotPromote: If the run has no registered model, or is the champion's, or too few documents to judge by.
        Unreachable: If the tracking server does not answer for too long.
    """
    if run.version is None:
        raise CannotPromote(f"run {run.name} has no registered model: expected one that train/run.py made")
    kept = (
        f"version {run.version} stays registered. When the server is back, python train/compare.py --promote "
        f"{run.id[:8]} goes on"
    )
    unfinished = insist(finish_move, kept)
    if unfinished and unfinished.version == run.version:
        return unfinished
    verdict = insist(lambda: _judged(run, str(run.version), level), kept)
    outcome = PROMOTED if verdict.promoted else REFUSED
    move = Move(outcome, verdict.version, verdict.champion, str(verdict), _figures(verdict), time.time_ns())
    insist(lambda: record(move), kept)
    return move


def roll_back() -> Move:
    """Makes the previous champion the champion again; done twice, it is as it was.

    Raises:
        CannotPromote: If there is no previous champion.
        Unreachable: If the tracking server does not answer for too long.
    """
    kept = "when the server is back, the same command goes on with what it began"
    unfinished = insist(finish_move, kept)
    if unfinished and unfinished.outcome == ROLLED_BACK:
        return unfinished
    champion, previous = insist(lambda: (aliased(CHAMPION), aliased(PREVIOUS)), kept)
    if champion is None or previous is None:
        raise CannotPromote(f"{REGISTERED_NAME} has no {PREVIOUS} champion to go back to")
    words = f"version {previous} is the champion again, instead of version {champion}"
    move = Move(ROLLED_BACK, previous, champion, words, {}, time.time_ns())
    insist(lambda: record(move), kept)
    return move


def _judged(run: TrackedRun, version: str, level: float) -> Verdict:
    champion = aliased(CHAMPION)
    if champion is None:
        return Verdict(version, None, None, level, {})
    if champion == version:
        raise CannotPromote(f"version {version} of run {run.name} is the champion already")
    return _compared(run, champion, level)


def _compared(run: TrackedRun, champion: str, level: float) -> Verdict:
    table = run.table("dev")
    documents = table[table["gold"] != ""]["group"].nunique()
    if documents < LEAST_DOCUMENTS:
        raise CannotPromote(
            f"the dev split of run {run.name} has labelled pairs of {documents} documents, expected at least "
            f"{LEAST_DOCUMENTS} to tell a difference from chance: train on pairs of more documents (groups)"
        )
    old, new = (load_classifier(f"models:/{REGISTERED_NAME}/{number}") for number in (champion, run.version))
    for classifier in (old, new):
        classifier.runner.hasten()
    pairs = pairs_of(table)
    difference = differences(answered(table, new.predict(pairs)), answered(table, old.predict(pairs)))["all"]
    return judge(str(run.version), champion, difference, _behaviour(new), _behaviour(old), level)


def _behaviour(classifier: Classifier) -> dict[str, Rate]:
    return pass_rates(read_kinds(), classifier.predict)


def _figures(verdict: Verdict) -> dict[str, float]:
    if verdict.difference is None:
        return {}
    d = verdict.difference
    figures = {"difference": d.value, "low": d.low, "high": d.high, "better_share": 1 - d.chance, "pairs": d.n}
    return figures | {"level": verdict.level, "worse_kinds": len(verdict.worse)}
