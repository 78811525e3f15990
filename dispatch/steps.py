"""What a unit does with an order that it got."""

from __future__ import annotations

from dispatch.acting import Act
from dispatch.offers import WITH_FIRM
from dispatch.sending import recall
from models.clock import CHINA_TIME
from models.errors import Conflict, IllegalTransition
from models.order_tables import DispatchOrder
from models.states import DispatchStatus


def receive(act: Act, item: DispatchOrder) -> None:
    """The unit takes the order. Of firms that were offered it the first has it, the others
    lose it."""
    if item.status is DispatchStatus.RECALLED and item.recall_reason:
        raise IllegalTransition(f"该派单已撤回（{item.recall_reason}），不能接收。")
    act.move(item, "receive")
    item.received_at = act.now
    act.tell_item(item)
    if item.offer:
        for other in item.work_order.dispatch_orders:
            if other.id != item.id and other.offer and other.status is DispatchStatus.SENT:
                recall(act, other, f"已由“{item.unit.name}”接单")


def reject(act: Act, item: DispatchOrder, why: str) -> None:
    """The unit hands the order back (退单)."""
    act.move(item, "reject", why)
    item.reject_reason = why
    act.tell_item(item)


def feed_back(act: Act, item: DispatchOrder, text: str) -> None:
    """The unit tells what it did; refused a second time."""
    if item.fed_back_at is not None:
        at = item.fed_back_at.astimezone(CHINA_TIME)
        raise IllegalTransition(
            f"该派单已于 {at:%m月%d日 %H:%M} 反馈，不能重复反馈；如需补充请联系座席。"
        )
    act.move(item, "feed_back")
    item.feedback, item.fed_back_at = text, act.now
    act.tell_item(item)


def quote(act: Act, item: DispatchOrder, note: str) -> None:
    """The firm that has the order says what it costs."""
    if not item.offer or item.status not in WITH_FIRM:
        raise Conflict("只有接了单的加盟企业可以填写报价，请先接单。")
    item.price_note = note
    act.tell_item(item)


def move(act: Act, item: DispatchOrder, trigger: str) -> None:
    """The unit departs or arrives."""
    act.move(item, trigger)
    act.tell_item(item)
