"""What can be watched, in words for people, and what each kind of rule counts in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from models.alarm_tables import AlarmKind

Unit = Literal["seconds", "minutes", "calls", "step"]

# Of the threshold: below this share of it an alarm calms down.
CALM_BELOW: Final = 0.8
# So long it must have been calm before the alarm is over.
CALM_TIME: Final = timedelta(seconds=20)
MOST_WINDOW_MINUTES: Final = 240
# Calls about places within this distance of each other count as near.
NEAR_METRES: Final = 1500.0
FROM_SUPERVISOR, FROM_HIGHER_CENTRE = 1, 2


@dataclass(frozen=True, slots=True)
class Spec:
    """What a kind of rule is called, what its threshold counts, and within which bounds.

    ``of_hall`` is of the waiting lines and helpers that all centres share; ``per_queue`` has a
    rule for every queue, ``emergency`` being the first threshold of an emergency's.
    """

    name: str
    unit: Unit
    least: int
    most: int
    first: int
    of_hall: bool
    per_queue: bool = False
    emergency: int = 0
    window_minutes: int = 0


SPECS: Final[Mapping[AlarmKind, Spec]] = {
    AlarmKind.LONGEST_WAIT: Spec(
        "排队过久", "seconds", 3, 3600, 60, of_hall=True, per_queue=True, emergency=15
    ),
    AlarmKind.SEATS_BUSY: Spec(
        "座席全忙", "seconds", 0, 3600, 60, of_hall=True, per_queue=True, emergency=10
    ),
    AlarmKind.HELPER_DOWN: Spec("辅助系统中断", "seconds", 5, 3600, 30, of_hall=True),
    AlarmKind.RED_LAMP: Spec("红灯过久", "minutes", 1, 1440, 5, of_hall=False),
    AlarmKind.SURGE: Spec("同类来电激增", "calls", 2, 500, 5, of_hall=False, window_minutes=10),
    AlarmKind.ESCALATED: Spec(
        "超时上报", "step", FROM_SUPERVISOR, FROM_HIGHER_CENTRE, FROM_SUPERVISOR, of_hall=False
    ),
}
HELPER_NAMES: Final[Mapping[str, str]] = {
    "telephony": "电话（Asterisk）",
    "speech": "语音转写",
    "suggestion": "研判建议",
}
