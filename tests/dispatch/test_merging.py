"""One caller's draft merged into another's order, and taken out again."""

from __future__ import annotations

from uuid import UUID

import anyio
import pytest
from sqlalchemy import select

from dispatch import merging
from dispatch.merging import Merging
from models.errors import Conflict, DomainError, InvalidInput, NotFound
from models.events import AutoCallChanged, DispatchOrderChanged, WorkOrderChanged
from models.knowledge_tables import OrderMerge
from models.order_tables import WorkOrder
from models.states import CallStatus, WorkOrderStatus
from models.telephony_states import AutoCallStatus
from models.telephony_tables import AutoCall
from tests.support.world import BURST_PIPE, World

pytestmark = pytest.mark.integration


@pytest.fixture
def matters(world: World) -> Merging:
    return Merging(world.database, world.clock)


async def again(world: World, number: str = "13800000002") -> WorkOrder:
    """The draft of one more caller who tells the same."""
    call = await world.call(CallStatus.ANSWERED, number)
    order = await world.orders.open_draft(call.id)
    await world.say(call, "南苑小区水管爆了")
    await world.suggest(call, BURST_PIPE)
    await world.orders.apply_suggestion(call.id)
    return await world.order(order.id)


async def sent(world: World) -> WorkOrder:
    order = await world.draft()
    await world.orders.send(order.id, world.seat_user.id, order.version, [world.water.id])
    return await world.order(order.id)


async def finished(world: World, order_id: UUID) -> None:
    order = await world.order(order_id)
    (item,) = order.dispatch_orders
    who = {"unit_id": world.water.id, "actor_id": world.seat_user.id}
    await world.orders.receive(item.id, **who)
    await world.orders.feed_back(item.id, **who, text="已修好")
    order = await world.order(order_id)
    await world.orders.close(order_id, world.seat_user.id, order.version)


async def calls_due(world: World) -> dict[UUID, tuple[str, AutoCallStatus]]:
    async with world.database.reading() as session:
        rows = (await session.scalars(select(AutoCall))).all()
    return {row.subject_id: (row.number, row.status) for row in rows}


async def test_a_draft_is_merged_once_and_taken_out_again(world: World, matters: Merging) -> None:
    into, order = await sent(world), await again(world)
    own = order.incident_id
    world.events.clear()
    for _ in range(2):  # a second click changes nothing
        merged = await matters.merge(order.id, world.other_user.id, order.version, into.id)
    assert (merged.status, merged.incident_id) == (WorkOrderStatus.MERGED, into.incident_id)
    assert (await world.order(into.id)).merged_calls == 1
    (item,) = into.dispatch_orders
    assert world.events == [
        WorkOrderChanged(order.id),
        WorkOrderChanged(into.id),
        DispatchOrderChanged(item.id, into.id, world.water.id),
    ]
    async with world.database.reading() as session:
        assert [row.id for row in await merging.callers(session, into.id)] == [order.id]
        found = await merging.merged_into(session, order.id)
        assert found is not None and found.id == into.id  # noqa: PT018 - one fact
        assert await merging.merged_into(session, into.id) is None
    await world.suggest_again(order)  # the machine leaves it alone
    assert (await world.order(order.id)).version == merged.version
    with pytest.raises(Conflict, match="已结束"):
        await world.orders.edit(order.id, world.other_user.id, merged.version, {"address": "x"})

    split = await matters.split(order.id, world.other_user.id)
    assert (split.status, split.incident_id) == (WorkOrderStatus.DRAFT, own)
    assert (await world.order(into.id)).merged_calls == 0
    with pytest.raises(Conflict, match="没有并入"):
        await matters.split(order.id, world.other_user.id)
    again_merged = await matters.merge(order.id, world.other_user.id, split.version, into.id)
    assert again_merged.status is WorkOrderStatus.MERGED
    assert await world.trail(order.id) == ["merge", "split", "merge"]
    async with world.database.reading() as session:
        rows = (await session.scalars(select(OrderMerge).order_by(OrderMerge.at))).all()
    assert sorted(row.undone_at is None for row in rows) == [False, True]


