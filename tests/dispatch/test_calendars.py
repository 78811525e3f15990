"""Time that counts: across midnight, weekends, holidays and the days worked instead."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.calendars import AroundTheClock, OfficeHours
from dispatch.limits import rules
from dispatch.workdays import FILE, announced
from models.clock import CHINA_TIME
from models.deadline_tables import DayKind

pytestmark = pytest.mark.unit

HOURS = rules().hours
OFFICE = OfficeHours(HOURS, {row.day: row.kind for row in announced(FILE)})
DAY = timedelta(hours=7.5)

moments = st.datetimes(datetime(2025, 12, 1), datetime(2026, 12, 31)).map(
    lambda naive: naive.replace(tzinfo=UTC)
)
spans = st.timedeltas(timedelta(0), timedelta(days=20))


def here(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=CHINA_TIME)


@given(moments, spans)
@settings(max_examples=150, deadline=None)
def test_what_is_counted_until_the_moment_is_the_span(start: datetime, span: timedelta) -> None:
    assert OFFICE.between(start, OFFICE.after(start, span)) == span
    assert AroundTheClock().between(start, AroundTheClock().after(start, span)) == span


@given(moments, spans, spans)
@settings(max_examples=150, deadline=None)
def test_two_spans_are_one(start: datetime, one: timedelta, other: timedelta) -> None:
    together = OFFICE.after(start, one + other)
    apart = OFFICE.after(OFFICE.after(start, one), other)
    if other:
        assert apart == together
    else:
        assert OFFICE.between(apart, together) == timedelta(0)


@given(st.lists(moments, min_size=3, max_size=3).map(sorted))
@settings(max_examples=150, deadline=None)
def test_a_stretch_is_its_parts(at: list[datetime]) -> None:
    first, middle, last = at
    whole = OFFICE.between(first, last)
    assert whole == OFFICE.between(first, middle) + OFFICE.between(middle, last)
    assert timedelta(0) <= whole <= last - first
    assert OFFICE.between(last, first) == timedelta(0)  # a clock that went back


@given(moments, st.timedeltas(timedelta(seconds=1), timedelta(days=5)))
@settings(max_examples=150, deadline=None)
def test_a_limit_ends_within_office_hours(start: datetime, span: timedelta) -> None:
    due = OFFICE.after(start, span).astimezone(CHINA_TIME)
    assert OFFICE.is_workday(due.date())
    assert any(opens <= due.time() <= closes for opens, closes in HOURS)


@pytest.mark.parametrize(
    ("start", "span", "due"),
    [
        ("2026-11-20 16:30", timedelta(hours=2), "2026-11-23 09:30"),  # over a weekend
        ("2026-11-20 11:30", timedelta(hours=1), "2026-11-20 14:00"),  # over noon
        ("2026-11-20 23:50", timedelta(minutes=30), "2026-11-23 09:00"),  # at night
        # The last day before the Spring Festival is a worked Saturday, nine days are off.
        ("2026-02-14 17:00", timedelta(hours=1), "2026-02-24 09:00"),
        ("2026-02-13 17:00", timedelta(hours=1), "2026-02-14 09:00"),
        # National Day, and the worked Saturday after it.
        ("2026-09-30 17:00", timedelta(hours=1), "2026-10-08 09:00"),
        ("2026-10-09 17:00", timedelta(hours=1), "2026-10-10 09:00"),
        ("2026-10-10 17:00", timedelta(hours=1), "2026-10-12 09:00"),
        ("2026-09-18 08:30", 5 * DAY, "2026-09-23 17:30"),  # a worked Sunday among five days
    ],
)
def test_holidays_of_2026_and_the_days_worked_instead(
    start: str, span: timedelta, due: str
) -> None:
    assert OFFICE.after(here(start), span) == here(due)


def test_announced_days_are_those_of_the_announcement() -> None:
    days = {row.day: row.kind for row in announced(FILE)}
    assert sum(kind is DayKind.HOLIDAY for kind in days.values()) == 3 + 9 + 3 + 5 + 3 + 3 + 7
    worked = {day for day, kind in days.items() if kind is DayKind.WORKDAY}
    assert worked == {
        date(2026, 1, 4),
        date(2026, 2, 14),
        date(2026, 2, 28),
        date(2026, 5, 9),
        date(2026, 9, 20),
        date(2026, 10, 10),
    }
    assert all(day.weekday() >= 5 for day in worked)


def test_a_calendar_without_a_working_day_ends_all_the_same() -> None:
    never = OfficeHours(((time(9), time(9, 0, 1)),), {})
    start = here("2026-11-20 10:00")
    assert never.after(start, timedelta(days=1)) == start + timedelta(days=3660)
