"""Taps: one leg's own voice, sent by Asterisk to the speech process as one stream.

A tap never touches the call. When its stream ends while the leg lives (the speech process was
killed, the stream stalled), it is opened again with a new stream id; one that stalled or came
malformed at once, and only what fails again is told as a failure.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID, uuid4

import anyio

from asr.client import (
    FinalHeard,
    PartialHeard,
    SecondHeard,
    SpeechEvent,
    SpeechTrouble,
    StreamEnded,
)
from asr.events import MALFORMED, STALLED
from ivr.ami import Ami, AmiRefused
from models.clock import Clock
from models.errors import Unavailable
from models.kinds import LegRole

log = logging.getLogger(__name__)

MOST_TRIES: Final = 8  # in a row; then the tap waits for the speech process to come up anew
FIRST_RETRY_SECONDS: Final = 0.5
LAST_RETRY_SECONDS: Final = 8.0
STEADY_SECONDS: Final = 10.0  # a stream that lived this long begins the count anew
HANG_UP_SECONDS: Final = 0.7  # the end of a stream may be told before the end of its leg
CLOSE_SECONDS: Final = 2.0
LEFT: Final = "the leg is not listened to any more"
AT_ONCE: Final = (STALLED, MALFORMED)  # the stream is at fault, a new one is likely to do
# From Asterisk's word that a tap is open to the moment its first sample was spoken; measured, six
# calls against their recordings: 0.045 to 0.107 s, five of them 0.085 or more.
FIRST_SOUND: Final = timedelta(seconds=0.095)

Words = PartialHeard | FinalHeard | SecondHeard | StreamEnded
# With the words, when their stream's audio began.
OnHeard = Callable[[LegRole, Words, datetime | None], Awaitable[None]]
OnState = Callable[[], Awaitable[None]]


class Speech(Protocol):
    """What taps need of ``asr.client.SpeechClient``."""

    @property
    def available(self) -> bool: ...

    async def expect(
        self, stream_id: UUID, *, first: bool = True, engine: str | None = None
    ) -> None: ...

    async def forget(self, stream_id: UUID) -> None: ...


class Source(Protocol):
    """A leg's voice that does not come out of Asterisk."""

    @property
    def live(self) -> bool: ...

    async def open(self, stream_id: UUID, address: tuple[str, int]) -> None: ...


class TapState(StrEnum):
    """Whether a leg is being heard."""

    OPENING = "opening"
    LIVE = "live"
    FAILED = "failed"


class Taps:
    """All taps of the instance: where their audio goes, and which stream is whose. ``engines``
    has the engine of each queue that is not heard by the usual one."""

    def __init__(
        self,
        ami: Ami,
        speech: Speech,
        audiosocket: tuple[str, int],
        clock: Clock,
        engines: Mapping[str, str] | None = None,
    ) -> None:
        self.engines = engines or {}
        self.ami = ami
        self.speech = speech
        self.audiosocket = audiosocket
        self.clock = clock
        self.streams: dict[UUID, Tap] = {}
        self.sources: dict[str, Source] = {}  # voices that come from elsewhere, by channel
        self.came_up = anyio.Event()  # a new one each time the speech process comes up

    async def open(self, channel: str, stream_id: UUID) -> None:
        """Let a leg's voice be sent as ``stream_id``.

        Raises ``Unavailable`` or ``AmiRefused`` where that cannot be.
        """
        source = self.sources.get(channel)
        if source is not None and source.live:
            try:
                await source.open(stream_id, self.audiosocket)
            except (OSError, TimeoutError) as error:
                raise Unavailable("语音转写暂时不可用。") from error
        else:
            await self.ami.originate_tap(channel, stream_id, self.audiosocket)

    async def heard(self, event: SpeechEvent) -> None:
        """Give what was heard to the tap it belongs to; late words of a closed one are lost."""
        if isinstance(event, Words):
            tap = self.streams.get(event.stream_id)
            if tap is not None:
                await tap.heard(event)
        elif isinstance(event, SpeechTrouble):
            log.error("speech: %s", event.text)

    def knows(self, text: str) -> bool:
        """Whether ``text`` is the id of a stream that is wanted."""
        try:
            return UUID(text) in self.streams
        except ValueError:
            return False

    def speech_up(self) -> None:
        """The speech process takes streams (again)."""
        self.came_up.set()
        self.came_up = anyio.Event()

    def speech_down(self) -> None:
        """Every stream is gone."""
        for tap in list(self.streams.values()):
            tap.lose_stream("speech process lost")


