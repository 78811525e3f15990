"""The other processes' side of the speech process: announce streams, hear what is said."""

from __future__ import annotations

import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from uuid import UUID

import anyio
from anyio.abc import TaskStatus
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from asr.events import (
    FinalHeard,
    PartialHeard,
    SecondHeard,
    SpeechDown,
    SpeechEvent,
    SpeechTrouble,
    SpeechUp,
    StreamEnded,
    Word,
)
from asr.wire import BadLine, Lines, Message, stream_of, to_event
from models.errors import Unavailable

__all__ = [
    "FinalHeard",
    "PartialHeard",
    "SecondHeard",
    "SpeechClient",
    "SpeechDown",
    "SpeechEvent",
    "SpeechTimes",
    "SpeechTrouble",
    "SpeechUp",
    "StreamEnded",
    "Word",
]

log = logging.getLogger(__name__)

QUEUED_EVENTS = 1024
DOWN = "语音识别暂不可用。"


@dataclass(frozen=True, slots=True)
class SpeechTimes:
    """How long the client waits for what, in seconds."""

    connect: float = 5.0
    answer: float = 2.0
    ping: float = 5.0
    silence: float = 15.0
    first_retry: float = 0.2
    longest_retry: float = 5.0


@dataclass(slots=True)
class _Question:
    """An announced stream that waits for the server's answer."""

    answered: anyio.Event = field(default_factory=anyio.Event)
    refusal: str | None = None


