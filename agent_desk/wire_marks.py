"""What goes over the wire about checks of units, marks, appeals, and the tables of units."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from agent_desk.wire import Typed, Wire
from dispatch.marks.periods import Stretch
from models.marks_states import MarkStatus, SpotCheckStatus
from models.marks_tables import DrawKind, EvidenceKind, MarkWay, Occasion

Points = Annotated[int, Field(ge=-1000, le=1000)]


class SpotCheckInfo(Wire):
    """A spot check, in words for people. ``due_at`` of one that is only planned is a secret of the
    centre. ``answered_seconds`` is from the call's beginning to the key."""

    id: UUID
    unit_id: UUID
    unit_name: str
    tier: int
    kind: DrawKind
    status: SpotCheckStatus
    status_name: str
    due_at: datetime
    called_at: datetime | None
    ended_at: datetime | None
    answered_seconds: int | None
    tries: int
    on_duty: str
    asked_by: str
    note: str


class SpotCheckDay(Wire):
    """A day's checks; ``answered`` of the ``counted`` ones, those set aside left out."""

    day: date
    checks: list[SpotCheckInfo]
    counted: int
    answered: int
    missed: int


class AskSpotCheck(Wire):
    unit_id: UUID


class MarkInfo(Wire):
    """A mark. ``given_by`` is empty for the machine; ``may_appeal`` is for the unit itself."""

    id: UUID
    unit_id: UUID
    unit_name: str
    tier: int
    rule_code: str
    rule_name: str
    points: int
    status: MarkStatus
    status_name: str
    evidence: EvidenceKind
    evidence_name: str
    evidence_id: str
    work_order_id: UUID | None
    work_order_number: str
    way: MarkWay
    way_name: str
    reason: str
    at: datetime
    given_by: str
    appeal_until: datetime
    may_appeal: bool
    appealed_at: datetime | None
    appeal: str
    decided_at: datetime | None
    decided_by: str
    decision: str


class MarkList(Wire):
    """Marks, the newest first; ``total`` of all pages, at most 5,000. ``open_appeals`` wait for
    a decision."""

    marks: list[MarkInfo]
    total: int
    open_appeals: int


class GiveMark(Wire):
    """A mark by hand. ``once`` is the request's own id: the same one marks once. Empty ``points``
    are the rule's."""

    once: UUID
    unit_id: UUID
    rule_code: Annotated[Typed, Field(min_length=1, max_length=32)]
    way: Literal[MarkWay.PHONE, MarkWay.SMS, MarkWay.VISIT, MarkWay.OTHER]
    reason: Annotated[Typed, Field(max_length=500)]
    order_number: Annotated[Typed, Field(max_length=32)] = ""
    points: Points | None = None


class AppealMark(Wire):
    reason: Annotated[Typed, Field(max_length=1000)]


class DecideMark(Wire):
    """Whether the mark stays, and why."""

    uphold: bool
    note: Annotated[Typed, Field(max_length=500)]


class WithdrawMark(Wire):
    note: Annotated[Typed, Field(max_length=500)]


class RuleInfo(Wire):
    code: str
    occasion: Occasion
    occasion_name: str
    name: str
    about: str
    points: int
    active: bool
    by_hand: bool
    changed_at: datetime
    changed_by: str


class QuotaInfo(Wire):
    """How many units of a tier are checked a day, within which hours."""

    tier: int
    units: int
    begins: int
    ends: int


class MarkRules(Wire):
    """``working_days`` is how long a unit may appeal; ``editable`` whether the asker may change."""

    rules: list[RuleInfo]
    quotas: list[QuotaInfo]
    working_days: int
    editable: bool


class PutRule(Wire):
    points: Points
    active: bool


class PutQuota(Wire):
    units: Annotated[int, Field(ge=0, le=100)]
    begins: Annotated[int, Field(ge=0, le=23)]
    ends: Annotated[int, Field(ge=1, le=24)]


class StandingInfo(Wire):
    """A unit in a period. Shares are from 0 to 1, ``null`` where there was nothing; ``score`` and
    ``rank`` are ``null`` for a day. ``few`` where there were too few orders for shares to say
    much, ``tied`` where another unit has the same rank."""

    unit_id: UUID
    code: str
    name: str
    tier: int
    firm: bool
    active: bool
    rank: int | None
    tied: bool
    few: bool
    score: float | None
    marks: int
    deducted: int
    praised: int
    orders: int
    fed_back: int
    received_on_time: float | None
    on_site_on_time: float | None
    feedback_on_time: float | None
    returns: int
    redone: int
    satisfied: int
    unsatisfied: int
    satisfaction: float | None
    stars: float | None
    checks: int
    checks_answered: int


class RuleCountInfo(Wire):
    """How often a rule was applied."""

    code: str
    name: str
    marks: int
    points: int


class StandingTable(Wire):
    """The table of a period; ``key`` names the period in requests. ``complete`` once it is over."""

    stretch: Stretch
    key: str
    name: str
    first: date
    last: date
    complete: bool
    at: datetime
    centre_name: str
    group: str
    few_below: int
    standings: list[StandingInfo]
    rules: list[RuleCountInfo]
    open_appeals: int
    orders: int
    checks: int
    checks_answered: int
    received_on_time: float | None
    on_site_on_time: float | None
    feedback_on_time: float | None
    satisfaction: float | None


class UnitMarks(Wire):
    """A unit's own marks, the newest first, and where it stands in this quarter."""

    quarter: str
    marks: list[MarkInfo]
    deducted: int
    praised: int
    score: float
    checks: int
    checks_answered: int
