"""The table of failed sign-ins: bounded, and indifferent to clocks that jump."""

from __future__ import annotations

from datetime import timedelta

import pytest

from agent_desk import attempts
from agent_desk.attempts import Attempts
from models.clock import ManualClock

pytestmark = pytest.mark.unit

WINDOW = timedelta(minutes=5)


def test_window_slides(clock: ManualClock) -> None:
    tried = Attempts(clock, 2, WINDOW)
    tried.add("a")
    clock.advance(timedelta(minutes=4))
    tried.add("a")
    assert tried.wait("a") == timedelta(minutes=1)
    clock.advance(timedelta(minutes=1))
    assert tried.wait("a") is None
    tried.add("a")
    assert tried.wait("a") == timedelta(minutes=4)


def test_success_is_not_counted(clock: ManualClock) -> None:
    tried = Attempts(clock, 1, WINDOW)
    tried.add("a")
    tried.take_back("a")
    assert tried.wait("a") is None
    tried.add("a")
    tried.forget("a")
    assert tried.wait("a") is None


def test_a_clock_set_back_locks_nobody_out_for_long(clock: ManualClock) -> None:
    tried = Attempts(clock, 1, WINDOW)
    tried.add("a")
    clock.advance(timedelta(days=-3))
    assert tried.wait("a") is None


def test_many_keys_do_not_fill_memory(clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "MOST_KEYS", 3)
    tried = Attempts(clock, 1, WINDOW)
    for key in "abcde":
        tried.add(key)
    assert [key for key in "abcde" if tried.wait(key) is not None] == ["c", "d", "e"]
