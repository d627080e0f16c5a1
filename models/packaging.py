"""The files of this project that another process needs to score: what MLflow logs, and what Ray sends to its workers.

Whole folders would bring along what lies in them and belongs to nobody else: corpora, data sets, notes.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from models.registry import ROOT

CODE = (
    "data/*.py", "data/readers/*.py", "data/actors/*.py", "data/actors/tables/*.csv", "models/*.py", "models/finder/*",
    "models/report/*.py", "models/report/assets/*",
)  # fmt: skip


def copy_code(folder: Path) -> list[str]:
    """Copies the listed files into a folder; returns the packages there."""
    for pattern in CODE:
        for path in ROOT.glob(pattern):
            target = folder / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    return [str(package) for package in sorted(folder.iterdir())]
