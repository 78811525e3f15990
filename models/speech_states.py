"""The status of what is transcribed from a call's recording when the call is over."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from models.states import Machine


class RecoveryStatus(StrEnum):
    """补转写: what nobody heard while it was spoken, transcribed from the recording."""

    DUE = "due"
    DONE = "done"
    FAILED = "failed"


RECOVERY: Machine[Any] = Machine(
    "recovery",
    "补转写",
    {
        RecoveryStatus.DUE: "待补转写",
        RecoveryStatus.DONE: "已完成",
        RecoveryStatus.FAILED: "未能补转写",
    },
    {
        RecoveryStatus.DUE: {
            "finish": RecoveryStatus.DONE,
            "give_up": RecoveryStatus.FAILED,
        },
    },
)
