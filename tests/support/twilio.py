"""Twilio's side: signed requests as its cloud sends them, and a local stand-in of its REST API."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

import anyio
import httpx
from anyio.abc import SocketStream
from twilio.request_validator import RequestValidator

from ivr.twilio.account import TwilioAccount

TOKEN = "0123456789abcdef0123456789abcdef"
PUBLIC = "https://desk.example"
CALL = "CA" + "1" * 32


def account(api_base: str = "http://127.0.0.1:1") -> TwilioAccount:
    """An account whose API is at ``api_base``."""
    return TwilioAccount(
        account_sid="AC" + "a" * 32,
        auth_token=TOKEN,
        number="+8657800000000",
        public_url=PUBLIC,
        sip_target="sip.example:5060",
        queue="96345",
        api_base=api_base,
    )


def signature(url: str, form: dict[str, str] | None = None, token: str = TOKEN) -> str:
    """What Twilio would put into ``X-Twilio-Signature``."""
    return str(RequestValidator(token).compute_signature(url, form or {}))


async def post(
    client: httpx.AsyncClient, path: str, form: dict[str, str], *, token: str = TOKEN
) -> httpx.Response:
    """A webhook request signed with ``token``."""
    headers = {"X-Twilio-Signature": signature(PUBLIC + path, form, token)}
    return await client.post(path, data=form, headers=headers)


@dataclass
class Api:
    """The stand-in: takes messages, answers with ``status``."""

    status: int = 201
    messages: list[dict[str, str]] = field(default_factory=list)
    authorizations: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, stream: SocketStream) -> None:
        """One HTTP/1.1 request."""
        async with stream:
            received = b""
            try:
                while b"\r\n\r\n" not in received:
                    received += await stream.receive()
                head, body = received.split(b"\r\n\r\n", 1)
                fields = dict(
                    line.lower().split(": ", 1) for line in head.decode().split("\r\n")[1:]
                )
                while len(body) < int(fields.get("content-length", 0)):
                    body += await stream.receive()
            except anyio.EndOfStream:
                return
            assert head.startswith(
                f"POST /2010-04-01/Accounts/AC{'a' * 32}/Messages.json".encode()
            ), head
            line = next(row for row in head.decode().split("\r\n") if row.startswith("Auth"))
            self.authorizations.append(base64.b64decode(line.split("Basic ")[1]).decode())
            answer = {"code": 21211, "message": "refused", "status": self.status}
            if self.status == 201:
                self.messages.append(dict(parse_qsl(body.decode())))
                answer = {"sid": f"SM{len(self.messages):032d}", "status": "queued"}
            payload = json.dumps(answer).encode()
            await stream.send(
                f"HTTP/1.1 {self.status} X\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(payload)}\r\nConnection: close\r\n\r\n".encode()
                + payload
            )


@asynccontextmanager
async def twilio_api() -> AsyncIterator[Api]:
    """The stand-in on a free loopback port."""
    api = Api()
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    api.port = listener.extra(anyio.abc.SocketAttribute.local_port)  # noqa: S610 - not Django
    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, api.serve)
        yield api
        tasks.cancel_scope.cancel()


def started(call: str = CALL) -> str:
    """The stream message that names the call."""
    return json.dumps(
        {
            "event": "start",
            "sequenceNumber": "1",
            "streamSid": "MZ" + "2" * 32,
            "start": {
                "callSid": call,
                "tracks": ["inbound"],
                "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
                "customParameters": {},
            },
        }
    )


def media(coded: bytes, track: str = "inbound") -> str:
    """A stream message with µ-law audio."""
    payload = base64.b64encode(coded).decode()
    return json.dumps(
        {
            "event": "media",
            "sequenceNumber": "2",
            "streamSid": "MZ" + "2" * 32,
            "media": {"track": track, "chunk": "1", "timestamp": "20", "payload": payload},
        }
    )
