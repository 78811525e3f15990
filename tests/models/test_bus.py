"""The in-process bus."""

from __future__ import annotations

import logging
from uuid import uuid4

import anyio
import pytest

from models.bus import InProcessBus
from models.events import CallEnded, CallReceived, Event

pytestmark = pytest.mark.unit


async def test_failing_handler_touches_neither_others_nor_publisher(
    bus: InProcessBus, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[Event] = []

    async def fail(event: CallReceived) -> None:
        raise RuntimeError("broken")

    async def hear(event: CallReceived) -> None:
        heard.append(event)

    bus.subscribe(CallReceived, fail)
    bus.subscribe(CallReceived, hear)
    event = CallReceived(uuid4())
    with caplog.at_level(logging.ERROR):
        await bus.publish(event)
    assert heard == [event]
    assert "fail failed on CallReceived" in caplog.text


async def test_only_the_events_type_counts(bus: InProcessBus) -> None:
    heard: list[Event] = []

    async def hear(event: CallReceived) -> None:
        heard.append(event)

    bus.subscribe(CallReceived, hear)
    await bus.publish(CallEnded(uuid4()))
    assert heard == []


async def test_cancellation_is_not_swallowed(bus: InProcessBus) -> None:
    reached: list[str] = []

    async def wait(event: CallReceived) -> None:
        await anyio.sleep_forever()

    bus.subscribe(CallReceived, wait)
    with anyio.move_on_after(0.01) as scope:
        await bus.publish(CallReceived(uuid4()))
        reached.append("after")
    assert scope.cancelled_caught
    assert reached == []


async def test_handler_may_subscribe_more(bus: InProcessBus) -> None:
    heard: list[Event] = []

    async def hear(event: CallReceived) -> None:
        heard.append(event)

    async def grow(event: CallReceived) -> None:
        bus.subscribe(CallReceived, hear)

    bus.subscribe(CallReceived, grow)
    await bus.publish(CallReceived(uuid4()))
    await bus.publish(CallReceived(uuid4()))
    assert len(heard) >= 1
