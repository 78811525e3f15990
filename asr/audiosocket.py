"""AudioSocket, as Asterisk's ``chan_audiosocket`` speaks it: frames, and the listening side.

A frame is one byte kind, two bytes payload length (big endian), payload. The first frame of a
connection is the stream's UUID. Nothing is ever written back: Asterisk needs no answer.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

import anyio
from anyio.abc import SocketStream

log = logging.getLogger(__name__)

SAMPLE_RATE = 8000  # samples of signed 16-bit little-endian mono per second
BYTES_PER_MS = SAMPLE_RATE * 2 // 1000

HANG_UP = 0x00
IDENTITY = 0x01
DTMF = 0x03
AUDIO = 0x10
OTHER_RATES = {
    0x11: 12_000,
    0x12: 16_000,
    0x13: 24_000,
    0x14: 32_000,
    0x15: 44_100,
    0x16: 48_000,
    0x17: 96_000,
    0x18: 192_000,
}
ERROR = 0xFF

HEADER = 3
MOST_AUDIO = 400 * BYTES_PER_MS  # Asterisk sends 20 ms; no telephone packs more than this
READ = 8 * 1024


class Malformed(Exception):
    """The peer does not speak AudioSocket as we know it; says what was wrong."""


class Stalled(Exception):
    """The peer sent no audio for too long."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One whole frame. ``kind`` is one of the constants above."""

    kind: int
    payload: bytes


class FrameParser:
    """Cuts bytes into frames; holds at most one unfinished frame."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._error: Malformed | None = None

    @property
    def unfinished(self) -> bool:
        """Whether a frame was begun and not ended."""
        return bool(self._buffer)

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that ``data`` completes.

        A header is judged as soon as it is there, so a huge length is never waited for. Raises
        ``Malformed`` where a bad header comes first; the frames before one are still returned,
        and the next call (of any data) raises.
        """
        if self._error is not None:
            raise self._error
        self._buffer += data
        frames: list[Frame] = []
        while len(self._buffer) >= HEADER:
            kind = self._buffer[0]
            length = int.from_bytes(self._buffer[1:HEADER], "big")
            try:
                _check(kind, length)
            except Malformed as error:
                self._error = error
                if not frames:
                    raise
                break
            if len(self._buffer) < HEADER + length:
                break
            frames.append(Frame(kind, bytes(self._buffer[HEADER : HEADER + length])))
            del self._buffer[: HEADER + length]
        return frames


def _check(kind: int, length: int) -> None:
    match kind:
        case 0x00 if length == 0:
            return
        case 0x01 if length == 16:
            return
        case 0x03 if length == 1:
            return
        case 0x10 if length <= MOST_AUDIO and length % 2 == 0:
            return
        case 0xFF if length <= 1:
            return
        case kind if kind in OTHER_RATES:
            raise Malformed(f"audio at {OTHER_RATES[kind]} Hz; only 8000 Hz (slin) is taken")
        case 0x00 | 0x01 | 0x03 | 0x10 | 0xFF:
            raise Malformed(f"a frame of kind 0x{kind:02x} with a length of {length} bytes")
    raise Malformed(f"an unknown frame kind 0x{kind:02x}")


def encode(kind: int, payload: bytes = b"") -> bytes:
    """A frame's bytes, as Asterisk would send them."""
    return bytes((kind,)) + len(payload).to_bytes(2, "big") + payload


@dataclass(frozen=True, slots=True)
class AudioTimes:
    """How long the listening side waits, in seconds.

    ``stall`` without audio closes a stream; after ``pause`` without audio the reader gets
    ``None`` once, because a sender may stop sending while nobody speaks.
    """

    identity: float = 5.0
    stall: float = 10.0
    pause: float = 1.0


class Connection:
    """One accepted AudioSocket connection."""

    def __init__(self, socket: SocketStream, times: AudioTimes) -> None:
        self._socket = socket
        self._times = times
        self._parser = FrameParser()
        self._frames: list[Frame] = []

    async def close(self) -> None:
        """Close from this side; whoever reads gets ``ClosedResourceError``."""
        await anyio.aclose_forcefully(self._socket)

    async def identity(self) -> UUID:
        """The UUID in the first frame; raises ``Malformed``, ``Stalled``, ``EndOfStream``."""
        try:
            with anyio.fail_after(self._times.identity):
                while not self._frames:
                    await self._read()
        except TimeoutError:
            raise Stalled(f"no UUID came within {self._times.identity:g} s") from None
        first = self._frames.pop(0)
        if first.kind != IDENTITY:
            raise Malformed(f"the first frame is 0x{first.kind:02x}, not a UUID")
        return UUID(bytes=first.payload)

    async def audio(self) -> AsyncIterator[bytes | None]:
        """Audio until the peer hangs up; ``None`` where it paused.

        Raises ``Malformed``, ``Stalled``, ``EndOfStream`` or ``BrokenResourceError`` (no
        hang-up frame came).
        """
        heard_at = anyio.current_time()
        paused = False
        while True:
            for frame in self._frames:
                match frame.kind:
                    case 0x10 if frame.payload:
                        yield frame.payload
                        heard_at, paused = anyio.current_time(), False
                    case 0x00:
                        return
                    case 0x01:
                        raise Malformed("a second UUID")
                    case 0xFF:
                        raise Malformed(f"the peer reports error {frame.payload.hex() or '-'}")
            self._frames = []
            left = heard_at + self._times.stall - anyio.current_time()
            wait = left if paused else min(left, self._times.pause)
            with anyio.move_on_after(max(0.0, wait)):
                await self._read()
            if self._frames:
                continue
            silent = anyio.current_time() - heard_at
            if silent >= self._times.stall:
                raise Stalled(f"no audio for {self._times.stall:g} s")
            if silent >= self._times.pause and not paused:
                paused = True
                yield None

    async def _read(self) -> None:
        self._parser.feed(b"")  # what was wrong behind the last good frame
        try:
            data = await self._socket.receive(READ)
        except anyio.EndOfStream:
            if self._parser.unfinished:
                raise Malformed("the connection ended inside a frame") from None
            raise
        self._frames += self._parser.feed(data)


class AudioServer:
    """Accepts AudioSocket connections and hands each to ``take``, bounded in number."""

    def __init__(
        self,
        take: Callable[[Connection], Awaitable[None]],
        *,
        times: AudioTimes,
        most_connections: int,
    ) -> None:
        self._take = take
        self._times = times
        self._most = most_connections
        self.connections = 0

    async def handle(self, socket: SocketStream) -> None:
        """Serve one connection to its end and close it, whatever happens."""
        async with socket:
            if self.connections >= self._most:
                log.warning("audio connection refused: %d are open already", self._most)
                return
            self.connections += 1
            try:
                await self._take(Connection(socket, self._times))
            finally:
                self.connections -= 1
