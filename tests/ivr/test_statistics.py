"""The figures' definitions, on tables of calls and states."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.statistics import (
    AgentFigures,
    CallTimes,
    Move,
    QueueFigures,
    Span,
    day,
    spans,
    today,
    wrap_up_after,
)
from models.clock import ManualClock
from models.states import AgentState

pytestmark = pytest.mark.unit

T = datetime(2026, 3, 1, 12, tzinfo=UTC)


def s(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def call(answered: float | None, ended: float | None, handled: float | None = None) -> CallTimes:
    """A call received at ``T``; times are seconds after."""
    return CallTimes(
        "110",
        T,
        None if answered is None else T + s(answered),
        None if ended is None else T + s(ended),
        None if handled is None else s(handled),
    )


def figures(*calls: CallTimes, now: float = 3600) -> QueueFigures:
    found = QueueFigures()
    for one in calls:
        found.add(one, T + s(now))
    return found


def test_nothing_to_count() -> None:
    none = figures()
    assert (none.offered, none.service_level, none.abandonment) == (0, None, None)
    assert (none.average_answer, none.average_handle, none.longest_wait) == (None, None, None)


@pytest.mark.parametrize(
    ("calls", "level"),
    [
        ([call(15, 60)], 1.0),  # the goal itself still counts
        ([call(15.001, 60)], 0.0),
        ([call(3, 60), call(None, 9.999)], 1.0),  # a short hang-up is left out
        ([call(3, 60), call(None, 10)], 0.5),  # at 10 s it is none any more
        ([call(3, 60), call(None, None)], 0.5),  # waits for an hour
        ([call(None, 5)], None),
    ],
)
def test_service_level(calls: list[CallTimes], level: float | None) -> None:
    assert figures(*calls).service_level == level


def test_a_call_that_waits_within_the_goal_is_undecided() -> None:
    assert figures(call(3, 60), call(None, None), now=15).service_level == 1.0
    assert figures(call(3, 60), call(None, None), now=16).service_level == 0.5


def test_abandonment_with_and_without_short_ones() -> None:
    found = figures(call(3, 60), call(20, 80), call(None, 4), call(None, 40))
    assert (found.offered, found.answered, found.abandoned, found.abandoned_short) == (4, 2, 2, 1)
    assert found.abandonment_with_short == 0.5
    assert found.abandonment == pytest.approx(1 / 3)


def test_waits_and_handle_times() -> None:
    found = figures(call(4, 60, handled=70), call(8, 30, handled=30), call(None, 50), call(6, None))
    assert found.average_answer == s(6)
    assert found.average_handle == s(50)
    assert found.longest_wait == s(50)


def test_a_clock_that_jumped_back_counts_as_no_wait() -> None:
    assert figures(call(-5, 60)).average_answer == s(0)


times = st.one_of(st.none(), st.floats(0, 300))


@given(st.lists(st.tuples(times, times), max_size=30), st.floats(0, 600))
def test_every_call_is_counted_once(
    pairs: list[tuple[float | None, float | None]], now: float
) -> None:
    found = figures(*[call(a, e) for a, e in pairs], now=now)
    open_ones = sum(a is None and e is None for a, e in pairs)
    assert found.offered == found.answered + found.abandoned + open_ones
    assert found.answered_in_goal <= found.answered
    assert found.abandoned_short <= found.abandoned
    for share in (found.service_level, found.abandonment, found.abandonment_with_short):
        assert share is None or 0 <= share <= 1


def moves(*steps: tuple[str, AgentState, float]) -> list[Move]:
    return [Move(trigger, new, T + s(at)) for trigger, new, at in steps]


SHIFT = moves(
    ("sign_in", AgentState.READY, 0),
    ("ring", AgentState.RINGING, 100),
    ("ring", AgentState.RINGING, 102),
    ("answer", AgentState.ON_CALL, 105),
    ("hang_up", AgentState.WRAP_UP, 165),
    ("ready", AgentState.READY, 195),
    ("pause", AgentState.PAUSED, 295),
    ("sign_out", AgentState.LOGGED_OUT, 395),
)


def test_spans_of_a_shift() -> None:
    found = list(spans(SHIFT, T + s(1000)))
    assert [(span.state, (span.end - span.begin).total_seconds()) for span in found] == [
        ("ready", 100),
        ("ringing", 5),
        ("on_call", 60),
        ("wrap_up", 30),
        ("ready", 100),
        ("paused", 100),
    ]


def test_the_present_state_lasts_until_now() -> None:
    assert list(spans(SHIFT[:1], T + s(7))) == [Span(AgentState.READY, T, T + s(7))]
    assert list(spans([], T)) == []


def test_wrap_up_belongs_to_the_talk_before_it() -> None:
    found = list(spans(SHIFT, T + s(1000)))
    assert wrap_up_after(found, T + s(105)) == s(30)
    assert wrap_up_after(found, T + s(200)) == s(0)  # no talk after that


def test_agent_times_and_occupancy() -> None:
    one = AgentFigures(uuid4(), "甲")
    one.add(SHIFT, spans(SHIFT, T + s(1000)), T, T + s(1000))
    assert (one.talk, one.wrap_up, one.ready, one.paused) == (s(60), s(30), s(205), s(100))
    assert one.answered == 1
    assert one.occupancy == pytest.approx(90 / 295)
    assert AgentFigures(uuid4(), "乙").occupancy is None


@given(st.floats(-50, 450), st.floats(0, 500))
def test_two_periods_hold_as_much_as_both(cut: float, length: float) -> None:
    def worked(since: float, until: float) -> timedelta:
        one = AgentFigures(uuid4(), "甲")
        one.add(SHIFT, spans(SHIFT, T + s(1000)), T + s(since), T + s(until))
        return one.talk + one.wrap_up + one.ready + one.paused

    end = cut + length
    whole, parts = worked(-50, end), worked(-50, cut) + worked(cut, end)
    assert abs(whole - parts) < timedelta(milliseconds=1)


def test_a_day_runs_from_midnight_to_midnight_in_china() -> None:
    begin, end = day(date(2026, 3, 2))
    assert begin == datetime(2026, 3, 1, 16, tzinfo=UTC)
    assert end - begin == timedelta(days=1)
    assert today(ManualClock(datetime(2026, 3, 1, 15, 59, tzinfo=UTC)))[1] == begin
    assert today(ManualClock(datetime(2026, 3, 1, 16, tzinfo=UTC)))[0] == begin
