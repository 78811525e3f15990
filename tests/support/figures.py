"""Asterisk's own counters of its queues."""

from __future__ import annotations

from dataclasses import dataclass

from ivr.ami import Ami
from ivr.ami_wire import number, text


@dataclass(frozen=True, slots=True)
class Counters:
    """What Asterisk counts of a queue since it was started. ``service_level`` is a percentage
    of the completed calls."""

    completed: int
    abandoned: int
    service_level: float
    waiting: int


async def asterisk_counters(ami: Ami) -> dict[str, Counters]:
    """Asterisk's own figures of every queue."""
    answer = await ami.ask("QueueStatus", {}, listing=True)
    return {
        text(raw, "Queue"): Counters(
            number(raw, "Completed"),
            number(raw, "Abandoned"),
            float(text(raw, "ServicelevelPerf")),
            number(raw, "Calls"),
        )
        for raw in answer
        if text(raw, "Event") == "QueueParams"
    }
