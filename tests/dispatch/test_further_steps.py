"""Orders rest, go elsewhere, come back, are checked as their kind demands."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, time, timedelta

import pytest
from anyio import create_task_group
from sqlalchemy import select

from dispatch.checks import Checked
from dispatch.offers import told_to
from dispatch.voice import DAYTIME, ReviewRule, asked_from
from models.errors import Conflict, IllegalTransition, InvalidInput
from models.order_tables import DispatchOrder, WorkOrder
from models.states import DispatchStatus, Lamp, WorkOrderStatus, lamp
from models.tables import LinkageUnit
from models.telephony_states import AutoCallStatus
from models.telephony_tables import Audit, AutoCall, AutoCallKind
from models.transitions import SYSTEM, advance
from models.unit_forms import UnitForm
from tests.support.orders import UNIT_USER, add, fed_back, of_unit, refusals, sent, sqlite_only
from tests.support.world import World

# --- resting, coming back, going elsewhere -------------------------------------------------------


@sqlite_only
async def test_a_suspended_order_rests_and_its_unit_may_still_report(world: World) -> None:
    order = await sent(world, world.water, world.fire)
    who = world.seat_user.id
    order = await world.orders.suspend(order.id, who, order.version, "等配件")
    assert (order.status, order.suspended_at) == (WorkOrderStatus.SUSPENDED, world.clock.now())
    with pytest.raises(IllegalTransition, match="已挂起"):
        await world.orders.suspend(order.id, who, order.version, "再等")
    order = await fed_back(world, order, world.water)
    order = await world.orders.resume(order.id, who, order.version)
    assert (order.status, order.suspended_at) == (WorkOrderStatus.DISPATCHED, None)
    order = await world.orders.suspend(order.id, who, order.version, "再等")
    order = await fed_back(world, order, world.fire)
    assert (order.status, order.suspended_at) == (WorkOrderStatus.AWAITING_CHECK, None)


@sqlite_only
async def test_a_feedback_that_does_not_suffice_goes_back_and_is_kept(world: World) -> None:
    order = await fed_back(world, await sent(world, world.water), world.water, "已看过")
    item = of_unit(order, world.water)
    assert lamp(item.status) is Lamp.GREEN
    again = await world.orders.redo(item.id, actor_id=world.seat_user.id, reason="还在漏水")
    assert (again.status, again.feedback, again.fed_back_at) == (DispatchStatus.SENT, "", None)
    assert lamp(again.status) is Lamp.RED
    assert again.work_order.status is WorkOrderStatus.DISPATCHED
    async with world.database.reading() as session:
        kept = (await session.scalars(select(Audit).where(Audit.action == "redo"))).one()
    assert kept.detail["feedback"] == "已看过"
    order = await fed_back(world, await world.order(order.id), world.water, "已修好")
    await world.orders.close(order.id, world.seat_user.id, order.version)
    with pytest.raises(Conflict, match="先“重新办理”"):
        await world.orders.redo(item.id, actor_id=world.seat_user.id, reason="再看")


@sqlite_only
async def test_a_closed_order_is_taken_up_again(world: World) -> None:
    order = await fed_back(world, await sent(world, world.water), world.water)
    who = world.seat_user.id
    order = await world.orders.close(order.id, who, order.version)
    assert order.checked_how == "seat"
    order = await world.orders.reopen(order.id, who, order.version, "又漏了")
    assert (order.status, order.closed_at, order.checked_how) == (
        WorkOrderStatus.AWAITING_CHECK, None, "",
    )  # fmt: skip
    answered = await world.draft()
    answered = await world.orders.answer(answered.id, who, answered.version, "答")
    answered = await world.orders.reopen(answered.id, who, answered.version, "没听清")
    assert answered.status is WorkOrderStatus.DRAFT
    with pytest.raises(IllegalTransition):
        await world.orders.reopen(answered.id, who, answered.version, "又")


@sqlite_only
async def test_an_order_is_rerouted_without_a_moment_of_nobody(world: World) -> None:
    order = await sent(world, world.water)
    item = of_unit(order, world.water)
    who = world.seat_user.id
    await world.orders.reroute(item.id, actor_id=who, unit_id=world.water_far.id, reason="更近")
    order = await world.order(order.id)
    assert [one.status for one in order.dispatch_orders] == [
        DispatchStatus.RECALLED, DispatchStatus.SENT,
    ]  # fmt: skip
    assert of_unit(order, world.water).recall_reason == "改派：更近"
    with pytest.raises(IllegalTransition, match="已撤回（改派：更近），不能接收"):
        await world.orders.receive(item.id, unit_id=world.water.id, actor_id=UNIT_USER)
    assert (await refusals(world, item.id))[-1]["action"] == "receive"
    far = of_unit(order, world.water_far)
    with pytest.raises(InvalidInput, match="就是原单位"):
        await world.orders.reroute(far.id, actor_id=who, unit_id=far.unit_id, reason="错")
    await world.orders.reject(far.id, unit_id=far.unit_id, actor_id=UNIT_USER, reason="不归我")
    back = await world.orders.reroute(far.id, actor_id=who, unit_id=world.water.id, reason="退单")
    assert back.status is DispatchStatus.REJECTED
    assert of_unit(await world.order(order.id), world.water).status is DispatchStatus.SENT


# --- checks --------------------------------------------------------------------------------------


async def opinion(world: World, order: WorkOrder, key: str) -> None:
    """The machine's review call of the order ends with this key."""
    query = select(AutoCall).where(
        AutoCall.subject_id == order.id, AutoCall.kind == AutoCallKind.REVIEW
    )
    async with world.database.writing() as work:
        call = (await work.session.scalars(query)).one()
        advance(work.session, call, "dial", actor=SYSTEM, at=world.clock.now())
        advance(work.session, call, "answered", actor=SYSTEM, at=world.clock.now())
        call.key, call.ended_at = key, world.clock.now()
        assert call.status is AutoCallStatus.DONE
    await world.orders.take_auto_call(call.id)


