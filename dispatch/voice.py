"""Calls of the machine that orders ask for: an order read to a unit, a review of its result.

Here the rows are made and their results drawn into the orders; ``ivr`` places the calls.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any, Final

from dispatch import prefill
from dispatch.offers import told_to
from models.clock import CHINA_TIME
from models.database import UnitOfWork
from models.events import AutoCallChanged
from models.tables import DispatchOrder, WorkOrder
from models.telephony_tables import AutoCall, AutoCallKind

LONGEST_READ: Final = 300  # characters of an order that are read out
REVIEW_AFTER: Final = timedelta(minutes=10)
DAY_BEGINS, DAY_ENDS = time(9), time(20)  # callers are asked for their opinion in the daytime

SATISFIED, UNSATISFIED, NO_ANSWER = "satisfied", "unsatisfied", "no_answer"
REJECTED: Final = "值班电话按键拒绝"
KEYS: Final[Mapping[str, str]] = {"1": "receive", "2": "reject"}
OPINIONS: Final[Mapping[str, str]] = {"1": SATISFIED, "2": UNSATISFIED}


def ring_unit(work: UnitOfWork, item: DispatchOrder, order: WorkOrder, now: datetime) -> None:
    """Let the order be read to the unit's duty phone, if that is how the unit is told."""
    unit = item.unit
    if not (unit.voice_dispatch and unit.duty_phone):
        return
    said = read_out(told_to(item, order))
    _add(work, AutoCallKind.DISPATCH, item.id, unit.duty_phone, now, now, said)


def ask_opinion(work: UnitOfWork, order: WorkOrder, now: datetime) -> None:
    """Let the caller of a closed order be asked what they think of the result."""
    number = str(order.fields.get("contact_phone") or "")
    if prefill.contact(number) is None or order.fields.get("emergency"):
        return
    if not order.dispatch_orders:
        return
    _add(work, AutoCallKind.REVIEW, order.id, number, now, daytime(now + REVIEW_AFTER))


def ask_merged_caller(work: UnitOfWork, order: WorkOrder, merged: WorkOrder, now: datetime) -> None:
    """Let a caller whose order was merged into a closed ``order`` be asked as its own caller is."""
    number = str(merged.fields.get("contact_phone") or "")
    if prefill.contact(number) is None or order.fields.get("emergency"):
        return
    if order.dispatch_orders:
        _add(work, AutoCallKind.REVIEW, merged.id, number, now, daytime(now + REVIEW_AFTER))


def _add(
    work: UnitOfWork,
    kind: AutoCallKind,
    subject_id: Any,
    number: str,
    now: datetime,
    due_at: datetime,
    text: str = "",
) -> None:
    call = AutoCall(
        kind=kind,
        subject_id=subject_id,
        number=number,
        text=text,
        due_at=due_at,
        created_at=now,
        ended_at=None,
    )
    work.session.add(call)
    work.emit(AutoCallChanged(call.id, subject_id))


def read_out(fields: Mapping[str, Any]) -> str:
    """What a unit hears of an order: where, what, whom to call."""
    parts = [
        (None, "紧急警情" if fields.get("emergency") else ""),
        ("地点", fields.get("address")),
        ("情况", fields.get("summary")),
        ("受伤", _people(fields.get("injured"))),
        ("被困", _people(fields.get("trapped"))),
        ("联系电话", fields.get("contact_phone")),
    ]
    told = [f"{name}，{value}" if name else str(value) for name, value in parts if value]
    return "。".join(told)[:LONGEST_READ]


def _people(count: object) -> str:
    return f"{count}人" if isinstance(count, int) and count > 0 else ""


def daytime(at: datetime) -> datetime:
    """``at``, or the next morning where it falls into the night."""
    local = at.astimezone(CHINA_TIME)
    if local.time() < DAY_BEGINS:
        return local.replace(hour=DAY_BEGINS.hour, minute=0, second=0, microsecond=0)
    if local.time() >= DAY_ENDS:
        morning = local + timedelta(days=1)
        return morning.replace(hour=DAY_BEGINS.hour, minute=0, second=0, microsecond=0)
    return at
