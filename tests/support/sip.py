"""SIP over UDP by hand: single requests with or without credentials, and SIPp callers."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import anyio
from anyio.abc import ConnectedUDPSocket, SocketAttribute

SCENARIOS = Path(__file__).parent / "scenarios"


@dataclass(frozen=True, slots=True)
class Answer:
    """A SIP response: its status code and its text."""

    status: int
    text: str

    def challenge(self, name: str) -> str:
        found = re.search(rf'{name}="?([^",\r]+)', self.text)
        return found[1] if found else ""


async def ask(
    port: int,
    method: str,
    to: str,
    *,
    sender: str = "13800000000",
    username: str = "",
    secret: str = "",
    within_seconds: float = 3.0,
) -> Answer:
    """The first final response to one request; with ``username``, after a digest challenge."""
    async with await anyio.create_connected_udp_socket("127.0.0.1", port) as socket:
        local: int = socket.extra(SocketAttribute.local_port)  # noqa: S610 - not Django's
        call_id = uuid4().hex
        uri = f"sip:{to}@127.0.0.1:{port}"
        registrar = f"sip:127.0.0.1:{port}"
        target = registrar if method == "REGISTER" else uri
        credentials = ""
        for number in (1, 2):
            body = _offer(local) if method == "INVITE" else ""
            lines = [
                f"{method} {target} SIP/2.0",
                f"Via: SIP/2.0/UDP 127.0.0.1:{local};rport;branch=z9hG4bK{call_id}{number}",
                f"From: <sip:{sender}@127.0.0.1>;tag=t{call_id[:8]}",
                f"To: <{uri}>",
                f"Call-ID: {call_id}",
                f"CSeq: {number} {method}",
                f"Contact: <sip:{sender}@127.0.0.1:{local}>",
                "Max-Forwards: 70",
                *([credentials] if credentials else []),
                *(["Content-Type: application/sdp"] if body else []),
                f"Content-Length: {len(body)}",
            ]
            await socket.send(("\r\n".join(lines) + "\r\n\r\n" + body).encode())
            answer = await _final(socket, number, within_seconds)
            if answer.status != 401 or not username or number == 2:
                return answer
            credentials = _authorization(answer, method, target, username, secret)
    raise AssertionError("unreachable")


async def _final(socket: ConnectedUDPSocket, number: int, within_seconds: float) -> Answer:
    with anyio.fail_after(within_seconds):
        while True:
            text = (await socket.receive()).decode(errors="replace")
            first = re.match(r"SIP/2\.0 (\d{3})", text)
            if first and int(first[1]) >= 200 and f"CSeq: {number} " in text:
                return Answer(int(first[1]), text)


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


def _offer(port: int) -> str:
    return (
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        f"m=audio {port} RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n"
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
    """A SIPp caller that stays on the line until the block is left, then hangs up.

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
                process.terminate()  # SIPp sends BYE for its calls, then ends
                with anyio.move_on_after(5):
                    await process.wait()
            if process.returncode is None:
                process.kill()
            await process.aclose()
