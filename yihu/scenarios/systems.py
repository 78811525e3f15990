"""Units' own systems: they take signed requests from the centre and act by signed requests."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from ssl import SSLContext
from typing import Any, Final

import anyio
import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dispatch import signatures
from yihu.scenarios.people import REQUEST_SECONDS, refusal

MOST_BODY: Final = 256 * 1024
MOST_KEPT: Final = 2_000
LOOPBACK: Final = "127.0.0.1"


class _Server(uvicorn.Server):
    """uvicorn that leaves signals to the process that holds it."""

    @contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]  # as the base class
        yield


class Systems:
    """All systems of one run. ``secret_of`` gives what signs a unit's requests."""

    def __init__(self, url: str, trust: SSLContext | bool, secret_of: Callable[[str], str]) -> None:
        self.address = ""
        self.forged = 0
        self._secret_of = secret_of
        self._told: dict[tuple[str, str, str], dict[str, Any]] = {}
        self._client = httpx.AsyncClient(base_url=url, timeout=REQUEST_SECONDS, verify=trust)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Systems]:
        """Listening at ``address`` while the block runs."""
        app = Starlette(routes=[Route("/{unit}", self._take, methods=["POST"])])
        config = uvicorn.Config(
            app, host=LOOPBACK, port=0, log_config=None, access_log=False,
            timeout_graceful_shutdown=1, lifespan="off",
        )  # fmt: skip
        server = _Server(config)
        async with self._client, anyio.create_task_group() as group:
            group.start_soon(server.serve)
            with anyio.fail_after(REQUEST_SECONDS):
                while not server.started:  # noqa: ASYNC110 - uvicorn offers no event
                    await anyio.sleep(0.02)
            port = server.servers[0].sockets[0].getsockname()[1]
            self.address = f"http://{LOOPBACK}:{port}"
            try:
                yield self
            finally:
                server.should_exit = True

    def told(self, unit: str, kind: str, dispatch_id: str) -> dict[str, Any] | None:
        """What a unit's system was sent about a dispatch order: ``order``, ``settled`` …"""
        return self._told.get((unit, kind, dispatch_id))

    async def act(self, unit: str, action: str, dispatch_id: str, text: str = "") -> Any:
        """Let a unit's system do something; raises ``Refused``."""
        asked = {"action": action, "order_id": dispatch_id, "text": text}
        body = json.dumps(asked, ensure_ascii=False).encode()
        timestamp = str(int(time.time()))
        answer = await self._client.post(
            f"/unit-api/signed/{unit}",
            content=body,
            headers={
                signatures.TIMESTAMP: timestamp,
                signatures.SIGNATURE: signatures.sign(self._secret_of(unit), timestamp, body),
                "Content-Type": "application/json",
            },
        )
        if answer.is_error:
            raise refusal(answer)
        return answer.json()

    async def _take(self, request: Request) -> Response:
        unit, body = request.path_params["unit"], await request.body()
        wrong = signatures.wrong(
            self._secret_of(unit),
            request.headers.get(signatures.TIMESTAMP, ""),
            request.headers.get(signatures.SIGNATURE, ""),
            body,
            datetime.now(UTC),
        )
        if wrong or len(body) > MOST_BODY:
            self.forged += 1
            return Response(status_code=403)
        told = json.loads(body)
        if len(self._told) < MOST_KEPT:
            order = told.get("order") or {}
            self._told[unit, str(told["type"]), str(order.get("id", ""))] = told
        return Response(status_code=204)
