"""Calls of the machine that orders ask for: an order read to a unit, a review of its result.

Here the rows are made and their results drawn into the orders; ``ivr`` places the calls.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch import prefill
from dispatch.offers import told_to
from models.clock import CHINA_TIME
from models.database import UnitOfWork
from models.events import AutoCallChanged
from models.order_tables import DispatchOrder, WorkOrder
from models.telephony_states import AutoCallStatus
from models.telephony_tables import AutoCall, AutoCallKind

LONGEST_READ: Final = 300  # characters of an order that are read out


@dataclass(frozen=True, slots=True)
class ReviewRule:
    """When callers are asked what they think of a result: ``after`` it is there, from ``begins``
    until before ``ends`` by the clock here (``None``: until midnight)."""

    after: timedelta = timedelta(minutes=10)
    begins: time = time(9)
    ends: time | None = time(20)


DAYTIME: Final = ReviewRule()

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


def ask_opinion(
    work: UnitOfWork, order: WorkOrder, now: datetime, rule: ReviewRule = DAYTIME
) -> None:
    """Let the caller of a closed order be asked what they think of the result."""
    number = str(order.fields.get("contact_phone") or "")
    if prefill.contact(number) is None or order.fields.get("emergency"):
        return
    if not order.dispatch_orders:
        return
    _add(work, AutoCallKind.REVIEW, order.id, number, now, asked_from(rule, now))


async def is_asked(session: AsyncSession, work_order_id: UUID) -> bool:
    """Whether a review call of the order is still to come: nobody is asked twice."""
    query = select(AutoCall.id).where(
        AutoCall.subject_id == work_order_id,
        AutoCall.kind == AutoCallKind.REVIEW,
        AutoCall.status.in_((AutoCallStatus.DUE, AutoCallStatus.DIALLING)),
    )
    return await session.scalar(query.limit(1)) is not None


def ask_merged_caller(
    work: UnitOfWork,
    order: WorkOrder,
    merged: WorkOrder,
    now: datetime,
    rule: ReviewRule = DAYTIME,
) -> None:
    """Let a caller whose order was merged into a closed ``order`` be asked as its own caller is."""
    number = str(merged.fields.get("contact_phone") or "")
    if prefill.contact(number) is None or order.fields.get("emergency"):
        return
    if order.dispatch_orders:
        _add(work, AutoCallKind.REVIEW, merged.id, number, now, asked_from(rule, now))


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


def asked_from(rule: ReviewRule, now: datetime) -> datetime:
    """When somebody whose result is there now is asked."""
    at = now + rule.after
    local = at.astimezone(CHINA_TIME)
    day = local
    if rule.ends is not None and local.time() >= rule.ends:
        day = local + timedelta(days=1)
    elif local.time() >= rule.begins:
        return at
    return day.replace(hour=rule.begins.hour, minute=rule.begins.minute, second=0, microsecond=0)
