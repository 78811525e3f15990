"""The speech process: audio comes in over AudioSocket, words go out over the control socket."""

from __future__ import annotations

import hmac
import logging
import socket
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import anyio
from anyio import CancelScope, CapacityLimiter
from anyio.abc import SocketStream, TaskStatus
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from asr.audiosocket import AudioServer, AudioTimes, Connection, Malformed, Stalled
from asr.choice import Choice
from asr.events import (
    FAILED,
    FORGOTTEN,
    HANG_UP,
    LOST,
    MALFORMED,
    NEVER_CONNECTED,
    STALLED,
    FinalHeard,
    PartialHeard,
    SecondHeard,
    SpeechTrouble,
    StreamEnded,
)
from asr.listening import Again, Listener
from asr.opinions import Opinions
from asr.spool import Spool, SpoolLimits
from asr.vad import VadLimits
from asr.wire import BadLine, Lines, Message, from_event, stream_of
from asr.workers import Workers

log = logging.getLogger(__name__)

OUTBOX = 1024
MOST_UNTOLD = 8
Event = PartialHeard | FinalHeard | SecondHeard | StreamEnded | SpeechTrouble


@dataclass(frozen=True, slots=True)
class ServiceLimits:
    """Bounds and time-outs (seconds) of the process."""

    audio: AudioTimes = field(default_factory=AudioTimes)
    vad: VadLimits = field(default_factory=VadLimits)
    spool: SpoolLimits = field(default_factory=SpoolLimits)
    most_streams: int = 64
    expectation: float = 30.0  # an announced stream that has not connected by then is given up
    hello: float = 5.0
    client_silence: float = 20.0  # the client pings every five seconds
    write: float = 5.0


@dataclass(slots=True)
class _Known:
    """A stream announced by the client; ``connection`` is set from its first frame on. ``first``
    streams are decoded before others; ``workers`` hear it."""

    first: bool
    workers: Workers
    deadline: CancelScope = field(default_factory=CancelScope)
    serving: CancelScope = field(default_factory=CancelScope)
    connection: Connection | None = None
    forgotten: bool = False


