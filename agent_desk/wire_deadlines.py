"""What goes over the wire about deadlines, channels, working days and units' own systems."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from agent_desk.wire import Typed, Wire
from agent_desk.wire_orders import UnitOrder
from models.deadline_states import DeliveryStatus
from models.deadline_tables import DayKind, DeadlineKind, NoticeStep, Purpose
from models.dispatch_tables import ChannelKind

DayVersion = Annotated[str, Field(pattern=r"^([0-9a-f]{16})?$")]


class DeadlineInfo(Wire):
    """A deadline; ``name`` and ``escalated`` are words for people. ``paused`` while its clock
    stands. ``office`` where only office hours of working days count."""

    kind: DeadlineKind
    name: str
    started_at: datetime
    due_at: datetime
    limit_seconds: int
    office: bool
    paused: bool
    reminded: bool
    late: bool
    stopped_at: datetime | None
    escalated: list[str]


class DeliveryInfo(Wire):
    """One message on one channel, in words for people; ``at`` is when it got this far."""

    channel: ChannelKind
    channel_name: str
    purpose: Purpose
    status: DeliveryStatus
    status_name: str
    at: datetime
    tries: int
    error: str


class UnitWatch(Wire):
    """What is watched of an order at one unit. ``deadline`` is the one that runs out first."""

    dispatch_order_id: UUID
    deadline: DeadlineInfo | None
    deadlines: list[DeadlineInfo]
    deliveries: list[DeliveryInfo]


class OrderWatch(Wire):
    """Deadlines and deliveries of a work order; ``closed`` is the limit of the whole."""

    work_order_id: UUID
    closed: DeadlineInfo | None
    units: list[UnitWatch]


class LateDeadline(Wire):
    """An order past a limit that is still waited for. ``step`` is how high it has got."""

    timer_id: UUID
    work_order_id: UUID
    dispatch_order_id: UUID | None
    number: str
    unit_name: str
    emergency: bool
    address: str
    kind: DeadlineKind
    name: str
    due_at: datetime
    step: NoticeStep | None
    step_name: str


class NoticeInfo(Wire):
    """A reminder or escalation that was made; ``seen_by`` is empty where a key was pressed."""

    id: UUID
    step: NoticeStep
    step_name: str
    kind: DeadlineKind
    name: str
    work_order_id: UUID
    number: str
    unit_name: str
    due_at: datetime
    at: datetime
    seen_at: datetime | None
    seen_by: str


class LateList(Wire):
    """Orders past a limit, the oldest first (at most 100, ``late_count`` in all), and the newest
    escalations."""

    late: list[LateDeadline]
    late_count: int
    notices: list[NoticeInfo]


class UnitDeadline(Wire):
    """For a unit's page: the deadline of one of its orders that runs out first."""

    dispatch_order_id: UUID
    deadline: DeadlineInfo


class ShownOrders(Wire):
    """Orders that a unit's page has shown."""

    dispatch_order_ids: Annotated[list[UUID], Field(min_length=1, max_length=100)]


class CalendarDayInfo(Wire):
    """A day that is not what its weekday says. ``version`` stands for what is entered."""

    day: date
    kind: DayKind
    name: str
    version: str


class PutCalendarDay(Wire):
    """``version`` is that of the entry that was seen, empty where there was none."""

    kind: DayKind
    version: DayVersion
    name: Annotated[Typed, Field(max_length=64)] = ""


class SystemRequest(Wire):
    """What a unit's system tells by a signed request. ``text`` is the reason or the feedback."""

    action: Literal["receive", "return", "depart", "arrive", "feedback"]
    order_id: UUID
    text: Annotated[Typed, Field(max_length=4000)] = ""


class SystemOrders(Wire):
    """The unit's newest orders."""

    orders: list[UnitOrder]
