"""What goes from server to page about deadlines and deliveries."""

from __future__ import annotations

from typing import Literal

from agent_desk.wire import Wire
from agent_desk.wire_deadlines import LateList, OrderWatch


class OrderWatchMessage(Wire):
    """To pages that show the order: a deadline or a delivery has changed."""

    type: Literal["order_watch"] = "order_watch"
    watch: OrderWatch


class LateMessage(Wire):
    """To supervisors, at most once a second while something changes."""

    type: Literal["late"] = "late"
    overdue: LateList
