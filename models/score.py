"""Scores news articles: who condemns, supports or denies whom.

python models/score.py PATH... --out DIR [--model M] [--format jsonl|csv|parquet] [--actors FILE.yaml]
python models/score.py --pairs FILE.jsonl --out FILE.jsonl [--model M]
"""

from __future__ import annotations

import sys
from pathlib import Path

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from enum import StrEnum
from typing import Annotated, Optional

import typer

from data.command import long_lived, run_command

Format = StrEnum("Format", {"jsonl": "jsonl", "csv": "csv", "parquet": "parquet"})
Columns = StrEnum("Columns", {"polecat": "polecat"})
Engine = StrEnum("Engine", {"local": "local", "ray": "ray"})
_FIELDS = ("id", "title", "text", "published", "url")
_WITH_PAIRS = ("pairs", "out", "model")
_EPILOG = (
    "A run that was interrupted or killed goes on with the same command; a later one scores what is new or changed "
    "(with --pairs it begins anew). "
    "Exit status: 0 done; 1 cannot run, nothing written; 2 wrong usage; 3 done, but some inputs were rejected "
    "(errors.jsonl says which and why); 130 interrupted."
)


def score(
    context: typer.Context,
    paths: Annotated[
        Optional[list[Path]],
        typer.Argument(
            metavar="PATH...",
            help="Article files, folders or patterns: .txt .md .html .json .jsonl .csv .parquet, each also .gz; "
            "- for JSONL on standard input.",
        ),
    ] = None,
    out: Annotated[
        Optional[Path],
        typer.Option(
            help="Folder for stances, report.html, dyads.csv, errors.jsonl, manifest.json; with --pairs, a file."
        ),
    ] = None,
    model: Annotated[
        str, typer.Option(help="A folder, models:/visavis@champion, models:/m-..., runs:/... or a hub id.")
    ] = "models/default",
    format: Annotated[Format, typer.Option(help="Format of the stances.")] = Format.jsonl,
    columns: Annotated[Optional[Columns], typer.Option(help="Name columns as this data set does.")] = None,
    threshold: Annotated[
        Optional[float],
        typer.Option(min=0.0, max=1.0, help="Least confidence that is reported; default: the model's own."),
    ] = None,
    all_pairs: Annotated[bool, typer.Option("--all-pairs", help="Report pairs without a stance too.")] = False,
    author: Annotated[
        bool, typer.Option("--author", help="Also write the author's sentiment towards each actor to author.jsonl.")
    ] = False,
    actors: Annotated[
        Optional[Path],
        typer.Option(metavar="FILE.yaml", help="Actors of your own: name, aliases, kind, country, from, to; README."),
    ] = None,
    column: Annotated[
        Optional[list[str]],
        typer.Option(metavar="FIELD=NAME", help=f"The column that holds a field ({', '.join(_FIELDS)}); repeat it."),
    ] = None,
    rescore: Annotated[bool, typer.Option("--rescore", help="Score everything anew.")] = False,
    any_language: Annotated[
        bool, typer.Option("--any-language", help="Score articles in other languages than English too.")
    ] = False,
    engine: Annotated[
        Engine, typer.Option(help="Where to score: on this machine, or on a Ray cluster (extra `ray`).")
    ] = Engine.local,
    workers: Annotated[
        Optional[int],
        typer.Option(
            min=1, help="How many processes score; default: one for each core. On a GPU of this machine always one."
        ),
    ] = None,
    max_megabytes: Annotated[
        int,
        typer.Option(
            min=1,
            help="Largest .txt, .md, .html or .json file, JSONL line, CSV cell or Parquet row that is read, in MB. "
            "A .gz is unpacked up to this or 100 times its own size, whichever is more.",
        ),
    ] = 64,
    max_characters: Annotated[int, typer.Option(min=1, help="Longest text of an article.")] = 1_000_000,
    explained: Annotated[
        bool, typer.Option("--explain", help="Also show in the report which words carried each stance; takes longer.")
    ] = False,
    no_report: Annotated[
        bool, typer.Option("--no-report", help="Leave out report.html, where the results can be looked at.")
    ] = False,
    pairs: Annotated[
        Optional[Path], typer.Option(metavar="FILE.jsonl", help="Classify these pairs instead of articles.")
    ] = None,
) -> None:
    """Scores articles, or given pairs, and writes what it finds."""
    if out is None:
        raise typer.BadParameter("say where the results go", param_hint="--out")
    if (pairs is None) == (not paths):
        raise typer.BadParameter("give article files or folders, or --pairs FILE.jsonl, not both", param_hint="PATH")
    if pairs is not None:
        _refuse_ignored(context)
    named = _columns(column or [])

    with long_lived():
        from data.readers.source import ReadOptions
        from models.runs import score_articles, score_pairs
        from models.settings import CannotRun, Run

    run = Run(
        out, model, str(format), threshold, all_pairs, author, actors, str(columns) if columns else None, str(engine),
        workers, rescore, any_language, ReadOptions(max_megabytes, max_characters, named), not no_report,
        explained,
    )  # fmt: skip
    try:
        rejected = score_pairs(run, pairs) if pairs else score_articles(run, paths or [])
    except CannotRun as error:
        typer.echo(f"visavis cannot run: {error}", err=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        rest = "nothing was written, and the same command begins anew" if pairs else "the same command goes on"
        typer.echo(f"interrupted; {rest}", err=True)
        raise typer.Exit(130) from None
    if rejected:
        raise typer.Exit(3)


def _refuse_ignored(context: typer.Context) -> None:
    """Refuses the options that mean nothing with --pairs."""
    sources = {option: context.get_parameter_source(str(option.name)) for option in context.command.params}
    given = [
        option.opts[0]
        for option, source in sources.items()
        if option.name not in _WITH_PAIRS and source is not None and source.name == "COMMANDLINE"
    ]
    if given:
        message = "expected --out and --model alone with --pairs, found these too: leave them out"
        raise typer.BadParameter(message, param_hint=", ".join(given))


def _columns(given: list[str]) -> dict[str, str]:
    columns = {}
    for item in given:
        name, _, columns[name] = item.partition("=")
        if name not in _FIELDS or not columns[name]:
            raise typer.BadParameter(f"expected FIELD=NAME with a field of {', '.join(_FIELDS)}, found {item}")
    return columns


def main(arguments: list[str] | None = None) -> int:
    """Runs the command and returns its exit status."""
    return run_command(score, arguments, _EPILOG)


if __name__ == "__main__":
    sys.exit(main())
