"""Behaviour tests: linguistic capabilities that a model must have, whatever its score on a corpus.

In the spirit of CheckList (Ribeiro et al., ACL 2020): each kind asks one capability by cases that were
written for it. They are data, `tests/behaviour/*.yaml`, and never trained on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from data.schema import Pair, PairSpan, Prediction, Stance

FOLDER = Path(__file__).resolve().parents[1] / "tests" / "behaviour"
_MARK = re.compile(r"\[([^\]\[]*)\]\((\w+)\)")


class BadCase(ValueError):
    """A behaviour file cannot be used; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Text:
    """One wording of a case: a pair for each expectation, in their order."""

    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One or more wordings in which the same pairs have the same stances.

    Attributes:
        texts: The wordings.
        sides: Source and target of each expectation, as they are named in the file.
        expected: The stance of each expectation.
    """

    texts: tuple[Text, ...]
    sides: tuple[tuple[str, str], ...]
    expected: tuple[Stance, ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """A capability.

    Attributes:
        name: Its name.
        test: `right`: every expectation holds in every wording; `same`: every wording is judged alike.
        description: What is asked, in words.
        cases: The cases.
    """

    name: str
    test: Literal["right", "same"]
    description: str
    cases: tuple[Case, ...]

    def passes(self, case: Case, found: Sequence[Sequence[Stance]]) -> bool:
        """Tells whether the stances found in each wording of a case, in the order of its pairs, pass the test."""
        if self.test == "same":
            return all(tuple(one) == tuple(other) for one, other in pairwise(found))
        return all(tuple(stances) == case.expected for stances in found)


@dataclass(frozen=True, slots=True)
class Failure:
    """A wording that was judged otherwise than expected."""

    kind: str
    text: str
    source: str
    target: str
    expected: Stance
    found: Stance


@dataclass(frozen=True, slots=True)
class Rate:
    """How many cases of a kind a model passes, and the wordings of the others that it got wrong."""

    passed: int
    cases: int
    failures: tuple[Failure, ...] = ()

    @property
    def share(self) -> float:
        """Passed cases, per cent."""
        return 100 * self.passed / self.cases


class _Wording(BaseModel):
    model_config = ConfigDict(extra="forbid")
    text: str
    context: str | None = None


class _Case(_Wording):
    expect: Annotated[dict[str, Stance], Field(min_length=1, max_length=4)]
    also: list[str | _Wording] = []
    fill: list[dict[str, str]] = []


class _Kind(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    test: Literal["right", "same"]
    description: str
    cases: Annotated[list[_Case], Field(min_length=1)]


def read_kinds(folder: Path = FOLDER) -> list[Kind]:
    """Reads the behaviour files of a folder, by name.

    In a text, `[words](a)` marks the mention of side `a`; `expect` gives the stance of `a>b`; `also`
    holds further wordings; `fill` gives each side other words, for texts with `[](a)`.

    Raises:
        BadCase: If a file has another form or an expectation names a side that is not marked.
    """
    return [_read_kind(path) for path in sorted(folder.glob("*.yaml"))]


def pass_rates(kinds: Iterable[Kind], predict: Callable[[Sequence[Pair]], Sequence[Prediction]]) -> dict[str, Rate]:
    """Returns how many cases of each kind a model passes.

    Args:
        kinds: The kinds.
        predict: Gives the predictions on pairs, in order; `Classifier.predict`.
    """
    kinds = list(kinds)
    pairs = [pair for kind in kinds for case in kind.cases for text in case.texts for pair in text.pairs]
    predictions = iter(predict(pairs))
    rates = {}
    for kind in kinds:
        passed, failures = 0, list[Failure]()
        for case in kind.cases:
            found = [[next(predictions).stance for _ in text.pairs] for text in case.texts]
            if kind.passes(case, found):
                passed += 1
            else:
                failures += _failures(kind, case, found)
        rates[kind.name] = Rate(passed, len(kind.cases), tuple(failures))
    return rates


def _failures(kind: Kind, case: Case, found: Sequence[Sequence[Stance]]) -> Iterator[Failure]:
    for text, stances in zip(case.texts, found, strict=True):
        for pair, expected, stance in zip(text.pairs, case.expected, stances, strict=True):
            if stance is not expected:
                source, target = pair.side(pair.source) or "", pair.side(pair.target) or ""
                yield Failure(kind.name, f"{pair.context} {pair.text}".strip(), source, target, expected, stance)


def _read_kind(path: Path) -> Kind:
    try:
        raw = _Kind.model_validate(yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader))
        cases = tuple(_case(case, f"{path.stem}-{n}") for n, case in enumerate(raw.cases, start=1))
    except (yaml.YAMLError, ValidationError, ValueError) as error:
        raise BadCase(f"{path}: {error}") from None
    return Kind(raw.name, raw.test, raw.description, cases)


def _case(raw: _Case, name: str) -> Case:
    sides = tuple((source, target) for source, _, target in (key.partition(">") for key in raw.expect))
    wordings = [_Wording(text=raw.text, context=raw.context)]
    for other in raw.also:
        wording = other if isinstance(other, _Wording) else _Wording(text=other)
        wordings.append(wording if wording.context is not None else _Wording(text=wording.text, context=raw.context))
    texts = tuple(
        _text(wording, sides, words, f"{name}-{n}")
        for n, (wording, words) in enumerate(((w, f) for w in wordings for f in raw.fill or [{}]), start=1)
    )
    return Case(texts, sides, tuple(raw.expect.values()))


def _text(wording: _Wording, sides: Sequence[tuple[str, str]], words: Mapping[str, str], name: str) -> Text:
    places: dict[str, PairSpan] = {}
    context = _unmarked(wording.context or "", words, places, in_context=True)
    text = _unmarked(wording.text, words, places, in_context=False)
    if missing := {side for pair in sides for side in pair} - set(places):
        raise ValueError(f"{name}: no mention is marked as {', '.join(sorted(missing))}: {wording.text}")
    return Text(tuple(Pair(f"{name}:{s}>{t}", text, places[s], places[t], context) for s, t in sides))


def _unmarked(marked: str, words: Mapping[str, str], places: dict[str, PairSpan], in_context: bool) -> str:
    """Returns a text without its marks and notes where the marked mentions are."""
    text, end = "", 0
    for mark in _MARK.finditer(marked):
        text += marked[end : mark.start()]
        mention = mark[1] or words.get(mark[2], "")
        if not mention or mark[2] in places:
            raise ValueError(f"{mark[2]} is marked twice, or without words: {marked}")
        places[mark[2]] = PairSpan(len(text), len(text) + len(mention), in_context)
        text, end = text + mention, mark.end()
    return text + marked[end:]
