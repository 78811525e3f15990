"""The statuses of a delivery: one order, reminder or escalation on one channel."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from models.states import Machine


class DeliveryStatus(StrEnum):
    """送达: how far a message to a unit has got on one channel."""

    WAITING = "waiting"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"


DELIVERY: Machine[Any] = Machine(
    "delivery",
    "通知",
    {
        DeliveryStatus.WAITING: "待发送",
        DeliveryStatus.SENT: "已发送",
        DeliveryStatus.DELIVERED: "已送达",
        DeliveryStatus.FAILED: "未送达",
        DeliveryStatus.CANCELLED: "不再需要",
    },
    {
        DeliveryStatus.WAITING: {
            "send": DeliveryStatus.SENT,
            "deliver": DeliveryStatus.DELIVERED,
            "fail": DeliveryStatus.FAILED,
            "cancel": DeliveryStatus.CANCELLED,
        },
        DeliveryStatus.SENT: {
            "deliver": DeliveryStatus.DELIVERED,
            "fail": DeliveryStatus.FAILED,
            "cancel": DeliveryStatus.CANCELLED,
        },
        # A provider's report may come after we stopped waiting for it.
        DeliveryStatus.FAILED: {"deliver": DeliveryStatus.DELIVERED},
    },
)
