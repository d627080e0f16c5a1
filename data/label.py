"""Makes labelled pairs: by rules over articles nobody has read, or from a Label Studio export.

python data/label.py PATH... --out FILE.jsonl
python data/label.py --import EXPORT.json --out FILE.jsonl
python data/label.py --measure
"""

from __future__ import annotations

import sys
from pathlib import Path

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Optional

import typer
from rich.console import Console
from rich.progress import track

from data.articles import find_files, read_file
from data.built import BUILT, is_current, read_built, read_gold
from data.command import run_command
from data.labelstudio import read_export
from data.language import ENGLISH
from data.readers.source import ReadOptions
from data.rules.combine import RuleModel, measure
from data.rules.weak import WEAK_CORPUS, weak_examples
from data.schema import STANCES, Example, Rejection, Tier
from data.store import write_examples

_EPILOG = (
    "Weak labels are weights over stances, of the tier `weak`. How far each rule is to be trusted is measured on the "
    "corpus sentences of data/built that were read, else on the written gold. Exit status: 0 done; 1 cannot run, "
    "nothing written; 2 wrong usage; 3 done, but some inputs were rejected, with the reason on standard error."
)


def label(
    paths: Annotated[
        Optional[list[Path]], typer.Argument(metavar="PATH...", help="Article files or folders to label by rules.")
    ] = None,
    out: Annotated[Optional[Path], typer.Option(metavar="FILE.jsonl", help="Where the labelled pairs go.")] = None,
    export: Annotated[
        Optional[Path],
        typer.Option("--import", metavar="EXPORT.json", help="A Label Studio export (JSON) to take labels from."),
    ] = None,
    measured: Annotated[
        bool, typer.Option("--measure", help="Print coverage and precision of every rule on labelled pairs.")
    ] = False,
) -> None:
    """Makes labelled pairs from articles by rules, or from what people labelled in Label Studio."""
    if measured:
        _print_rules()
        return
    if bool(paths) == (export is not None):
        raise typer.BadParameter("give article files or folders, or --import EXPORT.json, not both", param_hint="PATH")
    if out is None:
        raise typer.BadParameter("say where the labelled pairs go", param_hint="--out")
    try:
        _make_room(out)
        items = list(read_export(export) if export else _weak(paths or []))
        examples = [item for item in items if isinstance(item, Example)]
        rejections = [item for item in items if isinstance(item, Rejection)]
        write_examples(out, examples)
    except (OSError, ValueError) as error:
        typer.echo(f"cannot label: {error}", err=True)
        raise typer.Exit(1) from None
    for rejection in rejections:
        where = f"{rejection.file}, line {rejection.line}" if rejection.line else rejection.file
        typer.echo(f"rejected {where}: {rejection.reason}: {rejection.remedy}", err=True)
    typer.echo(f"{len(examples)} labelled pairs, {len(rejections)} rejected: {out}; {_likely(examples)}")
    typer.echo(_next_step(out, weak=export is None))
    if rejections:
        raise typer.Exit(3)


def _make_room(out: Path) -> None:
    """Makes the folder of a file, so that what stands in its way is said before the work."""
    if out.is_dir():
        raise ValueError(f"--out {out}: expected a file, found a folder: give a name in it that ends in .jsonl")
    out.parent.mkdir(parents=True, exist_ok=True)


def _weak(paths: list[Path]) -> Iterator[Example | Rejection]:
    files = find_files(paths)
    where, labelled = list(_labelled().items())[-1]
    typer.echo(f"rules weighed on the {len(labelled)} training pairs of the {where}")
    model = RuleModel.fit(labelled)
    for file in track(files, "labelling", console=Console(stderr=True), transient=True):
        for item in read_file(file, ReadOptions(languages=ENGLISH)):
            if isinstance(item, Rejection):
                yield item
            else:
                yield from weak_examples(item, model)


def _labelled() -> dict[str, list[Example]]:
    """Returns the training pairs with one certain stance that rules can be measured on, by what they are."""
    if not is_current():
        return {"written gold": read_gold()["train"]}
    train = read_built()["train"]
    tiers = {"written gold": Tier.GOLD, "read corpus sentences": Tier.READ}
    labelled = {name: [e for e in train if e.tier is tier and e.stance] for name, tier in tiers.items()}
    return {name: examples for name, examples in labelled.items() if examples}


def _print_rules() -> None:
    labelled = _labelled()
    if len(labelled) == 1:
        typer.echo(f"{BUILT} is not there, not current or without corpora, so that no corpus sentence is measured on")
    typer.echo("".join([f"{'':48}", *(f"{name:>26}" for name in labelled)]))
    typer.echo("".join([f"{'rule':48}", *(f"{'votes':>7}{'coverage':>9}{'precision':>10}" for _ in labelled)]))
    for rows in zip(*(measure(examples) for examples in labelled.values()), strict=True):
        cells = (f"{r.votes:7}{r.coverage:9.2%}" + (f"{r.precision:10.2f}" if r.votes else f"{'–':>10}") for r in rows)
        typer.echo("".join([f"{rows[0].name:48}", *cells]))
    typer.echo("".join([f"{'pairs':48}", *(f"{len(examples):7}{'':19}" for examples in labelled.values())]))


def _next_step(out: Path, weak: bool) -> str:
    if weak:
        return (
            "no training chooses by weak labels alone: join them to read ones in one file, python train/run.py --data "
            f"FILE --set corpus_weights.{WEAK_CORPUS}=0.2"
        )
    return f"train on them: python train/run.py --data {out}"


def _likely(examples: list[Example]) -> str:
    """Says how many pairs each stance is likeliest for."""
    counts = Counter(max(e.stances, key=e.stances.__getitem__) for e in examples if e.stances)
    return ", ".join(f"{counts[stance]} {stance}" for stance in STANCES)


def main(arguments: list[str] | None = None) -> int:
    """Runs the command and returns its exit status."""
    return run_command(label, arguments, _EPILOG)


if __name__ == "__main__":
    sys.exit(main())
