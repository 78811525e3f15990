"""The statuses of the knowledge base, with the transitions they allow."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from models.states import Machine


class GapStatus(StrEnum):
    """知识缺口: a question that no article answers."""

    OPEN = "open"
    ANSWERED = "answered"
    DISMISSED = "dismissed"


KNOWLEDGE_GAP: Machine[Any] = Machine(
    "knowledge_gap",
    "知识缺口",
    {
        GapStatus.OPEN: "待补充",
        GapStatus.ANSWERED: "已补充",
        GapStatus.DISMISSED: "不予收录",
    },
    {
        GapStatus.OPEN: {
            "answer": GapStatus.ANSWERED,
            "dismiss": GapStatus.DISMISSED,
        },
    },
)
