"""A simulated caller who talks when told to, and who knows when each piece of it was sent.

``caller`` leaves all of a call to SIPp, whose clock is its own. Measurements need one clock: here
the RTP is sent by this process, and the moment of each 20 ms is kept (``time.monotonic``).
"""

from __future__ import annotations

import asyncio
import secrets
import struct
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import anyio

from models.errors import SetupError
from yihu.simulate import sip
from yihu.simulate.audio import SILENCE
from yihu.simulate.rtp import A_LAW, FRAME, FRAME_SECONDS, LATE_SECONDS, AudioPort

HOST: Final = "127.0.0.1"
RESEND_SECONDS: Final = 0.5


class Talker(asyncio.DatagramProtocol):
    """``number`` calls ``to`` at a SIP port of this machine, once.

    Raises ``SetupError`` for what is no telephone number.
    """

    def __init__(self, number: str, to: str, port: int) -> None:
        sip.check_number(to, "The number to call")
        sip.check_number(number, "The caller's number")
        self._number, self._to, self._port = number, to, port
        self._call_id, self._tag = f"{secrets.token_hex(12)}@talker", secrets.token_hex(6)
        self._transport: asyncio.DatagramTransport | None = None
        self._final: asyncio.Future[sip.Message] = asyncio.get_running_loop().create_future()
        self._remote = ""
        self._target = ""
        self._words: deque[tuple[bytes, list[float]]] = deque()
        self._said = anyio.Event()
        self.over = anyio.Event()  # the far side has hung up

    # --- what a person does ------------------------------------------------------------------

    async def say(self, audio: bytes) -> list[float]:
        """Speak A-law bytes; when each 20 ms of them were sent (``time.monotonic``).

        Returns early, with what was sent, when the far side has hung up.
        """
        sent: list[float] = []
        frames = [
            audio[at : at + FRAME].ljust(FRAME, SILENCE) for at in range(0, len(audio), FRAME)
        ]
        self._said = anyio.Event()
        self._words.extend((frame, sent) for frame in frames)
        while len(sent) < len(frames) and not self.over.is_set():
            with anyio.move_on_after(0.5):
                await self._said.wait()
        return sent

    @asynccontextmanager
    async def calling(self, *, ring_seconds: float = 30.0) -> AsyncIterator[Talker]:
        """The call while it is connected; hangs up when left.

        Raises ``SetupError`` where it is not connected within ``ring_seconds``.
        """
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: self, remote_addr=(HOST, self._port), local_addr=(HOST, 0)
        )
        audio = await AudioPort.open(HOST)
        try:
            target = await self._invite(audio, ring_seconds)
            async with anyio.create_task_group() as group:
                group.start_soon(self._talk, audio, target)
                try:
                    yield self
                finally:
                    group.cancel_scope.cancel()
                    if not self.over.is_set():
                        self._send(self._request("BYE", self._target, 2))
        finally:
            audio.close()
            transport.close()

    # --- SIP ---------------------------------------------------------------------------------

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        try:
            message = sip.Message.parse(data)
        except ValueError:
            return
        if message.call_id != self._call_id:
            return
        if not message.is_request:
            if message.method == "INVITE" and message.status >= 200:
                if message.status == 200:
                    self._remote = message.first("to")
                    self._target = sip.uri_of(message.first("contact"))
                    self._send(self._request("ACK", self._target, 1))
                if not self._final.done():
                    self._final.set_result(message)
            return
        if message.method == "BYE":
            self.over.set()
        if message.method != "ACK":
            self._send(sip.reply(message, "200 OK"))

    def _send(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.sendto(data)

    def _local(self) -> str:
        if self._transport is None:
            raise RuntimeError("the caller has no port")
        host, port = self._transport.get_extra_info("sockname")[:2]
        return f"{host}:{port}"

    def _request(self, method: str, uri: str, number: int, body: str = "") -> bytes:
        own = f"<sip:{self._number}@{self._local()}>"
        headers = [
            ("Via", f"SIP/2.0/UDP {self._local()};rport;branch=z9hG4bK{secrets.token_hex(8)}"),
            ("Max-Forwards", "70"),
            ("From", f"{own};tag={self._tag}"),
            ("To", self._remote or f"<sip:{self._to}@{HOST}:{self._port}>"),
            ("Call-ID", self._call_id),
            ("CSeq", f"{number} {method}"),
            ("Contact", own),
        ]
        if body:
            headers.append(("Content-Type", "application/sdp"))
        return sip.encode(f"{method} {uri} SIP/2.0", headers, body)

    async def _invite(self, audio: AudioPort, ring_seconds: float) -> tuple[str, int]:
        """Call until somebody or something answers; where its audio wants to go."""
        uri = f"sip:{self._to}@{HOST}:{self._port}"
        invite = self._request("INVITE", uri, 1, sip.describe_audio(HOST, audio.number))
        final: sip.Message | None = None
        with anyio.move_on_after(ring_seconds):
            self._send(invite)
            while final is None:
                with anyio.move_on_after(RESEND_SECONDS):
                    final = await asyncio.shield(self._final)
                if final is None:
                    self._send(invite)  # the same again is no second call
        if final is None or final.status != 200:
            said = "no answer" if final is None else final.start.removeprefix("SIP/2.0 ")
            raise SetupError(f"The call to {self._to} was not connected: {said}.")
        return sip.audio_address(final.body)

    # --- audio -------------------------------------------------------------------------------

    async def _talk(self, audio: AudioPort, target: tuple[str, int]) -> None:
        """Send what is to be said, else silence, as a telephone does, until cancelled."""
        source, sequence, stamp = secrets.randbits(32), secrets.randbits(15), secrets.randbits(31)
        due = time.monotonic()
        while not self.over.is_set():
            frame, sent = self._words.popleft() if self._words else (SILENCE * FRAME, None)
            header = struct.pack(
                "!BBHII", 0x80, A_LAW, sequence & 0xFFFF, stamp & 0xFFFFFFFF, source
            )
            audio.put(header + frame, target)
            if sent is not None:
                sent.append(time.monotonic())
                if not self._words:
                    self._said.set()
            sequence, stamp = sequence + 1, stamp + FRAME
            due += FRAME_SECONDS
            behind = time.monotonic() - due
            if behind > LATE_SECONDS:
                due += behind
            await anyio.sleep(max(0.0, -behind))
