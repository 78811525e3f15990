"""The status of a training run, with the transitions it allows."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from models.states import Machine


class TrainingStatus(StrEnum):
    """训练: one attempt to make a better model."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


TRAINING: Machine[Any] = Machine(
    "training_run",
    "模型训练",
    {
        TrainingStatus.RUNNING: "进行中",
        TrainingStatus.DONE: "已完成",
        TrainingStatus.FAILED: "未成功",
        TrainingStatus.CANCELLED: "已取消",
    },
    {
        TrainingStatus.RUNNING: {
            "finish": TrainingStatus.DONE,
            "fail": TrainingStatus.FAILED,
            "cancel": TrainingStatus.CANCELLED,
        },
    },
)