class SpeechClient:
    """One control connection to the speech process, made again for ever.

    ``on_event`` is awaited for one event after another, in order; it may call ``expect`` and
    ``forget``. When it raises, the error is logged and the next event follows. Streams live
    as long as the connection: after ``SpeechDown`` all are gone, after ``SpeechUp`` they must
    be expected anew. A handler that falls behind loses partials, never a final or an end.
    """

    def __init__(
        self,
        host: str,
        port: int,
        token: str,
        on_event: Callable[[SpeechEvent], Awaitable[None]],
        *,
        times: SpeechTimes | None = None,
    ) -> None:
        self._host = host
        self._port = port
        self._token = token
        self._on_event = on_event
        self._times = times or SpeechTimes()
        self._lines: Lines | None = None
        self._questions: dict[UUID, _Question] = {}
        self._writing = anyio.Lock()

    @property
    def available(self) -> bool:
        """Whether the speech process is connected and its model loaded."""
        return self._lines is not None

    async def run(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Connect, reconnect with jittered back-off, until cancelled."""
        send, receive = anyio.create_memory_object_stream[SpeechEvent](QUEUED_EVENTS)
        async with send, receive, anyio.create_task_group() as tasks:
            tasks.start_soon(self._deliver, receive)
            task_status.started()
            delay = self._times.first_retry
            while True:
                began = anyio.current_time()
                was_up, reason = await self._connection(send)
                if was_up:
                    log.warning("speech process lost: %s", reason)
                    await send.send(SpeechDown(reason))
                    if anyio.current_time() - began >= self._times.longest_retry:
                        delay = self._times.first_retry
                else:
                    log.debug("speech process not reached: %s", reason)
                await anyio.sleep(delay * random.uniform(0.5, 1.0))  # noqa: S311 - only jitter
                delay = min(delay * 2, self._times.longest_retry)

    async def expect(
        self, stream_id: UUID, *, first: bool = True, engine: str | None = None
    ) -> None:
        """Announce a stream; from the return on, its audio connection is accepted.

        ``first`` streams are decoded before others, and never left out. ``engine`` is the name
        of one that the process keeps beside its usual one; where it has none of that name, or
        it is not ready, the usual one hears. Raises ``Unavailable`` when the process is down,
        silent or has no room.
        """
        message: Message = {"type": "expect", "stream": str(stream_id), "first": first}
        if engine is not None:
            message = {**message, "engine": engine}
        question = _Question()
        self._questions[stream_id] = question
        try:
            await self._tell(message)
            with anyio.move_on_after(self._times.answer):
                await question.answered.wait()
            if not question.answered.is_set():
                raise Unavailable(DOWN)
            if question.refusal is not None:
                log.warning("stream %s refused: %s", stream_id, question.refusal)
                raise Unavailable(DOWN)
        finally:
            if self._questions.get(stream_id) is question:
                del self._questions[stream_id]

    async def forget(self, stream_id: UUID) -> None:
        """End a stream from this side; its last words and its end still come as events.

        Does nothing when the process is down, because no stream lives then.
        """
        try:
            await self._tell({"type": "forget", "stream": str(stream_id)})
        except Unavailable:
            log.debug("speech process is down, nothing to forget")

    async def _tell(self, message: Message) -> None:
        lines = self._lines
        if lines is None:
            raise Unavailable(DOWN)
        try:
            with anyio.fail_after(self._times.answer):
                async with self._writing:
                    await lines.send(message)
        except (TimeoutError, anyio.BrokenResourceError, anyio.ClosedResourceError):
            await lines.aclose()  # half a line may be out: the connection is of no more use
            raise Unavailable(DOWN) from None

    async def _connection(self, send: MemoryObjectSendStream[SpeechEvent]) -> tuple[bool, str]:
        """One connection until it fails: whether it was ready, and why it is gone."""
        try:
            lines = await self._handshake()
        except (OSError, TimeoutError, anyio.BrokenResourceError, BadLine) as error:
            return False, f"{type(error).__name__}: {error}"
        except anyio.EndOfStream:
            return False, "it closed the connection; is the token right?"
        try:
            self._lines = lines
            await send.send(SpeechUp())
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._ping)
                reason = await self._listen(lines, send)
                tasks.cancel_scope.cancel()
        finally:
            self._lines = None
            for question in self._questions.values():
                question.refusal = "the connection was lost"
                question.answered.set()
            await lines.aclose()
        return True, reason

    async def _handshake(self) -> Lines:
        with anyio.fail_after(self._times.connect):
            lines = Lines(await anyio.connect_tcp(self._host, self._port))
            try:
                await lines.send({"type": "hello", "token": self._token})
                ready = await lines.receive()
                if ready["type"] != "ready":
                    raise BadLine("it did not say that it is ready")
            except BaseException:
                await lines.aclose()
                raise
        return lines

    async def _listen(self, lines: Lines, send: MemoryObjectSendStream[SpeechEvent]) -> str:
        """Read messages until the connection ends; returns why it did."""
        while True:
            try:
                with anyio.fail_after(self._times.silence):
                    message = await lines.receive()
                await self._take(message, send)
            except TimeoutError:
                return "it answers no more"
            except anyio.EndOfStream:
                return "it closed the connection"
            except (anyio.BrokenResourceError, anyio.ClosedResourceError):
                return "the connection broke"
            except BadLine as error:
                return f"it sent nonsense: {error}"

    async def _take(self, message: Message, send: MemoryObjectSendStream[SpeechEvent]) -> None:
        match message["type"]:
            case "pong":
                return
            case "expected" | "refused":
                question = self._questions.get(stream_of(message))
                if question is not None:
                    if message["type"] == "refused":
                        question.refusal = str(message.get("reason"))[:200]
                    question.answered.set()
            case _:
                event = to_event(message)
                if isinstance(event, PartialHeard):
                    try:
                        send.send_nowait(event)
                    except anyio.WouldBlock:
                        log.warning("events are read too slowly: a partial was left out")
                else:
                    await send.send(event)

    async def _ping(self) -> None:
        while True:
            await anyio.sleep(self._times.ping)
            try:
                await self._tell({"type": "ping"})
            except Unavailable:
                return

    async def _deliver(self, receive: MemoryObjectReceiveStream[SpeechEvent]) -> None:
        async for event in receive:
            try:
                await self._on_event(event)
            except Exception:
                log.exception("the speech handler failed on %s", type(event).__name__)