class Tap:
    """One leg's tap, alive until the leg ends or its task is cancelled. All its streams ask for
    the same engine, that of ``queue_code``."""

    def __init__(
        self,
        taps: Taps,
        role: LegRole,
        channel: str,
        on_heard: OnHeard,
        on_state: OnState,
        queue_code: str = "",
    ) -> None:
        self.role = role
        self.channel = channel
        self.state = TapState.OPENING
        self.done = anyio.Event()
        self._taps = taps
        self._engine = taps.engines.get(queue_code)
        self._on_heard = on_heard
        self._on_state = on_state
        self._stream: UUID | None = None
        self._opened_at: datetime | None = None
        self._lost = anyio.Event()
        self._ended = False
        self._reason = ""
        self._leg_ended = anyio.Event()

    async def run(self) -> None:
        """Keep the leg's stream open; returns once the leg has ended and was heard out."""
        tries = 0
        try:
            while not self._leg_ended.is_set():
                came_up = self._taps.came_up
                if not self._taps.speech.available or tries >= MOST_TRIES:
                    await self._report(TapState.FAILED)
                    await self._until_leg_ends_or(came_up)
                    tries = 0
                    continue
                if await self._open():
                    await self._report(TapState.LIVE)
                    opened = anyio.current_time()
                    await self._lost.wait()
                    if anyio.current_time() - opened > STEADY_SECONDS:
                        tries = 0
                    if tries == 0 and self._reason in AT_ONCE:
                        await self._close()
                        tries = 1
                        continue
                    if self._taps.speech.available:
                        with anyio.move_on_after(HANG_UP_SECONDS):
                            await self._leg_ended.wait()
                    await self._close()
                if self._leg_ended.is_set():
                    break
                await self._report(TapState.FAILED)
                delay = min(FIRST_RETRY_SECONDS * 2**tries, LAST_RETRY_SECONDS)
                tries += 1
                with anyio.move_on_after(delay):
                    await self._leg_ended.wait()
        finally:
            with anyio.move_on_after(CLOSE_SECONDS, shield=True):
                await self._close()
                self.done.set()
                await self._on_state()
            self.done.set()

    @property
    def leg_ended(self) -> bool:
        """Whether nothing more of this leg is wanted."""
        return self._leg_ended.is_set()

    def end_leg(self) -> None:
        """The leg is gone; what was said last may still come."""
        self._leg_ended.set()

    def leave(self) -> None:
        """Hear nothing more of the leg, though it goes on."""
        self.end_leg()
        self.lose_stream(LEFT)

    def lose_stream(self, reason: str) -> None:
        """Nothing more comes from the present stream."""
        self._reason = reason
        self._lost.set()

    async def heard(self, event: Words) -> None:
        """Words of this leg, or their end."""
        if isinstance(event, StreamEnded):
            self._ended = True
            self.lose_stream(event.reason)
        else:
            await self._on_heard(self.role, event, self._opened_at)

    async def _open(self) -> bool:
        stream_id = uuid4()
        self._lost = anyio.Event()
        self._ended = False
        self._opened_at = None
        self._stream = stream_id
        self._taps.streams[stream_id] = self
        try:
            await self._taps.speech.expect(
                stream_id, first=self.role is LegRole.CALLER, engine=self._engine
            )
            await self._taps.open(self.channel, stream_id)
            self._opened_at = self._taps.clock.now() + FIRST_SOUND
        except (Unavailable, AmiRefused) as error:
            if not self._leg_ended.is_set():
                log.warning("stream %s of a %s leg not opened: %s", stream_id, self.role, error)
            await self._close()
            return False
        log.info("stream %s opened for a %s leg", stream_id, self.role)
        return True

    async def _close(self) -> None:
        """Let go of the present stream at both ends."""
        stream_id, self._stream = self._stream, None
        if stream_id is None:
            return
        self._taps.streams.pop(stream_id, None)
        reason, self._reason = self._reason or "leg ended", ""
        log.info("stream %s closed: %s", stream_id, reason)
        await self._on_heard(self.role, StreamEnded(stream_id, reason), self._opened_at)
        if not self._ended:
            await self._taps.speech.forget(stream_id)

    async def _report(self, state: TapState) -> None:
        if self.state is not state:
            self.state = state
            await self._on_state()

    async def _until_leg_ends_or(self, happens: anyio.Event) -> None:
        async with anyio.create_task_group() as group:

            async def finish_after(event: anyio.Event) -> None:
                await event.wait()
                group.cancel_scope.cancel()

            group.start_soon(finish_after, happens)
            group.start_soon(finish_after, self._leg_ended)