class Session:
    """One control connection and the streams it announced; all end with it."""

    def __init__(
        self,
        choice: Choice,
        spool: Spool,
        limits: ServiceLimits,
        opinions: Opinions | None = None,
    ) -> None:
        self._choice = choice
        self._opinions = opinions
        self._spool = spool
        self._limits = limits
        self._streams: dict[UUID, _Known] = {}
        self._tasks = anyio.create_task_group()
        self._send: MemoryObjectSendStream[Message]
        self._receive: MemoryObjectReceiveStream[Message]
        self._send, self._receive = anyio.create_memory_object_stream(OUTBOX)

    async def run(self, lines: Lines, untold: deque[SpeechTrouble]) -> None:
        """Serve the client until it is gone, says nonsense or a newer one comes. ``untold`` is
        what nobody has been told yet."""
        try:
            async with self._send, self._receive, self._tasks:
                self._send.send_nowait({"type": "ready", "engine": self._choice.usual.name})
                while untold:
                    self.tell(untold.popleft())
                self._tasks.start_soon(self._write, lines)
                reason = await self._read(lines)
                log.info("control connection closed: %s", reason)
                self.close()
        finally:
            for known in self._streams.values():
                known.serving.cancel()
            self._streams.clear()

    def close(self) -> None:
        """End the session from outside."""
        self._tasks.cancel_scope.cancel()

    async def _read(self, lines: Lines) -> str:
        while True:
            try:
                with anyio.fail_after(self._limits.client_silence):
                    message = await lines.receive()
                await self._take(message)
            except TimeoutError:
                return "the client is silent"
            except anyio.EndOfStream:
                return "the client closed it"
            except (anyio.BrokenResourceError, anyio.ClosedResourceError):
                return "it broke"
            except BadLine as error:
                return f"the client sent nonsense: {error}"

    async def _take(self, message: Message) -> None:
        match message["type"]:
            case "ping":
                await self._send.send({"type": "pong"})
            case "expect":
                await self._expect(message)
            case "forget":
                await self._forget(stream_of(message))
            case other:
                raise BadLine(f"an unknown type {other[:16]!r}")

    async def _expect(self, message: Message) -> None:
        stream_id, engine = stream_of(message), message.get("engine")
        if engine is not None and not isinstance(engine, str):
            raise BadLine("an engine is named by a text")
        if stream_id in self._streams:
            refusal = "it is expected already"
        elif len(self._streams) >= self._limits.most_streams:
            refusal = f"{self._limits.most_streams} streams are the most"
        else:
            known = self._streams[stream_id] = _Known(
                message.get("first") is not False, self._choice.of(engine)
            )
            self._tasks.start_soon(self._give_up, stream_id, known)
            await self._send.send({"type": "expected", "stream": str(stream_id)})
            return
        await self._send.send({"type": "refused", "stream": str(stream_id), "reason": refusal})

    async def _give_up(self, stream_id: UUID, known: _Known) -> None:
        with known.deadline:
            await anyio.sleep(self._limits.expectation)
            await self._end(stream_id, known, NEVER_CONNECTED)

    async def _forget(self, stream_id: UUID) -> None:
        known = self._streams.get(stream_id)
        if known is None:
            return
        if known.connection is None:
            known.deadline.cancel()
            await self._end(stream_id, known, FORGOTTEN)
        else:
            known.forgotten = True
            await known.connection.close()  # its reader then ends as after a hang-up

    async def _end(self, stream_id: UUID, known: _Known, reason: str, audio_ms: int = 0) -> None:
        if self._streams.get(stream_id) is known:
            del self._streams[stream_id]
            log.info("stream %s ended: %s", stream_id, reason)
            await self.emit(StreamEnded(stream_id, reason, audio_ms))

    async def emit(self, event: Event) -> None:
        """Queue an event for the client; a partial is left out when the client falls behind."""
        if isinstance(event, PartialHeard):
            self.tell(event)
            return
        try:
            await self._send.send(from_event(event))
        except (anyio.ClosedResourceError, anyio.BrokenResourceError):
            log.debug("the client is gone: an event was left out")

    def tell(self, event: Event) -> None:
        """Queue an event that may be left out when the client falls behind."""
        try:
            self._send.send_nowait(from_event(event))
        except anyio.WouldBlock:
            log.debug("the client reads too slowly: an event was left out")
        except (anyio.ClosedResourceError, anyio.BrokenResourceError):
            log.debug("the client is gone: an event was left out")

    async def _write(self, lines: Lines) -> None:
        async for message in self._receive:
            try:
                with anyio.fail_after(self._limits.write):
                    await lines.send(message)
            except (TimeoutError, anyio.BrokenResourceError, anyio.ClosedResourceError):
                log.warning("the control client does not read: connection dropped")
                self.close()
                return

    def claims(self, stream_id: UUID) -> bool:
        """Whether this stream is announced and not connected yet."""
        known = self._streams.get(stream_id)
        return known is not None and known.connection is None

    async def serve(self, stream_id: UUID, connection: Connection) -> None:
        """Hear one announced stream to its end; tell its last words, then why it ended."""
        known = self._streams[stream_id]
        known.connection = connection
        known.deadline.cancel()
        with known.serving:  # cancelled with the session, when nobody is left to be told
            reason, audio_ms = await self._hear(stream_id, connection, known)
            reason = FORGOTTEN if known.forgotten else reason
            await self._end(stream_id, known, reason, audio_ms)

    async def _hear(
        self, stream_id: UUID, connection: Connection, known: _Known
    ) -> tuple[str, int]:
        listener = Listener(
            stream_id,
            known.workers,
            self._spool,
            self.emit,
            vad=self._limits.vad,
            first=known.first,
            again=self._again(stream_id, known.workers) if known.first else None,
        )
        reason = FAILED
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(listener.run)
                ended = await _pump(listener, connection)
                await listener.end()
            reason = ended
        except* Exception as group:
            log.error("stream %s: recognition failed", stream_id, exc_info=group)
        return reason, listener.audio_ms

    def _again(self, stream_id: UUID, workers: Workers) -> Again | None:
        """What offers a caller's utterances for a second opinion, by another engine."""
        opinions = self._opinions
        if opinions is None:
            return None
        if workers is not self._choice.usual and workers.acting.name == opinions.name:
            return None
        return lambda number, audio: opinions.offer(stream_id, number, audio, self.emit)


