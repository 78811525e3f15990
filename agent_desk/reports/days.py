"""The figures of one day, counted from the rows of calls, orders, deadlines and agents.

A call belongs to the day it was received on, an order and everything its units do to the day the
order was opened on, whenever that comes. Days are the centre's (``ivr.statistics.day``).
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from agent_desk.reports.places import Places
from agent_desk.reports.times import Line
from dispatch import matters
from ivr.statistics import ANSWER_GOAL, BLOCK, NOTHING, SHORT, Span, day, sessions, spans
from ivr.statistics import wrap_up_after as wrap_up_after_talk
from models.clock import CHINA_TIME
from models.deadline_tables import DeadlineKind, SlaTimer
from models.dispatch_tables import Area
from models.kinds import Direction, LegRole
from models.order_tables import DispatchOrder, WorkOrder
from models.states import AgentState, CallStatus, DispatchStatus, WorkOrderStatus
from models.tables import AgentSession, Call, Leg, Queue, Seat, User

SEPARATOR: Final = "|"
NOT_COUNTED: Final = ("reject", "recall")
# Whose end of a deadline is what the deadline asks for, and so has a time.
DOES: Final[Mapping[DeadlineKind, frozenset[str]]] = {
    DeadlineKind.RECEIVED: frozenset({"receive", "depart", "arrive", "feed_back"}),
    DeadlineKind.ON_SITE: frozenset({"arrive"}),
    DeadlineKind.FEEDBACK: frozenset({"feed_back"}),
}


class Report(StrEnum):
    """应答, 处理, 派单, 单位, 类别."""

    ANSWERS = "answers"
    HANDLES = "handles"
    SENDING = "sending"
    UNITS = "units"
    MATTERS = "matters"


# Of one day: report, queue, centre -> what about -> its line.
Sheets = dict[tuple[Report, str, str], dict[str, Line]]


async def sheets(session: AsyncSession, of: date, now: datetime) -> Sheets:
    """Everything counted of the day ``of`` as it is at ``now``."""
    found: Sheets = defaultdict(lambda: defaultdict(Line))
    since, until = day(of)
    await _answers(session, found, since, until, now)
    await _handles(session, found, since, until, now)
    await _orders(session, found, since, until)
    await _units(session, found, since, until)
    return found


async def _blocks(session: AsyncSession, query: Select[*tuple[Any, ...]]) -> AsyncIterator[Any]:
    async for row in await session.stream(query.execution_options(yield_per=BLOCK)):
        yield row


async def _answers(
    session: AsyncSession, found: Sheets, since: datetime, until: datetime, now: datetime
) -> None:
    """By half hour of the day: calls offered, answered, abandoned, and their waits."""
    asked = await session.execute(select(Queue.code, Queue.answer_goal_seconds))
    goals = {code: timedelta(seconds=seconds) for code, seconds in asked}
    query = select(Call.queue_code, Call.received_at, Call.answered_at, Call.ended_at).where(
        Call.direction == Direction.IN, Call.received_at >= since, Call.received_at < until
    )
    async for code, received, answered, ended in _blocks(session, query):
        local = received.astimezone(CHINA_TIME)
        line = found[Report.ANSWERS, code, ""][str(local.hour * 2 + local.minute // 30)]
        wait = max((answered or ended or now) - received, NOTHING)
        goal = goals.get(code, ANSWER_GOAL)
        line.counts["offered"] += 1
        if answered is not None:
            line.counts["answered"] += 1
            line.counts["in_goal"] += wait <= goal
            line.took("wait", wait.total_seconds())
        elif ended is not None:
            line.counts["abandoned"] += 1
            line.counts["short"] += wait < SHORT
        else:
            line.counts["undecided"] += wait <= goal
        line.took("any_wait", wait.total_seconds())


# --- people --------------------------------------------------------------------------------------


async def _handles(
    session: AsyncSession, found: Sheets, since: datetime, until: datetime, now: datetime
) -> None:
    """By person and seat: talks with what was held and wrapped up, and the time in each state."""
    worked: dict[UUID, Sequence[Span]] = {}
    lines: dict[UUID, Line] = {}
    seats = {row.id: row.code for row in await session.scalars(select(Seat))}
    async for agent, moves in sessions(session, since, until):
        worked[agent.id] = list(spans(moves, now))
        key = f"{agent.user_id}{SEPARATOR}{seats.get(agent.seat_id, '')}"
        line = found[Report.HANDLES, "", agent.user.centre_code][key]
        lines[agent.id] = line
        for span in worked[agent.id]:
            line.counts[_state(span.state)] += round(span.within(since, until).total_seconds())
    query = (
        select(
            Call.id,
            Call.answered_at,
            Call.ended_at,
            Call.agent_session_id,
            Call.held_seconds,
            Leg.agent_session_id,
            Leg.started_at,
            Leg.ended_at,
        )
        .outerjoin(
            Leg,
            and_(
                Leg.call_id == Call.id,
                Leg.role == LegRole.AGENT,
                Leg.agent_session_id.is_not(None),
            ),
        )
        .where(
            Call.received_at >= since,
            Call.received_at < until,
            Call.status == CallStatus.ENDED,
            Call.answered_at.is_not(None),
        )
        .order_by(Call.received_at, Call.id, Leg.started_at)
    )
    held: set[UUID] = set()
    talks = [row async for row in _blocks(session, query)]
    strangers = {row[5] or row[3] for row in talks} - lines.keys() - {None}
    lines |= await _lines_of(session, found, strangers)
    for call_id, answered, ended, last, on_hold, by, began, left in talks:
        # A call taken over from Asterisk's own record has no legs of its agents.
        agent_id = by or last
        if agent_id is None:
            continue
        line = lines[agent_id]
        begin, end = (began, left or ended) if by else (answered, ended)
        talk = max(((end or begin) - begin).total_seconds(), 0.0)
        after = wrap_up_after_talk(worked.get(agent_id, ()), begin).total_seconds()
        line.took("talk", talk)
        line.took("wrap_up", after)
        line.took("handle", talk + after)
        if call_id not in held and agent_id == (last or agent_id):
            held.add(call_id)
            line.took("hold", on_hold)


def _state(state: AgentState) -> str:
    match state:
        case AgentState.ON_CALL:
            return "talking"
        case AgentState.WRAP_UP:
            return "wrapping"
        case AgentState.PAUSED:
            return "paused"
        case _:
            return "ready"


async def _lines_of(
    session: AsyncSession, found: Sheets, agent_ids: Iterable[UUID]
) -> dict[UUID, Line]:
    """The lines of agent sessions that do not reach into the day."""
    query = (
        select(AgentSession.id, AgentSession.user_id, Seat.code, User.centre_code)
        .join(Seat, Seat.id == AgentSession.seat_id)
        .join(User, User.id == AgentSession.user_id)
    )
    lines: dict[UUID, Line] = {}
    for some in batched(agent_ids):
        for agent_id, user_id, seat, centre in await session.execute(
            query.where(AgentSession.id.in_(some))
        ):
            lines[agent_id] = found[Report.HANDLES, "", centre][f"{user_id}{SEPARATOR}{seat}"]
    return lines


def batched(ids: Iterable[UUID]) -> Iterator[list[UUID]]:
    """``ids`` in lists that fit into one statement."""
    rest = iter(ids)
    while some := list(itertools.islice(rest, BLOCK // 2)):
        yield some


# --- orders --------------------------------------------------------------------------------------


async def _orders(session: AsyncSession, found: Sheets, since: datetime, until: datetime) -> None:
    """By category and area how many there are; by kind and category how soon they were sent."""
    places = Places(await _areas(session))
    query = (
        select(
            WorkOrder.queue_code,
            WorkOrder.centre_code,
            WorkOrder.status,
            WorkOrder.call_id,
            WorkOrder.sent_at,
            WorkOrder.fields["category_code"].as_string(),
            WorkOrder.fields["emergency"].as_boolean(),
            WorkOrder.fields["address"].as_string(),
            Call.answered_at,
        )
        .outerjoin(Call, Call.id == WorkOrder.call_id)
        .where(WorkOrder.created_at >= since, WorkOrder.created_at < until)
    )
    async for (
        queue,
        centre,
        status,
        call_id,
        sent_at,
        category,
        emergency,
        address,
        answered,
    ) in _blocks(session, query):
        category = category or ""
        key = f"{category}{SEPARATOR}{places.of(address or '')}"
        line = found[Report.MATTERS, queue, centre][key]
        counts = status not in (WorkOrderStatus.CANCELLED, WorkOrderStatus.MERGED)
        line.counts["calls"] += call_id is not None
        line.counts["orders"] += counts
        line.counts["emergencies"] += counts and bool(emergency)
        line.counts["sent"] += counts and sent_at is not None
        if sent_at is None:
            continue
        kind = matters.of({"emergency": emergency, "category_code": category})
        line = found[Report.SENDING, queue, centre][f"{kind.value}{SEPARATOR}{category}"]
        line.counts["sent"] += 1
        if answered is not None:
            line.took("sending", (sent_at - answered).total_seconds())


async def _areas(session: AsyncSession) -> Iterable[Area]:
    return (await session.scalars(select(Area))).all()


async def _units(session: AsyncSession, found: Sheets, since: datetime, until: datetime) -> None:
    """By unit: orders, returns, and each deadline with its times, kept and missed."""
    opened = (WorkOrder.created_at >= since, WorkOrder.created_at < until)
    query = (
        select(
            WorkOrder.queue_code,
            WorkOrder.centre_code,
            DispatchOrder.unit_id,
            DispatchOrder.status,
        )
        .join(WorkOrder, WorkOrder.id == DispatchOrder.work_order_id)
        .where(*opened, DispatchOrder.sent_at.is_not(None))
    )
    async for queue, centre, unit_id, status in _blocks(session, query):
        line = found[Report.UNITS, queue, centre][str(unit_id)]
        line.counts["orders"] += 1
        line.counts["returned"] += status is DispatchStatus.REJECTED
    timers = (
        select(
            WorkOrder.queue_code,
            WorkOrder.centre_code,
            SlaTimer.unit_id,
            SlaTimer.kind,
            SlaTimer.started_at,
            SlaTimer.stopped_at,
            SlaTimer.stopped_by,
            SlaTimer.breached_at,
        )
        .join(WorkOrder, WorkOrder.id == SlaTimer.work_order_id)
        .where(*opened, SlaTimer.kind.in_(DOES), SlaTimer.unit_id.is_not(None))
    )
    async for queue, centre, unit_id, kind, began, ended, by, late in _blocks(session, timers):
        if by in NOT_COUNTED:
            continue
        line = found[Report.UNITS, queue, centre][str(unit_id)]
        done = ended is not None and by in DOES[kind]
        if late is not None:
            line.counts[f"{kind.value}_late"] += 1
        elif done:
            line.counts[f"{kind.value}_kept"] += 1
        if done:
            line.took(kind.value, (ended - began).total_seconds())
