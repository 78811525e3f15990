"""Figures from rows, on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from ivr.statistics import Statistics
from models.clock import ManualClock
from models.database import Database
from models.errors import InvalidInput
from models.kinds import Device, Direction, LegRole
from models.states import CallStatus
from models.tables import AgentSession, Call, Leg, Seat, User
from models.transitions import SYSTEM, advance
from tests.support.both_databases import database  # noqa: F401 - takes the plain one's place
from tests.support.telephony import People


def s(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


@pytest.fixture
def start(clock: ManualClock) -> datetime:
    return clock.now()


async def add_session(of: Database, user: User, at: datetime) -> AgentSession:
    async with of.writing() as work:
        seat = (await work.session.scalars(select(Seat))).first()
        assert seat is not None
        agent = AgentSession(
            user_id=user.id, seat_id=seat.id, device=Device.PHONE, status_since=at, signed_in_at=at
        )
        work.session.add(agent)
        advance(work.session, agent, "sign_in", actor=SYSTEM, at=at)
    return agent


async def move(of: Database, agent: AgentSession, *steps: tuple[str, datetime]) -> None:
    async with of.writing() as work:
        row = await work.session.get_one(AgentSession, agent.id)
        for trigger, at in steps:
            advance(work.session, row, trigger, actor=SYSTEM, at=at)
            if trigger == "sign_out":
                row.signed_out_at = at


async def add_call(of: Database, received_at: datetime, **values: Any) -> Call:
    call = Call(
        **(
            {
                "queue_code": "110",
                "dialled": "110",
                "caller_number": "1",
                "channel": "",
                "received_at": received_at,
            }
            | values
        )
    )
    async with of.writing() as work:
        work.session.add(call)
    return call


async def test_a_shift(
    database: Database,  # noqa: F811 - the fixture
    people: People,
    clock: ManualClock,
    start: datetime,
) -> None:
    one = await add_session(database, people.one, start)
    await move(
        database,
        one,
        ("ring", start + s(100)),
        ("answer", start + s(104)),
        ("hang_up", start + s(164)),
        ("ready", start + s(184)),
        ("pause", start + s(284)),
        ("sign_out", start + s(384)),
    )
    two = await add_session(database, people.two, start + s(90))
    await move(database, two, ("ring", start + s(100)), ("no_answer", start + s(120)))
    answered = await add_call(
        database,
        start + s(100),
        status=CallStatus.ENDED,
        answered_at=start + s(104),
        ended_at=start + s(166),
        agent_session_id=one.id,
    )
    async with database.writing() as work:
        work.session.add(
            Leg(
                call_id=answered.id,
                role=LegRole.AGENT,
                channel="a",
                started_at=start + s(104),
                ended_at=start + s(164),
            )
        )
        work.session.add(
            Leg(
                call_id=answered.id,
                role=LegRole.CALLER,
                channel="c",
                started_at=start + s(100),
                ended_at=start + s(166),
            )
        )
    abandoned = {"status": CallStatus.ABANDONED}
    await add_call(database, start + s(200), ended_at=start + s(205), **abandoned)
    await add_call(database, start + s(200), ended_at=start + s(250), **abandoned)
    await add_call(database, start + s(300), status=CallStatus.QUEUED)
    placed = {"direction": Direction.OUT, "status": CallStatus.ENDED}
    await add_call(database, start + s(300), ended_at=start + s(310), **placed)
    await add_call(database, start - s(1), ended_at=start, **abandoned)
    await add_call(database, start + s(400), ended_at=start + s(500), **abandoned)

    clock.advance(s(390))
    report = await Statistics(database, clock).between(start, start + s(400))
    queue = report.queues["110"]
    assert (queue.offered, queue.answered, queue.abandoned, queue.abandoned_short) == (4, 1, 2, 1)
    assert queue.service_level == pytest.approx(1 / 3)
    assert queue.average_answer == s(4)
    assert queue.average_handle == s(60 + 20)
    assert queue.longest_wait == s(90)
    assert report.queues["96345"].offered == 0

    figures = {one.user_id: one for one in report.agents}
    first, second = figures[people.one.id], figures[people.two.id]
    assert (first.talk, first.wrap_up, first.ready, first.paused) == (
        s(60),
        s(20),
        s(204),
        s(100),
    )
    assert (second.ready, second.paused, second.answered) == (s(30), s(270), 0)

    half = await Statistics(database, clock).between(start + s(134), start + s(200))
    figures = {one.user_id: one for one in half.agents}
    assert (figures[people.one.id].talk, figures[people.one.id].ready) == (s(30), s(16))


async def test_today_begins_at_midnight_in_china(
    database: Database,  # noqa: F811 - the fixture
    people: People,
    clock: ManualClock,
    start: datetime,
) -> None:
    await add_call(database, start, status=CallStatus.ABANDONED, ended_at=start + s(50))
    found = await Statistics(database, clock).queues_today()
    assert {code: one.offered for code, one in found.items()} == {"110": 1, "96345": 0}
    clock.advance(timedelta(hours=4))
    assert (await Statistics(database, clock).queues_today())["110"].offered == 0


@pytest.mark.parametrize(
    "length", [timedelta(0), timedelta(seconds=-1), timedelta(days=31, seconds=1)]
)
async def test_periods_that_cannot_be_counted(
    database: Database,  # noqa: F811 - the fixture
    clock: ManualClock,
    start: datetime,
    length: timedelta,
) -> None:
    with pytest.raises(InvalidInput):
        await Statistics(database, clock).between(start, start + length)


async def test_many_calls_are_read_in_blocks(
    database: Database,  # noqa: F811 - the fixture
    people: People,
    clock: ManualClock,
    start: datetime,
) -> None:
    async with database.writing() as work:
        for number in range(2_500):
            call = Call(
                queue_code="110",
                dialled="110",
                caller_number="",
                channel="",
                status=CallStatus.ENDED,
                received_at=start + s(number),
                answered_at=start + s(number + 1),
                ended_at=start + s(number + 3),
            )
            work.session.add(call)
            for _ in range(2):
                work.session.add(
                    Leg(
                        call_id=call.id,
                        role=LegRole.AGENT,
                        channel="",
                        started_at=start,
                        ended_at=start + s(1),
                    )
                )
    report = await Statistics(database, clock).between(start, start + timedelta(days=1))
    assert report.queues["110"].answered == 2_500
    assert report.queues["110"].average_handle == s(2)
