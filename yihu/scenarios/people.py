"""People of the centre as their pages make them: signed in, with the socket that tells them."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from ssl import SSLContext
from typing import Any, Final
from urllib.parse import urlsplit

import anyio
import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

from models.errors import SetupError

REQUEST_SECONDS: Final = 30.0
MOST_MESSAGE: Final = 4 * 1024 * 1024
MOST_KEPT: Final = 2_000


class Refused(Exception):
    """The centre refused something, with its code and its sentence for people."""

    def __init__(self, status: int, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code
        self.sentence = sentence


class Person:
    """Somebody signed in at ``url``.

    ``unit_orders`` is what the socket told a unit's page, by the dispatch order's id, with the
    moment (monotonic) it first came; ``fell_behind`` whether the page has to fetch what it missed.
    ``on_message`` is called with each message of the socket.
    """

    def __init__(self, url: str, trust: SSLContext | bool, username: str) -> None:
        self.username = username
        self.name = username
        self.user_id = ""
        self.unit_orders: dict[str, tuple[float, dict[str, Any]]] = {}
        self.fell_behind = False
        self.on_message: list[Callable[[dict[str, Any]], None]] = []
        self._url = url
        self._trust = trust
        self._client = httpx.AsyncClient(base_url=url, timeout=REQUEST_SECONDS, verify=trust)

    @asynccontextmanager
    async def signed_in(self, password: str) -> AsyncIterator[Person]:
        """Signed in, with an open socket, while the block runs; raises ``SetupError``."""
        async with self._client:
            try:
                me = await self.ask(
                    "POST", "/api/session", {"username": self.username, "password": password}
                )
            except Refused as refused:
                raise SetupError(
                    f"{self.username} cannot sign in at {self._url}: {refused.sentence} "
                    "Load the demo site again; its accounts share one password."
                ) from None
            self.user_id = me["user_id"]
            self.name = me["unit_name"] or me["display_name"]
            self._client.headers["X-CSRF-Token"] = me["csrf_token"]
            async with self._socket() as socket, anyio.create_task_group() as group:
                group.start_soon(self._listen, socket)
                try:
                    yield self
                finally:
                    group.cancel_scope.cancel()

    async def get(self, path: str) -> Any:
        """What is at ``path``; raises ``Refused``."""
        return await self.ask("GET", path)

    async def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Do something; raises ``Refused``."""
        return await self.ask("POST", path, body)

    async def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """One request; raises ``Refused``, and ``SetupError`` where nothing answers."""
        try:
            answer = await self._client.request(method, path, json=body)
        except httpx.HTTPError as error:
            raise SetupError(
                f"The centre at {self._url} does not answer ({type(error).__name__}): "
                "see whether `yihu run` is up."
            ) from None
        if answer.is_error:
            raise refusal(answer)
        return answer.json() if answer.content else None

    def _socket(self) -> connect:
        parts = urlsplit(self._url)
        scheme = "wss" if parts.scheme == "https" else "ws"
        context = self._trust if isinstance(self._trust, SSLContext) else None
        cookie = f"yihu_session={self._client.cookies['yihu_session']}"
        return connect(
            f"{scheme}://{parts.netloc}/ws",
            additional_headers={"Cookie": cookie},
            origin=Origin(f"{parts.scheme}://{parts.netloc}"),
            max_size=MOST_MESSAGE,
            ssl=context,
        )

    async def _listen(self, socket: ClientConnection) -> None:
        try:
            async for raw in socket:
                self._take(json.loads(raw))
        except ConnectionClosed:
            pass
        raise SetupError(f"The centre has closed the page of {self.username}.")

    def _take(self, message: dict[str, Any]) -> None:
        self.fell_behind |= message["type"] == "resync"
        for told in self.on_message:
            told(message)
        if message["type"] == "unit_order":
            order = message["order"]
            first, _ = self.unit_orders.get(order["id"], (time.monotonic(), None))
            self.unit_orders[order["id"]] = (first, order)
            while len(self.unit_orders) > MOST_KEPT:
                self.unit_orders.pop(next(iter(self.unit_orders)))


def order_in(message: dict[str, Any]) -> dict[str, Any] | None:
    """The order that a message tells of; ``None`` where it tells of none."""
    found: dict[str, Any] | None = None
    if message["type"] == "order":
        found = message["order"]
    elif message["type"] == "workspace" and message["workspace"]:
        found = message["workspace"]["order"]
    return found


def refusal(answer: httpx.Response) -> Refused:
    """What an error answer says."""
    try:
        said = answer.json()
        return Refused(answer.status_code, str(said["code"]), str(said["message"]))
    except (ValueError, KeyError, TypeError):
        return Refused(answer.status_code, "", f"HTTP {answer.status_code}")
