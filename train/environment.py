"""Where a run happens: the commit, the machine, the installed packages."""

from __future__ import annotations

import os
import platform
import subprocess
from functools import cache
from importlib.metadata import distributions

import torch

from models.precision import Precision, has_fast_bfloat16
from models.registry import ROOT

_SHORT = 9


def commit() -> str:
    """Returns the commit of the checkout, or "unknown" outside git."""
    return (_git("rev-parse", "HEAD") or "unknown")[:_SHORT]


def is_dirty() -> bool:
    """Tells whether the checkout has changes that the commit does not have."""
    return bool(_git("status", "--porcelain", "--untracked-files=no"))


def device() -> str:
    """Returns what computes, in words."""
    if torch.cuda.is_available():
        return f"{torch.cuda.device_count()} x {torch.cuda.get_device_name()}"
    precision = Precision.BFLOAT16 if has_fast_bfloat16() else Precision.FLOAT32  # of training
    return f"{_processor()}, {torch.get_num_threads()} of {os.cpu_count()} threads, {precision}"


def packages() -> str:
    """Returns the interpreter and every installed package with its version, as a requirements file."""
    found = {d.metadata["Name"]: d.version for d in distributions() if d.metadata["Name"]}
    lines = [f"{name}=={version}" for name, version in sorted(found.items(), key=lambda item: item[0].lower())]
    return "\n".join([f"# Python {platform.python_version()}, {platform.platform()}", *lines]) + "\n"


@cache
def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next(line.partition(":")[2].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()
