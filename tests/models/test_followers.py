"""What follows a unit of work before its commit, and writers that take turns."""

from __future__ import annotations

import anyio
import pytest
from sqlalchemy import event, func, select

from models.clock import ManualClock
from models.database import Database, UnitOfWork
from models.errors import IllegalTransition
from models.events import CallReceived, Event
from models.order_tables import NumberSeries
from models.states import CallStatus
from models.tables import Call, Queue, Transition
from models.transitions import SYSTEM, Move, advance, take_moves


def a_call(clock: ManualClock) -> Call:
    return Call(
        queue_code="110",
        dialled="110",
        caller_number="",
        channel="PJSIP/1",
        received_at=clock.now(),
    )


async def test_follower_sees_the_moves_and_its_rows_are_committed_with_them(
    database: Database, clock: ManualClock
) -> None:
    seen: list[list[Move]] = []

    async def follow(work: UnitOfWork) -> None:
        moves = take_moves(work.session)
        seen.append(moves)
        work.session.add_all(NumberSeries(name=move.trigger, last=0) for move in moves)
        work.emit(CallReceived(moves[0].row.id))

    heard: list[Event] = []

    async def hear(event: CallReceived) -> None:
        heard.append(event)

    database.bus.subscribe(CallReceived, hear)
    database.follow(follow)
    call = a_call(clock)
    async with database.writing() as work:
        work.session.add_all([Queue(code="110", name="报警", emergency=True), call])
        for trigger in ("queue", "ring"):
            advance(work.session, call, trigger, actor=SYSTEM, at=clock.now())
        with pytest.raises(IllegalTransition):
            advance(work.session, call, "sign_in", actor=SYSTEM, at=clock.now())
    [moves] = seen
    assert [(move.old, move.trigger, move.new) for move in moves] == [
        (CallStatus.RECEIVED, "queue", CallStatus.QUEUED),
        (CallStatus.QUEUED, "ring", CallStatus.RINGING),
    ]
    async with database.reading() as session:
        assert set(await session.scalars(select(NumberSeries.name))) == {"queue", "ring"}
    assert heard == [CallReceived(call.id)]


async def test_work_that_its_follower_refuses_leaves_nothing(
    database: Database, clock: ManualClock
) -> None:
    async def refuse(work: UnitOfWork) -> None:
        raise IllegalTransition("not like this")

    database.follow(refuse)
    with pytest.raises(IllegalTransition):
        async with database.writing() as work:
            work.session.add(NumberSeries(name="x", last=0))
    async with database.reading() as session:
        assert (await session.scalars(select(NumberSeries))).all() == []


async def test_failed_work_is_not_followed(database: Database) -> None:
    async def follow(work: UnitOfWork) -> None:
        raise AssertionError("followed")

    database.follow(follow)
    with pytest.raises(ZeroDivisionError):
        async with database.writing():
            raise ZeroDivisionError


async def test_writers_come_in_the_order_they_asked(database: Database) -> None:
    if database.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL's writers do not wait for one another")
    order: list[int] = []

    async def write(number: int) -> None:
        async with database.writing() as work:
            work.session.add(NumberSeries(name=str(number), last=0))
            await work.session.flush()
            order.append(number)

    async with anyio.create_task_group() as group:
        for number in range(20):
            group.start_soon(write, number)
    assert order == list(range(20))


async def test_writer_that_gives_up_waiting_holds_nobody_up(database: Database) -> None:
    if database.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL's writers do not wait for one another")
    holding, release = anyio.Event(), anyio.Event()

    async def hold() -> None:
        async with database.writing() as work:
            work.session.add(NumberSeries(name="first", last=0))
            holding.set()
            await release.wait()

    async with anyio.create_task_group() as group:
        group.start_soon(hold)
        await holding.wait()
        with anyio.move_on_after(0.05) as waiting:
            async with database.writing():
                raise AssertionError("two write at once")
        assert waiting.cancelled_caught
        release.set()
    with anyio.fail_after(30):
        async with database.writing() as work:
            work.session.add(NumberSeries(name="next", last=0))
    async with database.reading() as session:
        assert set(await session.scalars(select(NumberSeries.name))) == {"first", "next"}


async def test_moves_are_stored_together_also_one_that_changes_nothing_else(
    database: Database, clock: ManualClock
) -> None:
    statements: list[str] = []

    def note(_c: object, _u: object, statement: str, *_: object) -> None:
        if statement.startswith("INSERT INTO transitions"):
            statements.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    calls = [a_call(clock) for _ in range(30)]
    async with database.writing() as work:
        work.session.add_all([Queue(code="110", name="报警", emergency=True), *calls])
        for call in calls:
            advance(work.session, call, "queue", actor=SYSTEM, at=clock.now())
    assert len(statements) == 1
    async with database.writing() as work:
        row = await work.session.get_one(Call, calls[0].id)
        advance(work.session, row, "ring", actor=SYSTEM, at=clock.now())
        stored = select(func.count()).select_from(Transition)
        assert await work.session.scalar(stored) == 31  # what was done so far can be read
        advance(work.session, row, "no_answer", actor=SYSTEM, at=clock.now())
        advance(work.session, row, "ring", actor=SYSTEM, at=clock.now())
    async with database.reading() as session:
        moves = select(Transition.trigger).where(Transition.entity_id == calls[0].id)
        found = list(await session.scalars(moves.order_by(Transition.id)))
    assert found == ["queue", "ring", "no_answer", "ring"]
