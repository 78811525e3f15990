"""The far end of the trunk: telephones that the centre calls, that are picked up and press keys.

A telephone rings until somebody picks it up; nobody is at any other number (480).
"""

from __future__ import annotations

import asyncio
import re
import secrets
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final

import anyio
from anyio.abc import TaskGroup

from models.errors import SetupError
from yihu.simulate import sip
from yihu.simulate.rtp import FRAME, FRAME_SECONDS, AudioPort

EVENTS: Final = 101  # payload type of keys (RFC 4733)
KEYS: Final = "0123456789*#"
VOLUME: Final = 10
STEPS: Final = 8  # packets of a key of 100 ms, the end three times
END_FROM: Final = 5
MOST_RINGING: Final = 100
EVENT_OFFER: Final = re.compile(r"^a=rtpmap:(\d+) telephone-event/8000", re.MULTILINE)


class FarCall:
    """A call that rings at ``number``, then one that was picked up."""

    def __init__(self, number: str, invite: sip.Message, address: tuple[str, int]) -> None:
        self.number = number
        self.ended = anyio.Event()
        self.picked_up = False
        self._invite = invite
        self._address = address
        self._tag = secrets.token_hex(6)
        self._audio: AudioPort | None = None
        self._peer = ("", 0)
        self._events = EVENTS

    @property
    def heard_seconds(self) -> float:
        """How much audio came from the centre."""
        return self._audio.heard_seconds if self._audio is not None else 0.0

    async def answer(self) -> bytes:
        """Pick up; the answer to send. Raises ``ValueError`` for a call without audio."""
        self._peer = sip.audio_address(self._invite.body)
        offered = EVENT_OFFER.search(self._invite.body)
        self._events = int(offered[1]) if offered else EVENTS
        host = self._address[0]
        self._audio = await AudioPort.open(host)
        body = sip.describe_audio(host, self._audio.number)
        body = body.replace("RTP/AVP 8\r\n", f"RTP/AVP 8 {self._events}\r\n")
        body += f"a=rtpmap:{self._events} telephone-event/8000\r\na=fmtp:{self._events} 0-16\r\n"
        more = [self._contact(), ("Content-Type", "application/sdp")]
        return sip.reply(self._invite, "200 OK", tag=self._tag, more=more, body=body)

    def ringing(self) -> bytes:
        """The answer of a telephone that rings."""
        return sip.reply(self._invite, "180 Ringing", tag=self._tag, more=[self._contact()])

    def given_up(self) -> bytes:
        """The answer to a caller who has given up."""
        return sip.reply(self._invite, "487 Request Terminated", tag=self._tag)

    async def speak_silence(self) -> None:
        """Send silence, as a telephone does, until the call is over."""
        if self._audio is not None:
            await self._audio.send(b"", self._peer)

    async def press(self, key: str) -> None:
        """Press one key for 100 ms."""
        if self._audio is None:
            raise RuntimeError("nobody has picked up")
        source, stamp = secrets.randbits(32), secrets.randbits(31)
        first = secrets.randbits(15)
        for step in range(STEPS):
            flags = VOLUME | (0x80 if step >= END_FROM else 0)
            marker = 0x80 if step == 0 else 0
            head = struct.pack("!BBHII", 0x80, self._events | marker, first + step, stamp, source)
            length = min(step + 1, END_FROM) * FRAME
            event = struct.pack("!BBH", KEYS.index(key), flags, length)
            self._audio.put(head + event, self._peer)
            await anyio.sleep(FRAME_SECONDS)

    def over(self) -> None:
        """The centre has hung up or given up."""
        self.ended.set()
        if self._audio is not None:
            self._audio.close()

    def _contact(self) -> tuple[str, str]:
        return "Contact", f"<sip:{self.number}@{self._address[0]}:{self._address[1]}>"


class FarEnd(asyncio.DatagramProtocol):
    """What answers at the address that ``YIHU_TRUNK_PROXY`` names."""

    def __init__(self, host: str, port: int) -> None:
        sip.check_address(host, port)
        self._address = (host, port)
        self._transport: asyncio.DatagramTransport | None = None
        self._voices: TaskGroup | None = None
        self._attended: dict[str, int] = {}
        self._calls: dict[str, tuple[FarCall, tuple[str, int]]] = {}
        self._rang = anyio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[FarEnd]:
        """There while the block runs; raises ``SetupError`` where the port is taken."""
        loop = asyncio.get_running_loop()
        try:
            self._transport, _ = await loop.create_datagram_endpoint(
                lambda: self, local_addr=self._address
            )
        except OSError as error:
            raise SetupError(
                f"The telephones at YIHU_TRUNK_PROXY={self._address[0]}:{self._address[1]} cannot "
                f"be simulated ({error.strerror}): another program is there."
            ) from None
        async with anyio.create_task_group() as group:
            self._voices = group
            try:
                yield self
            finally:
                for call, _ in self._calls.values():
                    call.over()
                self._transport.close()
                group.cancel_scope.cancel()

    @contextmanager
    def attended(self, number: str) -> Iterator[None]:
        """Somebody is at ``number`` while the block runs: calls to it ring."""
        sip.check_number(number, "The telephone")
        self._attended[number] = self._attended.get(number, 0) + 1
        try:
            yield
        finally:
            self._attended[number] -= 1

    async def pick_up(self, number: str, *, within: float) -> FarCall:
        """Pick up the next call that rings at ``number``; it lasts until the centre hangs up.

        Raises ``TimeoutError`` where none does ``within`` seconds.
        """
        with anyio.fail_after(within):
            while (found := self._ringing_at(number)) is None:
                await self._rang.wait()
        call, address = found
        self._send(await call.answer(), address)
        if self._voices is not None:
            self._voices.start_soon(call.speak_silence)
        return call

    # --- what arrives ------------------------------------------------------------------------

    def datagram_received(self, data: bytes, addr: Any) -> None:
        try:
            message = sip.Message.parse(data)
        except ValueError:
            return
        if not message.is_request or message.method == "ACK":
            return
        known = self._calls.get(message.call_id)
        if message.method == "INVITE":
            if known is None:
                self._invited(message, addr)
            return
        if message.method in ("BYE", "CANCEL"):
            self._send(sip.reply(message, "200 OK", tag="far"), addr)
            if known is not None:
                del self._calls[message.call_id]
                known[0].over()
                if message.method == "CANCEL":
                    self._send(known[0].given_up(), addr)
            return
        self._send(sip.reply(message, "200 OK", tag="far"), addr)

    def error_received(self, exc: Exception) -> None:
        """The centre is gone for the moment: it will call again or not."""

    def _invited(self, message: sip.Message, addr: tuple[str, int]) -> None:
        number = message.start.split("sip:", 1)[-1].split("@", 1)[0]
        if not self._attended.get(number) or len(self._calls) >= MOST_RINGING:
            self._send(sip.reply(message, "480 Temporarily Unavailable", tag="far"), addr)
            return
        call = FarCall(number, message, self._address)
        self._calls[message.call_id] = (call, addr)
        self._send(call.ringing(), addr)
        self._rang.set()
        self._rang = anyio.Event()

    def _ringing_at(self, number: str) -> tuple[FarCall, tuple[str, int]] | None:
        for call, address in self._calls.values():
            if call.number == number and not call.picked_up:
                call.picked_up = True
                return call, address
        return None

    def _send(self, data: bytes, address: tuple[str, int]) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(data, address)
