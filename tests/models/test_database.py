"""Transactions, their events, and writers that meet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID, uuid4

import anyio
import pytest
from anyio import create_task_group
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError, StatementError

from models.clock import ManualClock
from models.database import Database
from models.errors import Conflict, IllegalTransition
from models.events import CallReceived, Event
from models.kinds import Device, Role
from models.order_tables import Incident, NumberSeries, WorkOrder
from models.states import CallStatus
from models.tables import AgentSession, Call, LinkageUnit, Queue, Seat, Transition, User
from models.transitions import SYSTEM, advance


def follow(database: Database) -> list[Event]:
    heard: list[Event] = []

    async def hear(event: CallReceived) -> None:
        heard.append(event)

    database.bus.subscribe(CallReceived, hear)
    return heard


async def count(database: Database) -> int:
    async with database.reading() as session:
        return len((await session.scalars(select(NumberSeries.name))).all())


async def store_order(database: Database, clock: ManualClock) -> UUID:
    order = WorkOrder(
        number="GD-1",
        incident=Incident(number="JQ-1", opened_at=clock.now()),
        queue_code="110",
        fields={},
        field_states={},
        created_at=clock.now(),
    )
    async with database.writing() as work:
        work.session.add_all([Queue(code="110", name="报警", emergency=True), order])
    return order.id


async def test_events_go_out_once_and_after_commit(database: Database) -> None:
    seen: list[int] = []

    async def look(event: CallReceived) -> None:
        seen.append(await count(database))

    database.bus.subscribe(CallReceived, look)
    notice = CallReceived(uuid4())
    async with database.writing() as work:
        work.session.add(NumberSeries(name="a", last=1))
        work.emit(notice)
        work.emit(notice)
        await work.session.flush()
        assert seen == []
    assert seen == [1]


async def test_rolled_back_work_tells_nobody(database: Database) -> None:
    heard = follow(database)

    async def fail() -> None:
        async with database.writing() as work:
            work.session.add(NumberSeries(name="a", last=1))
            work.emit(CallReceived(uuid4()))
            await work.session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert heard == []
    assert await count(database) == 0


async def test_commit_that_fails_tells_nobody(database: Database) -> None:
    heard = follow(database)
    orphan = Call(
        queue_code="unknown",
        dialled="",
        caller_number="",
        channel="",
        received_at=database.clock.now(),
    )

    async def store() -> None:
        async with database.writing() as work:
            work.session.add(orphan)
            work.emit(CallReceived(uuid4()))

    with pytest.raises(IntegrityError):
        await store()
    assert heard == []
    async with database.writing() as work:  # and the connection is fit for use again
        work.session.add(NumberSeries(name="a", last=1))
    assert await count(database) == 1


async def test_cancelled_writer_gives_the_lock_back(database: Database) -> None:
    heard = follow(database)
    with anyio.move_on_after(30) as scope:
        async with database.writing() as work:
            work.session.add(NumberSeries(name="a", last=1))
            work.emit(CallReceived(uuid4()))
            await work.session.flush()
            scope.cancel()
            await work.session.scalar(select(NumberSeries.last))
    assert scope.cancelled_caught
    with anyio.fail_after(30):
        async with database.writing() as work:
            work.session.add(NumberSeries(name="a", last=2))
    assert await count(database) == 1
    assert heard == []


async def test_parallel_writers_wait_their_turn(database: Database) -> None:
    async with database.writing() as work:
        work.session.add(NumberSeries(name="a", last=0))

    async def add_one() -> None:
        async with database.writing() as work:
            query = select(NumberSeries).where(NumberSeries.name == "a").with_for_update()
            row = (await work.session.scalars(query)).one()
            await anyio.lowlevel.checkpoint()
            row.last += 1

    async with create_task_group() as group:
        for _ in range(25):
            group.start_soon(add_one)
    async with database.reading() as session:
        assert await session.scalar(select(NumberSeries.last)) == 25


async def test_reader_is_not_held_up_by_a_writer(database: Database) -> None:
    async with database.writing() as work:
        work.session.add(NumberSeries(name="a", last=0))
        await work.session.flush()
        with anyio.fail_after(30):
            assert await count(database) == 0


@pytest.mark.parametrize("flush_early", [False, True])
async def test_row_changed_by_another_is_a_conflict(
    database: Database, clock: ManualClock, flush_early: bool
) -> None:
    order_id = await store_order(database, clock)
    async with database.reading() as session:
        stale = (await session.scalars(select(WorkOrder).where(WorkOrder.id == order_id))).one()
    async with database.writing() as work:
        await work.session.execute(update(WorkOrder).values(version=WorkOrder.version + 1))

    async def overwrite() -> None:
        async with database.writing() as work:
            work.session.add(stale)
            stale.answer = "neu"
            if flush_early:
                await work.session.flush()

    with pytest.raises(Conflict):
        await overwrite()


async def test_rows_of_one_transaction_are_stored_in_any_order(
    database: Database, clock: ManualClock
) -> None:
    unit = LinkageUnit(code="u", name="u", kind="供水", tier=1)
    user = User(
        username="a",
        display_name="a",
        password_hash="-",
        role=Role.UNIT,
        unit_id=unit.id,
        created_at=clock.now(),
    )
    seat = Seat(code="s", name="s", queue_codes=["110"], sip_secret="-")
    agent = AgentSession(
        user_id=user.id,
        seat_id=seat.id,
        device=Device.WEB,
        status_since=clock.now(),
        signed_in_at=clock.now(),
    )
    call = Call(
        queue_code="110",
        dialled="110",
        caller_number="1",
        channel="c",
        received_at=clock.now(),
        agent_session_id=agent.id,
    )
    agent.call_id = call.id  # the two refer to each other
    async with database.writing() as work:
        work.session.add_all([call, agent, seat, user, unit])
        await work.session.flush()
        work.session.add(Queue(code="110", name="报警", emergency=True))
    async with database.reading() as session:
        found = (await session.scalars(select(Call))).one()
    assert (found.agent_session_id, found.status) == (agent.id, CallStatus.RECEIVED)


async def test_times_come_back_aware_and_in_utc(database: Database) -> None:
    local = datetime(2026, 3, 1, 20, 0, 0, 123456, tzinfo=timezone(timedelta(hours=8)))
    async with database.writing() as work:
        work.session.add(Incident(number="JQ-1", opened_at=local))
    async with database.reading() as session:
        read = await session.scalar(select(Incident.opened_at).where(Incident.opened_at <= local))
    assert read == local
    assert read is not None
    assert read.tzinfo is UTC


async def test_naive_times_are_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="naive datetime"):
        async with database.writing() as work:
            work.session.add(Incident(number="JQ-1", opened_at=datetime(2026, 3, 1)))


@pytest.mark.unit
def test_new_row_has_its_defaults_at_once() -> None:
    one, two = Call(), Call(status=CallStatus.QUEUED)
    assert one.status is CallStatus.RECEIVED
    assert two.status is CallStatus.QUEUED
    assert one.id != two.id
    with pytest.raises(TypeError, match="Call has no column 'colour'"):
        Call(colour="red")


async def test_move_is_recorded_and_an_illegal_one_is_not(
    database: Database, clock: ManualClock
) -> None:
    order_id = await store_order(database, clock)
    async with database.writing() as work:
        order = (await work.session.scalars(select(WorkOrder))).one()
        advance(work.session, order, "discard", actor=SYSTEM, at=clock.now(), reason="长" * 300)
        with pytest.raises(IllegalTransition):
            advance(work.session, order, "send", actor=SYSTEM, at=clock.now())
    async with database.reading() as session:
        [row] = (await session.scalars(select(Transition))).all()
    assert (row.entity, row.entity_id) == ("work_order", order_id)
    assert (row.old, row.trigger, row.new) == ("draft", "discard", "cancelled")
    assert (row.actor, row.at, len(row.reason)) == (SYSTEM, clock.now(), 255)
