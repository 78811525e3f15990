"""The audio side of a simulated telephone: A-law RTP (RFC 3550), 20 ms a packet."""

from __future__ import annotations

import asyncio
import secrets
import struct
import time
from typing import Any

import anyio

from yihu.simulate.audio import RATE, SILENCE

FRAME = 160  # bytes, and timestamp units, of 20 ms
FRAME_SECONDS = 0.02
LATE_SECONDS = 0.5
A_LAW = 8  # payload type
HEADER = 12  # bytes


class AudioPort(asyncio.DatagramProtocol):
    """A UDP port that sends a stream of A-law and keeps the first of what it hears."""

    def __init__(self, record_seconds: float) -> None:
        self.heard_seconds = 0.0
        self.heard = bytearray()
        self._room = round(record_seconds * RATE)
        self._transport: asyncio.DatagramTransport | None = None

    @classmethod
    async def open(cls, host: str, record_seconds: float = 0.0) -> AudioPort:
        """Bind a free port of ``host``; keep up to ``record_seconds`` of what is heard."""
        loop = asyncio.get_running_loop()
        _, port = await loop.create_datagram_endpoint(
            lambda: cls(record_seconds), local_addr=(host, 0)
        )
        return port

    @property
    def number(self) -> int:
        """The bound port."""
        if self._transport is None:
            raise RuntimeError("the audio port is closed")
        return int(self._transport.get_extra_info("sockname")[1])

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if len(data) > HEADER and data[1] & 0x7F == A_LAW:
            audio = data[HEADER:]
            self.heard_seconds += len(audio) / RATE
            self.heard += audio[: self._room - len(self.heard)]

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    def put(self, packet: bytes, address: tuple[str, int]) -> None:
        """Send one packet as it is; nothing once it is closed."""
        if self._transport is not None:
            self._transport.sendto(packet, address)

    async def send(self, audio: bytes, address: tuple[str, int]) -> None:
        """Send ``audio``, then silence, until cancelled or closed, in real time.

        A loop that falls behind catches up, unless it is more than half a second late.
        """
        source, sequence, stamp = secrets.randbits(32), secrets.randbits(15), secrets.randbits(31)
        due, position = time.monotonic(), 0
        while self._transport is not None:
            frame = audio[position : position + FRAME].ljust(FRAME, SILENCE)
            marker = 0x80 if position == 0 else 0
            header = struct.pack(
                "!BBHII",
                0x80,
                A_LAW | marker,
                sequence & 0xFFFF,
                stamp & 0xFFFFFFFF,
                source,
            )
            self._transport.sendto(header + frame, address)
            sequence, stamp, position = sequence + 1, stamp + FRAME, position + FRAME
            due += FRAME_SECONDS
            behind = time.monotonic() - due
            if behind > LATE_SECONDS:
                due += behind
            await anyio.sleep(max(0.0, -behind))
