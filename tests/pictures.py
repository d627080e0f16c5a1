"""Draws the README's pictures of the report and the local page, over `data/samples`, in Chromium without a window.

python tests/pictures.py [--results FOLDER] [--out FOLDER]
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import threading
from pathlib import Path

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from typing import Annotated, Any, Optional

import typer

from data.command import run_command

ROOT = Path(__file__).resolve().parents[1]
DESKTOP = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 390, "height": 760}, "device_scale_factor": 2, "has_touch": True}
VIEWS = {
    "matrix": ("#matrix", DESKTOP, "light"),
    "network": ("#network&by=actor", DESKTOP, "light"),
    "timeline": ("#timeline", DESKTOP, "dark"),
    "evidence": ("#evidence&actor=Uzbekistan", DESKTOP, "light"),
    "phone-matrix": ("#matrix", PHONE, "light"),
    "phone-network": ("#network", PHONE, "dark"),
    "phone-evidence": ("#evidence", PHONE, "light"),
}


def draw(
    results: Annotated[
        Optional[Path], typer.Option(help="Folder with a report.html; default: the samples are scored first.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Where the pictures go.")] = ROOT / "notebooks" / "pictures",
) -> None:
    """Draws the pictures at desktop and phone width, light and dark."""
    from playwright.sync_api import sync_playwright

    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        report = (results or _scored(Path(scratch))) / "report.html"
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        for name, (view, size, theme) in VIEWS.items():
            page = browser.new_context(color_scheme=theme, locale="en-GB", **size).new_page()
            page.goto(f"{report.resolve().as_uri()}{view}")
            if name == "matrix":
                page.locator("#panel .dyads button").first.click()
                page.mouse.move(0, 0)
            page.screenshot(path=out / f"{name}.png")
        for name, size, theme in (("reader", DESKTOP, "light"), ("phone-reader", PHONE, "dark")):
            _draw_reader(
                browser.new_context(color_scheme=theme, locale="en-GB", **size).new_page(), out / f"{name}.png"
            )
        browser.close()


def _scored(folder: Path) -> Path:
    from models.score import main

    assert main([str(ROOT / "data" / "samples"), "--out", str(folder)]) == 0
    return folder


def _draw_reader(page: Any, path: Path) -> None:
    """Pastes the first sample into the local page and draws how a stance of it is explained."""
    import uvicorn

    from models.explorer import application, listen, open_scorer

    listener = listen(0)
    server = uvicorn.Server(uvicorn.Config(application(open_scorer("models/default", None)), log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    page.set_default_timeout(120_000)
    page.goto(f"http://127.0.0.1:{listener.getsockname()[1]}/")
    page.get_by_role("button", name="Try a sample").click()
    page.locator(".entry").nth(1).click()
    page.locator(".proof").first.wait_for(state="attached")
    page.mouse.move(0, 0)
    page.evaluate("document.querySelector('#view').scrollIntoView({ behavior: 'instant' })")
    page.wait_for_timeout(1000)  # where it still scrolls smoothly
    page.evaluate("document.querySelector('#view').scrollIntoView({ behavior: 'instant' })")
    page.screenshot(path=path)
    server.should_exit = True
    thread.join()


def main(arguments: list[str] | None = None) -> int:
    """Runs the command and returns its exit status."""
    return run_command(draw, arguments)


if __name__ == "__main__":
    sys.exit(main())
