"""Deadlines of orders: begun, reminded, escalated, stopped; on both databases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from dispatch.limits import Item, rules
from dispatch.reactions import Reactions
from dispatch.sweeper import Sweeper
from models.deadline_tables import (
    CalendarDay,
    DayKind,
    DeadlineKind,
    NoticeStep,
    SlaNotice,
    SlaTimer,
)
from models.errors import DomainError
from models.order_tables import WorkOrder
from models.states import CallStatus
from models.tables import LinkageUnit
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


async def test_reminder_alone_where_the_unit_is_in_time(world: World, sweeper: Sweeper) -> None:
    _, [item] = await send(world, world.water)
    await pass_time(world, sweeper, timedelta(seconds=100))
    await world.orders.receive(item, unit_id=world.water.id, actor_id=UNIT_USER)
    await pass_time(world, sweeper, timedelta(seconds=60))
    received = [line[1] for line in await notices(world) if line[0] is DeadlineKind.RECEIVED]
    assert received == [NoticeStep.REMIND]
    [timer] = await timers(world, DeadlineKind.RECEIVED)
    assert (timer.stopped_by, timer.breached_at) == ("receive", None)


async def test_police_have_less_time_and_more_in_the_country(
    world: World, sweeper: Sweeper
) -> None:
    town = LinkageUnit(code="P1", name="演示城关派出所", kind="公安", tier=1, area="演示街道")
    country = LinkageUnit(code="P2", name="演示北乡派出所", kind="公安", tier=1, area="北乡镇")
    async with world.database.writing() as work:
        work.session.add_all([town, country])
    _, items = await send(world, town, country, world.fire, emergency=True)
    found = {
        (timer.dispatch_order_id, timer.kind): timer.limit_seconds for timer in await timers(world)
    }
    assert [found[item, DeadlineKind.RECEIVED] for item in items] == [30, 30, 120]
    assert [found[item, DeadlineKind.ON_SITE] for item in items] == [480, 600, 1200]
    assert [found[item, DeadlineKind.FEEDBACK] for item in items] == [7200] * 3


async def test_suspended_order_stands_still_across_midnight(world: World, sweeper: Sweeper) -> None:
    order, [item] = await send(world, world.water)
    await world.orders.receive(item, unit_id=world.water.id, actor_id=UNIT_USER)
    [before] = await timers(world, DeadlineKind.FEEDBACK)
    world.clock.advance(timedelta(minutes=30))
    order = await world.order(order.id)
    await world.orders.suspend(order.id, world.seat_user.id, order.version, "等待配件")
    await pass_time(world, sweeper, timedelta(hours=20))
    assert await notices(world) == []
    order = await world.order(order.id)
    await world.orders.resume(order.id, world.seat_user.id, order.version)
    [after] = await timers(world, DeadlineKind.FEEDBACK)
    assert after.due_at == before.due_at + timedelta(hours=20)
    await pass_time(world, sweeper, timedelta(hours=1, minutes=31))
    fed = [line for line in await notices(world) if line[0] is DeadlineKind.FEEDBACK]
    assert [(step, late) for _, step, _, late in fed] == [
        (NoticeStep.REMIND, 0),
        (NoticeStep.DUTY_PHONE, 0),
    ]


async def test_everything_that_fell_due_in_a_gap_is_made_once(
    world: World, sweeper: Sweeper
) -> None:
    await send(world, world.water)
    world.clock.advance(timedelta(minutes=5))  # no process, or a clock that jumped
    assert await sweeper.sweep() == 4
    assert await sweeper.sweep() == 0
    world.clock.advance(timedelta(hours=-2))  # and back
    assert await sweeper.sweep() == 0
    world.clock.advance(timedelta(hours=2, minutes=2))
    assert await sweeper.sweep() == 1


async def test_order_sent_again_has_its_time_again(world: World, sweeper: Sweeper) -> None:
    order, [item] = await send(world, world.water)
    await world.orders.reject(item, unit_id=world.water.id, actor_id=UNIT_USER, reason="忙")
    assert all(
        timer.stopped_by == "reject"
        for timer in await timers(world)
        if timer.dispatch_order_id == item
    )
    world.clock.advance(timedelta(hours=1))
    await world.orders.send(order.id, world.seat_user.id, order.version, [world.water.id])
    running = [timer for timer in await timers(world) if timer.stopped_at is None]
    assert {timer.kind for timer in running} == {
        DeadlineKind.RECEIVED,
        DeadlineKind.ON_SITE,
        DeadlineKind.FEEDBACK,
        DeadlineKind.CLOSED,
    }
    assert min(timer.due_at for timer in running) == world.clock.now() + timedelta(seconds=120)


async def test_closed_order_has_no_limit_left(world: World, sweeper: Sweeper) -> None:
    order, [item] = await send(world, world.water)
    await world.orders.receive(item, unit_id=world.water.id, actor_id=UNIT_USER)
    await world.orders.feed_back(item, unit_id=world.water.id, actor_id=UNIT_USER, text="修好了")
    order = await world.order(order.id)
    await world.orders.close(order.id, world.supervisor.id, order.version)
    assert all(timer.stopped_at is not None for timer in await timers(world))
    world.clock.advance(timedelta(days=30))
    assert await sweeper.sweep() == 0


async def test_new_holiday_moves_what_counts_office_hours(world: World, sweeper: Sweeper) -> None:
    await send(world, world.water)
    [whole] = await timers(world, DeadlineKind.CLOSED)
    async with world.database.writing() as work:
        work.session.add(CalendarDay(day=date(2026, 3, 3), kind=DayKind.HOLIDAY, name="演练"))
    await sweeper.recalculate()
    [moved] = await timers(world, DeadlineKind.CLOSED)
    assert moved.due_at == whole.due_at + timedelta(days=3)  # from a Friday over a weekend


async def test_failed_action_leaves_no_deadline(world: World, sweeper: Sweeper) -> None:
    order, _ = await send(world, world.water)
    before = len(await timers(world))
    with pytest.raises(DomainError):
        await world.orders.send(order.id, world.seat_user.id, order.version, [uuid4()])
    assert len(await timers(world)) == before
