"""Units' figures by day and month, counted anew from the orders' own rows.

A day of a unit is a handful of rows found by index, so whatever moved, its day is simply counted
again: nothing is added up twice, and a restart loses nothing. Months are the sums of their days.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import and_, case, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.marks.periods import ONE_DAY, begin_of, month_of
from models.deadline_tables import DeadlineKind, SlaTimer
from models.marks_states import SpotCheckStatus
from models.marks_tables import Span, SpotCheck, UnitFigures
from models.order_tables import DispatchOrder, WorkOrder
from models.states import DispatchStatus
from models.tables import Transition

# What ends a deadline by fulfilling it.
FULFILLED: Final = ("receive", "depart", "arrive", "feed_back")
COUNTED: Final[Mapping[DeadlineKind, str]] = {
    DeadlineKind.RECEIVED: "received",
    DeadlineKind.ON_SITE: "on_site",
    DeadlineKind.FEEDBACK: "feedback",
}
COUNTS: Final = tuple(
    column.key
    for column in UnitFigures.__mapper__.column_attrs
    if column.key not in ("unit_id", "span", "begins_on")
)

Counts = dict[str, int]


async def recount(session: AsyncSession, day: date, unit_ids: Collection[UUID]) -> None:
    """Count a day of these units, and the month it is in, again."""
    if not unit_ids:
        return
    counts: dict[UUID, Counts] = {unit_id: dict.fromkeys(COUNTS, 0) for unit_id in unit_ids}
    await _count_orders(session, day, counts)
    await _count_deadlines(session, day, counts)
    await _count_steps(session, day, counts)
    await _count_checks(session, day, counts)
    await _replace(session, Span.DAY, day, counts)
    await _replace(session, Span.MONTH, month_of(day), await _month(session, day, unit_ids))


def _within(day: date, unit_ids: Collection[UUID]) -> Any:
    """Dispatch orders first sent to these units on a day."""
    return and_(
        DispatchOrder.unit_id.in_(unit_ids),
        DispatchOrder.created_at >= begin_of(day),
        DispatchOrder.created_at < begin_of(day + ONE_DAY),
    )


async def _count_orders(session: AsyncSession, day: date, counts: dict[UUID, Counts]) -> None:
    done = DispatchOrder.status == DispatchStatus.FED_BACK
    rows = await session.execute(
        select(
            DispatchOrder.unit_id,
            func.count(),
            _sum(done),
            _sum(and_(done, WorkOrder.review == "satisfied")),
            _sum(and_(done, WorkOrder.review == "unsatisfied")),
            func.coalesce(func.sum(DispatchOrder.rating), 0),
            func.count(DispatchOrder.rating),
        )
        .join(WorkOrder, WorkOrder.id == DispatchOrder.work_order_id)
        .where(_within(day, counts))
        .group_by(DispatchOrder.unit_id)
    )
    names = ("orders", "fed_back", "satisfied", "unsatisfied", "stars", "rated")
    for unit_id, *found in rows:
        counts[unit_id].update(zip(names, found, strict=True))


async def _count_deadlines(session: AsyncSession, day: date, counts: dict[UUID, Counts]) -> None:
    missed = SlaTimer.breached_at.is_not(None)
    kept = and_(~missed, SlaTimer.stopped_by.in_(FULFILLED))
    rows = await session.execute(
        select(DispatchOrder.unit_id, SlaTimer.kind, _sum(kept), _sum(missed))
        .join(SlaTimer, SlaTimer.dispatch_order_id == DispatchOrder.id)
        .where(
            _within(day, counts),
            SlaTimer.kind.in_(COUNTED),
            # Of firms that are offered a service nobody has to take it.
            ~and_(DispatchOrder.offer, SlaTimer.kind == DeadlineKind.RECEIVED),
        )
        .group_by(DispatchOrder.unit_id, SlaTimer.kind)
    )
    for unit_id, kind, in_time, late in rows:
        counts[unit_id][f"{COUNTED[kind]}_kept"] = in_time
        counts[unit_id][f"{COUNTED[kind]}_missed"] = late


async def _count_steps(session: AsyncSession, day: date, counts: dict[UUID, Counts]) -> None:
    rows = await session.execute(
        select(DispatchOrder.unit_id, Transition.trigger, func.count())
        .join(
            Transition,
            and_(
                Transition.entity == DispatchOrder.machine.name,
                Transition.entity_id == DispatchOrder.id,
            ),
        )
        .where(_within(day, counts), Transition.trigger.in_(("reject", "redo")))
        .group_by(DispatchOrder.unit_id, Transition.trigger)
    )
    for unit_id, trigger, count in rows:
        counts[unit_id]["returns" if trigger == "reject" else "redone"] = count


async def _count_checks(session: AsyncSession, day: date, counts: dict[UUID, Counts]) -> None:
    over = (SpotCheckStatus.ANSWERED, SpotCheckStatus.MISSED)
    rows = await session.execute(
        select(SpotCheck.unit_id, SpotCheck.status, func.count())
        .where(SpotCheck.unit_id.in_(counts), SpotCheck.day == day, SpotCheck.status.in_(over))
        .group_by(SpotCheck.unit_id, SpotCheck.status)
    )
    for unit_id, status, count in rows:
        counts[unit_id][f"checks_{status.value}"] = count


async def _month(
    session: AsyncSession, day: date, unit_ids: Collection[UUID]
) -> dict[UUID, Counts]:
    first = month_of(day)
    last = month_of(first + 31 * ONE_DAY) - ONE_DAY
    sums = [func.sum(getattr(UnitFigures, name)) for name in COUNTS]
    rows = await session.execute(
        select(UnitFigures.unit_id, *sums)
        .where(
            UnitFigures.unit_id.in_(unit_ids),
            UnitFigures.span == Span.DAY,
            UnitFigures.begins_on >= first,
            UnitFigures.begins_on <= last,
        )
        .group_by(UnitFigures.unit_id)
    )
    found = {unit_id: dict(zip(COUNTS, map(int, sums), strict=True)) for unit_id, *sums in rows}
    return {unit_id: found.get(unit_id, dict.fromkeys(COUNTS, 0)) for unit_id in unit_ids}


async def _replace(
    session: AsyncSession, span: Span, begins_on: date, counts: Mapping[UUID, Counts]
) -> None:
    """Put new rows in the place of the old; a stretch without anything has none."""
    await session.execute(
        delete(UnitFigures).where(
            UnitFigures.unit_id.in_(counts),
            UnitFigures.span == span,
            UnitFigures.begins_on == begins_on,
        )
    )
    session.add_all(
        UnitFigures(unit_id=unit_id, span=span, begins_on=begins_on, **found)
        for unit_id, found in counts.items()
        if any(found.values())
    )
    await session.flush()


def by_day(pairs: Collection[tuple[UUID, date]]) -> Mapping[date, set[UUID]]:
    """The units of each day."""
    found: dict[date, set[UUID]] = defaultdict(set)
    for unit_id, day in pairs:
        found[day].add(unit_id)
    return found


def _sum(condition: Any) -> Any:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
