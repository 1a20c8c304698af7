"""What the server sends and takes beside Streamlit: the live page, its documents, its state and questions."""

from __future__ import annotations

import logging

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

import sim
from ui import asking, documents, posted
from ui.text import first_line

#: What has its digest in its name never changes.
KEPT = {"cache-control": "public, max-age=31536000, immutable", "content-encoding": "gzip"}


def _script(request: Request) -> Response:
    digest, body = documents.script()
    known = request.path_params["digest"] == digest
    return _sent(body if known else None, "text/javascript")


def _document(request: Request) -> Response:
    return _sent(documents.body_of(request.path_params["digest"]), "application/json")


def _sent(body: bytes | None, kind: str) -> Response:
    return Response(status_code=404) if body is None else Response(body, 200, KEPT, kind)


async def _state(request: Request) -> Response:
    """Store what a session posts; the session reads it in its next rerun."""
    body = await _body(request, posted.MAX_STATE)
    if isinstance(body, int):
        return Response(status_code=body)
    known = posted.keep(request.path_params["token"], body)
    return Response(status_code=204 if known else 404)


async def _ask(request: Request) -> Response:
    """Answer a question of a session; a fault is told as ``{"error": …}``."""
    token = request.path_params["token"]
    if not asking.is_admitted(token):
        return _fault("this page is not known here any more: reload it", 404)
    body = await _body(request, asking.MAX_QUESTION)
    if isinstance(body, int):
        return _fault(
            "the question is too long" if body == 413 else "the question is no JSON", body
        )
    try:
        found = await run_in_threadpool(asking.answer, token, posted.parsed(body) or {})
        return JSONResponse(found)
    except sim.SimError as error:
        return _fault(first_line(error), 422)
    except Exception:
        logging.getLogger(__name__).exception("a question was not answered")
        return _fault("the question could not be answered: the server's log says why", 500)


def _fault(words: str, status: int) -> Response:
    return JSONResponse({"error": words}, status)


async def _body(request: Request, most: int) -> bytes | int:
    """Return the JSON object that was sent, as bytes; the status of a refusal where it is none."""
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > most:
                return 413
    except ClientDisconnect:
        return 400
    return 400 if posted.parsed(bytes(body)) is None else bytes(body)


#: Relative to the page, so they lie below whatever path a proxy puts before it.
ROUTES = (
    Route("/live/app-{digest}.js", _script),
    Route("/live/document-{digest}.json", _document),
    Route("/live/session/{token}", _state, methods=["POST"]),
    Route("/live/ask/{token}", _ask, methods=["POST"]),
)
