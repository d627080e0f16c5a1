"""Builds one leak-free data set from the gold and every corpus that is there.

python data/build.py [--raw DIR] [--out DIR] [--commercial]
"""

from __future__ import annotations

import sys
from pathlib import Path

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from data.checks import Leak, check_splits
from data.command import run_command
from data.corpora import CORPORA
from data.schema import Example
from data.splits import SPLITS, purge, split_of
from data.standoff import apply_standoff, read_standoff, sentence_hash
from data.store import BadRow, example_fields, read_examples, write_examples

ROOT = Path(__file__).resolve().parents[1]
GOLD = ROOT / "data" / "gold"
RAW = ROOT / "data" / "raw"
BUILT = ROOT / "data" / "built"


@dataclass
class Built:
    """A data set: examples by split, and what happened on the way."""

    splits: dict[str, list[Example]]
    dropped: dict[str, Counter[str]] = field(default_factory=dict)
    read_labels: int = 0
    purged: int = 0


def build_data(
    raw: Annotated[Path, typer.Option(help="Folder with the corpora, each in its upstream layout.")] = RAW,
    out: Annotated[Path, typer.Option(help="Folder for the data set.")] = BUILT,
    commercial: Annotated[
        bool, typer.Option("--commercial", help="Leave out what a commercial model may not be trained on.")
    ] = False,
) -> None:
    """Joins the gold and every corpus found under RAW into train, dev and test, without leaks."""
    try:
        built = build(raw, commercial)
        check_splits(built.splits)
    except (BadRow, Leak, ValueError) as error:
        typer.echo(f"cannot build: {error}", err=True)
        raise typer.Exit(1) from None
    write(built, out, commercial)
    typer.echo(card(built, commercial))
    typer.echo(f"written to {out}")


def read_gold(folder: Path = GOLD) -> dict[str, list[Example]]:
    """Returns the written gold by split."""
    splits: dict[str, list[Example]] = {split: [] for split in SPLITS}
    for path in sorted(folder.glob("*.jsonl")):
        for example in read_examples(path):
            splits[split_of(example.group)].append(example)
    return splits


def build(raw: Path = RAW, commercial: bool = False, gold: Path = GOLD) -> Built:
    """Joins the gold with the corpora under `raw`, labels them and purges leaks."""
    built = Built(read_gold(gold))
    labels = [label for path in sorted((gold / "standoff").glob("*.jsonl")) for label in read_standoff(path)]
    used = {n: c for n, c in CORPORA.items() if (raw / n).is_dir() and not (commercial and not c.COMMERCIAL)}
    for name, corpus in used.items():
        dropped: Counter[str] = Counter()
        own = [label for label in labels if label.corpus == name]
        for split in track(SPLITS, f"reading {name}", console=Console(stderr=True), transient=True):
            rows = list(corpus.read(raw / name, split, dropped))
            texts = {sentence_hash(s.text): s for s in corpus.sentences(raw / name, split)}
            examples, read = apply_standoff(rows, own, texts)
            built.splits[split].extend(examples)
            built.read_labels += read
        built.dropped[name] = dropped
    built.splits, built.purged = purge(built.splits)
    return built


def gold_digest(folder: Path = GOLD) -> str:
    """Returns a digest of the labels in the repository, by which a built data set is current or not."""
    files = sorted(folder.rglob("*.jsonl"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]


def rows_digest(examples: Sequence[Example]) -> str:
    """Returns a digest over labelled pairs, which names the data of a run."""
    rows = (json.dumps(example_fields(example), sort_keys=True) for example in examples)
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()[:16]


def write(built: Built, out: Path, commercial: bool) -> None:
    """Writes the splits, their manifest and the data card."""
    out.mkdir(parents=True, exist_ok=True)
    for split in SPLITS:
        write_examples(out / f"{split}.jsonl", built.splits[split])
    manifest = {
        "gold": gold_digest(),
        "commercial": commercial,
        "counts": {split: len(built.splits[split]) for split in SPLITS},
        "digests": {split: rows_digest(built.splits[split]) for split in SPLITS},
    }
    (out / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    (out / "card.md").write_text(card(built, commercial) + "\n", encoding="utf-8")


def is_current(out: Path = BUILT) -> bool:
    """Tells whether a built data set holds the labels that the repository holds now."""
    path = out / "manifest.json"
    return path.exists() and json.loads(path.read_text(encoding="utf-8"))["gold"] == gold_digest()


def card(built: Built, commercial: bool) -> str:
    """Returns the data card as Markdown: what is in, from where, under which terms, what was left out."""
    rows = ["| corpus | split | pairs | condemn | support | deny | neutral | partial | sentiment only |"]
    rows.append("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for corpus in ("gold", *CORPORA):
        for split in SPLITS:
            examples = [e for e in built.splits[split] if e.corpus == corpus]
            if examples:
                rows.append(
                    f"| {corpus} | {split} | {len(examples)} | " + " | ".join(map(str, _kinds(examples))) + " |"
                )
    dropped = [f"- {name}: {count} × {reason}" for name, c in built.dropped.items() for reason, count in c.items()]
    used = [name for name in CORPORA if name in built.dropped]
    terms = [f"- {name}: {CORPORA[name].LICENCE} ({CORPORA[name].SOURCE})" for name in used]
    return "\n".join(
        [
            "# Data card",
            "",
            f"Terms: {'commercial use allowed throughout' if commercial else 'see each corpus'}.",
            "",
            *rows,
            "",
            f"Stances read by annotators over corpus sentences: {built.read_labels}.",
            f"Left out because the sentence stands in a later split: {built.purged}.",
            *(["", "Rows left out:", *dropped] if dropped else []),
            *(["", "Sources:", *terms] if terms else []),
        ]
    )


def _kinds(examples: Sequence[Example]) -> list[int]:
    counts: Mapping[str, int] = Counter(
        "only" if e.stances is None else str(e.stance) if e.stance else "partial" for e in examples
    )
    return [counts.get(kind, 0) for kind in ("condemn", "support", "deny", "neutral", "partial", "only")]


def main(arguments: list[str] | None = None) -> int:
    """Runs the command and returns its exit status."""
    return run_command(build_data, arguments)


if __name__ == "__main__":
    sys.exit(main())
