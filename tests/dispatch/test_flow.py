"""From the seat's click to the checked feedback, and every refusal on the way."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from anyio import create_task_group

from dispatch import repository
from models.errors import Conflict, DomainError, IllegalTransition, InvalidInput, NotFound
from models.events import DispatchOrderChanged, WorkOrderChanged
from models.order_tables import WorkOrder
from models.states import DispatchStatus, Lamp, WorkOrderStatus, lamp
from models.tables import LinkageUnit
from tests.support.world import World

UNIT_USER = uuid4()


def at(unit: LinkageUnit) -> dict[str, UUID]:
    return {"unit_id": unit.id, "actor_id": UNIT_USER}


async def sent(world: World, *units: LinkageUnit) -> tuple[WorkOrder, list[UUID]]:
    """A draft sent to units, and its dispatch orders' ids in the same order."""
    order = await world.draft()
    order = await world.orders.send(
        order.id, world.seat_user.id, order.version, [unit.id for unit in units]
    )
    return order, [item.id for item in order.dispatch_orders]


async def lamps(world: World, order: WorkOrder) -> list[Lamp | None]:
    return [lamp(item.status) for item in (await world.order(order.id)).dispatch_orders]


async def refused(*attempts: Awaitable[Any]) -> list[str]:
    """The messages of attempts made at the same moment that were refused."""
    messages: list[str] = []

    async def attempt(it: Awaitable[Any]) -> None:
        try:
            await it
        except DomainError as error:
            messages.append(error.message)

    async with create_task_group() as group:
        for it in attempts:
            group.start_soon(attempt, it)
    return messages


async def test_lamp_goes_red_blue_green_and_the_order_is_checked_and_closed(world: World) -> None:
    order, [dispatch_id] = await sent(world, world.water)
    assert order.status is WorkOrderStatus.DISPATCHED
    assert order.sent_at == world.clock.now()
    assert await lamps(world, order) == [Lamp.RED]
    world.clock.advance(timedelta(seconds=40))
    received = await world.orders.receive(dispatch_id, **at(world.water))
    assert received.received_at == world.clock.now()
    assert await lamps(world, order) == [Lamp.BLUE]
    await world.orders.depart(dispatch_id, **at(world.water))
    await world.orders.arrive(dispatch_id, **at(world.water))
    done = await world.orders.feed_back(dispatch_id, **at(world.water), text=" 已修复 ")
    assert (done.feedback, done.unit.name) == ("已修复", "演示水务公司")
    assert done.work_order.status is WorkOrderStatus.AWAITING_CHECK
    assert await lamps(world, order) == [Lamp.GREEN]
    closed = await world.orders.close(order.id, world.seat_user.id, order.version)
    assert (closed.status, closed.closed_at) == (WorkOrderStatus.CLOSED, world.clock.now())
    assert await world.trail(order.id) == ["send", "all_fed_back", "close"]
    assert await world.trail(dispatch_id) == ["send", "receive", "depart", "arrive", "feed_back"]


async def test_everybody_concerned_is_told_of_each_move(world: World) -> None:
    order, [dispatch_id] = await sent(world, world.water)
    moved = DispatchOrderChanged(dispatch_id, order.id, world.water.id)
    assert set(world.events[-2:]) == {moved, WorkOrderChanged(order.id)}
    del world.events[:]
    await world.orders.receive(dispatch_id, **at(world.water))
    assert world.events == [moved]
    await world.orders.feed_back(dispatch_id, **at(world.water), text="好")
    assert world.events[1:] == [moved, WorkOrderChanged(order.id)]
    del world.events[:]
    await world.orders.edit(order.id, world.seat_user.id, order.version, {"address": "东门"})
    assert set(world.events) == {moved, WorkOrderChanged(order.id)}


async def test_double_click_sends_once(world: World) -> None:
    order = await world.draft()

    def click() -> Awaitable[Any]:
        units = [world.water.id, world.fire.id, world.water.id]
        return world.orders.send(order.id, world.seat_user.id, order.version, units)

    assert await refused(click(), click(), click()) == []
    found = await world.order(order.id)
    assert [item.unit.code for item in found.dispatch_orders] == ["U1", "U3"]
    assert [item.position for item in found.dispatch_orders] == [0, 1]
    assert await world.trail(order.id) == ["send"]


async def test_another_unit_is_added_and_those_at_work_are_left_alone(world: World) -> None:
    order, [first] = await sent(world, world.water)
    await world.orders.receive(first, **at(world.water))
    both = [world.water.id, world.fire.id]
    order = await world.orders.send(order.id, world.seat_user.id, order.version, both)
    assert await lamps(world, order) == [Lamp.BLUE, Lamp.RED]
    assert order.fields["unit_ids"] == [str(unit_id) for unit_id in both]


