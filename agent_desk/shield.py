"""What every answer goes through: origin check, security headers, and a last net for errors."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agent_desk.origins import check_origin
from agent_desk.problems import internal_problem, problem, too_large, where
from models.errors import Forbidden

log = logging.getLogger(__name__)

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
INTERNAL_ERROR = 1011
PLAIN_HOST = re.compile(r"[A-Za-z0-9.\-]+(:\d{1,5})?|\[[0-9A-Fa-f:]+\](:\d{1,5})?")
# Style attributes are what component libraries and charts position things with; scripts
# come from files only.
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:{tiles}; font-src 'self' data:; media-src 'self' blob:; "
    "connect-src 'self'{sockets}; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=(self)",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Shield:
    """ASGI middleware around the whole application.

    An error that nothing else answered becomes a ``Problem`` here and is logged without its
    message. ``secure`` adds HSTS, for sites that are reached over TLS only. Of a body
    larger than ``most_body_bytes`` no more than that is read; ``larger_bodies`` has other limits
    for single paths. Pictures may also come from the host of ``tiles``, a tile server's address.
    """

    def __init__(
        self,
        app: ASGIApp,
        allowed_origins: Sequence[str],
        secure: bool,
        most_body_bytes: int,
        larger_bodies: Mapping[str, int],
        tiles: str = "",
    ) -> None:
        self._app = app
        self._most_body_bytes = most_body_bytes
        self._larger_bodies = larger_bodies
        self._allowed = allowed_origins
        self._secure = secure
        self._tiles = f" {origin_of(tiles)}" if tiles else ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                self._add_headers(MutableHeaders(scope=message), headers, scope["path"])
            await send(message)

        try:
            if scope["method"] not in SAFE_METHODS:
                check_origin(headers, self._allowed, required=False)
            most = self._larger_bodies.get(scope["path"], self._most_body_bytes)
            if int(headers.get("content-length", 0)) > most:
                answer = too_large(most)
                await answer(scope, receive, send_with_headers)
                return
            await self._app(scope, self._bounded(receive, most), send_with_headers)
        except Forbidden as error:
            answer = problem(error.status, error.code, error.message)
            await answer(scope, receive, send_with_headers)
        except Exception as error:
            log.error("%s %s failed: %s", scope["method"], _route(scope), where(error))
            if not started:
                await internal_problem()(scope, receive, send_with_headers)

    def _bounded(self, receive: Receive, most: int) -> Receive:
        read = 0

        async def receive_bounded() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > most:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return message

        return receive_bounded

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        closed = False

        async def watching_send(message: Message) -> None:
            nonlocal closed
            closed = closed or message["type"] in (
                "websocket.close",
                "websocket.http.response.start",
            )
            await send(message)

        try:
            await self._app(scope, receive, watching_send)
        except Exception as error:
            log.error("socket %s failed: %s", scope["path"], where(error))
            if not closed:
                await send({"type": "websocket.close", "code": INTERNAL_ERROR})

    def _add_headers(self, out: MutableHeaders, asked: Headers, path: str) -> None:
        host = asked.get("host", "")
        sockets = f" ws://{host} wss://{host}" if PLAIN_HOST.fullmatch(host) else ""
        out["Content-Security-Policy"] = POLICY.format(sockets=sockets, tiles=self._tiles)
        for name, value in HEADERS.items():
            out[name] = value
        if self._secure:
            out["Strict-Transport-Security"] = "max-age=31536000"
        if path.startswith(("/api/", "/unit-api/")):
            out["Cache-Control"] = "no-store"


def origin_of(address: str) -> str:
    """Scheme and host of an address, as a policy names them."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _route(scope: Scope) -> str:
    # The route's pattern: the path itself may carry what somebody typed.
    return str(getattr(scope.get("route"), "path", "unknown route"))
