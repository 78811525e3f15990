"""A recording transcribed again: the newest is shown, the former stay, corrections too."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from asr.events import Word
from asr.said import Said
from ivr import corrections, flac, versions
from models.clock import ManualClock
from models.database import Database
from models.states import CallStatus
from models.tables import Call, Utterance
from models.telephony_tables import Recording
from tests.support.recorded import tone
from tests.support.spoken import utterance
from tests.support.telephony import People

pytestmark = pytest.mark.unit

OLD, NEW = "vosk small", "vosk large"


@pytest.fixture
async def recording(
    database: Database, clock: ManualClock, people: People, tmp_path: Path
) -> Recording:
    now = clock.now()
    call = Call(
        queue_code="110",
        dialled="110",
        caller_number="13800001234",
        channel="",
        status=CallStatus.ENDED,
        received_at=now,
    )
    made = flac.join(tone(tmp_path / "a.wav", 440, 3), None, tmp_path / "one.flac")
    row = Recording(
        call_id=call.id,
        path="one.flac",
        sha256=made.sha256,
        size_bytes=made.size_bytes,
        duration_ms=made.duration_ms,
        began_at=now,
        stored_at=now,
        delete_after=now + timedelta(days=180),
    )
    async with database.writing() as work:
        work.session.add_all([call, row])
        for place, text in enumerate(("我在梦舟街道", "楼着火了")):
            work.session.add(
                utterance(
                    call.id,
                    text,
                    now,
                    stream_id=UUID(int=7),
                    sequence=place,
                    start_ms=place * 1_500,
                    end_ms=place * 1_500 + 1_000,
                    call_ms=place * 1_500,
                    confidence=0.8,
                    engine=OLD,
                )
            )
    return row


def said(text: str, begin: int, end: int) -> Said:
    word = Word(text, begin, end, 0.9)
    return Said(0, text, text, (word,), begin, end, 0.9, NEW)


async def keep(database: Database, recording: Recording, *new: Said) -> int:
    async with database.reading() as session:
        spoken = await versions.voices(session, recording)
        kept = await versions.corrected(session, recording.call_id)
    made = await versions.store(database, recording, NEW, spoken, new, kept)
    return made.number


async def texts(database: Database, version: int) -> list[str]:
    async with database.reading() as session:
        query = select(Utterance).where(Utterance.version == version)
        return [row.text for row in await session.scalars(query.order_by(Utterance.sequence))]


async def waiting(database: Database, clock: ManualClock, engine: str) -> int:
    async with database.reading() as session:
        since, until = clock.now() - timedelta(days=1), clock.now() + timedelta(days=1)
        return len(await versions.waiting(session, engine, since, until, None))


async def test_the_newest_is_shown_and_the_former_stays(
    database: Database, clock: ManualClock, recording: Recording
) -> None:
    assert await keep(database, recording, said("我在濛洲街道", 0, 1_000)) == 1
    assert await keep(database, recording) == 2
    async with database.reading() as session:
        assert await session.scalar(versions.shown_version(recording.call_id)) == 2
        assert await session.scalar(versions.shown_version(uuid4())) == 0
    assert await texts(database, 0) == ["我在梦舟街道", "楼着火了"]
    assert await texts(database, 1) == ["我在濛洲街道"]
    assert await texts(database, 2) == [], "silence is a transcript too"


async def test_what_an_engine_has_done_is_not_waiting_for_it(
    database: Database, clock: ManualClock, recording: Recording
) -> None:
    assert await waiting(database, clock, NEW) == 1
    await keep(database, recording)
    assert await waiting(database, clock, NEW) == 0
    assert await waiting(database, clock, "whisper") == 1
    async with database.writing() as work:
        (await work.session.get_one(Recording, recording.id)).deleted_at = clock.now()
    assert await waiting(database, clock, "whisper") == 0, "there is nothing left to hear"


async def test_what_a_person_corrected_is_taken_over(
    database: Database, clock: ManualClock, people: People, recording: Recording
) -> None:
    async with database.reading() as session:
        query = select(Utterance).where(Utterance.sequence == 0)
        wrong = (await session.scalars(query)).one()
    await corrections.correct(
        database, wrong.id, people.one.id, text="我在濛洲街道", seen="我在梦舟街道"
    )
    await keep(database, recording, said("楼上着火了", 1_500, 2_500))
    assert await texts(database, 1) == ["我在濛洲街道", "楼上着火了"]
    async with database.reading() as session:
        query = select(Utterance).where(Utterance.version == 1).order_by(Utterance.sequence)
        first = (await session.scalars(query)).first()
        assert first is not None
        assert first.heard_text == "我在梦舟街道"
        assert len(await corrections.all_newest(session)) == 1, "it is exported once"