async def test_order_awaits_its_check_only_when_all_have_fed_back(world: World) -> None:
    units = [world.water, world.fire, world.water_far]
    order, [water, fire, far] = await sent(world, *units)
    await world.orders.receive(water, **at(world.water))
    await world.orders.receive(fire, **at(world.fire))
    await world.orders.feed_back(water, **at(world.water), text="好")
    await world.orders.recall(far, actor_id=world.seat_user.id, reason="派错")
    assert (await world.order(order.id)).status is WorkOrderStatus.DISPATCHED
    await world.orders.feed_back(fire, **at(world.fire), text="好")
    assert (await world.order(order.id)).status is WorkOrderStatus.AWAITING_CHECK
    assert await lamps(world, order) == [Lamp.GREEN, Lamp.GREEN, None]


async def test_two_last_feedbacks_at_once_are_counted_once(world: World) -> None:
    order, [water, fire] = await sent(world, world.water, world.fire)
    await world.orders.receive(water, **at(world.water))
    await world.orders.receive(fire, **at(world.fire))
    assert not await refused(
        world.orders.feed_back(water, **at(world.water), text="好"),
        world.orders.feed_back(fire, **at(world.fire), text="好"),
    )
    assert await world.trail(order.id) == ["send", "all_fed_back"]


async def test_only_one_of_two_acceptances_counts(world: World) -> None:
    _, [dispatch_id] = await sent(world, world.water)
    assert await refused(
        world.orders.receive(dispatch_id, **at(world.water)),
        world.orders.receive(dispatch_id, **at(world.water)),
    ) == ["派单当前为“已接收”，不能接收；请按页面上的最新状态操作。"]


async def test_feedback_twice_is_refused_and_the_first_stays(world: World) -> None:
    order, [dispatch_id] = await sent(world, world.water)
    await world.orders.receive(dispatch_id, **at(world.water))
    await world.orders.feed_back(dispatch_id, **at(world.water), text="第一次")
    with pytest.raises(IllegalTransition, match="已于 03月01日 20:00 反馈，不能重复反馈"):
        await world.orders.feed_back(dispatch_id, **at(world.water), text="第二次")
    assert (await world.order(order.id)).dispatch_orders[0].feedback == "第一次"


async def test_feedback_before_acceptance_is_refused(world: World) -> None:
    order, [dispatch_id] = await sent(world, world.water)
    with pytest.raises(IllegalTransition, match="当前为“已发出”，不能反馈；请按页面"):
        await world.orders.feed_back(dispatch_id, **at(world.water), text="好")
    assert await lamps(world, order) == [Lamp.RED]


async def test_recalled_order_cannot_be_accepted_but_sent_again(world: World) -> None:
    order, [dispatch_id] = await sent(world, world.water)
    await world.orders.recall(dispatch_id, actor_id=world.seat_user.id, reason="派错")
    with pytest.raises(IllegalTransition, match="该派单已撤回（派错），不能接收"):
        await world.orders.receive(dispatch_id, **at(world.water))
    order = await world.order(order.id)
    await world.orders.send(order.id, world.seat_user.id, order.version, [world.water.id])
    await world.orders.receive(dispatch_id, **at(world.water))
    assert await lamps(world, order) == [Lamp.BLUE]


async def test_rejected_order_is_red_and_may_go_elsewhere(world: World) -> None:
    order, [dispatch_id] = await sent(world, world.water)
    rejected = await world.orders.reject(dispatch_id, **at(world.water), reason="不在本单位辖区")
    assert (rejected.reject_reason, lamp(rejected.status)) == ("不在本单位辖区", Lamp.RED)
    assert (await world.order(order.id)).status is WorkOrderStatus.DISPATCHED
    order = await world.orders.send(
        order.id, world.seat_user.id, order.version, [world.water_far.id]
    )
    far = order.dispatch_orders[1].id
    await world.orders.receive(far, **at(world.water_far))
    done = await world.orders.feed_back(far, **at(world.water_far), text="好")
    assert done.work_order.status is WorkOrderStatus.AWAITING_CHECK


async def test_rejection_of_the_last_open_unit_lets_the_order_be_checked(world: World) -> None:
    order, [water, fire] = await sent(world, world.water, world.fire)
    await world.orders.receive(water, **at(world.water))
    await world.orders.feed_back(water, **at(world.water), text="好")
    await world.orders.reject(fire, **at(world.fire), reason="无火情")
    assert (await world.order(order.id)).status is WorkOrderStatus.AWAITING_CHECK


async def test_other_units_orders_do_not_exist_for_a_unit(world: World) -> None:
    _, [dispatch_id] = await sent(world, world.water)
    with pytest.raises(NotFound):
        await world.orders.receive(dispatch_id, **at(world.fire))
    with pytest.raises(NotFound):
        await world.orders.receive(uuid4(), **at(world.water))
    async with world.database.reading() as session:
        assert len(await repository.unit_orders(session, world.water.id)) == 1
        assert await repository.unit_orders(session, world.fire.id) == []
        with pytest.raises(NotFound):
            await repository.dispatch_order(session, dispatch_id, unit_id=world.fire.id)


