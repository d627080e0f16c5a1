"""Proves that a data set is fit to train and test on, and counts the labels of this project.

python data/checks.py [FOLDER]
"""

from __future__ import annotations

import sys
from pathlib import Path

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Optional

import typer

from data.agreement import agreement
from data.annotated import annotated_documents
from data.built import BUILT, GOLD, read_built, read_gold
from data.command import run_command
from data.duplicates import SentenceIndex
from data.schema import STANCES, Example, Stance
from data.splits import SPLITS, contexts_of, sentences_of
from data.standoff import ADJUDICATED, read_all_standoff, settled

_EPILOG = "Exit status: 0 sound; 1 a leak, a bad row, or no data set in FOLDER; 2 wrong usage."


class Leak(ValueError):
    """A document or a sentence stands in two splits, or an annotated document in one that is learnt from."""


def check(
    folder: Annotated[
        Optional[Path], typer.Argument(help="A built data set; default: data/built, if it is there.")
    ] = None,
) -> None:
    """Counts the gold and the stand-off labels, and proves that a built data set has no leak."""
    try:
        typer.echo("\n".join(label_counts()))
        if folder is None and not BUILT.exists():
            typer.echo(f"no data set in {BUILT} to check: python data/build.py makes one")
            return
        splits = read_built(folder or BUILT)
        check_splits(splits)
        check_withheld(splits)
    except (OSError, ValueError) as error:
        typer.echo(f"not sound: {error}", err=True)
        raise typer.Exit(1) from None
    counts = ", ".join(f"{len(splits[split])} {split}" for split in SPLITS)
    typer.echo(
        f"{folder or BUILT}: {counts} pairs; no document, sentence or near-duplicate stands in two splits, "
        "and no article whose actors were annotated in train or dev"
    )


def check_splits(splits: Mapping[str, Sequence[Example]], reserved: Mapping[str, Iterable[str]] | None = None) -> None:
    """Raises Leak if a document, a sentence or a near-duplicate of one stands in two splits.

    Sentences of the contexts count like those of the pairs.

    Args:
        splits: Examples by split.
        reserved: Sentences that belong to a split though no example has them.
    """
    for position, later in enumerate(SPLITS):
        held = {sentence for example in splits[later] for sentence in sentences_of(example)}
        index = SentenceIndex(held | set((reserved or {}).get(later, ())))
        groups = {example.group for example in splits[later]}
        for earlier in SPLITS[:position]:
            if shared := groups & {example.group for example in splits[earlier]}:
                raise Leak(f"{len(shared)} documents stand in {earlier} and {later}, first {min(shared)!r}")
            texts = {text for e in splits[earlier] for text in (e.pair.text, *contexts_of(e))}
            if leaks := [(text, found) for text in sorted(texts) if (found := index.nearest(text))]:
                text, (other, share) = leaks[0]
                raise Leak(
                    f"{len(leaks)} texts of {earlier} repeat a sentence of {later}, or nearly so, "
                    f"first {text!r}, which repeats {other!r} by {share:.2f}"
                )


def check_withheld(splits: Mapping[str, Sequence[Example]], documents: Iterable[str] | None = None) -> None:
    """Raises Leak if train or dev holds a document on which whole articles are measured.

    Args:
        splits: Examples by split.
        documents: Names of such documents; None for those of `data/gold/actors`.
    """
    held = annotated_documents() if documents is None else set(documents)
    for split in ("train", "dev"):
        if shared := held & {example.group for example in splits[split]}:
            raise Leak(
                f"{len(shared)} documents whose actors were annotated stand in {split}, first {min(shared)!r}: "
                "run python data/build.py again"
            )


def label_counts(gold: Path = GOLD) -> list[str]:
    """Returns lines that say how many labels there are, over what, and how far annotators agree."""
    written = [example for examples in read_gold(gold).values() for example in examples]
    labels = read_all_standoff(gold / "standoff")
    counting = list(settled(labels).values())
    lines = [
        f"written gold: {len(written)} pairs in {len({e.group for e in written})} passages; "
        + _by_stance(e.stance for e in written),
        f"stand-off: {len(counting)} pairs in {len({(r.corpus, r.sentence_sha256) for r in counting})} sentences; "
        + _by_stance(label.stance for label in counting),
    ]
    for corpus in sorted({label.corpus for label in counting}):
        own = [label for label in counting if label.corpus == corpus]
        lines.append(f"  {corpus}: {len(own)} pairs; " + _by_stance(label.stance for label in own))
    denials = {e.pair.text for e in written if e.stance is Stance.DENY}
    denials |= {label.sentence_sha256 for label in counting if label.stance is Stance.DENY}
    lines.append(f"sentences with a deny pair, over both: {len(denials)}")
    if agreed := agreement(labels):
        by_stance = ", ".join(f"{stance} {kappa:.3f}" for stance, kappa in agreed.by_stance.items())
        lines.append(
            f"labelled twice: {agreed.pairs} stand-off pairs, Cohen's κ {agreed.kappa:.3f} ({by_stance}; "
            f"sentiment {agreed.sentiment:.3f}); {sum(n for *_, n in agreed.confusions)} stances differed, "
            f"{sum(label.note == ADJUDICATED for label in labels)} rows adjudicate"
        )
    return lines


def _by_stance(stances: Iterable[Stance | None]) -> str:
    counts = Counter(stances)
    return ", ".join(f"{counts[stance]} {stance}" for stance in STANCES)


def main(arguments: list[str] | None = None) -> int:
    """Runs the command and returns its exit status."""
    return run_command(check, arguments, _EPILOG)


if __name__ == "__main__":
    sys.exit(main())
