"""How an order ends, rests, and begins again."""

from __future__ import annotations

from dispatch import checks, matters, merging
from dispatch.acting import GIVEN_UP, Act
from models.errors import Conflict
from models.order_tables import WorkOrder
from models.states import WorkOrderStatus


def answer(act: Act, order: WorkOrder, text: str) -> None:
    """Close a draft whose question the seat answered."""
    act.finish(order, "answer")
    order.answer = text


def discard(act: Act, order: WorkOrder, why: str) -> None:
    """Cancel a draft, or a sent order that no unit is working on any more."""
    merging.refuse_with_callers(order)
    busy = [item for item in order.dispatch_orders if item.status not in GIVEN_UP]
    if busy and order.status in (WorkOrderStatus.DISPATCHED, WorkOrderStatus.SUSPENDED):
        names = "、".join(item.unit.name for item in busy)
        raise Conflict(f"{names}仍在处理，请联系其退单后再作废，或等其反馈后办结。")
    act.finish(order, "discard", why)


async def close(act: Act, order: WorkOrder, said: checks.Checked) -> None:
    """Close an order whose feedback was checked by whom its kind demands."""
    if order.status is WorkOrderStatus.AWAITING_CHECK:
        how = checks.passed(order, said)
    else:
        how = checks.CheckedHow.SEAT  # refused below with the status' own sentence
    if said.opinion:
        order.review, order.reviewed_at = said.opinion, act.now
    await act.close(order, how, said.note)


def suspend(act: Act, order: WorkOrder, why: str) -> None:
    """Let the order rest, its time limits stand still."""
    act.move(order, "suspend", why)
    order.suspended_at = act.now
    _tell_all(act, order)


def resume(act: Act, order: WorkOrder) -> None:
    """Let a suspended order go on."""
    act.move(order, "resume")
    order.suspended_at = None
    _tell_all(act, order)


def reopen(act: Act, order: WorkOrder, why: str) -> None:
    """Let a closed order await its check again, or an answered one be a draft again."""
    sent = any(item.status not in GIVEN_UP for item in order.dispatch_orders)
    act.move(order, "reopen" if sent else "redraft", why)
    order.closed_at, order.checked_how = None, ""
    order.review, order.reviewed_at = "", None
    _tell_all(act, order)


async def take_opinion(act: Act, order: WorkOrder, opinion: checks.Opinion) -> None:
    """Store what the citizen said by telephone; one who is satisfied closes an order that
    waits for just that."""
    if order.review:
        return
    order.review, order.reviewed_at = opinion, act.now
    act.tell(order)
    if (
        order.status is WorkOrderStatus.AWAITING_CHECK
        and opinion is checks.Opinion.SATISFIED
        and matters.check_of(order.fields) is matters.Check.REVIEW_CALL
    ):
        await act.close(order, checks.CheckedHow.REVIEW_CALL, "回访满意")


def _tell_all(act: Act, order: WorkOrder) -> None:
    act.tell(order)
    for item in order.dispatch_orders:
        act.tell_item(item)
