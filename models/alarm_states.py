"""The statuses of an alarm."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from models.states import Machine


class AlarmStatus(StrEnum):
    """告警: raised, taken note of by a person, over."""

    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    CLEARED = "cleared"


ALARM: Machine[Any] = Machine(
    "alarm",
    "告警",
    {
        AlarmStatus.RAISED: "未确认",
        AlarmStatus.ACKNOWLEDGED: "已确认",
        AlarmStatus.CLEARED: "已解除",
    },
    {
        AlarmStatus.RAISED: {
            "acknowledge": AlarmStatus.ACKNOWLEDGED,
            "clear": AlarmStatus.CLEARED,
        },
        AlarmStatus.ACKNOWLEDGED: {"clear": AlarmStatus.CLEARED},
    },
)
