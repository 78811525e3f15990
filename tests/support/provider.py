"""A telecom provider at the far end of the trunk: answers calls the centre places.

Speaks SIP over UDP and RTP by hand, as little of it as an outgoing call needs: 180, 200, keys as
RFC 4733 events, BYE. What it hears is kept as A-law bytes.
"""

from __future__ import annotations

import re
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio
from anyio.abc import SocketAttribute, TaskGroup, UDPSocket

EVENTS = 101  # payload type of telephone events
FRAME = 160


@dataclass
class Answered:
    """One call that came in; ``number`` is whom the centre dialled, ``keys`` what came as
    telephone events."""

    number: str
    heard: bytearray = field(default_factory=bytearray)
    keys: dict[bytes, str] = field(default_factory=dict)  # by the event's time stamp
    ended: anyio.Event = field(default_factory=anyio.Event)
    peer: tuple[str, int] = ("", 0)
    sequence: int = 0
    socket: UDPSocket | None = None
    writing: anyio.Lock = field(default_factory=anyio.Lock)

    async def send(self, packet: bytes) -> None:
        """Send one packet of media."""
        assert self.socket is not None
        async with self.writing:
            await self.socket.sendto(packet, *self.peer)

    async def press(self, key: str) -> None:
        """Press one key for 100 ms."""
        code = "0123456789*#".index(key)
        stamp = 8000 + self.sequence * FRAME
        for step in range(8):
            self.sequence += 1
            end = 0x80 if step >= 5 else 0
            duration = min(step + 1, 5) * FRAME
            head = struct.pack(
                "!BBHII", 0x80, EVENTS | (0x80 if step == 0 else 0), self.sequence, stamp, 1
            )
            event = struct.pack("!BBH", code, end | 10, duration)
            await self.send(head + event)
            await anyio.sleep(0.02)


@dataclass
class Provider:
    """``answers`` maps a number to the status its calls get; others are answered (200)."""

    port: int = 0
    answers: dict[str, int] = field(default_factory=dict)
    calls: list[Answered] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    _open: dict[str, Answered] = field(default_factory=dict)
    _refused: set[str] = field(default_factory=set)

    async def serve(self, socket: UDPSocket, group: TaskGroup) -> None:
        async for packet, (host, port) in socket:
            text = packet.decode(errors="replace")
            method = text.split(" ", 1)[0]
            call_id = _header(text, "Call-ID")
            if method == "INVITE" and call_id not in self._open:
                number = text.split("sip:", 1)[1].split("@", 1)[0]
                status = self.answers.get(number, 200)
                if status != 200:
                    if call_id not in self._refused:  # else the same, sent again
                        self._refused.add(call_id)
                        self.refused.append(number)
                    await socket.sendto(_reply(text, status, "No", self.port), host, port)
                    continue
                answered = Answered(number)
                self._open[call_id] = answered
                media = await anyio.create_udp_socket(local_host="127.0.0.1")
                answered.socket = media
                found = re.search(r"c=IN IP4 (\S+)", text), re.search(r"m=audio (\d+)", text)
                assert found[0]
                assert found[1]
                answered.peer = (found[0][1], int(found[1][1]))
                group.start_soon(_listen, answered, media)
                local: int = media.extra(SocketAttribute.local_port)  # noqa: S610 - not Django
                group.start_soon(_voice, answered)
                await socket.sendto(_reply(text, 180, "Ringing", self.port), host, port)
                await socket.sendto(_reply(text, 200, "OK", self.port, local), host, port)
                self.calls.append(answered)
            elif method == "BYE":
                await socket.sendto(_reply(text, 200, "OK", self.port), host, port)
                gone = self._open.pop(call_id, None)
                if gone is not None:
                    gone.ended.set()
                    assert gone.socket is not None
                    await gone.socket.aclose()
            elif method in ("CANCEL", "OPTIONS"):
                await socket.sendto(_reply(text, 200, "OK", self.port), host, port)


async def _listen(call: Answered, media: UDPSocket) -> None:
    try:
        async for packet, _ in media:
            if packet[1] & 0x7F == 8:
                call.heard += packet[12:]
            elif packet[1] & 0x7F == EVENTS:
                call.keys[packet[4:8]] = "0123456789*#"[packet[12]]
    except anyio.ClosedResourceError:
        return


async def _voice(call: Answered) -> None:
    """Silence, as a telephone sends it."""
    try:
        while not call.ended.is_set():
            call.sequence += 1
            head = struct.pack("!BBHII", 0x80, 8, call.sequence, 8000 + call.sequence * FRAME, 1)
            await call.send(head + b"\xd5" * FRAME)
            await anyio.sleep(0.02)
    except anyio.ClosedResourceError:
        return


def _header(text: str, name: str) -> str:
    found = re.search(rf"^{name}: *(.*?)\r?$", text, re.MULTILINE | re.IGNORECASE)
    return found[1] if found else ""


def _reply(asked: str, status: int, words: str, port: int, media: int = 0) -> bytes:
    body = ""
    if media:
        body = (
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {media} RTP/AVP 8 {EVENTS}\r\na=rtpmap:8 PCMA/8000\r\n"
            f"a=rtpmap:{EVENTS} telephone-event/8000\r\na=fmtp:{EVENTS} 0-16\r\n"
        )
    vias = re.findall(r"^Via: .*?\r?$", asked, re.MULTILINE)
    lines = [
        f"SIP/2.0 {status} {words}",
        *(via.strip() for via in vias),
        f"From: {_header(asked, 'From')}",
        f"To: {_header(asked, 'To')}" + ("" if "tag=" in _header(asked, "To") else ";tag=p1"),
        f"Call-ID: {_header(asked, 'Call-ID')}",
        f"CSeq: {_header(asked, 'CSeq')}",
        f"Contact: <sip:provider@127.0.0.1:{port}>",
        *(["Content-Type: application/sdp"] if body else []),
        f"Content-Length: {len(body)}",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


@asynccontextmanager
async def provider() -> AsyncIterator[Provider]:
    """A provider on a free loopback port."""
    made = Provider()
    async with (
        await anyio.create_udp_socket(local_host="127.0.0.1") as socket,
        anyio.create_task_group() as group,
    ):
        made.port = socket.extra(SocketAttribute.local_port)  # noqa: S610 - not Django
        group.start_soon(made.serve, socket, group)
        yield made
        group.cancel_scope.cancel()
