"""Runs a typed function as a command."""

from __future__ import annotations

import gc
import io
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import typer


def run_command(function: Callable[..., None], arguments: Sequence[str] | None = None, epilog: str = "") -> int:
    """Runs a function by its annotations on command-line arguments and returns the exit status.

    Args:
        function: Its parameters are the options; it raises `typer.Exit` for a status other than 0.
        arguments: The arguments; None for those of the process.
        epilog: Words at the end of `--help`.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal that lacks a character shows another
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command(epilog=epilog or None)(function)
    try:
        app(arguments)
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0


@contextmanager
def long_lived() -> Iterator[None]:
    """Keeps the garbage collector away from what is imported and loaded: it lives as long as the process.

    Looking for garbage among it took a fifth of the start-up, once more at the end of the process, and makes
    processes that were forked copy what they share.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
