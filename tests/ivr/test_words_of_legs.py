"""Each leg's words are shown and stored in their order, whatever another leg's wait for."""

from __future__ import annotations

from uuid import UUID, uuid4

import anyio
import pytest
from sqlalchemy import select

from asr.client import FinalHeard, PartialHeard, Word
from ivr.life import LegWords
from ivr.transcripts import Transcript
from models.database import Database
from models.events import TranscriptGrew
from models.kinds import LegRole
from models.tables import Call, Utterance
from tests.support.telephony import People

pytestmark = pytest.mark.integration

CALLER, SEAT = uuid4(), uuid4()


def partial(stream: UUID, sequence: int, text: str) -> PartialHeard:
    return PartialHeard(stream, sequence, text, text, 100)


def final(stream: UUID, sequence: int, text: str) -> FinalHeard:
    return FinalHeard(stream, sequence, text, text, (Word(text, 0, 9, 0.8),), 0, 9, 0.8, "test")


async def told_all(told: list[str], wanted: list[str]) -> None:
    with anyio.move_on_after(30):
        while told != wanted:
            await anyio.sleep(0.01)
    assert told == wanted


async def test_a_leg_waits_for_its_own_words_and_for_no_others(
    database: Database, people: People
) -> None:
    call = Call(
        queue_code="110",
        dialled="110",
        caller_number="1",
        channel="PJSIP/x",
        received_at=database.clock.now(),
    )
    async with database.writing() as work:
        work.session.add(call)
    told: list[str] = []

    async def note(event: TranscriptGrew) -> None:
        told.append(event.text)

    database.bus.subscribe(TranscriptGrew, note)
    transcript = Transcript(call.id, "110", database, None, anyio.CapacityLimiter(1))
    caller, seat = LegWords(call.id, transcript), LegWords(call.id, transcript)
    async with anyio.create_task_group() as group:
        group.start_soon(caller.run)
        group.start_soon(seat.run)
        async with database.writing():  # nothing is stored until this is over
            await caller.add(LegRole.CALLER, final(CALLER, 0, "水管破了"), None)
            await told_all(told, ["水管破了"])
            await caller.add(LegRole.CALLER, partial(CALLER, 1, "在"), None)
            await caller.add(LegRole.CALLER, partial(CALLER, 1, "在桥"), None)
            await seat.add(LegRole.AGENT, partial(SEAT, 0, "哪里"), None)
            await told_all(told, ["水管破了", "哪里"])
        await told_all(told, ["水管破了", "哪里", "在桥"])
        await caller.add(LegRole.CALLER, final(CALLER, 1, "在桥边"), None)
        await caller.store()
        group.cancel_scope.cancel()
    async with database.reading() as session:
        query = select(Utterance.text).order_by(Utterance.sequence)
        assert list(await session.scalars(query)) == ["水管破了", "在桥边"]
