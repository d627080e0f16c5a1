"""The rules of `patterns.yaml`: what is said around two actors when no single verb says it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from data.rules.rule import ARTICLE, FAR, NEAR, Rule
from data.rules.view import PairView
from data.schema import Stance

TABLE = Path(__file__).parent / "patterns.yaml"


def pattern_rules(table: Path = TABLE) -> list[Rule]:
    """Returns the rules of a table, in its order."""
    entries = yaml.safe_load(table.read_text(encoding="utf-8"))
    words = {name: _any(listed) for name, listed in entries["words"].items()}
    return [
        _rule(entry["name"], Stance(entry["stance"]), entry["lines"], entry.get("before"), words)
        for entry in entries["rules"]
    ]


def _rule(
    name: str, stance: Stance, lines: Sequence[str], before: Sequence[str] | None, words: Mapping[str, str]
) -> Rule:
    inside = [_compiled(line, words) for line in lines]
    earlier = [_compiled(line, words) for line in before or ()]

    def vote(view: PairView) -> Stance | None:
        if earlier and not any(pattern.search(view.context) for pattern in earlier):
            return None
        return stance if any(pattern.search(view.text) for pattern in inside) else None

    return Rule(name, vote)


def _compiled(line: str, words: Mapping[str, str]) -> re.Pattern[str]:
    known = {**words, "near": NEAR, "far": FAR, "the": ARTICLE}
    return re.compile(re.sub(r"\{([a-z]+)\}", lambda hit: known[hit.group(1)], line))


def _any(words: Sequence[str]) -> str:
    escaped = (re.escape(word).replace(r"\*", r"\w*") for word in words)
    return rf"\b(?:{'|'.join(escaped)})\b"