async def test_orders_that_cannot_be_sent(world: World) -> None:
    order = await world.draft()

    async def send(*unit_ids: UUID) -> None:
        await world.orders.send(order.id, world.seat_user.id, order.version, unit_ids)

    unknown = uuid4()
    with pytest.raises(InvalidInput, match=str(unknown)):
        await send(world.water.id, unknown)
    with pytest.raises(InvalidInput, match="“演示旧水厂”已停用"):
        await send(world.closed_unit.id)
    with pytest.raises(InvalidInput, match="请选择"):
        await send()
    with pytest.raises(NotFound):
        await world.orders.send(uuid4(), world.seat_user.id, 0, [world.water.id])
    untouched = await world.order(order.id)
    assert (untouched.status, untouched.version) == (WorkOrderStatus.DRAFT, order.version)
    assert untouched.dispatch_orders == []


async def test_order_that_says_nothing_is_not_sent(world: World) -> None:
    order = await world.orders.open_draft((await world.call()).id)
    with pytest.raises(InvalidInput, match="地址或内容摘要"):
        await world.orders.send(order.id, world.seat_user.id, order.version, [world.water.id])


async def test_sending_what_another_person_just_changed_is_a_conflict(world: World) -> None:
    order = await world.draft()
    await world.orders.edit(order.id, world.other_user.id, order.version, {"address": "东门"})
    with pytest.raises(Conflict, match="“地址”刚被他人修改"):
        await world.orders.send(order.id, world.seat_user.id, order.version, [world.water.id])


async def test_question_is_answered_and_closed(world: World) -> None:
    order = await world.draft()
    answered = await world.orders.answer(
        order.id, world.seat_user.id, order.version, "请带身份证到窗口办理"
    )
    assert answered.status is WorkOrderStatus.CLOSED
    assert (await world.order(order.id)).answer == "请带身份证到窗口办理"
    for attempt in (
        world.orders.answer(order.id, world.seat_user.id, answered.version, "又一次"),
        world.orders.send(order.id, world.seat_user.id, answered.version, [world.water.id]),
        world.orders.discard(order.id, world.seat_user.id, answered.version, "误"),
    ):
        with pytest.raises(IllegalTransition, match="工单当前为“已办结”"):
            await attempt
    with pytest.raises(Conflict, match="工单已结束"):
        await world.orders.edit(order.id, world.seat_user.id, answered.version, {"level": "一级"})


async def test_sent_order_is_discarded_only_when_nobody_works_on_it(world: World) -> None:
    order, [dispatch_id] = await sent(world, world.water)
    with pytest.raises(Conflict, match="演示水务公司仍在处理"):
        await world.orders.discard(order.id, world.seat_user.id, order.version, "误报")
    await world.orders.recall(dispatch_id, actor_id=world.seat_user.id, reason="误报")
    gone = await world.orders.discard(order.id, world.seat_user.id, order.version, "误报")
    assert gone.status is WorkOrderStatus.CANCELLED


@pytest.mark.parametrize("text", ["", "  \n", "\x00\x07"])
async def test_empty_words_are_refused(world: World, text: str) -> None:
    order, [dispatch_id] = await sent(world, world.water)
    await world.orders.receive(dispatch_id, **at(world.water))
    for attempt in (
        world.orders.feed_back(dispatch_id, **at(world.water), text=text),
        world.orders.reject(dispatch_id, **at(world.water), reason=text),
        world.orders.recall(dispatch_id, actor_id=UNIT_USER, reason=text),
        world.orders.discard(order.id, UNIT_USER, order.version, text),
    ):
        with pytest.raises(InvalidInput, match="不能为空"):
            await attempt
    assert await lamps(world, order) == [Lamp.BLUE]


async def test_closing_before_feedback_is_refused(world: World) -> None:
    order, _ = await sent(world, world.water)
    with pytest.raises(IllegalTransition, match="不能办结"):
        await world.orders.close(order.id, world.seat_user.id, order.version)


async def test_lists_are_newest_first_and_by_owner(world: World) -> None:
    first = await world.draft()
    world.clock.advance(timedelta(minutes=1))
    second = await world.draft()
    async with world.database.reading() as session:
        mine = await repository.orders(session, world.seat_user.id)
        assert [order.id for order in mine] == [second.id, first.id]
        assert await repository.orders(session, world.other_user.id) == []
        assert len(await repository.orders(session, None, limit=1)) == 1


async def test_clock_that_jumps_back_loses_nothing(world: World) -> None:
    order, [dispatch_id] = await sent(world, world.water)
    world.clock.advance(timedelta(hours=-3))
    await world.orders.receive(dispatch_id, **at(world.water))
    done = await world.orders.feed_back(dispatch_id, **at(world.water), text="好")
    assert done.status is DispatchStatus.FED_BACK
    assert await world.trail(dispatch_id) == ["send", "receive", "feed_back"]
    assert (await world.order(order.id)).status is WorkOrderStatus.AWAITING_CHECK
