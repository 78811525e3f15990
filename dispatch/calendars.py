"""Time that counts: all of it, or office hours of working days (holidays and 调休 included).

A calendar turns a span of counted time into a moment and back. Both ignore clocks that run
backwards: a span is never negative.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Protocol

from models.clock import CHINA_TIME
from models.deadline_tables import DayKind

FURTHEST = timedelta(days=3660)
SATURDAY = 5
NOTHING = timedelta()

Hours = Sequence[tuple[time, time]]


class Calendar(Protocol):
    """Which time counts."""

    def after(self, start: datetime, span: timedelta) -> datetime:
        """The first moment at which ``span`` has been counted since ``start``."""

    def between(self, start: datetime, end: datetime) -> timedelta:
        """How much counts from ``start`` to ``end``; nothing where ``end`` is earlier."""


class AroundTheClock:
    """All time counts."""

    def after(self, start: datetime, span: timedelta) -> datetime:
        return start + max(span, NOTHING)

    def between(self, start: datetime, end: datetime) -> timedelta:
        return max(end - start, NOTHING)


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """``hours`` of working days count, in local time. ``days`` are those that are not what their
    weekday says."""

    hours: Hours
    days: Mapping[date, DayKind] = field(default_factory=dict)

    def is_workday(self, day: date) -> bool:
        """Whether the office is open on ``day``."""
        kind = self.days.get(day)
        if kind is not None:
            return kind is DayKind.WORKDAY
        return day.weekday() < SATURDAY

    def after(self, start: datetime, span: timedelta) -> datetime:
        """As ``Calendar``; a calendar without working days ends ten years on."""
        if span <= NOTHING:
            return start
        left = span
        for begins, ends in self._spells(start, start + FURTHEST):
            if ends - begins >= left:
                return begins + left
            left -= ends - begins
        return start + FURTHEST

    def between(self, start: datetime, end: datetime) -> timedelta:
        return sum((ends - begins for begins, ends in self._spells(start, end)), NOTHING)

    def _spells(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The counted stretches between two moments, in order."""
        day = start.astimezone(CHINA_TIME).date()
        last = end.astimezone(CHINA_TIME).date()
        while day <= last:
            if self.is_workday(day):
                for opens, closes in self.hours:
                    begins = max(start, datetime.combine(day, opens, CHINA_TIME))
                    ends = min(end, datetime.combine(day, closes, CHINA_TIME))
                    if begins < ends:
                        yield begins, ends
            day += timedelta(days=1)
