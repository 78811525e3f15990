"""Orders and their dispatch orders over HTTP and WebSocket, for seats and for units."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from agent_desk.wire import Typed, Version, Wire
from dispatch.matters import Check, Matter
from models.states import DispatchStatus, Lamp, WorkOrderStatus


def _storable(fields: dict[str, Any]) -> dict[str, Any]:
    # JSON admits half characters and numbers that no database keeps.
    json.dumps(fields, ensure_ascii=False, allow_nan=False).encode()
    return fields


# --- seat --------------------------------------------------------------------------------------


class FieldStateInfo(Wire):
    source: Literal["machine", "person"]
    confirmed: bool
    p: float | None
    evidence: str
    read_back: str
    by: str
    changed_version: int


class Position(Wire):
    """A place in degrees (GCJ-02)."""

    lon: float
    lat: float


class FormFields(Wire):
    """The order form. ``unit_ids`` are linkage units' ids as text."""

    emergency: bool | None = None
    category_code: str = ""
    level: str = ""
    address: str = ""
    position: Position | None = None
    contact_name: str = ""
    contact_phone: str = ""
    injured: int | None = None
    trapped: int | None = None
    summary: str = ""
    unit_ids: list[str] = Field(default_factory=list)


class DispatchInfo(Wire):
    """A lamp: ``lamp`` is null for a recalled order."""

    id: UUID
    unit_id: UUID
    unit_name: str
    unit_kind: str
    status: DispatchStatus
    lamp: Lamp | None
    sent_at: datetime | None
    received_at: datetime | None
    fed_back_at: datetime | None
    feedback: str
    reject_reason: str
    recall_reason: str
    offer: bool
    price_note: str
    rating: int | None


class MergedInto(Wire):
    """The order that this one was merged into."""

    id: UUID
    number: str


class MergedCaller(Wire):
    """Somebody else who reported the same matter, with their own order."""

    order_id: UUID
    number: str
    reported_at: datetime
    contact_name: str
    contact_phone: str
    summary: str


class OrderInfo(Wire):
    """``callers`` are those whose orders were merged into this one. ``check`` is who has to look
    at the result before the order is closed, ``checked_how`` who did, ``review`` what the citizen
    said of it (satisfied, unsatisfied, no_answer)."""

    id: UUID
    number: str
    incident_number: str
    call_id: UUID | None
    queue_code: str
    status: WorkOrderStatus
    version: int
    fields: FormFields
    field_states: dict[str, FieldStateInfo]
    answer: str
    created_at: datetime
    sent_at: datetime | None
    closed_at: datetime | None
    owner_name: str
    owner_id: UUID | None
    dispatch_orders: list[DispatchInfo]
    matter: Matter
    matter_name: str
    check: Check
    checked_how: str
    review: str
    suspended_at: datetime | None
    centre_code: str
    merged_into: MergedInto | None
    callers: list[MergedCaller]


class OrderLine(Wire):
    """An order in a list."""

    id: UUID
    number: str
    status: WorkOrderStatus
    queue_code: str
    emergency: bool | None
    category_name: str
    address: str
    created_at: datetime
    lamps: list[Lamp]


class EditOrder(Wire):
    """Fields the seat typed or confirmed. ``version`` is the one the seat saw."""

    version: Version
    fields: Annotated[dict[str, Any], Field(min_length=1, max_length=12), AfterValidator(_storable)]


class AcceptSure(Wire):
    version: Version


class SendOrder(Wire):
    version: Version
    unit_ids: Annotated[list[UUID], Field(min_length=1, max_length=100)]
    even_off_duty: bool = False


class AnswerOrder(Wire):
    version: Version
    answer: Annotated[Typed, Field(min_length=1, max_length=4000)]


class DiscardOrder(Wire):
    version: Version
    reason: Annotated[Typed, Field(min_length=1, max_length=200)]


class CloseOrder(Wire):
    """``opinion`` is what the citizen told the seat, ``note`` what was found."""

    version: Version
    opinion: Literal["", "satisfied", "unsatisfied", "no_answer"] = ""
    note: Annotated[Typed, Field(max_length=250)] = ""


# --- unit --------------------------------------------------------------------------------------


class UnitOrder(Wire):
    """A dispatch order as its unit sees it. ``more_callers`` have reported the same since."""

    id: UUID
    number: str
    status: DispatchStatus
    lamp: Lamp | None
    emergency: bool | None
    category_name: str
    level: str
    address: str
    position: Position | None
    contact_name: str
    contact_phone: str
    injured: int | None
    trapped: int | None
    summary: str
    sent_at: datetime | None
    received_at: datetime | None
    fed_back_at: datetime | None
    feedback: str
    reject_reason: str
    recall_reason: str
    offer: bool
    price_note: str
    matter_name: str
    more_callers: int


class RejectDispatch(Wire):
    reason: Annotated[Typed, Field(min_length=1, max_length=500)]


class FeedBack(Wire):
    text: Annotated[Typed, Field(min_length=1, max_length=4000)]
