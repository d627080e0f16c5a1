"""Runs a typed function as a command."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import typer


def run_command(function: Callable[..., None], arguments: Sequence[str] | None = None, epilog: str = "") -> int:
    """Runs a function by its annotations on command-line arguments and returns the exit status.

    Args:
        function: Its parameters are the options; it raises `typer.Exit` for a status other than 0.
        arguments: The arguments; None for those of the process.
        epilog: Words at the end of `--help`.
    """
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command(epilog=epilog or None)(function)
    try:
        app(arguments)
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0
