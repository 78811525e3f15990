"""What goes over HTTP and WebSocket; the pages' TypeScript types are generated from this."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from dispatch.matters import Check, Matter
from models.states import AgentState, CallStatus, DispatchStatus, Lamp, WorkOrderStatus
from models.tables import Device, Direction, LegRole, Role, SpeechState, UtteranceSource
from models.unit_forms import UnitForm


def _printable(text: str) -> str:
    return "".join(ch for ch in text if ch in "\n\t" or ord(ch) >= 32)


def _storable(fields: dict[str, Any]) -> dict[str, Any]:
    # JSON admits half characters and numbers that no database keeps.
    json.dumps(fields, ensure_ascii=False, allow_nan=False).encode()
    return fields


# What a person typed, without control characters and outer blanks.
Typed = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_printable)]
# Counts the changes of a row.
Version = Annotated[int, Field(ge=0, le=2**31 - 1)]


class Wire(BaseModel):
    """Base of all wire types: unknown members are refused."""

    # What goes out always has every member, and the schema says so.
    model_config = ConfigDict(extra="forbid", json_schema_serialization_defaults_required=True)


class Problem(Wire):
    """Every error answer: a stable code and a sentence for the user."""

    code: str
    message: str


class Health(Wire):
    """For probes: ``ok`` while rows can be read, and which helpers work. Nothing personal."""

    status: Literal["ok", "degraded"]
    telephony: bool
    speech: bool
    suggestion: bool


# --- sign-in ---------------------------------------------------------------------------------


class SignIn(Wire):
    username: Annotated[Typed, Field(min_length=1, max_length=64)]
    password: Annotated[str, Field(min_length=1, max_length=256)]


class Me(Wire):
    """The signed-in person; ``csrf_token`` goes into the header ``X-CSRF-Token``."""

    user_id: UUID
    username: str
    display_name: str
    role: Role
    unit_id: UUID | None
    unit_name: str
    csrf_token: str


# --- centre ----------------------------------------------------------------------------------


class QueueInfo(Wire):
    code: str
    name: str
    emergency: bool


class CategoryInfo(Wire):
    """An item of the taxonomy. ``ask`` are questions to put, ``advise`` what to tell the caller."""

    code: str
    name: str
    group: str
    emergency: bool
    level: str
    units: list[str]
    ask: list[str]
    advise: list[str]


class UnitInfo(Wire):
    id: UUID
    code: str
    name: str
    kind: str
    tier: int
    area: str
    duty_phone: str
    form: UnitForm


class Centre(Wire):
    """What changes seldom: fetched once after sign-in. ``texts`` whether messages can be sent."""

    queues: list[QueueInfo]
    categories: list[CategoryInfo]
    levels: list[str]
    units: list[UnitInfo]
    pause_reasons: list[str]
    texts: bool


class Helpers(Wire):
    """Which helpers work now; a seat works without them."""

    telephony: bool
    speech: bool
    suggestion: bool


# --- seat ------------------------------------------------------------------------------------


class SeatInfo(Wire):
    code: str
    name: str
    queue_codes: list[str]
    occupied_by: str


class TakeSeat(Wire):
    seat_code: Annotated[Typed, Field(min_length=1, max_length=32)]
    device: Device


class SetAgentState(Wire):
    state: Literal["ready", "paused"]
    reason: Annotated[Typed, Field(max_length=64)] = ""


class SipAccount(Wire):
    """What the browser softphone registers with; only ever sent to the agent at that seat."""

    uri: str
    username: str
    password: str
    websocket_path: str


class AgentSessionInfo(Wire):
    id: UUID
    seat_code: str
    seat_name: str
    queue_codes: list[str]
    device: Device
    status: AgentState
    status_since: datetime
    pause_reason: str
    call_id: UUID | None
    sip: SipAccount | None


class Word(Wire):
    """A word with its time in the stream's audio, in milliseconds."""

    text: str
    start_ms: int
    end_ms: int
    confidence: float


class ChangeInfo(Wire):
    """``text[start:end]`` stands in the place of the words ``heard``, which sound like it."""

    start: int
    end: int
    heard: str


