"""SIP by hand, over UDP and WebSocket, and SIPp callers."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import anyio
from anyio.abc import SocketAttribute
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

SCENARIOS = Path(__file__).parent / "scenarios"
OFFER = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 4000 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n"
)


@dataclass(frozen=True, slots=True)
class Answer:
    """A SIP response: its status code and its text."""

    status: int
    text: str

    def challenge(self, name: str) -> str:
        found = re.search(rf'{name}="?([^",\r]+)', self.text)
        return found[1] if found else ""


@dataclass(frozen=True, slots=True)
class Line:
    """A way to Asterisk: sends and receives SIP messages as text.

    ``via`` is the transport and sender for Via headers, ``host`` what Contact names.
    """

    via: str
    host: str
    send: Callable[[str], Awaitable[None]]
    receive: Callable[[], Awaitable[str]]


@asynccontextmanager
async def udp_line(port: int) -> AsyncIterator[Line]:
    """From a port of its own to 127.0.0.1:``port``."""
    async with await anyio.create_connected_udp_socket("127.0.0.1", port) as socket:
        local: int = socket.extra(SocketAttribute.local_port)  # noqa: S610 - not Django's

        async def send(text: str) -> None:
            await socket.send(text.encode())

        async def receive() -> str:
            return (await socket.receive()).decode(errors="replace")

        yield Line(f"UDP 127.0.0.1:{local};rport", f"127.0.0.1:{local}", send, receive)


@asynccontextmanager
async def websocket_line(url: str) -> AsyncIterator[Line]:
    """As a browser softphone does it: SIP over WebSocket at ``url``."""
    async with connect(url, subprotocols=[Subprotocol("sip")]) as socket:

        async def send(text: str) -> None:
            await socket.send(text)

        async def receive() -> str:
            return str(await socket.recv(decode=True))

        yield Line("WS browser.invalid", "browser.invalid;transport=ws", send, receive)


async def ask(
    port: int,
    method: str,
    to: str,
    *,
    sender: str = "13800000000",
    username: str = "",
    secret: str = "",
) -> Answer:
    """What 127.0.0.1:``port`` answers to one request over UDP; see ``request``."""
    async with udp_line(port) as line:
        return await request(line, method, to, sender=sender, username=username, secret=secret)


async def request(
    line: Line,
    method: str,
    to: str,
    *,
    sender: str = "13800000000",
    username: str = "",
    secret: str = "",
    headers: Sequence[str] = (),
) -> Answer:
    """The final response to a request; with ``username``, after answering a challenge."""
    call_id = uuid4().hex
    uri = f"sip:{to}@127.0.0.1"
    target = "sip:127.0.0.1" if method == "REGISTER" else uri
    body = OFFER if method == "INVITE" else ""
    credentials = ""
    for number in (1, 2):
        lines = [
            f"{method} {target} SIP/2.0",
            f"Via: SIP/2.0/{line.via};branch=z9hG4bK{call_id}{number}",
            f"From: <sip:{sender}@127.0.0.1>;tag=t{call_id[:8]}",
            f"To: <{uri}>",
            f"Call-ID: {call_id}",
            f"CSeq: {number} {method}",
            f"Contact: <sip:{sender}@{line.host}>",
            "Max-Forwards: 70",
            *([credentials] if credentials else []),
            *headers,
            *(["Content-Type: application/sdp"] if body else []),
            f"Content-Length: {len(body)}",
        ]
        await line.send("\r\n".join(lines) + "\r\n\r\n" + body)
        text = await hear(line, rf"SIP/2\.0 [2-6]\d\d .*^CSeq: {number} {method}")
        answer = Answer(int(text[8:11]), text)
        if answer.status != 401 or not username:
            break
        credentials = _authorization(answer, method, target, username, secret)
    return answer


async def hear(line: Line, pattern: str, within_seconds: float = 30.0) -> str:
    """The next message that matches ``pattern`` from its start on; others are passed over."""
    with anyio.fail_after(within_seconds):
        while True:
            text = await line.receive()
            if re.match(pattern, text, re.DOTALL | re.MULTILINE):
                return text


def _authorization(answer: Answer, method: str, uri: str, username: str, secret: str) -> str:
    def md5(value: str) -> str:
        return hashlib.md5(value.encode(), usedforsecurity=False).hexdigest()

    realm, nonce = answer.challenge("realm"), answer.challenge("nonce")
    secret_hash = md5(f"{username}:{realm}:{secret}")
    digest = md5(f"{secret_hash}:{nonce}:00000001:c0ffee:auth:{md5(f'{method}:{uri}')}")
    return (
        f'Authorization: Digest username="{username}", realm="{realm}", nonce="{nonce}", '
        f'uri="{uri}", response="{digest}", algorithm=MD5, qop=auth, nc=00000001, '
        f'cnonce="c0ffee", opaque="{answer.challenge("opaque")}"'
    )


def _scenario(folder: Path, audio: Path | None, number: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    play = f'<nop><action><exec rtp_stream="{audio},-1,8"/></action></nop>' if audio else ""
    text = (SCENARIOS / "caller.xml").read_text()
    scenario = folder / "caller.xml"
    scenario.write_text(text.replace("<!-- audio -->", play).replace("NUMBER", number))
    return scenario


@asynccontextmanager
async def caller(
    port: int, to: str, folder: Path, *, audio: Path | None = None, number: str = "13800000000"
) -> AsyncIterator[None]:
    """A SIPp caller within the block; it then falls silent without hanging up.

    ``audio`` is raw 8 kHz A-law, played over and over.
    """
    program = shutil.which("sipp")
    if program is None:
        raise RuntimeError("SIPp is missing: install the package sip-tester")
    scenario = _scenario(folder, audio, number)
    process = await anyio.open_process(
        [program, f"127.0.0.1:{port}", "-sf", str(scenario), "-s", to, "-m", "1",
         "-i", "127.0.0.1", "-timeout", "60", "-timeout_error", "-nostdin"],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield
    finally:
        with anyio.CancelScope(shield=True):
            if process.returncode is None:
                process.terminate()
                with anyio.move_on_after(5):
                    await process.wait()
            if process.returncode is None:
                process.kill()
            await process.aclose()
