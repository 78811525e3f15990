"""What goes over the wire about alarms and their rules."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from agent_desk.wire import Typed, Version, Wire
from models.alarm_states import AlarmStatus
from models.alarm_tables import AlarmKind

ThresholdUnit = Literal["seconds", "minutes", "calls", "step"]


class AlarmInfo(Wire):
    """An alarm. ``name`` is the queue, helper, order or matter it is about; ``value`` counts
    calls or units where its kind counts any; ``calm`` while it is on the way to being over."""

    id: UUID
    kind: AlarmKind
    kind_name: str
    name: str
    value: int
    threshold: int
    unit: ThresholdUnit
    status: AlarmStatus
    sound: bool
    work_order_id: UUID | None
    began_at: datetime
    raised_at: datetime
    calm: bool
    cleared_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str


class AlarmList(Wire):
    """The alarms that are not over: those nobody has acknowledged first, newest first."""

    alarms: list[AlarmInfo]


class AlarmHistory(Wire):
    """A page of all alarms, newest first; ``more`` whether another page follows."""

    alarms: list[AlarmInfo]
    more: bool


class AcknowledgeAlarms(Wire):
    """Alarms somebody has taken note of."""

    ids: Annotated[list[UUID], Field(min_length=1, max_length=200)]


class AlarmRuleInfo(Wire):
    """A rule, with what its threshold counts and its bounds; ``editable`` whether the reader's
    centre keeps it."""

    id: UUID
    kind: AlarmKind
    name: str
    queue_code: str
    threshold: int
    unit: ThresholdUnit
    least: int
    most: int
    window_minutes: int
    near: bool
    active: bool
    sound: bool
    hours: str
    version: int
    updated_at: datetime
    updated_by: str
    editable: bool


class PutAlarmRule(Wire):
    """``version`` is that of the rule as it was shown."""

    version: Version
    threshold: Annotated[int, Field(ge=0, le=100_000)]
    window_minutes: Annotated[int, Field(ge=0, le=100_000)] = 0
    near: bool = False
    active: bool
    sound: bool
    hours: Annotated[Typed, Field(max_length=11)] = ""


class AlarmsMessage(Wire):
    """To supervisors, at most once a second while something changes: the open alarms."""

    type: Literal["alarms"] = "alarms"
    alarms: AlarmList
