"""Orders rest, go elsewhere, come back, are checked as their kind demands, and pass levels."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from anyio import create_task_group
from sqlalchemy import select

from dispatch import candidates, duty, levels
from dispatch.checks import Checked
from dispatch.forces import Forces
from dispatch.offers import told_to
from models.dispatch_states import ForceStatus
from models.dispatch_tables import (
    Area,
    AreaLevel,
    Centre,
    DutyShift,
    Force,
    ForceKind,
    OrderShare,
    ShareKind,
)
from models.errors import (
    Conflict,
    Forbidden,
    IllegalTransition,
    InvalidInput,
    NotFound,
    OffDuty,
)
from models.states import DispatchStatus, Lamp, WorkOrderStatus, lamp
from models.tables import DispatchOrder, LinkageUnit, Role, User, WorkOrder
from models.telephony_states import AutoCallStatus
from models.telephony_tables import Audit, AutoCall, AutoCallKind
from models.transitions import SYSTEM, advance
from models.unit_forms import DutyRule, UnitForm
from tests.support.world import World

UNIT_USER = uuid4()
# Without a query that the two databases might understand differently.
sqlite_only = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


async def add(world: World, *rows: Any) -> None:
    async with world.database.writing() as work:
        work.session.add_all(rows)


async def sent(world: World, *units: LinkageUnit, **fields: Any) -> WorkOrder:
    """A draft with these fields, sent."""
    order = await world.draft()
    if fields:
        order = await world.orders.edit(order.id, world.seat_user.id, order.version, fields)
    return await world.orders.send(
        order.id, world.seat_user.id, order.version, [unit.id for unit in units]
    )


def of_unit(order: WorkOrder, unit: LinkageUnit) -> DispatchOrder:
    return next(item for item in order.dispatch_orders if item.unit_id == unit.id)


async def fed_back(
    world: World, order: WorkOrder, unit: LinkageUnit, text: str = "好"
) -> WorkOrder:
    item = of_unit(order, unit)
    if item.status is DispatchStatus.SENT:
        await world.orders.receive(item.id, unit_id=unit.id, actor_id=UNIT_USER)
    await world.orders.feed_back(item.id, unit_id=unit.id, actor_id=UNIT_USER, text=text)
    return await world.order(order.id)


async def refusals(world: World, subject_id: UUID) -> list[dict[str, Any]]:
    query = select(Audit).where(Audit.action == "refused", Audit.subject_id == str(subject_id))
    async with world.database.reading() as session:
        return [row.detail for row in await session.scalars(query.order_by(Audit.id))]


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


# --- duty ----------------------------------------------------------------------------------------


async def test_a_unit_off_duty_is_refused_with_who_goes_instead(world: World) -> None:
    start = world.clock.now()
    station = LinkageUnit(code="U9", name="演示值守站", kind="供水", tier=1,
                          duty_rule=DutyRule.ROSTER)  # fmt: skip
    shift = DutyShift(unit_id=station.id, starts_at=start + timedelta(hours=1),
                      ends_at=start + timedelta(hours=9), person_name="演示甲")  # fmt: skip
    await add(world, station, shift)
    order = await world.draft()
    who = world.seat_user.id
    with pytest.raises(OffDuty, match=r"“演示值守站”当前不值班（下一班 .*可改派“演示水务公司”"):
        await world.orders.send(order.id, who, order.version, [station.id])
    assert (await world.order(order.id)).status is WorkOrderStatus.DRAFT
    assert (await refusals(world, order.id))[-1]["code"] == "off_duty"
    assert (
        await world.orders.send(order.id, who, order.version, [station.id], even_off_duty=True)
    ).dispatch_orders
    world.clock.advance(timedelta(hours=1))
    other = await world.draft()
    assert (await world.orders.send(other.id, who, other.version, [station.id])).sent_at


@pytest.mark.parametrize(
    ("local", "on"),
    [("2026-03-02 08:30", True), ("2026-03-02 08:29", False), ("2026-03-02 17:30", False),
     ("2026-03-07 10:00", False)],
)  # fmt: skip
def test_office_hours_are_those_of_working_days(local: str, on: bool) -> None:
    at = datetime.fromisoformat(local + "+08:00")
    unit = LinkageUnit(code="u", name="u", kind="民政", tier=3, duty_rule=DutyRule.OFFICE)
    found = duty.state(unit, [], at, {})
    assert found.on is on
    if not on:
        assert found.next_at is not None
        assert found.next_at.astimezone(at.tzinfo).strftime("%H:%M") == "08:30"


async def test_shifts_do_not_overlap(world: World) -> None:
    start = world.clock.now()

    def shift(begins: int, ends: int) -> DutyShift:
        return DutyShift(unit_id=world.water.id, starts_at=start + timedelta(hours=begins),
                         ends_at=start + timedelta(hours=ends), person_name="演示甲")  # fmt: skip

    async with world.database.writing() as work:
        await duty.add_shift(work.session, shift(0, 8))
        await duty.add_shift(work.session, shift(8, 16))
        for bad in (shift(7, 9), shift(4, 4), shift(9, 1), shift(0, 400)):
            with pytest.raises(InvalidInput):
                await duty.add_shift(work.session, bad)


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


# --- owners and centres --------------------------------------------------------------------------


async def county(world: World) -> tuple[User, LinkageUnit]:
    """A county below the city, with a seat and a unit of its own."""
    city = Area(code="1", name="演示市", level=AreaLevel.CITY, path="1/")
    area = Area(code="11", name="甲县", level=AreaLevel.COUNTY, parent_code="1", path="1/11/")
    top = Centre(code="1", name="市中心", area_code="1", parent_code=None)
    lower = Centre(code="11", name="县中心", area_code="11", parent_code="1")
    seat = User(username="c", display_name="县席", password_hash="-", role=Role.SEAT,
                centre_code="11", created_at=world.clock.now())  # fmt: skip
    unit = LinkageUnit(code="C1", name="演示县水厂", kind="供水", tier=1, centre_code="11")
    await add(world, city, area, top, lower, seat, unit)
    return seat, unit


@sqlite_only
async def test_only_the_first_seat_or_a_supervisor_hands_an_order_over(world: World) -> None:
    order = await sent(world, world.water)
    assert order.owner_id == world.seat_user.id
    other = world.other_user.id
    with pytest.raises(Forbidden, match="首问责任"):
        await world.orders.hand_over(order.id, other, other, supervisor=False)
    order = await world.orders.hand_over(order.id, world.seat_user.id, other, supervisor=False)
    assert order.owner_id == other
    order = await world.orders.hand_over(
        order.id, world.supervisor.id, world.seat_user.id, supervisor=True
    )
    assert order.owner_id == world.seat_user.id
    with pytest.raises(InvalidInput, match="座席或班长"):
        await world.orders.hand_over(order.id, world.seat_user.id, uuid4(), supervisor=False)


async def test_an_order_passes_down_and_back(world: World) -> None:
    seat, unit = await county(world)
    order = await sent(world, world.water)
    who = world.seat_user.id
    with pytest.raises(InvalidInput, match="下级中心"):
        await world.orders.pass_on(order.id, who, "99", "", "说明")
    order = await world.orders.pass_on(order.id, who, "11", "", "属地处置")
    assert order.centre_code == "11"
    # The county commands its own units and nobody else's.
    with pytest.raises(Conflict, match="不归本中心指挥"):
        await world.orders.send(order.id, seat.id, order.version, [world.fire.id])
    order = await world.orders.hand_over(order.id, seat.id, seat.id, supervisor=False)
    order = await world.orders.send(order.id, seat.id, order.version, [unit.id])
    with pytest.raises(InvalidInput):  # not down to itself from below
        await world.orders.pass_on(order.id, seat.id, "", "11", "上交")
    order = await world.orders.pass_on(order.id, who, "", "", "收回")
    assert order.centre_code == ""
    async with world.database.reading() as session:
        kinds = {share.kind for share in await levels.shares(session, order.id)}
    assert kinds == {ShareKind.PASSED}


async def test_a_countys_major_incident_is_reported_up_at_once(world: World) -> None:
    seat, unit = await county(world)
    order = await world.draft()
    async with world.database.writing() as work:
        (await work.session.get_one(WorkOrder, order.id)).centre_code = "11"
    order = await world.order(order.id)
    order = await world.orders.send(order.id, seat.id, order.version, [unit.id])
    order = await world.orders.edit(order.id, seat.id, order.version, {"level": "一级"})
    await world.orders.edit(order.id, seat.id, order.version, {"level": "一级", "injured": 2})
    async with world.database.reading() as session:
        shares = list(await session.scalars(select(OrderShare)))
    assert [(share.centre_code, share.kind) for share in shares] == [("", ShareKind.REPORTED)]
    plain = await world.draft()
    with pytest.raises(Conflict, match="没有上级中心"):
        await world.orders.report_up(plain.id, world.seat_user.id, "请关注")


async def test_areas_of_an_address_come_with_those_above(world: World) -> None:
    await county(world)
    town = Area(
        code="111", name="乙镇", level=AreaLevel.TOWNSHIP, parent_code="11", path="1/11/111/"
    )
    same = Area(code="12", name="丙县", level=AreaLevel.COUNTY, parent_code="1", path="1/12/")
    twin = Area(
        code="121", name="乙镇", level=AreaLevel.TOWNSHIP, parent_code="12", path="1/12/121/"
    )
    await add(world, town, same, twin)
    async with world.database.reading() as session:
        found = {
            address: [area.code for area in await candidates.areas_named(session, address)]
            for address in ("", "丁村8号", "甲县乙镇8号", "丙县乙镇", "乙镇8号")
        }
    assert found == {
        "": [], "丁村8号": [], "甲县乙镇8号": ["1", "11", "111"], "丙县乙镇": ["1", "12", "121"],
        "乙镇8号": ["1"],
    }  # fmt: skip


# --- teams and vehicles --------------------------------------------------------------------------


async def test_a_unit_tells_where_its_team_is(world: World) -> None:
    team = Force(code="t1", unit_id=world.fire.id, kind=ForceKind.TEAM, name="演示分队",
                 capabilities=["水上救援"], status_since=world.clock.now())  # fmt: skip
    await add(world, team)
    forces = Forces(world.database, world.clock)
    mine = {"unit_id": world.fire.id, "actor_id": UNIT_USER}
    told = await forces.report(team.id, status=ForceStatus.OUT, place=(119.1, 27.6), **mine)
    assert (told.status, told.lon, told.position_at) == (
        ForceStatus.OUT, 119.1, world.clock.now(),
    )  # fmt: skip
    async with world.database.reading() as session:
        assert await candidates.ready_forces(session) == {}
    with pytest.raises(InvalidInput):
        await forces.report(team.id, status=None, place=None, **mine)
    with pytest.raises(NotFound):
        await forces.report(
            team.id, status=None, place=(1, 1), unit_id=world.water.id, actor_id=UNIT_USER
        )
    await forces.report(team.id, status=ForceStatus.OFF, place=None, **mine)
    with pytest.raises(IllegalTransition, match="停用"):
        await forces.report(team.id, status=ForceStatus.OUT, place=None, **mine)