async def _pump(listener: Listener, connection: Connection) -> str:
    """Move audio from the connection to the listener; returns why it ended."""
    try:
        async for audio in connection.audio(lambda: listener.gather_seconds):
            await listener.take(audio)
    except Malformed as error:
        log.warning("audio stream closed as malformed: %s", error)
        return MALFORMED
    except Stalled as error:
        log.warning("audio stream closed as stalled: %s", error)
        return STALLED
    except (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError):
        return LOST
    return HANG_UP


class SpeechService:
    """Both servers of the process. The newest client with the right token holds the session."""

    def __init__(
        self,
        workers: Workers,
        token: str,
        limits: ServiceLimits | None = None,
        spool_dir: Path | None = None,
        opinions: Opinions | None = None,
        choice: Choice | None = None,
    ) -> None:
        """``workers`` are the usual ones of ``choice``."""
        if not token:
            raise ValueError("the control token is empty")
        self.workers = workers
        self._choice = choice or Choice(workers)
        self._untold: deque[SpeechTrouble] = deque(maxlen=MOST_UNTOLD)
        self._opinions = opinions
        self._token = token.encode()
        self._limits = limits or ServiceLimits()
        self._spool = Spool(spool_dir, self._limits.spool, self._trouble)
        self._hellos = CapacityLimiter(8)
        self._session: Session | None = None
        self.audio = AudioServer(
            self._take, times=self._limits.audio, most_connections=self._limits.most_streams + 8
        )

    async def run(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Keep the workers and the spool; started once streams can be heard.

        Raises ``SetupError`` where the model cannot be loaded.
        """
        async with anyio.create_task_group() as tasks:
            await tasks.start(self._spool.run)
            await tasks.start(self.workers.run)
            if self._opinions is not None:
                await tasks.start(self._opinions.run)
            tasks.start_soon(self._choice.run, self._trouble)
            task_status.started()

    def _trouble(self, text: str) -> None:
        log.error("%s", text)
        if self._session is not None:
            self._session.tell(SpeechTrouble(text))
        else:
            self._untold.append(SpeechTrouble(text))

    async def serve_audio(self, listening: socket.socket) -> None:
        """Serve AudioSocket connections until cancelled."""
        await self.audio.serve(listening)

    async def handle_control(self, connection: SocketStream) -> None:
        """Serve one control connection."""
        lines = Lines(connection)
        async with connection:
            if not await self._welcome(lines):
                return
            session = Session(self._choice, self._spool, self._limits, self._opinions)
            if self._session is not None:
                log.warning("a newer control client takes over")
                self._session.close()
            self._session = session
            try:
                await session.run(lines, self._untold)
            finally:
                if self._session is session:
                    self._session = None

    async def _welcome(self, lines: Lines) -> bool:
        try:
            self._hellos.acquire_on_behalf_of_nowait(lines)
        except anyio.WouldBlock:
            log.warning("control connection refused: too many have not said hello yet")
            return False
        try:
            with anyio.fail_after(self._limits.hello):
                hello = await lines.receive()
        except (TimeoutError, anyio.EndOfStream, anyio.BrokenResourceError, BadLine):
            log.warning("control connection closed: no token came")
            return False
        finally:
            self._hellos.release_on_behalf_of(lines)
        token = hello.get("token")
        given = token.encode(errors="replace") if isinstance(token, str) else b""
        if hello["type"] != "hello" or not hmac.compare_digest(given, self._token):
            log.warning("control connection closed: wrong token")
            return False
        return True

    async def _take(self, connection: Connection) -> None:
        try:
            stream_id = await connection.identity()
        except (Malformed, Stalled) as error:
            log.warning("audio connection closed: %s", error)
            return
        except (anyio.EndOfStream, anyio.BrokenResourceError):
            log.warning("audio connection closed before it named a stream")
            return
        session = self._session
        if session is None or not session.claims(stream_id):
            log.warning("audio connection closed: stream %s is not expected", stream_id)
            return
        await session.serve(stream_id, connection)
