"""Says on which share of the days the actor tables know who held the four offices of a state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from rich.console import Console
from rich.table import Table

from data.actors.rows import Row, Tables, days, lasting

MENTIONED = (
    "USA RUS CHN UKR GBR FRA DEU ISR IRN PRK KOR JPN IND PAK TUR SYR IRQ SAU EGY AFG ITA ESP CAN AUS BRA MEX VEN CUB "
    "COL ARG POL HUN GRC SRB BLR GEO ARM AZE KAZ QAT ARE YEM LBN JOR PSE LBY TUN MAR DZA SDN ETH KEN NGA ZAF ZWE MMR "
    "THA IDN PHL VNM MYS TWN BGD LKA NLD BEL SWE NOR FIN DNK AUT CHE CZE ROU BGR EST LVA LTU MDA XKX"
).split()  # the states that news names most, from the most mentioned on
FIRST, LAST = date(2014, 1, 1), date(2026, 6, 30)
STATE, GOVERNMENT, FOREIGN, DEFENCE = "head of state", "head of government", "foreign minister", "defence minister"
OFFICES = {
    STATE: "president|king|queen|emperor|supreme leader|monarch|emir|sultan|pope|head of the sovereign council|"
    "presidential council head|presidential council chairman",
    GOVERNMENT: "prime minister|chancellor|premier|head of government",
    FOREIGN: "foreign minister|foreign secretary|secretary of state|external affairs minister|"
    "minister of foreign affairs",
    DEFENCE: "defence minister|defense minister|defence secretary|secretary of defense|minister of defence",
}
# Days on which a state has no such office apart from the others, or its office is vacant: nothing to know.
NONE = (
    ("USA BRA MEX VEN COL ARG IDN PHL KEN NGA ZAF ZWE CHE IRN", GOVERNMENT, "", ""),
    ("TUR", GOVERNMENT, "2018-07-09", ""),
    ("AFG", GOVERNMENT, "", "2021-09-06"),
    ("CUB", GOVERNMENT, "", "2019-12-20"),
    ("MMR", GOVERNMENT, "", "2021-07-31"),
    ("SDN", GOVERNMENT, "", "2017-03-01"),
    ("SYR", GOVERNMENT, "2025-03-29", ""),
    ("CAN AUS", STATE, "", ""),  # the British monarch
    ("LBY", STATE, "2016-03-30", "2021-02-04"),  # the prime minister
    ("LBN", STATE, "2014-05-25", "2016-10-30"),
    ("LBN", STATE, "2022-10-31", "2025-01-08"),
    ("PSE", DEFENCE, "", ""),
)
_RULERS = {"AFG": "Taliban"}  # a body whose persons hold the offices of the state
_IN_ONE_STATE = {("PRK", "leader"): STATE, ("BGD", "chief adviser"): GOVERNMENT, ("IND", "foreign secretary"): None}
_OFFICE_OF = {title: office for office, titles in OFFICES.items() for title in titles.split("|")}


def print_coverage(read: Tables, console: Console) -> None:
    """Prints for each of the most mentioned states how far the holders of four offices are known, and the means."""
    names = {row["iso3"]: row["name"] for row in read["states"]}
    shares = coverage(read["persons"])
    table = Table(title=f"Days from {FIRST} to {LAST} with a known holder, in %", header_style="bold")
    table.add_column("state", no_wrap=True)
    for office in OFFICES:
        table.add_column(office, justify="right")
    for code, own in shares.items():
        table.add_row(names.get(code, code), *(_percent(share) for share in own.values()))
    console.print(table)
    means = {office: _mean([own[office] for own in shares.values()]) for office in OFFICES}
    full = sum(all(share is None or share >= 0.9 for share in own.values()) for own in shares.values())
    console.print(
        f"means: {', '.join(f'{office} {_percent(mean)} %' for office, mean in means.items())}; "
        f"{full} of {len(shares)} states have all four at 90 % or more"
    )


def coverage(persons: Sequence[Row], states: Sequence[str] = MENTIONED) -> dict[str, dict[str, float | None]]:
    """Returns for each state and office the share of days with a known holder; None where it has no such office.

    A term counts from the first day of its `from` to the last of its `to`, so a year alone counts whole.
    """
    held: dict[tuple[str, str], set[int]] = {}
    for row in persons:
        if (office := _office(row)) and row["from"]:
            held.setdefault((row["iso3"], office), set()).update(_days_between(row["from"], row["to"]))
    return {state: {office: _share(state, office, held) for office in OFFICES} for state in states}


def _office(row: Row) -> str | None:
    """Returns which of the four offices of a state a person holds, also for a time or in place of another."""
    if row["body"] not in ("", _RULERS.get(row["iso3"])):
        return None
    title = lasting(row["office"])
    return _IN_ONE_STATE.get((row["iso3"], title), _OFFICE_OF.get(title))


def _share(state: str, office: str, held: Mapping[tuple[str, str], set[int]]) -> float | None:
    needed = set(_days_between("", ""))
    for states, without, since, until in NONE:
        if state in states.split() and office == without:
            needed -= set(_days_between(since, until))
    return len(needed & held.get((state, office), set())) / len(needed) if needed else None


def _days_between(since: str, until: str) -> range:
    """Returns the days of a term, its ends included, that lie in the time that counts."""
    first = max(days(since)[0], FIRST) if since else FIRST
    last = min(days(until)[1], LAST) if until else LAST
    return range(first.toordinal(), last.toordinal() + 1)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{int(100 * share + 1e-9)}"  # cut, so that 90 is 90 or more


def _mean(shares: Sequence[float | None]) -> float | None:
    known = [share for share in shares if share is not None]
    return sum(known) / len(known) if known else None
