"""Orders go to units: sent, offered to firms, sent elsewhere, taken back, sent again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from dispatch import candidates, duty, levels, repository, routing, voice
from dispatch import fields as form
from dispatch.acting import NOT_WITH_UNIT, OVER, REASON_LIMIT, UNDER_WAY, Act
from models.clock import CHINA_TIME
from models.errors import Conflict, InvalidInput, OffDuty
from models.forms import MOST_UNITS
from models.order_tables import DispatchOrder, WorkOrder
from models.states import DispatchStatus, WorkOrderStatus
from models.tables import LinkageUnit
from models.telephony_tables import Audit
from models.unit_forms import UnitForm

MOST_OFFERED: Final = 20
NOTHING_SAID: Final = "请至少填写地址或内容摘要，否则单位不知道去哪里、做什么。"


async def send(
    act: Act,
    order: WorkOrder,
    version: int,
    unit_ids: Sequence[UUID],
    *,
    even_off_duty: bool = False,
    offer: bool = False,
) -> None:
    """Send the order to units at once; those that have it already are left alone.

    A unit that rejected it or from which it was recalled gets it again. Raises
    ``InvalidInput`` for an unknown or inactive unit or an order that says neither where
    nor what, ``OffDuty`` for a unit where nobody is now unless ``even_off_duty``,
    ``Conflict`` where another person changed a field since ``version`` or another centre
    commands the unit, ``IllegalTransition`` for an order that is over.
    """
    units = await sendable(act, order, list(dict.fromkeys(unit_ids)))
    if not (order.fields.get("address") or order.fields.get("summary")):
        raise InvalidInput(NOTHING_SAID)
    known = {item.unit_id: item for item in order.dispatch_orders}
    due = [unit for unit in units if unit.id not in known or known[unit.id].status in NOT_WITH_UNIT]
    if not due and order.status not in OVER:
        return
    form.refuse_unseen(order, version, act.actor)
    if not even_off_duty:
        await refuse_off_duty(act, order, due)
    act.move(order, "send")
    order.sent_at, order.suspended_at = order.sent_at or act.now, None
    for unit in due:
        item = known.get(unit.id)
        if item is None:
            item = DispatchOrder(
                unit=unit,
                unit_id=unit.id,
                position=len(order.dispatch_orders),
                created_at=act.now,
            )
            order.dispatch_orders.append(item)
        item.offer = offer
        _put_out(act, order, item, "send")
    sent = [str(item.unit_id) for item in order.dispatch_orders]
    form.fill_by_person(order, {"unit_ids": sent[:MOST_UNITS]}, act.actor)
    await levels.report_major(act, order)
    act.tell(order)


async def offer(act: Act, order: WorkOrder, version: int) -> None:
    """Offer a household service to the enrolled firms of its trade and area; the first to
    accept has it. Firms that gave it back are left out. Raises ``Conflict`` for none."""
    trades = routing.skills_for(str(order.fields.get("category_code") or ""))
    if not trades:
        raise Conflict("请先选择“家政服务”下的类别，才能向加盟企业派单。")
    if any(item.offer and item.status not in NOT_WITH_UNIT for item in order.dispatch_orders):
        raise Conflict("本单正等待企业接单或已有企业接单；如需改派，请先撤回。")
    back = {
        item.unit_id for item in order.dispatch_orders if item.status is DispatchStatus.REJECTED
    }
    areas = await candidates.areas_named(act.session, str(order.fields.get("address") or ""))
    inside = {area.code for area in areas}
    fit = [
        firm
        for firm in await candidates.firms(act.session, order.centre_code)
        if set(trades) & set(firm.capabilities) and firm.id not in back
    ]
    near = [firm for firm in fit if not firm.area_code or firm.area_code in inside or not inside]
    on_duty = await duty.states(act.session, near, act.now)
    ready = [firm for firm in near if on_duty[firm.id].on]
    if not ready:
        raise Conflict(
            f"没有可接“{'、'.join(trades)}”的加盟企业"
            + ("在营业，请告知来电人营业时间。" if near else "服务此地址，请人工选择单位。")
        )
    loads = await candidates.open_loads(act.session, [firm.id for firm in ready])
    ready.sort(key=lambda firm: (not firm.area_code, loads.get(firm.id, 0), firm.code))
    chosen = [firm.id for firm in ready[:MOST_OFFERED]]
    await send(act, order, version, chosen, offer=True)


def recall(act: Act, item: DispatchOrder, reason: str) -> None:
    """Take an order back from a unit that is not on site yet."""
    act.move(item, "recall", reason)
    item.recall_reason = reason
    act.tell_item(item)


async def reroute(
    act: Act, item: DispatchOrder, unit_id: UUID, reason: str, *, even_off_duty: bool = False
) -> None:
    """Give a unit's order to another unit. Raises as ``send`` and ``recall`` do."""
    order = item.work_order
    if unit_id == item.unit_id:
        raise InvalidInput("改派的单位就是原单位，请另选一个单位。")
    if item.status is DispatchStatus.ON_SITE or item.status is DispatchStatus.FED_BACK:
        raise Conflict(f"“{item.unit.name}”已到场或已反馈，不能改派；请直接增派其他单位。")
    # First the new unit: the order must not come to its check in between.
    await send(act, order, order.version, [unit_id], even_off_duty=even_off_duty)
    if item.status not in NOT_WITH_UNIT or item.status is DispatchStatus.CREATED:
        recall(act, item, f"改派：{reason}"[:REASON_LIMIT])


