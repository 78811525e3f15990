"""Twilio's webhooks and its media stream. Who calls is proved by a signature, not by a sign-in;
without a configured account none of these exists."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Request, Response, WebSocket
from starlette.requests import HTTPConnection
from twilio.twiml.messaging_response import MessagingResponse

from agent_desk.dependencies import Desk
from ivr.twilio.door import TwilioDoor
from ivr.twilio.media import BadStream
from ivr.twilio.voice import digits
from models.errors import Forbidden, InvalidInput, NotFound

log = logging.getLogger(__name__)

router = APIRouter(prefix="/twilio", tags=["twilio"], include_in_schema=False)

SIGNATURE = "X-Twilio-Signature"
MOST_FIELDS = 100
MOST_TEXT = 2_000
XML = "application/xml"
PROTOCOL_ERROR = 1002
# Twilio's words for what became of a text, as triggers of ours.
REPORTS = {
    "sent": "send",
    "delivered": "deliver",
    "undelivered": "fail",
    "failed": "fail",
}


def door(desk: Desk) -> TwilioDoor:
    """The configured account; raises ``NotFound`` without one."""
    found = desk.parts.telephony.twilio
    if found is None:
        raise NotFound("没有这个地址。")
    return found


Door = Annotated[TwilioDoor, Depends(door)]


async def signed_form(request: Request, door: Door) -> Mapping[str, str]:
    """The form of a request that Twilio signed; raises ``Forbidden`` for any other."""
    try:
        body = (await request.body()).decode()
        form = dict(parse_qsl(body, keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError:
        form = {}
    await _check(request, door, door.account.url(_path(request)), form)
    return form


async def signed_socket(socket: WebSocket, door: Door) -> TwilioDoor:
    """The same for a WebSocket, whose signature covers the address alone."""
    await _check(socket, door, door.account.socket_url(_path(socket)), {})
    return door


Form = Annotated[Mapping[str, str], Depends(signed_form)]


def _path(connection: HTTPConnection) -> str:
    query = connection.url.query
    return connection.url.path + (f"?{query}" if query else "")


async def _check(
    connection: HTTPConnection, door: TwilioDoor, url: str, form: Mapping[str, str]
) -> None:
    if door.account.signed(url, form, connection.headers.get(SIGNATURE, "")):
        return
    address = connection.client.host if connection.client else ""
    await door.forgeries.trace(connection.url.path, address)
    raise Forbidden("请求签名无效。")


def _xml(text: str) -> Response:
    return Response(text, media_type=XML)


@router.post("/voice")
async def voice(form: Form, door: Door) -> Response:
    """A call comes in: what Twilio does with it."""
    return _xml(await door.calls.arrived(form))


@router.post("/dialled")
async def dialled(form: Form, door: Door) -> Response:
    """The part of a call that went through SIP is over."""
    return _xml(await door.calls.dialled(form))


@router.post("/status", status_code=204)
async def status(form: Form, door: Door) -> None:
    """A call's status changed."""
    await door.calls.reported(form)


@router.post("/sms")
async def sms(form: Form, door: Door) -> Response:
    """A text message comes in."""
    external_id, number = form.get("MessageSid", "")[:64], digits(form.get("From", ""))
    if not external_id or not number:
        raise InvalidInput("请求中没有短信编号或号码。")
    await door.texts.received(external_id, number, form.get("Body", "")[:MOST_TEXT])
    return _xml(str(MessagingResponse()))


@router.post("/sms-status", status_code=204)
async def sms_status(form: Form, door: Door) -> None:
    """What became of a text message."""
    trigger = REPORTS.get(form.get("MessageStatus", ""))
    if trigger is not None:
        code = form.get("ErrorCode", "")[:16]
        error = f"运营商错误 {code}" if code else ""
        await door.texts.reported(form.get("MessageSid", "")[:64], trigger, error)


@router.websocket("/media")
async def media(socket: WebSocket, door: Annotated[TwilioDoor, Depends(signed_socket)]) -> None:
    """A caller's voice."""
    await socket.accept()

    async def receive() -> str | None:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return None
        return message.get("text") or ""

    try:
        await door.media.carry(receive)
    except BadStream as bad:
        log.warning("a media stream was closed: %s", bad)
        await socket.close(PROTOCOL_ERROR)
        return
    await socket.close()
