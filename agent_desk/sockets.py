"""``/ws``: messages to a page as things happen."""

from __future__ import annotations

import anyio
from fastapi import APIRouter, WebSocket
from starlette.websockets import WebSocketDisconnect

from agent_desk.dependencies import Desk, SignedIn
from agent_desk.messages import PulseMessage
from agent_desk.outbox import Listener

router = APIRouter()

PULSE_SECONDS = 10
WRITE_SECONDS = 10
MOST_HEARD = 1024
TOO_BIG = 1009
GOING_AWAY = 1001
PULSE = PulseMessage().model_dump_json()


@router.websocket("/ws")
async def messages(socket: WebSocket, person: SignedIn, desk: Desk) -> None:
    """Write messages until either side closes; what the page sends is not looked at."""
    # Known to the hub before it is accepted: the page misses nothing from its "open" on.
    with desk.hub.join(person) as listener:
        await socket.accept()
        async with anyio.create_task_group() as group:

            async def reading() -> None:
                await _read(socket, listener)
                group.cancel_scope.cancel()

            group.start_soon(reading)
            await _write(socket, listener)
            group.cancel_scope.cancel()


async def _read(socket: WebSocket, listener: Listener) -> None:
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        if len(message.get("text") or message.get("bytes") or "") > MOST_HEARD:
            listener.close(TOO_BIG)


async def _write(socket: WebSocket, listener: Listener) -> None:
    while True:
        text: str | None = PULSE
        with anyio.move_on_after(PULSE_SECONDS):
            text = await listener.next()
        try:
            with anyio.fail_after(WRITE_SECONDS):
                if text is None:
                    await socket.close(listener.close_code or GOING_AWAY)
                    return
                await socket.send_text(text)
        except (WebSocketDisconnect, RuntimeError, TimeoutError):
            return  # gone, or a page that takes nothing
