"""AudioSocket, as Asterisk's ``chan_audiosocket`` speaks it: frames, and the listening side.

A frame is one byte kind, two bytes payload length (big endian), payload. The first frame of a
connection is the stream's UUID. Nothing is ever written back: Asterisk needs no answer.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

import anyio
import anyio.lowlevel

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
ACCEPT_PAUSE_SECONDS = 0.5


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
    ``None`` once, because a sender may stop sending while nobody speaks. A stream is also closed
    when over ``window`` without a pause less than half of the audio came, or when it is ``ahead``
    of the clock.
    """

    identity: float = 5.0
    stall: float = 10.0
    pause: float = 1.0
    window: float = 12.0
    ahead: float = 10.0


class Rate:
    """Watches that audio comes about as fast as it is spoken; times are seconds."""

    LEAST = 0.5  # of the audio of a window
    MOST_LATE = 300.0  # what may come at once after nobody could read it

    def __init__(self, times: AudioTimes, now: float) -> None:
        self._times = times
        self._credit = times.ahead
        self._credited_at = now
        self.begin(now)

    def begin(self, now: float) -> None:
        """A window without a pause begins."""
        self._begun, self._got = now, 0.0

    def take(self, seconds: float, now: float, drained: bool = True) -> None:
        """So much audio came, and with ``drained`` no more waits to be read.

        Raises ``Malformed`` when it is too much, ``Stalled`` when too little did.
        """
        self._credit = min(self.MOST_LATE, self._credit + now - self._credited_at) - seconds
        self._credited_at = now
        if self._credit < 0:
            raise Malformed("audio comes faster than it is spoken")
        self._got += seconds
        if drained and (length := now - self._begun) >= self._times.window:
            if self._got < self.LEAST * length:
                raise Stalled(f"{self._got:.1f} s of audio came in {length:.1f} s")
            self.begin(now)


class Connection:
    """One accepted AudioSocket connection. The socket is read directly: forty streams are two
    thousand frames a second, and a stream object costs more than all that is done with them."""

    def __init__(self, connection: socket.socket, times: AudioTimes) -> None:
        self._socket = connection
        self._times = times
        self._parser = FrameParser()
        self._frames: list[Frame] = []
        self._drained = True

    async def close(self) -> None:
        """Close from this side; whoever reads gets ``ClosedResourceError``."""
        if self._socket.fileno() >= 0:
            anyio.notify_closing(self._socket)
            self._socket.close()

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

    async def audio(self, gather: Callable[[], float] = lambda: 0.0) -> AsyncIterator[bytes | None]:
        """Audio until the peer hangs up; ``None`` where it paused.

        What comes within ``gather()`` seconds is read at once, because every reading costs more
        than its audio. Raises ``Malformed``, ``Stalled``, ``EndOfStream`` or
        ``BrokenResourceError`` (no hang-up frame came).
        """
        heard_at = anyio.current_time()
        paused = False
        rate = Rate(self._times, heard_at)
        while True:
            audio, over = _sound(self._frames)
            self._frames = []
            if audio:
                yield audio
                heard_at = anyio.current_time()
                if paused:
                    rate.begin(heard_at)
                paused = False
                rate.take(len(audio) / BYTES_PER_MS / 1000, heard_at, self._drained)
            if over is not None:
                if isinstance(over, Malformed):
                    raise over
                return
            if (wait := gather()) > 0:
                await anyio.sleep(wait)
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
        data = await self._receive()
        if not data:
            if self._parser.unfinished:
                raise Malformed("the connection ended inside a frame")
            raise anyio.EndOfStream
        self._drained = len(data) < READ
        self._frames += self._parser.feed(data)

    async def _receive(self) -> bytes:
        while True:
            if self._socket.fileno() < 0:
                raise anyio.ClosedResourceError
            try:
                data = self._socket.recv(READ)
            except BlockingIOError:
                await anyio.wait_readable(self._socket)
            except OSError as error:
                raise anyio.BrokenResourceError from error
            else:
                await anyio.lowlevel.checkpoint()
                return data


def _sound(frames: list[Frame]) -> tuple[bytes, Malformed | bool | None]:
    """The audio of frames up to one that ends the stream: ``True`` for a hang-up, or what is
    wrong."""
    audio: list[bytes] = []
    for frame in frames:
        match frame.kind:
            case 0x10:
                audio.append(frame.payload)
            case 0x00:
                return b"".join(audio), True
            case 0x01:
                return b"".join(audio), Malformed("a second UUID")
            case 0xFF:
                reason = frame.payload.hex() or "-"
                return b"".join(audio), Malformed(f"the peer reports error {reason}")
    return b"".join(audio), None


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

    async def serve(self, listening: socket.socket) -> None:
        """Accept connections until cancelled."""
        listening.setblocking(False)
        async with anyio.create_task_group() as tasks:
            while True:
                await anyio.wait_readable(listening)
                try:
                    connection, _ = listening.accept()
                except (BlockingIOError, ConnectionAbortedError):
                    continue
                except OSError as error:  # too many open files, most likely
                    log.error("audio connections cannot be accepted: %s", error)
                    await anyio.sleep(ACCEPT_PAUSE_SECONDS)
                    continue
                tasks.start_soon(self._handle, connection)

    async def _handle(self, connection: socket.socket) -> None:
        """Serve one connection to its end and close it, whatever happens."""
        connection.setblocking(False)
        taken = Connection(connection, self._times)
        try:
            if self.connections >= self._most:
                log.warning("audio connection refused: %d are open already", self._most)
                return
            self.connections += 1
            try:
                await self._take(taken)
            finally:
                self.connections -= 1
        finally:
            await taken.close()
