"""Puts a folder that was made beside another in its place."""

from __future__ import annotations

import shutil
from pathlib import Path


def part_of(folder: Path) -> Path:
    """Returns where a folder is made before it takes its place; what an earlier try left there is removed."""
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    return part


def replace_folder(folder: Path, made: Path) -> None:
    """Puts a folder in the place of one that may be there, which is whole or gone whenever the process ends.

    Of a link only the link goes.
    """
    former = folder.with_name(f".{folder.name}.former")
    shutil.rmtree(former, ignore_errors=True)
    if folder.is_symlink():
        folder.unlink()
    elif folder.exists():
        folder.rename(former)
    made.rename(folder)
    shutil.rmtree(former, ignore_errors=True)
