"""A seat, its call with the words and the suggestion, and the page of both."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from agent_desk.wire import Helpers, Typed, Wire
from agent_desk.wire_orders import OrderInfo, OrderLine
from models.kinds import Device, Direction, LegRole, SpeechState, UtteranceSource
from models.states import AgentState, CallStatus

# --- seat --------------------------------------------------------------------------------------


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


# --- call --------------------------------------------------------------------------------------


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


class PartialInfo(Wire):
    """A segment still being spoken."""

    call_id: UUID
    stream_id: UUID
    role: LegRole
    sequence: int
    text: str


# --- page --------------------------------------------------------------------------------------


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
