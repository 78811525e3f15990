"""Points, scores, ranks and periods: properties of what the tables are made of."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.calendars import OfficeHours
from dispatch.marks.figures import COUNTS
from dispatch.marks.giving import end_of_working_days
from dispatch.marks.periods import (
    Stretch,
    begin_of,
    day_of,
    one_day,
    parse,
    present,
    quarter,
    year,
)
from dispatch.marks.rules import BY_PEOPLE, defaults
from dispatch.marks.standings import Points, Standing, ranked, score
from dispatch.workdays import FILE, announced
from models.clock import CHINA_TIME
from models.deadline_tables import DayKind
from models.errors import InvalidInput
from models.marks_states import MARK, SPOT_CHECK, MarkStatus
from models.marks_tables import Occasion
from models.tables import LinkageUnit

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 22, 5, tzinfo=CHINA_TIME)
CALENDAR = OfficeHours((), {row.day: row.kind for row in announced(FILE)})
moments = st.datetimes(datetime(2001, 1, 1), datetime(2099, 12, 31)).map(
    lambda naive: naive.replace(tzinfo=CHINA_TIME)
)
this_year = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)).map(
    lambda naive: naive.replace(tzinfo=CHINA_TIME)
)
parts = st.builds(Points, st.integers(0, 99), st.integers(0, 300), st.integers(0, 300))


def standing(number: int, total: float, orders: int, kept: int, missed: int) -> Standing:
    counts = dict.fromkeys(COUNTS, 0) | {"orders": orders}
    counts |= {"received_kept": kept, "received_missed": missed}
    unit = LinkageUnit(code=f"U{number:03}", name=f"单位{number}", kind="供水", tier=1)
    return Standing(unit, Points(), counts, score=total, few=orders < 10)


standings = st.lists(
    st.builds(
        standing,
        st.integers(0, 999),
        st.sampled_from([100.0, 99.0, 95.5, 0.0]),
        st.integers(0, 30),
        st.integers(0, 5),
        st.integers(0, 5),
    ),
    max_size=12,
    unique_by=lambda one: one.unit.code,
)


@given(moments)
def test_every_moment_is_in_one_day_quarter_and_year_of_the_centre(at: datetime) -> None:
    for stretch in Stretch:
        period = present(stretch, at)
        assert begin_of(period.first) <= at < period.ends_at
        assert begin_of(period.first).astimezone(CHINA_TIME).time().hour == 0
    whole = present(Stretch.YEAR, at)
    assert [one.first for one in whole.quarters()] == sorted(
        {date(whole.first.year, month, 1) for month in (1, 4, 7, 10)}
    )
    assert whole.quarters()[-1].end == whole.end
    assert [month for one in whole.quarters() for month in one.months()] == list(whole.months())


def test_the_last_second_of_a_quarter_is_the_centres_not_utc() -> None:
    last = datetime(2026, 9, 30, 23, 59, 59, tzinfo=CHINA_TIME)
    assert present(Stretch.QUARTER, last) == quarter(2026, 3)
    assert present(Stretch.QUARTER, last + timedelta(seconds=1)) == quarter(2026, 4)
    assert day_of(begin_of(date(2027, 1, 1))) == date(2027, 1, 1)
    assert present(Stretch.YEAR, begin_of(date(2027, 1, 1))) == year(2027)


@pytest.mark.parametrize(
    ("stretch", "text"),
    [
        (Stretch.DAY, "2026-02-30"),
        (Stretch.DAY, "20261122T00"),
        (Stretch.DAY, "1999-12-31"),
        (Stretch.QUARTER, "2026Q5"),
        (Stretch.QUARTER, "2026q4"),
        (Stretch.QUARTER, "٢٠٢٦Q1"),
        (Stretch.YEAR, "9999"),
        (Stretch.YEAR, "26"),
        (Stretch.YEAR, "2026 OR 1=1"),
    ],
)
def test_a_period_that_is_none_is_refused(stretch: Stretch, text: str) -> None:
    with pytest.raises(InvalidInput):
        parse(stretch, text, NOW)


def test_periods_are_read_as_they_are_written() -> None:
    assert parse(Stretch.DAY, "2026-11-22", NOW) == one_day(date(2026, 11, 22))
    assert (
        parse(Stretch.QUARTER, "2026Q4", NOW) == quarter(2026, 4) == parse(Stretch.QUARTER, "", NOW)
    )
    assert parse(Stretch.YEAR, "2026", NOW).name == "2026年"
    assert quarter(2026, 4).name == "2026年第四季度"


@given(st.lists(parts, min_size=1, max_size=4), parts)
def test_a_score_lies_between_nothing_and_a_hundred_and_no_praise_lifts_it_above(
    quarters: list[Points], more: Points
) -> None:
    before = score(quarters)
    assert 0 <= before <= 100
    worse = [Points(one.marks, one.deducted + more.deducted, one.praised) for one in quarters]
    assert score(worse) <= before
    blameless = [Points(one.marks, 0, one.praised) for one in quarters]
    assert score(blameless) == 100


@given(standings)
def test_ranks_follow_the_score_and_equal_ones_share_them(found: list[Standing]) -> None:
    order = ranked(found)
    assert sorted(one.unit.code for one in order) == sorted(one.unit.code for one in found)
    for before, after in pairwise(order):
        assert before.rank is not None
        assert after.rank is not None
        assert (before.score or 0) >= (after.score or 0)
        assert before.rank <= after.rank
        if before.score == after.score:
            assert before.few <= after.few
        if before.rank == after.rank:
            assert before.score == after.score
            assert before.tied
            assert after.tied
    for place, one in enumerate(order, 1):
        assert one.rank is not None
        assert one.rank <= place
        assert sum((other.rank or 0) < one.rank for other in order) == one.rank - 1


def test_of_equal_scores_the_one_that_kept_more_limits_stands_first() -> None:
    order = ranked(
        [
            standing(1, 100, 3, 3, 0),  # few orders: a full share says little
            standing(2, 100, 20, 9, 1),
            standing(3, 100, 20, 10, 0),
            standing(4, 100, 20, 20, 0),
            standing(5, 98, 20, 20, 0),
        ]
    )
    assert [(one.unit.code, one.rank, one.tied) for one in order] == [
        ("U003", 1, True),
        ("U004", 1, True),
        ("U002", 3, False),
        ("U001", 4, False),
        ("U005", 5, False),
    ]


@given(this_year, st.integers(1, 20))
def test_an_appeal_ends_with_the_last_of_so_many_working_days(at: datetime, count: int) -> None:
    end = end_of_working_days(at, CALENDAR, count)
    assert end == begin_of(day_of(end))
    after = day_of(at) + timedelta(days=1)
    days = [after + timedelta(days=n) for n in range((day_of(end) - after).days)]
    assert sum(map(CALENDAR.is_workday, days)) == count
    assert CALENDAR.is_workday(days[-1])


def test_a_calendar_without_working_days_does_not_hang() -> None:
    days = {date(2026, 1, 1) + timedelta(days=n): DayKind.HOLIDAY for n in range(900)}
    holidays = OfficeHours((), days)
    assert end_of_working_days(NOW, holidays, 5) > NOW


def test_the_reviewed_rules_have_one_of_each_occasion_of_the_machine() -> None:
    found = defaults()
    occasions = [line["occasion"] for line in found.rules]
    assert {one for one in occasions if one not in BY_PEOPLE} == {
        one for one in Occasion if one not in BY_PEOPLE
    }
    for line in found.rules:
        assert (line["points"] > 0) == (line["occasion"] is Occasion.PRAISE)


def test_nothing_leads_away_from_a_withdrawn_mark_and_appeals_come_once() -> None:
    assert MarkStatus.WITHDRAWN not in MARK.table
    assert [old for old, moves in MARK.table.items() if "appeal" in moves] == [MarkStatus.GIVEN]
    assert {status.value for status in SPOT_CHECK.table} == {"planned", "calling"}