@sqlite_only
async def test_a_satisfied_caller_closes_a_complaint(world: World) -> None:
    order = await sent(world, world.water, category_code="C1001")
    order = await fed_back(world, order, world.water)
    with pytest.raises(Conflict, match="须回访后办结"):
        await world.orders.close(order.id, world.seat_user.id, order.version)
    await opinion(world, order, "1")
    order = await world.order(order.id)
    assert (order.status, order.checked_how) == (WorkOrderStatus.CLOSED, "review_call")
    async with world.database.reading() as session:
        calls = list(await session.scalars(select(AutoCall)))
    assert len(calls) == 1  # nobody is asked twice


@sqlite_only
async def test_a_caller_who_will_be_asked_is_not_asked_once_more_at_the_close(world: World) -> None:
    order = await sent(world, world.water, category_code="C1001")
    order = await fed_back(world, order, world.water)
    note = Checked(supervisor=True, note="现场核实")
    await world.orders.close(order.id, world.seat_user.id, order.version, note)
    async with world.database.reading() as session:
        calls = list(await session.scalars(select(AutoCall)))
    assert [call.kind for call in calls] == [AutoCallKind.REVIEW]


@pytest.mark.parametrize(
    ("local", "asked"),
    [("08:00", "1 09:00"), ("12:00", "1 12:10"), ("19:55", "2 09:00"), ("23:00", "2 09:00")],
)
def test_callers_are_asked_in_the_daytime(local: str, asked: str) -> None:
    now = datetime.fromisoformat(f"2026-03-01T{local}:00+08:00")
    assert f"{asked_from(DAYTIME, now):%-d %H:%M}" == asked


def test_a_site_may_ask_at_any_hour() -> None:
    rule = ReviewRule(after=timedelta(seconds=1), begins=time(0), ends=None)
    now = datetime.fromisoformat("2026-03-01T23:59:59+08:00")
    assert asked_from(rule, now) == now + timedelta(seconds=1)


@sqlite_only
async def test_an_unsatisfied_caller_keeps_the_order_open(world: World) -> None:
    order = await sent(world, world.water, category_code="C1001")
    order = await fed_back(world, order, world.water)
    await opinion(world, order, "2")
    order = await world.order(order.id)
    assert order.status is WorkOrderStatus.AWAITING_CHECK
    who, boss = world.seat_user.id, world.supervisor.id
    for said in (Checked(), Checked(note="看过"), Checked(supervisor=True)):
        with pytest.raises(Conflict, match="不满意"):
            await world.orders.close(order.id, who, order.version, said)
    said = Checked(supervisor=True, note="现场复核属实，已解决")
    order = await world.orders.close(order.id, boss, order.version, said)
    assert order.checked_how == "supervisor"


@sqlite_only
async def test_a_major_emergency_is_closed_by_a_supervisor(world: World) -> None:
    order = await sent(world, world.fire, emergency=True, level="一级")
    order = await fed_back(world, order, world.fire)
    with pytest.raises(Conflict, match="须由班长核查"):
        await world.orders.close(order.id, world.seat_user.id, order.version)
    order = await world.orders.close(
        order.id, world.supervisor.id, order.version, Checked(supervisor=True)
    )
    assert order.checked_how == "supervisor"


