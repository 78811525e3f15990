"""``/ws/sip``: the browser's telephone speaks to Asterisk through this application.

Asterisk's own web server listens on the loopback only; who is signed in at a seat with the
browser as telephone gets a connection to it here. SIP itself asks for the seat's password.
"""

from __future__ import annotations

import logging

import anyio
import websockets
from fastapi import APIRouter, WebSocket
from starlette.websockets import WebSocketDisconnect
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Subprotocol

from agent_desk.dependencies import Desk, SeatWorker
from agent_desk.outbox import Listener
from models.errors import Forbidden

log = logging.getLogger(__name__)

router = APIRouter()

SIP = Subprotocol("sip")
MOST_BYTES = 64 * 1024
MOST_QUEUED = 16
CONNECT_SECONDS = 5
WRITE_SECONDS = 10
NORMAL = 1000
TOO_BIG = 1009
TRY_LATER = 1013


@router.websocket("/ws/sip")
async def softphone(socket: WebSocket, person: SeatWorker, desk: Desk) -> None:
    """Carry SIP both ways until either side closes, the sign-in ends or the seat is left."""
    if SIP not in socket.scope["subprotocols"]:
        raise Forbidden("软电话连接必须使用 sip 子协议。")
    if not await desk.views.speaks_through_browser(person):
        raise Forbidden("请先以网页电话签入座席。")
    await socket.accept(subprotocol=SIP)
    with desk.hub.join(person, hears=False) as listener:
        try:
            asterisk = await websockets.connect(
                f"ws://127.0.0.1:{desk.parts.asterisk_http_port}/ws",
                subprotocols=[SIP],
                max_size=MOST_BYTES,
                max_queue=MOST_QUEUED,
                open_timeout=CONNECT_SECONDS,
                close_timeout=CONNECT_SECONDS,
                compression=None,
                proxy=None,
            )
        except (OSError, TimeoutError, WebSocketException) as error:
            log.warning("softphone relay cannot reach Asterisk: %s", type(error).__name__)
            await socket.close(TRY_LATER)
            return
        async with asterisk:
            await _carry(socket, asterisk, listener)


async def _carry(socket: WebSocket, asterisk: ClientConnection, listener: Listener) -> None:
    code = NORMAL
    async with anyio.create_task_group() as group:

        async def inward() -> None:
            nonlocal code
            code = await _to_asterisk(socket, asterisk)
            group.cancel_scope.cancel()

        async def outward() -> None:
            await _to_page(asterisk, socket)
            group.cancel_scope.cancel()

        async def ended() -> None:
            nonlocal code
            code = await listener.closing()
            group.cancel_scope.cancel()

        group.start_soon(inward)
        group.start_soon(outward)
        group.start_soon(ended)
    try:
        with anyio.fail_after(WRITE_SECONDS):
            await socket.close(code)
    except (WebSocketDisconnect, RuntimeError, TimeoutError):
        log.debug("the page had closed its softphone connection already")


async def _to_asterisk(socket: WebSocket, asterisk: ClientConnection) -> int:
    try:
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                return NORMAL
            data = message.get("text") or message.get("bytes") or ""
            if len(data) > MOST_BYTES:
                return TOO_BIG
            with anyio.fail_after(WRITE_SECONDS):
                await asterisk.send(data)
    except (ConnectionClosed, TimeoutError):
        return NORMAL


async def _to_page(asterisk: ClientConnection, socket: WebSocket) -> None:
    try:
        async for data in asterisk:
            with anyio.fail_after(WRITE_SECONDS):
                if isinstance(data, str):
                    await socket.send_text(data)
                else:
                    await socket.send_bytes(data)
    except (ConnectionClosed, WebSocketDisconnect, RuntimeError, TimeoutError):
        return