class UtteranceInfo(Wire):
    """``heard_text`` is what the machine wrote where a person has corrected ``text``; ``source``
    says whether it was written down while it was spoken or from the recording."""

    id: UUID
    stream_id: UUID
    sequence: int
    role: LegRole
    text: str
    raw_text: str
    words: list[Word]
    start_ms: int
    end_ms: int
    call_ms: int | None  # where it begins in the call's recording
    confidence: float
    engine: str
    source: UtteranceSource
    heard_text: str | None
    changes: list[ChangeInfo]
    at: datetime


class EmergencyInfo(Wire):
    label: Literal["emergency", "non_emergency", "unsure"]
    p: float


class ChoiceInfo(Wire):
    name: str
    p: float
    code: str = ""


class SlotInfo(Wire):
    value: Any
    p: float
    source: str
    read_back: str = ""


class AddressInfo(Wire):
    """``lon`` and ``lat`` are degrees of the part named by ``located``."""

    text: str
    parts: dict[str, str]
    p: float
    source: str
    read_back: str = ""
    lon: float | None = None
    lat: float | None = None
    located: str = ""


class SlotsInfo(Wire):
    address: AddressInfo | None = None
    injured: SlotInfo | None = None
    trapped: SlotInfo | None = None
    missing: SlotInfo | None = None
    children: SlotInfo | None = None
    elderly: SlotInfo | None = None
    pregnant: SlotInfo | None = None
    weapons: SlotInfo | None = None
    fire: SlotInfo | None = None
    gas: SlotInfo | None = None
    chemicals: SlotInfo | None = None
    electricity: SlotInfo | None = None
    water_level: SlotInfo | None = None
    plates: SlotInfo | None = None
    sums: SlotInfo | None = None
    times: SlotInfo | None = None
    phone: SlotInfo | None = None
    name: SlotInfo | None = None


class SuggestionInfo(Wire):
    emergency: EmergencyInfo
    level: str
    category: ChoiceInfo | None
    alternatives: list[ChoiceInfo]
    units: list[ChoiceInfo]
    abstain: bool
    sure: bool = False
    reasons: list[str]
    slots: SlotsInfo
    model_version: str


class CallInfo(Wire):
    """``dialled`` is what the caller chose, or whom a seat calls. ``held_since`` is set while the
    caller hears music; ``silent`` says that an emergency caller has said nothing since the answer.
    """

    id: UUID
    direction: Direction
    queue_code: str
    dialled: str
    caller_number: str
    status: CallStatus
    speech: SpeechState
    received_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    priority: int
    lift_reason: str
    held_since: datetime | None
    silent: bool
    previous_calls: int


class FieldStateInfo(Wire):
    source: Literal["machine", "person"]
    confirmed: bool
    p: float | None
    evidence: str
    read_back: str
    by: str
    changed_version: int


class FormFields(Wire):
    """The order form. ``unit_ids`` are linkage units' ids as text."""

    emergency: bool | None = None
    category_code: str = ""
    level: str = ""
    address: str = ""
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


class PartialInfo(Wire):
    """A segment still being spoken."""

    call_id: UUID
    stream_id: UUID
    role: LegRole
    sequence: int
    text: str


class Workspace(Wire):
    """One call with its transcript, suggestion and order: what the seat's page shows.

    ``partials`` are the segments still being spoken.
    """

    call: CallInfo | None
    utterances: list[UtteranceInfo]
    partials: list[PartialInfo]
    suggestion: SuggestionInfo | None
    order: OrderInfo | None


class Desk(Wire):
    """Everything a seat's page needs after a load or a lost connection."""

    helpers: Helpers
    agent: AgentSessionInfo | None
    workspace: Workspace | None
    orders: list[OrderLine]


class EditOrder(Wire):
    """Fields the seat typed or confirmed. ``version`` is the one the seat saw."""

    version: Version
    fields: Annotated[dict[str, Any], Field(min_length=1, max_length=10), AfterValidator(_storable)]


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


# --- unit ------------------------------------------------------------------------------------


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