@sqlite_only
async def test_nobody_answered_the_review_call_so_the_seat_says_what_it_found(
    world: World,
) -> None:
    order = await sent(world, world.water, category_code="O0105")
    order = await fed_back(world, order, world.water)
    who = world.seat_user.id
    said = Checked(opinion="no_answer")
    with pytest.raises(Conflict):
        await world.orders.close(order.id, who, order.version, said)
    said = Checked(opinion="no_answer", note="现场照片已核对")
    order = await world.orders.close(order.id, who, order.version, said)
    assert (order.checked_how, order.review) == ("seat", "no_answer")


# --- household services --------------------------------------------------------------------------


async def firms(world: World) -> list[LinkageUnit]:
    made = [
        LinkageUnit(code=f"F{number}", name=f"演示{number}店", kind="家政服务", tier=3,
                    form=UnitForm.FIRM, capabilities=[trade])
        for number, trade in enumerate(("管道疏通", "管道疏通", "管道疏通", "开锁换锁"))
    ]  # fmt: skip
    await add(world, *made)
    return made


async def test_the_first_firm_to_accept_has_the_service(world: World) -> None:
    one, two, three, _ = await firms(world)
    order = await world.draft()
    who = world.seat_user.id
    order = await world.orders.edit(order.id, who, order.version, {"category_code": "S0102"})
    order = await world.orders.offer(order.id, who, order.version)
    assert {item.unit_id for item in order.dispatch_orders} == {one.id, two.id, three.id}
    with pytest.raises(Conflict, match="正等待企业接单"):
        await world.orders.offer(order.id, who, order.version)
    first, second = of_unit(order, one), of_unit(order, two)
    assert "contact_phone" not in told_to(first, order)
    with pytest.raises(Conflict, match="请先接单"):
        await world.orders.quote(first.id, unit_id=one.id, actor_id=UNIT_USER, note="20元")
    await world.orders.receive(second.id, unit_id=two.id, actor_id=UNIT_USER)
    with pytest.raises(IllegalTransition, match="已由“演示1店”接单"):
        await world.orders.receive(first.id, unit_id=one.id, actor_id=UNIT_USER)
    order = await world.order(order.id)
    assert "contact_phone" in told_to(of_unit(order, two), order)
    assert "contact_phone" not in told_to(of_unit(order, one), order)
    await world.orders.quote(second.id, unit_id=two.id, actor_id=UNIT_USER, note="上门费20元")
    order = await fed_back(world, await world.order(order.id), two)
    assert order.status is WorkOrderStatus.AWAITING_CHECK
    with pytest.raises(Conflict, match="须回访"):
        await world.orders.close(order.id, who, order.version)
    with pytest.raises(InvalidInput):
        await world.orders.rate(second.id, actor_id=who, stars=6)
    await world.orders.rate(second.id, actor_id=who, stars=5)
    order = await world.orders.close(order.id, who, order.version)
    assert of_unit(order, two).price_note == "上门费20元"


async def test_of_firms_that_accept_at_the_same_moment_one_has_it(world: World) -> None:
    await firms(world)
    order = await world.draft()
    who = world.seat_user.id
    order = await world.orders.edit(order.id, who, order.version, {"category_code": "S0102"})
    order = await world.orders.offer(order.id, who, order.version)
    refused: list[str] = []

    async def accept(item: DispatchOrder) -> None:
        try:
            await world.orders.receive(item.id, unit_id=item.unit_id, actor_id=UNIT_USER)
        except IllegalTransition as error:
            refused.append(error.message)

    async with create_task_group() as group:
        for item in order.dispatch_orders:
            group.start_soon(accept, item)
    order = await world.order(order.id)
    assert Counter(item.status for item in order.dispatch_orders) == {
        DispatchStatus.RECEIVED: 1, DispatchStatus.RECALLED: 2,
    }  # fmt: skip
    assert len(refused) == 2
    assert all("接单" in message for message in refused)


@sqlite_only
async def test_no_firm_of_the_trade_is_said_plainly(world: World) -> None:
    order = await world.draft()
    who = world.seat_user.id
    with pytest.raises(Conflict, match="家政服务"):
        await world.orders.offer(order.id, who, order.version)
    order = await world.orders.edit(order.id, who, order.version, {"category_code": "S0104"})
    with pytest.raises(Conflict, match="没有可接“家电维修”的加盟企业"):
        await world.orders.offer(order.id, who, order.version)
