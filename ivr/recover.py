"""What nobody heard while it was spoken is transcribed from the recording afterwards.

Each stored recording brings a duty (a row of ``recoveries``), so nothing is forgotten over a
restart. It is looked at once the call's last words are stored: where every leg was heard to its
end, there is nothing to do; else exactly what is missing is transcribed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid5

import anyio

from asr.said import Said
from ivr import recovery_rows
from ivr.gaps import Gap, gaps, not_yet_written, role_at
from ivr.recordings import Recordings
from ivr.transcribing import Transcribes
from ivr.versions import from_recording
from models.bus import EventBus
from models.clock import Clock
from models.database import Database
from models.errors import Gone, NotFound, Unavailable
from models.events import RecordingStored, UtteranceStored
from models.speech_tables import Recovery
from models.tables import Utterance
from models.telephony_tables import Recording
from models.transitions import SYSTEM, advance

log = logging.getLogger(__name__)

AT_ONCE: Final = 20  # duties of one look
LOOK_SECONDS: Final = 60.0  # at the latest
SOON_SECONDS: Final = 1.0  # while a call's last words may still come
# After a failure; the machine may be busy, the disk full, the model being replaced.
AGAIN: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 720))


class Recover:
    """Does the duties, one after the other; without ``transcriber`` they stay due.

    ``living`` gives the calls whose words are still being written down.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        recordings: Recordings,
        transcriber: Transcribes | None,
        living: Callable[[], set[UUID]],
    ) -> None:
        self._database = database
        self._clock = clock
        self._recordings = recordings
        self._transcriber = transcriber
        self._living = living
        self._wake = anyio.Event()

    def subscribe(self, bus: EventBus) -> None:
        """Look at each recording that is stored."""
        bus.subscribe(RecordingStored, self._stored)

    async def _stored(self, _: RecordingStored) -> None:
        self._wake.set()

    async def run(self) -> None:
        """Do what is due until cancelled."""
        if self._transcriber is None:
            return
        while True:
            self._wake = anyio.Event()
            wait = LOOK_SECONDS
            try:
                if not await self.look():
                    wait = SOON_SECONDS
                else:
                    wait = min(wait, await self._until_next())
            except Exception:
                log.exception("recordings were not looked at; their duties stay")
            with anyio.move_on_after(wait):
                await self._wake.wait()

    async def look(self) -> bool:
        """Do what is due now; whether nothing of it had to be put off for a living call."""
        async with self._database.reading() as session:
            found = await recovery_rows.due(session, self._clock.now(), AT_ONCE)
        living = self._living()
        for duty in found:
            if duty.call_id not in living:
                try:
                    await self._do(duty)
                except Exception:
                    # One that cannot be done must not keep the others waiting.
                    log.exception("recovery of call %s failed", duty.call_id)
                    await self._put_off(duty, "补转写时出错，详见运行日志。")
        return not any(duty.call_id in living for duty in found) and len(found) < AT_ONCE

    async def _until_next(self) -> float:
        async with self._database.reading() as session:
            due_at = await recovery_rows.next_due_at(session)
        if due_at is None:
            return LOOK_SECONDS
        return max(SOON_SECONDS, (due_at - self._clock.now()).total_seconds())

    async def _do(self, duty: Recovery) -> None:
        try:
            recording, path = await self._recordings.file_of(duty.call_id)
            missed, written = await self._missed(recording)
            said: list[Said] = []
            if missed and self._transcriber is not None:
                said = await self._transcriber.transcribe(path, [gap.span for gap in missed])
        except (Gone, NotFound) as error:
            await self._give_up(duty, error.message)
        except Unavailable as error:
            await self._put_off(duty, error.message)
        else:
            await self._finish(duty, recording, missed, said, written)

    async def _missed(self, recording: Recording) -> tuple[list[Gap], Sequence[Utterance]]:
        call_id = recording.call_id
        async with self._database.reading() as session:
            legs = await recovery_rows.legs(session, call_id)
            streams = await recovery_rows.heard_streams(session, call_id)
            written = await recovery_rows.utterances(session, call_id)
        missed = gaps(recording.began_at, recording.duration_ms, legs, streams, written)
        return missed, written

    async def _finish(
        self,
        duty: Recovery,
        recording: Recording,
        missed: Sequence[Gap],
        said: Sequence[Said],
        written: Sequence[Utterance],
    ) -> None:
        new = [one for one in said if not_yet_written(one, written)]
        now = self._clock.now()
        async with self._database.writing() as work:
            row = await recovery_rows.to_change(work.session, duty.id)
            if row is None:
                return
            advance(work.session, row, "finish", actor=SYSTEM, at=now)
            row.ended_at = now
            row.missed_ms = sum(gap.span.to_ms - gap.span.from_ms for gap in missed)
            row.found = len(new)
            for sequence, one in enumerate(new):
                utterance = from_recording(recording, role_at(missed, one), one)
                utterance.stream_id = uuid5(recording.id, str(one.channel))
                utterance.sequence = sequence
                work.session.add(utterance)
                work.emit(UtteranceStored(row.call_id, utterance.id))
        if missed:
            log.info(
                "call %s: %d ms were not heard, %d utterances transcribed from the recording",
                duty.call_id,
                row.missed_ms,
                row.found,
            )

    async def _put_off(self, duty: Recovery, problem: str) -> None:
        now = self._clock.now()
        if duty.tries >= len(AGAIN):
            await self._give_up(duty, problem)
            return
        log.warning("recovery of call %s is put off: %s", duty.call_id, problem)
        async with self._database.writing() as work:
            row = await recovery_rows.to_change(work.session, duty.id)
            if row is not None:
                row.due_at = now + AGAIN[row.tries]
                row.tries += 1
                row.problem = problem[:255]

    async def _give_up(self, duty: Recovery, problem: str) -> None:
        now = self._clock.now()
        log.error("recovery of call %s is given up: %s", duty.call_id, problem)
        async with self._database.writing() as work:
            row = await recovery_rows.to_change(work.session, duty.id)
            if row is not None:
                advance(work.session, row, "give_up", actor=SYSTEM, at=now)
                row.ended_at = now
                row.problem = problem[:255]
