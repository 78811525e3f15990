"""The statuses of what units send out, with the transitions they allow."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from models.states import Machine


class ForceStatus(StrEnum):
    """Whether a team or a vehicle can go."""

    READY = "ready"
    OUT = "out"
    OFF = "off"


FORCE: Machine[Any] = Machine(
    "force",
    "救援力量",
    {
        ForceStatus.READY: "待命",
        ForceStatus.OUT: "出动",
        ForceStatus.OFF: "停用",
    },
    {
        ForceStatus.READY: {"turn_out": ForceStatus.OUT, "stand_down": ForceStatus.OFF},
        ForceStatus.OUT: {"come_back": ForceStatus.READY, "stand_down": ForceStatus.OFF},
        ForceStatus.OFF: {"come_back": ForceStatus.READY},
    },
)
