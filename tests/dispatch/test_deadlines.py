"""Deadlines of orders: begun, reminded, escalated, stopped; on both databases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from dispatch.limits import Item, rules
from dispatch.reactions import Reactions
from dispatch.sweeper import Sweeper
from models.deadline_tables import DeadlineKind, NoticeStep, SlaNotice, SlaTimer
from models.states import CallStatus
from models.tables import LinkageUnit, WorkOrder
from tests.support.world import World

UNIT_USER = uuid4()
PIPE = Item(name="供水管道破裂", received=120, on_site=1800, feedback=7200)


@pytest.fixture
def sweeper(world: World) -> Sweeper:
    world.database.follow(Reactions(rules(), {"W01": PIPE}.get).follow)
    return Sweeper(world.database, world.clock, rules())


async def send(
    world: World, *units: LinkageUnit, emergency: bool = False
) -> tuple[WorkOrder, list[UUID]]:
    call = await world.call(CallStatus.ANSWERED)
    order = await world.orders.open_draft(call.id)
    fields = {"address": "南苑小区", "category_code": "W01", "emergency": emergency}
    order = await world.orders.edit(order.id, world.seat_user.id, order.version, fields)
    order = await world.orders.send(
        order.id, world.seat_user.id, order.version, [unit.id for unit in units]
    )
    return order, [item.id for item in order.dispatch_orders]


async def timers(world: World, kind: DeadlineKind | None = None) -> Sequence[SlaTimer]:
    query = select(SlaTimer).order_by(SlaTimer.due_at)
    if kind is not None:
        query = query.where(SlaTimer.kind == kind)
    async with world.database.reading() as session:
        return (await session.scalars(query)).all()


async def notices(world: World) -> list[tuple[DeadlineKind, NoticeStep, float, float]]:
    """What was made: of which deadline, for whom, seconds after the start, seconds too late."""
    query = select(SlaNotice, SlaTimer.started_at).join(SlaTimer, SlaTimer.id == SlaNotice.timer_id)
    async with world.database.reading() as session:
        rows = (await session.execute(query.order_by(SlaNotice.due_at))).all()
    return [
        (
            row.kind,
            row.step,
            (row.due_at - started).total_seconds(),
            (row.at - row.due_at).total_seconds(),
        )
        for row, started in rows
    ]


async def pass_time(world: World, sweeper: Sweeper, span: timedelta) -> None:
    """Let time pass as a running sweeper sees it: stopping at every moment that is due."""
    end = world.clock.now() + span
    while (moment := await sweeper.next_at()) is not None and moment <= end:
        world.clock.advance(max(moment - world.clock.now(), timedelta()))
        await sweeper.sweep()
    world.clock.advance(end - world.clock.now())
    await sweeper.sweep()


async def test_each_step_is_made_once_and_on_time(world: World, sweeper: Sweeper) -> None:
    await send(world, world.water)
    await pass_time(world, sweeper, timedelta(minutes=10))
    received = [line for line in await notices(world) if line[0] is DeadlineKind.RECEIVED]
    assert received == [
        (DeadlineKind.RECEIVED, NoticeStep.REMIND, 72, 0),
        (DeadlineKind.RECEIVED, NoticeStep.DUTY_PHONE, 120, 0),
        (DeadlineKind.RECEIVED, NoticeStep.LEADER, 180, 0),
        (DeadlineKind.RECEIVED, NoticeStep.SUPERVISOR, 240, 0),
        (DeadlineKind.RECEIVED, NoticeStep.HIGHER_CENTRE, 420, 0),
    ]
    [timer] = await timers(world, DeadlineKind.RECEIVED)
    assert timer.breached_at == timer.started_at + timedelta(seconds=120)
    assert timer.next_at is None
    assert await sweeper.sweep() == 0
