"""What the server sends and takes beside Streamlit: the live page, its documents, its state."""

from __future__ import annotations

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from ui import documents, posted

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
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > posted.MAX_STATE:
                return Response(status_code=413)
    except ClientDisconnect:
        return Response(status_code=400)
    if posted.parsed(bytes(body)) is None:
        return Response(status_code=400)
    known = posted.keep(request.path_params["token"], bytes(body))
    return Response(status_code=204 if known else 404)


#: Relative to the page, so they lie below whatever path a proxy puts before it.
ROUTES = (
    Route("/live/app-{digest}.js", _script),
    Route("/live/document-{digest}.json", _document),
    Route("/live/session/{token}", _state, methods=["POST"]),
)
