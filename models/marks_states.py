"""The statuses of marks and spot checks, with the transitions they allow."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from models.states import Machine


class MarkStatus(StrEnum):
    """扣分或加分: given, contested by its unit, decided."""

    GIVEN = "given"
    APPEALED = "appealed"
    UPHELD = "upheld"
    WITHDRAWN = "withdrawn"  # counts for nothing


class SpotCheckStatus(StrEnum):
    """值班抽查: a call that a unit's duty has to answer."""

    PLANNED = "planned"
    CALLING = "calling"
    ANSWERED = "answered"
    MISSED = "missed"
    VOID = "void"  # says nothing about the unit


MARK: Machine[Any] = Machine(
    "mark",
    "考核记录",
    {
        MarkStatus.GIVEN: "已记分",
        MarkStatus.APPEALED: "申诉中",
        MarkStatus.UPHELD: "申诉未成立",
        MarkStatus.WITHDRAWN: "已撤销",
    },
    {
        MarkStatus.GIVEN: {"appeal": MarkStatus.APPEALED, "withdraw": MarkStatus.WITHDRAWN},
        MarkStatus.APPEALED: {"uphold": MarkStatus.UPHELD, "withdraw": MarkStatus.WITHDRAWN},
        # Something may come to light later; the unit cannot appeal again.
        MarkStatus.UPHELD: {"withdraw": MarkStatus.WITHDRAWN},
    },
)

SPOT_CHECK: Machine[Any] = Machine(
    "spot_check",
    "值班抽查",
    {
        SpotCheckStatus.PLANNED: "待抽查",
        SpotCheckStatus.CALLING: "呼叫中",
        SpotCheckStatus.ANSWERED: "在岗",
        SpotCheckStatus.MISSED: "未应答",
        SpotCheckStatus.VOID: "未计",
    },
    {
        SpotCheckStatus.PLANNED: {
            "call_duty": SpotCheckStatus.CALLING,
            "set_aside": SpotCheckStatus.VOID,
        },
        SpotCheckStatus.CALLING: {
            "key_pressed": SpotCheckStatus.ANSWERED,
            "miss": SpotCheckStatus.MISSED,
            "set_aside": SpotCheckStatus.VOID,
        },
    },
)
