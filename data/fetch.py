"""Brings public corpora to data/raw/<corpus>/, in their upstream layout.

python data/fetch.py [CORPUS ...] [--from DIR] [--out DIR]
"""

from __future__ import annotations

import sys
from pathlib import Path

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import csv
import hashlib
import json
import shutil
import tarfile
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from http.client import HTTPException
from typing import IO, Annotated, Optional
from urllib.error import URLError
from urllib.request import urlopen

import typer
from rich.console import Console
from rich.progress import wrap_file

from data.command import run_command
from data.corpora import CORPORA, RAW, RECORD, Corpus
from data.folders import part_of, replace_folder

CHECKSUMS = Path(__file__).parent / "corpora" / "checksums.csv"
ARCHIVE = "https://codeload.github.com/{repository}/tar.gz/{commit}"
_EPILOG = (
    "Without --from, a corpus is downloaded from the pinned commit of its repository. fetched.json beside the files "
    "records licence, commercial use, and the sha256 of each file: upstream's own, the pruned copy's, or unknown. "
    "Exit status: 0 done; 1 nothing could be fetched; 2 wrong usage; 3 some corpora could not be fetched."
)


class NotFetched(RuntimeError):
    """A corpus could not be brought here; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Checksum:
    """The sha256 of a file upstream and of its copy without reserved test rows; empty where not known."""

    upstream: str
    pruned: str

    def copy(self, sha256: str) -> str:
        """Says which copy of the file has a hash: "upstream", "pruned" or "unknown"."""
        return {self.upstream: "upstream", self.pruned: "pruned"}.get(sha256, "unknown")


def fetch(
    corpora: Annotated[
        Optional[list[str]], typer.Argument(metavar="[CORPUS]...", help=f"Of {', '.join(CORPORA)}; default: all.")
    ] = None,
    source: Annotated[
        Optional[Path],
        typer.Option("--from", metavar="DIR", help="Copy from DIR/<corpus>/, in upstream's layout, instead."),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for the corpora.")] = RAW,
) -> None:
    """Downloads public corpora from their pinned commits, or copies them, and checks every file."""
    if unknown := set(corpora or ()) - set(CORPORA):
        raise typer.BadParameter(
            f"no corpus {', '.join(sorted(unknown))}: expected some of {', '.join(CORPORA)}", param_hint="CORPUS"
        )
    checksums = read_checksums()
    missed = 0
    for name in corpora or CORPORA:
        try:
            typer.echo(fetch_corpus(CORPORA[name], source / name if source else None, out / name, checksums[name]))
        except NotFetched as error:
            typer.echo(f"{name}: not fetched: {error}", err=True)
            missed += 1
    if missed:
        raise typer.Exit(1 if missed == len(corpora or CORPORA) else 3)
    typer.echo("next: python data/build.py")


def fetch_corpus(corpus: Corpus, source: Path | None, target: Path, checksums: dict[str, Checksum]) -> str:
    """Brings one corpus to `target`, with a record of its terms and hashes, and says what was done.

    A file whose hash is not known is taken all the same, with a warning in the result.

    Args:
        corpus: The corpus.
        source: Folder to copy from, or None to download.
        target: Folder to write to; one that is there is replaced.
        checksums: What is known of the corpus's files, by path.

    Raises:
        NotFetched: If the source is not there, cannot be read, or holds none of the corpus's files;
            what was in the target before is still there.
    """
    copies: dict[str, dict[str, str]] = {}
    made = part_of(target)
    try:
        with _files(corpus, source) as files:
            for path, content in files:
                sha256 = hashlib.sha256(content).hexdigest()
                copies[path] = {"sha256": sha256, "copy": checksums.get(path, Checksum("", "")).copy(sha256)}
                _write(made / path, content)
        if not copies:
            raise NotFetched(f"{source or corpus.REPOSITORY} holds no file like {', '.join(corpus.PATHS)}")
        record = {
            "corpus": corpus.NAME, "repository": corpus.REPOSITORY, "commit": corpus.COMMIT, "licence": corpus.LICENCE,
            "commercial": corpus.COMMERCIAL, "files": copies,
        }  # fmt: skip
        _write(made / RECORD, (json.dumps(record, indent=2, sort_keys=True) + "\n").encode())
        replace_folder(target, made)
    except (OSError, EOFError, HTTPException, tarfile.TarError) as error:
        raise NotFetched(f"{type(error).__name__}: {error}: check network and disk, then fetch it again") from None
    finally:
        shutil.rmtree(made, ignore_errors=True)
    counts = Counter(entry["copy"] for entry in copies.values())
    lines = [f"{corpus.NAME}: {', '.join(f'{n} {kind}' for kind, n in sorted(counts.items()))} files; {corpus.LICENCE}"]
    lines += [
        f"  warning: {path} has a sha256 that is not known ({entry['sha256'][:12]}…): taken as it is"
        for path, entry in copies.items()
        if entry["copy"] == "unknown"
    ][:5]
    if absent := sorted(set(checksums) - set(copies)):
        lines.append(f"  warning: {len(absent)} known files are not there, first {absent[0]}")
    return "\n".join(lines)


def read_checksums(path: Path = CHECKSUMS) -> dict[str, dict[str, Checksum]]:
    """Returns what is known of every corpus file: corpus, then path."""
    known: dict[str, dict[str, Checksum]] = {name: {} for name in CORPORA}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            known[row["corpus"]][row["path"]] = Checksum(row["upstream"], row["pruned"])
    return known


@contextmanager
def _files(corpus: Corpus, source: Path | None) -> Iterator[Iterator[tuple[str, bytes]]]:
    """Opens the files of a corpus as path and content."""
    if source is None:
        with tempfile.TemporaryFile() as archive:
            _download(corpus, archive)
            with tarfile.open(fileobj=archive) as members:
                yield _members(corpus, members)
    elif source.is_dir():
        paths = sorted({path for pattern in corpus.PATHS for path in source.glob(pattern) if path.is_file()})
        yield ((path.relative_to(source).as_posix(), path.read_bytes()) for path in paths)
    else:
        raise NotFetched(f"expected a folder {source}, found none: put the corpus there or leave out --from")


def _download(corpus: Corpus, archive: IO[bytes]) -> None:
    address = ARCHIVE.format(repository=corpus.REPOSITORY, commit=corpus.COMMIT)
    try:
        with urlopen(address, timeout=60) as answer:
            size = int(answer.headers.get("Content-Length") or 0)
            stream = wrap_file(
                answer, size, description=corpus.NAME, console=Console(stderr=True), transient=True, disable=not size
            )
            with stream as file:
                while block := file.read(1 << 20):
                    archive.write(block)
    except (URLError, TimeoutError) as error:
        raise NotFetched(
            f"{address} cannot be read ({error}): check the network, or clone the repository and copy with --from DIR"
        ) from None
    archive.seek(0)


def _members(corpus: Corpus, archive: tarfile.TarFile) -> Iterator[tuple[str, bytes]]:
    """Yields the corpus's files of an archive, whose one folder at the top is left off."""
    for member in archive:
        _, _, path = member.name.partition("/")
        if member.isfile() and ".." not in path and any(fnmatchcase(path, pattern) for pattern in corpus.PATHS):
            content = archive.extractfile(member)
            assert content is not None
            yield path, content.read()


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def main(arguments: list[str] | None = None) -> int:
    """Runs the command and returns its exit status."""
    return run_command(fetch, arguments, _EPILOG)


if __name__ == "__main__":
    sys.exit(main())
