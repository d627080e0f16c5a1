"""Takes the README's pictures of the MLflow UI in headless Chromium.

python tests/ui_pictures.py RUN RUN RUN [--out notebooks/pictures]
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from typing import Annotated
from urllib.parse import quote

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import typer
from playwright.sync_api import Browser, Page, sync_playwright

from data.command import run_command

SIZE = {"width": 1500, "height": 760}
_WITHOUT_FOLDERS = """() => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const text = texts.currentNode;
        text.textContent = text.textContent.replace(/(file:)?\\/\\S+\\/(mlartifacts|data\\/built)/, "$2");
    }
}"""
_PATIENCE = 300_000  # milliseconds that a page may take


def chromium() -> str | None:
    """Returns the path of Debian's Chromium, None where it is not installed."""
    return which("chromium")


def take(runs: Sequence[str], out: Path, browser: Browser) -> list[Path]:
    """Takes pictures of runs, their comparison, artifacts and the registered model; returns the files.

    Args:
        runs: Ids or names of runs in the default store; the first is shown in detail.
        out: Folder of the pictures.
        browser: What they are taken in.
    """
    import mlflow

    from train.history import find_runs
    from train.server import VIEW

    found = find_runs(runs)
    experiments = [mlflow.get_run(run.id).info.experiment_id for run in found]
    first, home = found[0], experiments[0]
    compared = quote(json.dumps([run.id for run in found])), quote(json.dumps(sorted(set(experiments))))
    out.mkdir(parents=True, exist_ok=True)
    with _ui() as address, browser.new_page(viewport=SIZE) as page:  # type: ignore[arg-type]
        _settle(page, address)
        page.goto(f"{address}/#/experiments/{home}/runs?viewStateShareKey={VIEW}")
        page.get_by_text(first.name).first.wait_for()
        page.get_by_role("button", name="Override saved view").click()
        said = page.get_by_text("Your saved view was overridden")
        said.evaluate("e => { while (getComputedStyle(e).position !== 'fixed') e = e.parentElement; e.remove(); }")
        files = [_shot(page, out / "runs.png")]
        page.goto(f"{address}/#/compare-runs?runs={compared[0]}&experiments={compared[1]}")
        page.get_by_text("Parallel Coordinates Plot").wait_for()
        _choose(page, ["recipe", "data", "seed"], ["best/dev/stance_macro_f1"])
        files.append(_shot(page, out / "comparison.png"))
        page.goto(f"{address}/#/experiments/{home}/runs/{first.id}/artifacts/confusion/dev.png")
        page.locator("img[src*=dev]").or_(page.get_by_text("confusion/dev.png")).first.wait_for()
        files.append(_shot(page, out / "artifacts.png"))
        page.goto(f"{address}/#/models/visavis")
        page.get_by_text(re.compile("^dev_stance_macro_f1")).first.wait_for()
        return [*files, _shot(page, out / "model.png")]


def _settle(page: Page, address: str) -> None:
    """Makes the UI the one for models that are trained, without the assistant beside it."""
    page.goto(f"{address}/#/experiments")
    page.get_by_text("Model training", exact=True).click()
    for close in page.locator("[data-component-id='mlflow.assistant.chat_panel.close']").all():
        close.click()


def _choose(page: Page, parameters: Sequence[str], metrics: Sequence[str]) -> None:
    """Chooses the axes of the parallel coordinates, each in the order of its list."""
    page.get_by_role("button", name="Clear All").click()
    for number, names in enumerate((parameters, metrics)):
        page.get_by_role("combobox").nth(number).click(force=True)
        options = page.locator(".rc-virtual-list:visible")
        options.locator("[title]").first.wait_for()
        for name in names:
            option = options.locator(f"[title='{name}']")
            while not option.count():  # the list holds only what is in sight
                before = options.locator("[title]").last.get_attribute("title")
                options.hover()
                page.mouse.wheel(0, 150)
                page.wait_for_timeout(300)
                if options.locator("[title]").last.get_attribute("title") == before:
                    raise LookupError(f"the runs have no {name} to be compared by")
            option.first.click()
        page.keyboard.press("Escape")


def _shot(page: Page, path: Path) -> Path:
    page.wait_for_timeout(3000)  # plots are drawn after their page
    page.evaluate(_WITHOUT_FOLDERS)
    page.screenshot(path=path)
    return path


@contextmanager
def _ui() -> Iterator[str]:
    """Starts the MLflow UI on the default store and yields its address."""
    from models.registry import tracking_uri

    if tracking_uri().startswith("http"):
        yield tracking_uri().rstrip("/")
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = ["-m", "mlflow", "ui", "--backend-store-uri", tracking_uri(), "--workers", "1"]
    options = ["--host", "127.0.0.1", "--port", address.rpartition(":")[2]]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    environment = os.environ | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}  # processes that no picture needs
    process = subprocess.Popen([sys.executable, *command, *options], env=environment, **quiet)
    try:
        while not _answers(f"http://{address}/health"):
            if process.poll() is not None:
                raise RuntimeError(f"mlflow ui on {tracking_uri()} ended with status {process.returncode}")
            time.sleep(0.5)
        yield f"http://{address}"
    finally:
        process.terminate()
        process.wait(60)


def _answers(address: str) -> bool:
    try:
        urllib.request.urlopen(address, timeout=5).close()
    except OSError:
        return False
    return True


def pictures(
    runs: Annotated[list[str], typer.Argument(help="Ids or names of runs; the first is shown in detail.")],
    out: Annotated[Path, typer.Option(help="Folder of the pictures.")] = Path("notebooks/pictures"),
) -> None:
    """Takes the README's pictures of the MLflow UI."""
    if chromium() is None:
        typer.echo("cannot take pictures: chromium is not installed: apt-get install chromium", err=True)
        raise typer.Exit(1)
    with sync_playwright() as playwright:
        for path in take(runs, out, playwright.chromium.launch(executable_path=chromium())):
            typer.echo(path)


def main(arguments: list[str] | None = None) -> int:
    """Runs the command and returns its exit status."""
    return run_command(pictures, arguments)


if __name__ == "__main__":
    sys.exit(main())
