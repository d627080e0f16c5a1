"""Prints which behaviour tests a model passes, beside another model where one is given."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from train.behaviour import FOLDER, BadCase, Rate, pass_rates, read_kinds
from train.evaluation import CannotEvaluate, loaded


def report_behaviour(
    model: str, against: str | None, out: Path | None, failures: bool = False, folder: Path = FOLDER
) -> dict[str, Rate]:
    """Prints pass rates by kind, the worst first, and writes them as JSON if asked to.

    Args:
        model: The model that is tested.
        against: Another model whose rates stand beside.
        out: A file for rates and failures.
        failures: Whether the wordings that it got wrong are printed too.
        folder: Folder of the behaviour files.

    Raises:
        CannotEvaluate: If there is no such model, or a behaviour file cannot be used.
    """
    try:
        kinds = read_kinds(folder)
    except BadCase as error:
        raise CannotEvaluate(str(error)) from None
    rates = pass_rates(kinds, loaded(model).predict)
    other = pass_rates(kinds, loaded(against).predict) if against else {}
    console = Console()
    console.print(_table(rates, other))
    if failures:
        for failure in (failure for rate in rates.values() for failure in rate.failures):
            console.print(
                f"{failure.kind}: {failure.source} -> {failure.target} is {failure.expected}, found {failure.found}: "
                f"{failure.text}",
                soft_wrap=True, markup=False, highlight=False,
            )  # fmt: skip
    if worse := [name for name, rate in rates.items() if name in other and rate.share < other[name].share]:
        console.print(f"worse than {against} in {', '.join(worse)}", soft_wrap=True)
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(_as_json(rates), indent=2) + "\n", encoding="utf-8")
        console.print(f"written to {out}", soft_wrap=True)
    return rates


def overall(rates: Mapping[str, Rate]) -> float:
    """Passed cases of all kinds, per cent."""
    return 100 * sum(rate.passed for rate in rates.values()) / sum(rate.cases for rate in rates.values())


def _table(rates: Mapping[str, Rate], other: Mapping[str, Rate]) -> Table:
    table = Table(title="behaviour", title_justify="left", header_style="bold", box=None, pad_edge=False)
    for column in ("kind", "cases", "passed", "%", *(("other %", "change") if other else ())):
        table.add_column(column, justify="left" if column == "kind" else "right")
    for name, rate in sorted(rates.items(), key=lambda item: item[1].share):
        table.add_row(name, str(rate.cases), str(rate.passed), f"{rate.share:.0f}", *_beside(rate.share, other, name))
    cases, passed = (sum(getattr(rate, field) for rate in rates.values()) for field in ("cases", "passed"))
    table.add_section()
    total = _beside(overall(rates), {"all": Rate(sum(r.passed for r in other.values()), cases)} if other else {}, "all")
    table.add_row("all", str(cases), str(passed), f"{overall(rates):.1f}", *total)
    return table


def _beside(share: float, other: Mapping[str, Rate], name: str) -> list[str]:
    return [f"{other[name].share:.0f}", f"{share - other[name].share:+.0f}"] if other else []


def _as_json(rates: Mapping[str, Rate]) -> dict[str, Any]:
    return {
        "all": round(overall(rates), 2),
        "kinds": {
            name: {"cases": rate.cases, "passed": rate.passed, "failures": [asdict(f) for f in rate.failures]}
            for name, rate in rates.items()
        },
    }
