"""What goes over the wire about calls that may be one matter."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from agent_desk.wire import Version, Wire
from models.states import WorkOrderStatus


class SameOffer(Wire):
    """An open order that may be about the same matter, with the reasons as sentences."""

    order_id: UUID
    number: str
    status: WorkOrderStatus
    emergency: bool | None
    category_name: str
    address: str
    summary: str
    reported_at: datetime
    owner_name: str
    callers: int
    p: float
    reasons: list[str]


class MergeOrder(Wire):
    """``into_id`` is the order that goes on; ``version`` is the one the seat saw."""

    version: Version
    into_id: UUID
