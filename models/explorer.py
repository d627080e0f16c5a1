"""The page for one pasted article: a small web application, bound to this machine."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections import OrderedDict
from dataclasses import replace
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route

from data.actors.custom import ActorFileError
from data.articles import article_from_text, find_files, is_unicode, read_file
from data.dates import day_of
from data.schema import Article
from models.backbone import BackboneError
from models.classifier import ModelError
from models.explain import explain_records
from models.pipeline import Options, Scorer
from models.records import Record
from models.registry import ModelNotFound, find_model
from models.report.packing import pack
from models.report.page import EXPLORER, embed, render
from models.stages import ScorerSource

HOST = "127.0.0.1"
CHARACTERS = 200_000
_LARGEST = 12 * CHARACTERS + 1000  # bytes; a character takes at most two escapes of six
_KEPT = 20
_SAMPLES = Path(__file__).resolve().parents[1] / "data" / "samples"


class CannotServe(RuntimeError):
    """The page cannot be served; the message says why and what to do."""


class _Refused(Exception):
    """A request that cannot be answered: a status and what to do."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Explorer:
    """Scores pasted articles one at a time and remembers the last ones, to explain their stances."""

    def __init__(self, scorer: Scorer) -> None:
        self.scorer = scorer
        self._lock = threading.Lock()
        self._articles: OrderedDict[int, tuple[Article, list[Record]]] = OrderedDict()
        self._count = 0

    def score(self, text: str, published: str | None) -> dict[str, Any]:
        """Returns the stances of a text, the unsure ones too, packed as in the report, under a number."""
        started = time.perf_counter()
        article = replace(article_from_text(text, "pasted"), published=published)
        with self._lock:
            [(_, records)] = self.scorer.score_articles([article], Options(threshold=0.0))
            self._count += 1
            number = self._count
            self._articles[number] = (article, records)
            while len(self._articles) > _KEPT:
                self._articles.popitem(last=False)
        return {"number": number, "packed": pack([(article, records)]), "seconds": time.perf_counter() - started}

    def explain(self, number: int, stance: int) -> dict[str, Any]:
        """Returns which words carried a stance of an article, packed as in the report.

        Raises:
            KeyError: If there is no such article any more, or no such stance.
        """
        with self._lock:
            article, records = self._articles[number]
            if not 0 <= stance < len(records):
                raise KeyError(stance)
            packed = pack([(article, explain_records(self.scorer.classifier, article, [records[stance]]))])
        return {"words": packed["words"][0], "deletion": packed["deletions"][0]}


def open_scorer(model: str, actors: Path | None) -> Scorer:
    """Loads a model, and a finder that knows a user's own actors too.

    Raises:
        CannotServe: If there is no such model or the file of actors is not as expected.
    """
    try:
        return ScorerSource(find_model(model), model, actors).load()
    except (ModelNotFound, ModelError, BackboneError, ActorFileError) as error:
        raise CannotServe(str(error)) from None


def listen(port: int) -> socket.socket:
    """Returns a socket that listens on this machine alone.

    Raises:
        CannotServe: If the port is taken.
    """
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise CannotServe(f"--port {port}: expected a free port, found: {error.strerror}; choose another") from None
    return listener


def serve(scorer: Scorer, listener: socket.socket) -> None:
    """Answers until it is interrupted."""
    config = uvicorn.Config(application(scorer), log_level="warning", server_header=False)
    uvicorn.Server(config).run(sockets=[listener])


def application(scorer: Scorer) -> Starlette:
    """Builds the application: the page, `/score` and `/explain`.

    It answers to names of this machine alone, so that no foreign page can reach it by a name of
    its own, and takes JSON alone, which no foreign form can send.
    """
    explorer = Explorer(scorer)
    page = render("explore.html", EXPLORER, threshold=scorer.classifier.config.threshold, sample=embed(_sample()))

    async def home(_: Request) -> HTMLResponse:
        return HTMLResponse(page, headers={"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"})

    async def score(request: Request) -> JSONResponse:
        values = await _values(request)
        text, published = values.get("text"), values.get("published")
        if not isinstance(text, str) or not text.strip() or not is_unicode(text):
            raise _Refused(422, "expected the text of an article, found none: paste it first")
        if len(text) > CHARACTERS:
            raise _too_long()
        day = day_of(published) if isinstance(published, str) else None
        return JSONResponse(await run_in_threadpool(explorer.score, text, day))

    async def explain(request: Request) -> JSONResponse:
        values = await _values(request)
        try:
            answer = await run_in_threadpool(explorer.explain, int(values["number"]), int(values["stance"]))
        except (KeyError, TypeError, ValueError):
            raise _Refused(404, "no such stance any more: read the article again") from None
        return JSONResponse(answer)

    async def refused(_: Request, error: Exception) -> JSONResponse:
        return JSONResponse({"error": str(error)}, getattr(error, "status", 500))

    return Starlette(
        routes=[
            Route("/", home),
            Route("/score", score, methods=["POST"]),
            Route("/explain", explain, methods=["POST"]),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"])],
        exception_handlers={_Refused: refused},
    )


async def _values(request: Request) -> dict[str, Any]:
    if request.headers.get("content-type", "").split(";")[0] != "application/json":
        raise _Refused(415, "expected JSON")
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LARGEST:
            raise _too_long()
    try:
        values = json.loads(body)
    except ValueError:
        raise _Refused(422, "expected JSON") from None
    return values if isinstance(values, dict) else {}


def _too_long() -> _Refused:
    return _Refused(413, f"the text is longer than {CHARACTERS:,} characters: score it with models/score.py")


def _sample() -> dict[str, str | None]:
    """Returns the first sample article, to try the page with."""
    for file in find_files([_SAMPLES]) if _SAMPLES.is_dir() else ():
        for article in read_file(file):
            if isinstance(article, Article):
                return {"text": article.text, "published": article.published}
    return {"text": "", "published": None}
