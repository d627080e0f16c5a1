"""Assembles the report's files into one page that needs nothing but itself."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from models.report.packing import SHOWN, TEXTS_AT_ONCE, pack
from models.report.sample import Sample
from models.writers import write_text

ASSETS = Path(__file__).parent / "assets"
READER = ("core.js", "reader.js")
EXPLORER = (*READER, "explore.js")
REPORT = (
    *READER, "filters.js", "matrix.js", "blocs.js", "network.js", "changes.js", "timeline.js", "evidence.js",
    "views.js", "report.js",
)  # fmt: skip


def write_report(path: Path, sample: Sample, manifest: Mapping[str, Any]) -> None:
    """Writes the report of a run; the file appears only when it is whole.

    Args:
        path: Where the page goes.
        sample: The articles and records it shows.
        manifest: The run's, as in `manifest.json`.
    """
    packed = pack(sample.articles())
    texts = packed.pop("texts")
    page = render(
        "report.html",
        REPORT,
        about=about(sample, manifest),
        data=embed(packed),
        texts=map(embed, texts),
        texts_at_once=TEXTS_AT_ONCE,
    )
    write_text(path, page)


def about(sample: Sample, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Says of a run what its report tells the reader."""
    options = manifest["options"]
    return {
        "model": manifest["model"],
        "version": manifest["versions"]["visavis"],
        "threshold": options["threshold"],
        "file": f"stances.{options['format']}",
        "finished": manifest["time"]["finished"],
        "articles": sample.counts["articles"],
        "with_stances": sample.counts["with_stances"],
        "stances": {str(stance): sample.counts[stance] for stance in SHOWN},
        "kept": sample.kept,
        "left_out": sum(sample.counts[stance] for stance in SHOWN) - sample.kept,
    }


def render(template: str, scripts: Sequence[str], **values: Any) -> str:
    """Fills a page with its style and scripts; a policy in it forbids every other script and all network.

    Args:
        template: File of the page.
        scripts: Files whose code it runs, in order.
        values: What else the template names.
    """
    code = '(() => {\n"use strict";\n' + "\n".join(map(_read, scripts)) + "\n})();"
    style = _read("style.css")
    environment = Environment(loader=FileSystemLoader(ASSETS), autoescape=True, undefined=StrictUndefined)
    return environment.get_template(template).render(
        code=Markup(code), style=Markup(style), code_hash=_digest(code), style_hash=_digest(style), **values
    )


def embed(value: Any) -> Markup:
    """Returns JSON that stands safely in a script element: nothing in it can end the element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))


def _digest(text: str) -> str:
    return "sha256-" + b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _read(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")
