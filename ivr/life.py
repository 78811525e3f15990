"""One call's tasks: its taps and its running suggestion live and end with it."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final
from uuid import UUID

import anyio
from anyio.abc import TaskGroup, TaskStatus

from asr.client import FinalHeard, PartialHeard, SecondHeard, StreamEnded
from ivr.taps import Tap, Taps, TapState
from ivr.transcripts import Transcript
from models.kinds import LegRole, SpeechState

log = logging.getLogger(__name__)

LAST_WORDS_SECONDS: Final = 5.0  # after the hang-up, for what was said last
STORE_SECONDS: Final = 5.0  # for words that still wait when everything else has ended
MOST_WAITING: Final = 200

Heard = tuple[LegRole, PartialHeard | FinalHeard | SecondHeard | StreamEnded, datetime | None]
OnSpeech = Callable[[UUID, SpeechState], Awaitable[None]]


class LegWords:
    """One leg's words that wait to be shown and stored, in their order; no leg's wait for
    another's, be it of the same call or of another one."""

    def __init__(self, call_id: UUID, transcript: Transcript) -> None:
        self._call_id = call_id
        self._transcript = transcript
        self._waiting: deque[Heard] = deque()
        self._came = anyio.Event()
        self._taken = anyio.Event()
        self._writing = anyio.Lock()
        self._running = False

    async def add(
        self,
        role: LegRole,
        event: PartialHeard | FinalHeard | SecondHeard | StreamEnded,
        opened_at: datetime | None,
    ) -> None:
        """Let words wait their turn. A growing segment takes the place of its former state."""
        if isinstance(event, PartialHeard):
            for waiting in self._waiting:
                if isinstance(waiting[1], PartialHeard) and waiting[1].stream_id == event.stream_id:
                    self._waiting.remove(waiting)
                    break
        while len(self._waiting) >= MOST_WAITING and self._running:
            await self._taken.wait()
        self._waiting.append((role, event, opened_at))
        self._came.set()

    async def run(self) -> None:
        """Show and store what comes until cancelled."""
        self._running = True
        try:
            while True:
                await self._came.wait()
                self._came = anyio.Event()
                await self.store()
        finally:
            self._running = False

    async def store(self) -> None:
        """Show and store what waits."""
        async with self._writing:
            while self._waiting:
                role, event, opened_at = self._waiting.popleft()
                self._taken.set()
                self._taken = anyio.Event()
                try:
                    await self._transcript.heard(role, event, opened_at)
                except Exception:
                    log.exception("words of call %s could not be kept", self._call_id)


class CallLife:
    """The task group of one call, from first sight until its last words are stored."""

    def __init__(
        self, call_id: UUID, taps: Taps, transcript: Transcript, on_speech: OnSpeech
    ) -> None:
        self.call_id = call_id
        self.queue_code = ""  # decides on the engine of legs that come
        self.transcript = transcript
        self._taps = taps
        self._on_speech = on_speech
        self._legs: dict[str, Tap] = {}
        self._group: TaskGroup | None = None
        self._over = anyio.Event()
        self._speech = anyio.Lock()
        self._words: list[LegWords] = []  # of every leg that was opened

    async def run(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Live until ``end``; a failure in here ends this call's helpers and nothing else."""
        try:
            async with anyio.create_task_group() as group:
                self._group = group
                group.start_soon(self._load_and_suggest)
                for words in self._words:
                    group.start_soon(words.run)
                for tap in self._legs.values():
                    group.start_soon(tap.run)
                task_status.started()
                await self._over.wait()
                with anyio.move_on_after(LAST_WORDS_SECONDS):
                    for tap in list(self._legs.values()):
                        await tap.done.wait()
                    await self._write_rest()
                    await self.transcript.rested()
                group.cancel_scope.cancel()
        except Exception:
            log.exception("the helpers of call %s failed; the call itself goes on", self.call_id)
            await self._store_speech(SpeechState.UNAVAILABLE)
        finally:
            self._over.set()
            self._group = None
            with anyio.move_on_after(STORE_SECONDS, shield=True):
                await self._write_rest()

    def open_leg(self, role: LegRole, channel: str) -> None:
        """Listen to a leg; one that is listened to already stays as it is."""
        present = self._legs.get(channel)
        if self._over.is_set() or (present is not None and not present.leg_ended):
            return
        words = LegWords(self.call_id, self.transcript)
        self._words.append(words)
        tap = Tap(self._taps, role, channel, words.add, self._tell_speech, self.queue_code)
        self._legs[channel] = tap
        if self._group is not None:  # else `run` starts them
            self._group.start_soon(words.run)
            self._group.start_soon(tap.run)

    def end_leg(self, channel: str) -> None:
        """A leg's channel is gone."""
        tap = self._legs.get(channel)
        if tap is not None:
            tap.end_leg()

    def leave_leg(self, channel: str) -> None:
        """Write down nothing more of a leg whose channel goes on."""
        tap = self._legs.get(channel)
        if tap is not None:
            tap.leave()

    def end(self) -> None:
        """The call is over; ``run`` returns once its last words are stored."""
        self._over.set()
        for tap in self._legs.values():
            tap.end_leg()

    async def _load_and_suggest(self) -> None:
        try:
            await self.transcript.load()
        except Exception:
            log.exception("what was said in call %s before could not be read", self.call_id)
        await self.transcript.suggesting()

    async def _write_rest(self) -> None:
        for words in self._words:
            await words.store()

    async def _tell_speech(self) -> None:
        """Words are unavailable as soon as one leg that goes on is not heard."""
        if self._over.is_set():
            return
        async with self._speech:
            states = {tap.state for tap in self._legs.values() if not tap.done.is_set()}
            if TapState.FAILED in states:
                await self._store_speech(SpeechState.UNAVAILABLE)
            elif TapState.LIVE in states:
                await self._store_speech(SpeechState.LIVE)

    async def _store_speech(self, state: SpeechState) -> None:
        try:
            await self._on_speech(self.call_id, state)
        except Exception:
            log.exception("the speech state of call %s could not be stored", self.call_id)
