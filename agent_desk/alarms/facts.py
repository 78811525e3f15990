"""What alarms are judged by, read from the rows: a handful of bounded queries."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from agent_desk import repository
from agent_desk.alarms.judging import CallFact, Line, OrderFact
from agent_desk.alarms.kinds import CALM_BELOW, FROM_HIGHER_CENTRE
from dispatch.levels import HIGHEST
from models.alarm_tables import AlarmKind, AlarmRule
from models.deadline_tables import NoticeStep, SlaNotice, SlaTimer
from models.kinds import Direction
from models.order_tables import DispatchOrder, WorkOrder
from models.states import AgentState, CallStatus, WorkOrderStatus
from models.tables import AgentSession, Call, LinkageUnit, Queue, Seat

MOST_ORDERS: Final = 200
MOST_CALLS: Final = 1_000
# Of those on red or late, the oldest are looked at, before they are told apart by centre.
MOST_ROWS: Final = 2_000
LONGEST_CALL: Final = timedelta(hours=6)
NO_CALLS: Final = (WorkOrderStatus.CANCELLED,)


async def lines(session: AsyncSession, now: datetime) -> tuple[dict[str, Line], set[str]]:
    """Every queue with its longest waiting caller, and the codes of those without a free seat.

    A queue that nobody has signed in for counts only where it takes emergencies.
    """
    waits = await _waits(session, now)
    queues = await repository.queues(session)
    query = (
        select(Seat.queue_codes, AgentSession.status)
        .join(AgentSession, AgentSession.seat_id == Seat.id)
        .where(AgentSession.signed_out_at.is_(None))
    )
    there: dict[str, list[AgentState]] = {}
    for codes, status in await session.execute(query):
        for code in codes:
            there.setdefault(code, []).append(status)
    found = {row.code: Line(_name(row), waits.get(row.code)) for row in queues}
    busy = {row.code for row in queues if _nobody_free(row, there.get(row.code, ()))}
    return found, busy


def _nobody_free(queue: Queue, states: Collection[AgentState]) -> bool:
    return AgentState.READY not in states and (bool(states) or queue.emergency)


def _name(queue: Queue) -> str:
    return queue.name if queue.code in queue.name else f"{queue.code} {queue.name}"


async def _waits(session: AsyncSession, now: datetime) -> dict[str, datetime]:
    since = func.min(func.coalesce(Call.queued_at, Call.received_at))
    query = select(Call.queue_code, since).where(
        Call.received_at > now - LONGEST_CALL,  # else all calls there ever were are looked at
        Call.status.in_((CallStatus.QUEUED, CallStatus.RINGING)),
        Call.direction == Direction.IN,
    )
    rows = await session.execute(query.group_by(Call.queue_code))
    return {code: begin for code, begin in rows}  # noqa: C416 - rows are not pairs to mypy


async def orders(
    session: AsyncSession, rules: Sequence[AlarmRule], now: datetime
) -> dict[UUID, list[OrderFact]]:
    """By rule, the orders it may be about, the oldest first."""
    found: dict[UUID, list[OrderFact]] = {}
    for rule in rules:
        if rule.kind is AlarmKind.RED_LAMP:
            found[rule.id] = await _red(session, rule, now)
        elif rule.kind is AlarmKind.ESCALATED:
            found[rule.id] = await _escalated(session, rule)
    return found


async def _red(session: AsyncSession, rule: AlarmRule, now: datetime) -> list[OrderFact]:
    red = (
        select(DispatchOrder.work_order_id, DispatchOrder.unit_id, DispatchOrder.sent_at)
        .where(
            text("dispatch_orders.status = 'sent'"),  # as the index of those has it
            DispatchOrder.sent_at < now - timedelta(minutes=rule.threshold) * CALM_BELOW,
        )
        .order_by(DispatchOrder.sent_at)
        .limit(MOST_ROWS)
        .subquery()
    )
    oldest = func.min(red.c.sent_at)
    query = (
        select(
            WorkOrder.id,
            WorkOrder.number,
            func.min(LinkageUnit.name),
            func.count(),
            oldest.label("began_at"),
        )
        .select_from(red)
        .join(WorkOrder, WorkOrder.id == red.c.work_order_id)
        .join(LinkageUnit, LinkageUnit.id == red.c.unit_id)
        .where(
            WorkOrder.status == WorkOrderStatus.DISPATCHED,
            WorkOrder.centre_code == rule.centre_code,
        )
        .group_by(WorkOrder.id, WorkOrder.number)
        .order_by(oldest, WorkOrder.id)
        .limit(MOST_ORDERS)
    )
    found = await session.execute(query)
    return [OrderFact(row[0], row[1], row[2], row[3], row[4] or now) for row in found]


async def _escalated(session: AsyncSession, rule: AlarmRule) -> list[OrderFact]:
    """Orders past a limit that went up to the supervisor, or to the higher centre; the highest
    centre's rule finds what went up to it too."""
    first = func.min(SlaNotice.at)
    steps = [NoticeStep.HIGHER_CENTRE]
    if rule.threshold < FROM_HIGHER_CENTRE:
        steps.append(NoticeStep.SUPERVISOR)
    own = WorkOrder.centre_code == rule.centre_code
    if rule.centre_code == HIGHEST:
        own = or_(own, SlaNotice.step == NoticeStep.HIGHER_CENTRE)
    late = (
        select(SlaTimer.id, SlaTimer.work_order_id, SlaTimer.unit_id)
        .where(
            SlaTimer.stopped_at.is_(None),
            SlaTimer.breached_at.is_not(None),
            SlaTimer.paused_at.is_(None),
        )
        .order_by(SlaTimer.due_at)
        .limit(MOST_ROWS)
        .subquery()
    )
    query = (
        select(
            WorkOrder.id,
            WorkOrder.number,
            func.coalesce(func.min(LinkageUnit.name), ""),
            func.count(late.c.id.distinct()),
            first.label("began_at"),
        )
        .select_from(late)
        .join(SlaNotice, SlaNotice.timer_id == late.c.id)
        .join(WorkOrder, WorkOrder.id == late.c.work_order_id)
        .outerjoin(LinkageUnit, LinkageUnit.id == late.c.unit_id)
        .where(
            SlaNotice.step.in_(steps),
            own,
        )
        .group_by(WorkOrder.id, WorkOrder.number)
        .order_by(first, WorkOrder.id)
        .limit(MOST_ORDERS)
    )
    return [OrderFact(*row) for row in await session.execute(query)]


async def calls(session: AsyncSession, since: datetime) -> list[CallFact]:
    """The newest callers' orders, each with what it is about."""
    query = (
        select(
            WorkOrder.fields["category_code"].as_string(),
            WorkOrder.centre_code,
            WorkOrder.created_at,
            WorkOrder.fields[("position", "lon")].as_float(),
            WorkOrder.fields[("position", "lat")].as_float(),
        )
        .where(WorkOrder.created_at > since, WorkOrder.status.not_in(NO_CALLS))
        .order_by(WorkOrder.created_at.desc())
        .limit(MOST_CALLS)
    )
    return [
        CallFact(code or "", centre, at, None if None in (lon, lat) else (lon, lat))
        for code, centre, at, lon, lat in await session.execute(query)
    ]