def redo(act: Act, item: DispatchOrder, reason: str) -> None:
    """Send a unit's order back to it after a feedback that does not suffice.

    The feedback it gave is kept in ``audits``. Raises ``Conflict`` for a closed order.
    """
    order = item.work_order
    if order.status not in (*UNDER_WAY, WorkOrderStatus.AWAITING_CHECK):
        raise Conflict("工单已结束，不能退回重办；请先“重新办理”。")
    before = item.feedback
    _put_out(act, order, item, "redo", reason)
    item.feedback, item.fed_back_at, item.rating = "", None, None
    if order.status is WorkOrderStatus.AWAITING_CHECK:
        act.move(order, "send", reason)
        order.review, order.reviewed_at = "", None
    act.session.add(
        Audit(
            action="redo",
            subject="dispatch_order",
            subject_id=str(item.id),
            detail={"feedback": before, "reason": reason, "by": act.actor},
            user_id=None,
            at=act.now,
        )
    )
    act.tell(order)


async def sendable(act: Act, order: WorkOrder, unit_ids: list[UUID]) -> list[LinkageUnit]:
    """The units of these ids; raises ``InvalidInput`` for one that takes no orders and
    ``Conflict`` for one of another centre."""
    if not 1 <= len(unit_ids) <= MOST_UNITS:
        raise InvalidInput(f"请选择 1 到 {MOST_UNITS} 个联动单位。")
    found: Mapping[UUID, LinkageUnit] = await repository.units(act.session, unit_ids)
    for unit_id in unit_ids:
        if unit_id not in found:
            raise InvalidInput(f"没有编号为 {unit_id} 的联动单位，请刷新页面后重选。")
        unit = found[unit_id]
        if not unit.active:
            raise InvalidInput(f"“{unit.name}”已停用，请改选其他单位。")
        if order.centre_code and unit.centre_code != order.centre_code:
            raise Conflict(f"“{unit.name}”不归本中心指挥，请上报上级中心协调后再派。")
    return [found[unit_id] for unit_id in unit_ids]


async def refuse_off_duty(act: Act, order: WorkOrder, units: Sequence[LinkageUnit]) -> None:
    """Raise ``OffDuty`` where nobody is on duty, naming who is instead."""
    on_duty = await duty.states(act.session, units, act.now)
    off = [unit for unit in units if not on_duty[unit.id].on]
    if not off:
        return
    said = []
    for unit in off:
        instead = await _instead(act, order, unit)
        next_at = on_duty[unit.id].next_at
        when = f"（下一班 {next_at.astimezone(CHINA_TIME):%m月%d日 %H:%M}）" if next_at else ""
        advice = f"，可改派“{instead.name}”" if instead else ""
        said.append(f"“{unit.name}”当前不值班{when}{advice}")
    raise OffDuty("；".join(said) + "。如确需派发，请选择“仍要派发”。")


async def _instead(act: Act, order: WorkOrder, unit: LinkageUnit) -> LinkageUnit | None:
    """Another unit of the same kind that is on duty, the higher tier first."""
    if unit.form is UnitForm.FIRM:
        return None
    same = [
        other
        for other in await candidates.active_units(act.session, order.centre_code)
        if other.id != unit.id and unit.kind in routing.kinds_of(other)
    ]
    on_duty = await duty.states(act.session, same, act.now)
    ready = [other for other in same if on_duty[other.id].on]
    return min(ready, key=lambda other: (other.tier, other.code), default=None)


def _put_out(
    act: Act, order: WorkOrder, item: DispatchOrder, trigger: str, reason: str = ""
) -> None:
    act.move(item, trigger, reason)
    item.sent_at, item.received_at = act.now, None
    item.reject_reason = item.recall_reason = item.price_note = ""
    voice.ring_unit(act.work, item, order, act.now)
    act.tell_item(item)
