"""A deadline's clock: started, standing, going on, stopped. Rows only; nothing is timed here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.calendars import AroundTheClock, Calendar, Hours, OfficeHours
from dispatch.limits import OFFICE, Limit
from models.deadline_tables import CalendarDay, NoticeStep, SlaTimer


@dataclass(frozen=True, slots=True)
class Calendars:
    """The calendars by the name that timers keep."""

    always: AroundTheClock
    office: OfficeHours

    def of(self, name: str) -> Calendar:
        return self.office if name == OFFICE else self.always


async def calendars(session: AsyncSession, hours: Hours) -> Calendars:
    """The calendars as the rows have them at this moment."""
    days = await session.execute(select(CalendarDay.day, CalendarDay.kind))
    found = dict(days.all())
    return Calendars(AroundTheClock(), OfficeHours(hours, found))


def started(
    limit: Limit,
    known: Calendars,
    at: datetime,
    *,
    work_order_id: UUID,
    dispatch_order_id: UUID | None = None,
    unit_id: UUID | None = None,
) -> SlaTimer:
    """A new row whose clock runs from ``at``."""
    timer = SlaTimer(
        work_order_id=work_order_id,
        dispatch_order_id=dispatch_order_id,
        unit_id=unit_id,
        kind=limit.kind,
        calendar=limit.calendar,
        limit_seconds=limit.seconds,
        plan=limit.rows(),
        started_at=at,
        running_since=at,
        due_at=at,
        next_at=None,
        reminded_at=None,
        breached_at=None,
        paused_at=None,
        stopped_at=None,
    )
    set_moments(timer, known)
    return timer


def set_moments(timer: SlaTimer, known: Calendars) -> None:
    """Work out ``due_at`` and ``next_at`` anew: the clock went on, or the calendar changed."""
    if timer.stopped_at is not None or timer.paused_at is not None:
        timer.next_at = None
        return
    timer.due_at = _moment(timer, known, timer.limit_seconds)
    todo = timer.plan[timer.position :]
    timer.next_at = _moment(timer, known, todo[0]["at"]) if todo else None


def pause(timer: SlaTimer, known: Calendars, at: datetime) -> None:
    """Let the clock stand from ``at`` on; what has run stays counted."""
    if timer.stopped_at is not None or timer.paused_at is not None:
        return
    ran = known.of(timer.calendar).between(timer.running_since, at)
    timer.used_seconds += ran.total_seconds()
    timer.paused_at = at
    timer.next_at = None


def go_on(timer: SlaTimer, known: Calendars, at: datetime) -> None:
    """Let a standing clock run again from ``at``."""
    if timer.stopped_at is not None or timer.paused_at is None:
        return
    timer.paused_at, timer.running_since = None, at
    set_moments(timer, known)


def stop(timer: SlaTimer, trigger: str, at: datetime) -> None:
    """End the deadline; it is late where its moment has passed while the clock ran."""
    if timer.stopped_at is not None:
        return
    if timer.paused_at is None and timer.breached_at is None and at > timer.due_at:
        timer.breached_at = timer.due_at
    timer.stopped_at, timer.stopped_by, timer.next_at = at, trigger, None


@dataclass(frozen=True, slots=True)
class Step:
    """A reminder or escalation that is due: its place in the plan, and when it had to be made."""

    position: int
    step: NoticeStep
    due_at: datetime


def take_due(timer: SlaTimer, known: Calendars, now: datetime) -> list[Step]:
    """What is due by ``now``, in order, marked as done; the next moment is set."""
    found: list[Step] = []
    while timer.next_at is not None and timer.next_at <= now:
        step = NoticeStep(timer.plan[timer.position]["step"])
        found.append(Step(timer.position, step, timer.next_at))
        if step is NoticeStep.REMIND:
            timer.reminded_at = now
        timer.position += 1
        set_moments(timer, known)
    if timer.breached_at is None and timer.stopped_at is None and timer.paused_at is None:
        timer.breached_at = timer.due_at if timer.due_at <= now else None
    return found


def open_of(timers: Iterable[SlaTimer]) -> list[SlaTimer]:
    """Those that have not ended."""
    return [timer for timer in timers if timer.stopped_at is None]


def _moment(timer: SlaTimer, known: Calendars, seconds: float) -> datetime:
    left = timedelta(seconds=seconds - timer.used_seconds)
    return known.of(timer.calendar).after(timer.running_since, left)
