"""What nobody heard is transcribed from the recording, once, whatever happens meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from asr.events import Word
from asr.said import Said, Span
from ivr import flac
from ivr.recordings import Recordings
from ivr.recover import AGAIN, Recover
from models.clock import ManualClock
from models.database import Database
from models.errors import Unavailable
from models.events import Event, UtteranceStored
from models.kinds import LegRole, UtteranceSource
from models.speech_tables import HeardStream, Recovery
from models.states import CallStatus
from models.tables import Call, Leg, Utterance
from models.telephony_tables import Recording
from tests.support.recorded import tone
from tests.support.telephony import People

pytestmark = pytest.mark.unit


@dataclass
class Ear:
    """Stands where the process stands: says one word in the middle of each span."""

    problem: str = ""
    asked: list[list[Span]] = field(default_factory=list)

    async def transcribe(self, file: Path, spans: Sequence[Span]) -> list[Said]:
        assert file.name == "one.flac"
        self.asked.append(list(spans))
        if self.problem:
            raise Unavailable(self.problem)
        return [_said(span) for span in spans]


def _said(span: Span) -> Said:
    at = (span.from_ms + span.to_ms) // 2
    word = Word("着火", at - 100, at + 100, 0.8)
    return Said(span.channel, "着火", "着火", (word,), at - 100, at + 100, 0.8, "vosk test")


@dataclass
class Kept:
    """A call of ten seconds with its recording, and what does its duty."""

    database: Database
    clock: ManualClock
    recordings: Recordings
    call_id: UUID
    path: Path
    ear: Ear = field(default_factory=Ear)
    living: set[UUID] = field(default_factory=set)

    def recover(self) -> Recover:
        """As after a start."""
        return Recover(
            self.database, self.clock, self.recordings, self.ear, lambda: set(self.living)
        )

    async def duty(self) -> Recovery:
        async with self.database.reading() as session:
            return (await session.scalars(select(Recovery))).one()

    async def said(self) -> list[Utterance]:
        async with self.database.reading() as session:
            query = select(Utterance).order_by(Utterance.call_ms)
            return list((await session.scalars(query)).all())


@pytest.fixture
async def kept(database: Database, clock: ManualClock, people: People, tmp_path: Path) -> Kept:
    now = clock.now()
    call = Call(
        queue_code="110",
        dialled="110",
        caller_number="13800001234",
        channel="",
        status=CallStatus.ENDED,
        received_at=now,
    )
    path = tmp_path / "archive" / "one.flac"
    made = flac.join(tone(tmp_path / "a.wav", 440, 10), tone(tmp_path / "b.wav", 440, 10), path)
    async with database.writing() as work:
        work.session.add(call)
        work.session.add(
            Recording(
                call_id=call.id,
                path="one.flac",
                sha256=made.sha256,
                size_bytes=made.size_bytes,
                duration_ms=made.duration_ms,
                began_at=now,
                stored_at=now,
                delete_after=now + timedelta(days=180),
            )
        )
        work.session.add(Recovery(call_id=call.id, due_at=now, created_at=now))
    recordings = Recordings(database, clock, path.parent)
    return Kept(database, clock, recordings, call.id, path)


async def hear(kept: Kept, role: LegRole, begin: float, end: float, *, whole: bool = True) -> UUID:
    """A stream of the call was heard; seconds of the recording."""
    of = uuid4()
    now = kept.clock.now()
    async with kept.database.writing() as work:
        work.session.add(
            HeardStream(
                stream_id=of,
                call_id=kept.call_id,
                role=role,
                began_at=now + timedelta(seconds=begin),
                ended_at=now + timedelta(seconds=end),
                whole=whole,
            )
        )
    return of


async def test_a_call_that_was_heard_asks_nobody(kept: Kept) -> None:
    await hear(kept, LegRole.CALLER, 0.2, 10)
    await kept.recover().look()
    duty = await kept.duty()
    assert (duty.status, duty.missed_ms, duty.found) == ("done", 0, 0)
    assert kept.ear.asked == []


async def test_a_gap_is_written_down_in_its_place_and_told(kept: Kept) -> None:
    told: list[Event] = []

    async def note(event: Event) -> None:
        told.append(event)

    kept.database.bus.subscribe(UtteranceStored, note)
    await hear(kept, LegRole.CALLER, 0, 4)
    await hear(kept, LegRole.CALLER, 7, 10)
    await kept.recover().look()
    assert kept.ear.asked == [[Span(0, 4_000, 7_000)]]
    [row] = await kept.said()
    assert (row.role, row.text, row.call_ms, row.engine) == ("caller", "着火", 5_400, "vosk test")
    assert row.source is UtteranceSource.RECORDING
    assert told == [UtteranceStored(kept.call_id, row.id)]
    duty = await kept.duty()
    assert (duty.status, duty.missed_ms, duty.found) == ("done", 3_000, 1)


async def test_done_once_however_often_it_starts(kept: Kept) -> None:
    for _ in range(2):
        await kept.recover().look()
    assert len(kept.ear.asked) == 1
    assert len(await kept.said()) == 1


async def test_a_failure_is_tried_again_after_a_restart_and_given_up_at_last(kept: Kept) -> None:
    kept.ear.problem = "录音转写未能完成。"
    await kept.recover().look()
    await kept.recover().look()
    assert len(kept.ear.asked) == 1, "it waits before it tries again"
    for pause in AGAIN:
        kept.clock.advance(pause)
        await kept.recover().look()
    duty = await kept.duty()
    assert (duty.status, duty.problem, duty.tries) == ("failed", "录音转写未能完成。", len(AGAIN))
    assert len(kept.ear.asked) == len(AGAIN) + 1


async def test_what_failed_once_comes_out_the_next_time(kept: Kept) -> None:
    kept.ear.problem = "录音转写未能完成。"
    await kept.recover().look()
    kept.ear.problem = ""
    kept.clock.advance(AGAIN[0])
    await kept.recover().look()
    assert [row.text for row in await kept.said()] == ["着火"]
    assert (await kept.duty()).status == "done"


async def test_a_call_whose_last_words_may_come_is_left_alone(kept: Kept) -> None:
    kept.living = {kept.call_id}
    assert not await kept.recover().look(), "it looks again soon"
    assert kept.ear.asked == []
    kept.living = set()
    assert await kept.recover().look()
    assert len(await kept.said()) == 1


async def test_a_missing_file_ends_the_duty(kept: Kept) -> None:
    kept.path.unlink()
    await kept.recover().look()
    duty = await kept.duty()
    assert duty.status == "failed"
    assert "录音文件缺失" in duty.problem


async def test_a_seat_is_written_down_for_its_own_time(kept: Kept) -> None:
    now = kept.clock.now()
    async with kept.database.writing() as work:
        work.session.add(
            Leg(
                call_id=kept.call_id,
                role=LegRole.AGENT,
                channel="",
                started_at=now + timedelta(seconds=3),
                ended_at=now + timedelta(seconds=9),
            )
        )
    await hear(kept, LegRole.CALLER, 0, 10)
    await kept.recover().look()
    assert kept.ear.asked == [[Span(1, 3_000, 9_000)]]
    assert [(row.role, row.call_ms) for row in await kept.said()] == [("agent", 5_900)]
