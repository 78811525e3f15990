"""Whether a unit is on duty, who is, and when it is again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.calendars import OfficeHours
from models.clock import CHINA_TIME
from models.deadline_tables import CalendarDay, DayKind
from models.dispatch_tables import DutyShift
from models.errors import InvalidInput
from models.tables import LinkageUnit
from models.unit_forms import DutyRule

# Somebody stays at the telephone over lunch.
OFFICE_HOURS: Final = ((time(8, 30), time(17, 30)),)
INSTANT: Final = timedelta(microseconds=1)
LONGEST_SHIFT: Final = timedelta(days=7)
MOST_SHIFTS: Final = 400


@dataclass(frozen=True, slots=True)
class OnDuty:
    """``who`` and ``phone`` are of the person on duty where a roster names one; ``next_at`` is
    when an unit off duty is on again, ``None`` where nobody knows."""

    on: bool
    who: str = ""
    phone: str = ""
    next_at: datetime | None = None

    def sentence(self) -> str:
        """For the seat."""
        if self.on:
            return f"值班员：{self.who}" if self.who else "在岗"
        if self.next_at is None:
            return "当前无人值班，没有排定下一班"
        return f"当前不值班，下一班 {self.next_at.astimezone(CHINA_TIME):%m月%d日 %H:%M}"


ALWAYS: Final = OnDuty(True)


def state(
    unit: LinkageUnit,
    shifts: Sequence[DutyShift],
    at: datetime,
    days: Mapping[date, DayKind],
) -> OnDuty:
    """Whether ``unit`` is on duty at ``at``; ``shifts`` are its own that end after ``at``.

    A unit that is always staffed may have a roster too: it says who is there.
    """
    now = next((shift for shift in shifts if shift.starts_at <= at < shift.ends_at), None)
    if now is not None:
        return OnDuty(True, now.person_name, now.phone)
    match unit.duty_rule:
        case DutyRule.ALWAYS:
            return ALWAYS
        case DutyRule.OFFICE:
            opens = OfficeHours(OFFICE_HOURS, days).after(at, INSTANT) - INSTANT
            return ALWAYS if opens <= at else OnDuty(False, next_at=opens)
        case DutyRule.ROSTER:
            later = [shift.starts_at for shift in shifts if shift.starts_at > at]
            return OnDuty(False, next_at=min(later, default=None))


async def states(
    session: AsyncSession, units: Collection[LinkageUnit], at: datetime
) -> dict[UUID, OnDuty]:
    """Who of ``units`` is on duty at ``at``."""
    shifts: dict[UUID, list[DutyShift]] = {unit.id: [] for unit in units}
    query = select(DutyShift).where(DutyShift.unit_id.in_(shifts), DutyShift.ends_at > at)
    soon = query.where(DutyShift.starts_at <= at + LONGEST_SHIFT).order_by(DutyShift.starts_at)
    for shift in await session.scalars(soon):
        shifts[shift.unit_id].append(shift)
    days: dict[date, DayKind] = {}
    if any(unit.duty_rule is DutyRule.OFFICE for unit in units):
        days = {row.day: row.kind for row in await session.scalars(select(CalendarDay))}
    return {unit.id: state(unit, shifts[unit.id], at, days) for unit in units}


async def roster(
    session: AsyncSession, unit_id: UUID, since: datetime, until: datetime
) -> Sequence[DutyShift]:
    """A unit's shifts that touch the span, in their order."""
    query = select(DutyShift).where(
        DutyShift.unit_id == unit_id, DutyShift.ends_at > since, DutyShift.starts_at < until
    )
    return (await session.scalars(query.order_by(DutyShift.starts_at).limit(MOST_SHIFTS))).all()


async def add_shift(session: AsyncSession, shift: DutyShift) -> None:
    """Store a shift; raises ``InvalidInput`` for one that is none or overlaps another."""
    if not timedelta() < shift.ends_at - shift.starts_at <= LONGEST_SHIFT:
        raise InvalidInput("值班结束时间应晚于开始时间，且一班不超过 7 天。")
    there = await roster(session, shift.unit_id, shift.starts_at, shift.ends_at)
    if there:
        other = there[0]
        since = other.starts_at.astimezone(CHINA_TIME)
        raise InvalidInput(
            f"与 {since:%m月%d日 %H:%M} 开始的“{other.person_name}”一班重叠，请先调整那一班。"
        )
    session.add(shift)