async def test_every_merged_caller_is_called_back_once(world: World, matters: Merging) -> None:
    into = await sent(world)
    orders = [await again(world, number) for number in ("13800000002", "13800000003")]
    twice = await again(world, "13800000002")
    withheld = await again(world, "")
    for order in (*orders, twice, withheld):
        await matters.merge(order.id, world.seat_user.id, order.version, into.id)
    await finished(world, into.id)
    asked = await calls_due(world)
    assert {number for number, _ in asked.values()} == {
        "13800000001",
        "13800000002",
        "13800000003",
    }
    assert asked.keys() == {into.id, *(order.id for order in orders)}
    # The caller's own word stays with the caller's own order.
    async with world.database.writing() as work:
        query = select(AutoCall).where(AutoCall.subject_id == orders[0].id)
        call = (await work.session.scalars(query)).one()
        call.status, call.key = AutoCallStatus.DONE, "2"
        work.emit(AutoCallChanged(call.id, call.subject_id))
    await world.orders.take_auto_call(call.id)
    assert (await world.order(orders[0].id)).review == "unsatisfied"
    assert (await world.order(into.id)).review == ""
    # Taken out after all, a caller is not asked about another matter.
    await matters.split(orders[1].id, world.seat_user.id)
    assert (await calls_due(world))[orders[1].id][1] is AutoCallStatus.CANCELLED


async def test_what_cannot_be_merged_is_told_in_one_sentence(
    world: World, matters: Merging
) -> None:
    into, order = await sent(world), await again(world)
    who = world.seat_user.id
    with pytest.raises(InvalidInput, match="它自己"):
        await matters.merge(order.id, who, order.version, order.id)
    with pytest.raises(NotFound):
        await matters.merge(order.id, who, order.version, UUID(int=1))
    with pytest.raises(Conflict, match="还没有派发"):
        await matters.merge(into.id, who, into.version, order.id)
    with pytest.raises(InvalidInput, match="版本号"):
        await matters.merge(order.id, who, order.version + 1, into.id)
    edited = await world.orders.edit(
        order.id, world.other_user.id, order.version, {"level": "二级"}
    )
    with pytest.raises(Conflict, match="等级"):
        await matters.merge(order.id, who, order.version, into.id)
    await matters.merge(order.id, who, edited.version, into.id)

    other = await again(world, "13800000005")
    with pytest.raises(Conflict, match=f"{order.number} 刚被并入"):
        await matters.merge(other.id, who, other.version, order.id)
    merged = await again(world, "13800000006")
    await matters.merge(merged.id, who, merged.version, other.id)
    held = await world.order(other.id)
    with pytest.raises(Conflict, match="已有 1 起来电并入"):
        await matters.merge(other.id, who, held.version, into.id)
    with pytest.raises(Conflict, match="不能作废"):
        await world.orders.discard(other.id, who, held.version, "误拨")
    await matters.split(merged.id, who)
    held = await world.order(other.id)
    await world.orders.discard(other.id, who, held.version, "误拨")
    last = await again(world, "13800000007")
    with pytest.raises(Conflict, match="已经结束"):
        await matters.merge(last.id, who, last.version, other.id)


async def test_two_seats_merging_crosswise_do_not_lose_an_order(
    world: World, matters: Merging
) -> None:
    one, two = await again(world, "13800000002"), await again(world, "13800000003")
    refused: list[DomainError] = []

    async def merge(order: WorkOrder, into: WorkOrder) -> None:
        try:
            await matters.merge(order.id, world.seat_user.id, order.version, into.id)
        except DomainError as error:
            refused.append(error)

    with anyio.fail_after(30):
        async with anyio.create_task_group() as group:
            group.start_soon(merge, one, two)
            group.start_soon(merge, two, one)
    assert [type(error) for error in refused] == [Conflict]
    statuses = {(await world.order(row.id)).status for row in (one, two)}
    assert statuses == {WorkOrderStatus.DRAFT, WorkOrderStatus.MERGED}


async def test_candidates_are_the_newest_and_those_at_the_same_place(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merging, "MOST_NEWEST", 2)
    here = await again(world)
    await world.orders.edit(here.id, world.seat_user.id, here.version, {"address": "石龙街8%号"})
    elsewhere = await again(world)
    await world.orders.edit(
        elsewhere.id, world.seat_user.id, elsewhere.version, {"address": "竹口"}
    )
    newest = []
    for _ in range(2):
        world.clock.advance(merging.REACH / 100)
        newest.append((await again(world)).id)
    over = await again(world)
    await world.orders.discard(over.id, world.seat_user.id, over.version, "误拨")
    own = await again(world)

    async def found(*names: str) -> set[UUID]:
        async with world.database.reading() as session:
            rows = await merging.open_orders(session, own, names, world.clock.now())
        return {row.id for row in rows}

    assert await found() == set(newest)
    assert await found("石龙街8%", "不在此处") == {*newest, here.id}
    assert await found("石%街") == set(newest)  # no wildcard of a caller's counts
    world.clock.advance(merging.REACH * 2)
    assert await found("石龙街") == set()
