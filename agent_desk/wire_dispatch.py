"""What goes over the wire about who goes, further steps of orders, centres, duty and teams."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from agent_desk.wire import Typed, Version, Wire
from models.dispatch_states import ForceStatus
from models.dispatch_tables import ForceKind, ShareKind

Reason = Annotated[Typed, Field(min_length=1, max_length=500)]


class ProposedUnit(Wire):
    """A unit that should go (``chosen``) or could go instead, and why."""

    unit_id: UUID
    unit_name: str
    unit_kind: str
    part: str
    chosen: bool
    reasons: list[str]


class Proposals(Wire):
    """Who should go; ``missing`` are sentences about kinds that nobody covers."""

    units: list[ProposedUnit]
    missing: list[str]


class OfferOrder(Wire):
    version: Version


class SuspendOrder(Wire):
    version: Version
    reason: Reason


class ResumeOrder(Wire):
    version: Version


class ReopenOrder(Wire):
    version: Version
    reason: Reason


class HandOverOrder(Wire):
    """To whom the order goes."""

    user_id: UUID


class PassOrder(Wire):
    """``centre_code`` is empty for the highest centre."""

    centre_code: Annotated[Typed, Field(max_length=24)]
    reason: Reason


class ReportOrder(Wire):
    note: Reason


class RecallDispatch(Wire):
    reason: Reason


class RedoDispatch(Wire):
    reason: Reason


class RerouteDispatch(Wire):
    """Another unit instead; ``even_off_duty`` also when nobody is on duty there."""

    unit_id: UUID
    reason: Reason
    even_off_duty: bool = False


class RateDispatch(Wire):
    stars: Annotated[int, Field(ge=1, le=5)]


class QuotePrice(Wire):
    note: Annotated[Typed, Field(min_length=1, max_length=255)]


class CentreName(Wire):
    """A centre; ``code`` is empty for the highest."""

    code: str
    name: str


class ShareInfo(Wire):
    """A centre that follows an order which another commands."""

    centre: CentreName
    kind: ShareKind
    note: str
    at: datetime


class Colleague(Wire):
    """Somebody who may take an order over."""

    user_id: UUID
    name: str


class OrderLevels(Wire):
    """Whose an order is: ``commanding`` centre and whether it is the asker's ``own`` (``mine``),
    the centres it can be passed to, and the people of the commanding centre."""

    own: CentreName
    commanding: CentreName
    mine: bool
    may_take_back: bool
    lower: list[CentreName]
    shares: list[ShareInfo]
    colleagues: list[Colleague]


class StepInfo(Wire):
    """Something that happened to an order or at one of its units (``unit_name``)."""

    at: datetime
    what: str
    who: str
    unit_name: str
    reason: str


class ShiftInfo(Wire):
    """Who is on duty at a unit from when until when."""

    id: UUID
    starts_at: datetime
    ends_at: datetime
    person_name: str
    phone: str


class AddShift(Wire):
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    person_name: Annotated[Typed, Field(min_length=1, max_length=64)]
    phone: Annotated[str, Field(max_length=32, pattern=r"^\+?[0-9]*$")] = ""


class ForceInfo(Wire):
    """A team or vehicle with its last known position in degrees (GCJ-02)."""

    id: UUID
    code: str
    kind: ForceKind
    name: str
    capabilities: list[str]
    people: int
    contact_phone: str
    status: ForceStatus
    status_since: datetime
    lon: float | None
    lat: float | None
    position_at: datetime | None


class MoveForce(Wire):
    """A status to bring it to, a position, or both."""

    status: Literal["ready", "out", "off"] | None = None
    lon: Annotated[float | None, Field(ge=-180, le=180)] = None
    lat: Annotated[float | None, Field(ge=-90, le=90)] = None
