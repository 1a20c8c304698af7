"""What the server refuses before Streamlit sees it, and the headers of all that it sends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
#: Streamlit forgets an address with more settings than this, and says nothing.
MAX_SETTINGS = 1000
HEADERS = (
    (b"content-security-policy", b"frame-ancestors 'self'"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"x-content-type-options", b"nosniff"),
)


class Guard:
    """ASGI middleware: no other site or port may frame the page or talk to it.

    Parameters
    ----------
    behind_proxy
        Whether a proxy may rename the host; it has to compare origins itself.
    """

    def __init__(self, app: Any, behind_proxy: bool = False) -> None:
        self.app = app
        self.behind_proxy = behind_proxy

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        acts = scope["type"] == "websocket" or scope.get("method") not in ("GET", "HEAD", None)
        if acts and not self.behind_proxy and _is_foreign(scope):
            socket = scope["type"] == "websocket"
            await send({"type": "websocket.close", "code": 1008} if socket else _start(403))
            if not socket:
                await send({"type": "http.response.body"})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *HEADERS]
            await send(message)

        count = scope["query_string"].count(b"&") + 1
        if count > MAX_SETTINGS:
            words = f"This address has {count:,} settings, more than {MAX_SETTINGS:,}: shorten it."
            await send_safely(_start(414))
            await send({"type": "http.response.body", "body": words.encode()})
            return
        await self.app(scope, receive, send_safely)


def _is_foreign(scope: Message) -> bool:
    """Whether a page of another host or port asks."""
    headers = dict(scope["headers"])
    origin = headers.get(b"origin", b"").decode("latin-1")
    return bool(origin) and urlsplit(origin).netloc != headers.get(b"host", b"").decode("latin-1")


def _start(status: int) -> Message:
    kind = (b"content-type", b"text/plain; charset=utf-8")
    return {"type": "http.response.start", "status": status, "headers": [kind]}
