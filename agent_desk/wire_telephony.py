"""Wire types of telephony beyond the seat's own call: hand-overs, call-backs, callers' histories,
the supervisor's floor, recordings, numbers, text messages."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from agent_desk.wire import Typed, Wire
from models.kinds import Device, Direction
from models.states import AgentState, CallStatus
from models.telephony_states import CallBackStatus, HandOverStatus, TextMessageStatus
from models.telephony_tables import CallBackKind, HandOverKind, MessageDirection

Number = Annotated[Typed, Field(pattern=r"^\+?[0-9]{3,20}$")]
Reason = Annotated[Typed, Field(min_length=1, max_length=255)]

# --- hand-overs ------------------------------------------------------------------------------


class AskHandOver(Wire):
    """Exactly one of ``queue_code``, ``seat_code`` and ``number`` names the other party."""

    kind: HandOverKind
    queue_code: str | None = None
    seat_code: str | None = None
    number: Number | None = None


class PlaceCall(Wire):
    number: Number


class HandOverInfo(Wire):
    """``to_name`` is what people call the other party; ``mine`` whether the reader began it."""

    id: UUID
    call_id: UUID
    kind: HandOverKind
    status: HandOverStatus
    from_name: str
    to_name: str
    mine: bool
    started_at: datetime
    joined_at: datetime | None
    ended_at: datetime | None


class HandOverSeat(Wire):
    seat_code: str
    seat_name: str
    user_name: str
    status: AgentState
    queue_codes: list[str]


class HandOverTargets(Wire):
    """Who a call may be handed to: queues with the number of ready seats, and signed-in seats."""

    ready_by_queue: dict[str, int]
    seats: list[HandOverSeat]


# --- callers ---------------------------------------------------------------------------------


class CallerMarkInfo(Wire):
    id: UUID
    kind: str
    note: str
    by: str
    created_at: datetime


class PreviousCall(Wire):
    """An earlier call of the same number, with the order it led to, if any."""

    call_id: UUID
    queue_code: str
    status: CallStatus
    received_at: datetime
    order_id: UUID | None
    order_number: str
    order_status: str
    category_name: str
    address: str


class CallerHistory(Wire):
    number: str
    calls: list[PreviousCall]
    marks: list[CallerMarkInfo]


class AddCallerMark(Wire):
    kind: Literal["nuisance", "vulnerable", "frequent", "other"]
    note: Annotated[Typed, Field(max_length=255)] = ""


class CallBackInfo(Wire):
    """``summary`` is what the caller was heard to say, shortened."""

    id: UUID
    call_id: UUID
    queue_code: str
    number: str
    kind: CallBackKind
    short: bool
    status: CallBackStatus
    created_at: datetime
    tries: int
    user_name: str
    closed_at: datetime | None
    closed_reason: str
    summary: str


class CloseCallBack(Wire):
    reason: Reason


class SendText(Wire):
    """To the caller of ``call_id``, or to ``number``."""

    call_id: UUID | None = None
    number: Number | None = None
    text: Annotated[Typed, Field(min_length=1, max_length=500)]


class TextMessageInfo(Wire):
    id: UUID
    direction: MessageDirection
    number: str
    text: str
    status: TextMessageStatus
    created_at: datetime
    error: str


# --- the floor -------------------------------------------------------------------------------


class WaitingCall(Wire):
    call_id: UUID
    number: str
    since: datetime
    position: int
    priority: int
    lift_reason: str
    emergency: bool
    category_name: str


class QueueFloor(Wire):
    """A queue as it is. ``seats`` counts its signed-in seats by state; times are seconds,
    ``None`` where nothing was measured since midnight."""

    code: str
    name: str
    emergency: bool
    waiting: list[WaitingCall]
    seats: dict[AgentState, int]
    offered: int
    answered: int
    abandoned: int
    abandoned_short: int
    service_level: float | None
    average_answer_seconds: float | None


class SeatFloor(Wire):
    """A seat; without ``session_id`` nobody sits there. ``supervised_by`` names a supervisor
    who listens or talks along."""

    seat_code: str
    seat_name: str
    queue_codes: list[str]
    session_id: UUID | None
    user_name: str
    device: Device | None
    status: AgentState
    since: datetime | None
    pause_reason: str
    call_id: UUID | None
    caller_number: str
    held: bool
    supervised_by: str


class Floor(Wire):
    at: datetime
    queues: list[QueueFloor]
    seats: list[SeatFloor]
    call_backs_open: int


class Supervise(Wire):
    """Be beside the seat of ``session_id``."""

    session_id: UUID
    mode: Literal["listen", "whisper", "barge"]


class SuperviseMode(Wire):
    mode: Literal["listen", "whisper", "barge"]


class SupervisionInfo(Wire):
    """Beside whom a supervisor is; not ``connected`` while the own device still rings."""

    session_id: UUID
    seat_name: str
    call_id: UUID
    mode: Literal["listen", "whisper", "barge"]
    since: datetime
    connected: bool


class ForcePause(Wire):
    reason: Annotated[Typed, Field(min_length=1, max_length=64)]


class MoveCall(Wire):
    """Into ``queue_code`` (its own to raise it there) with ``priority``, higher first."""

    queue_code: str
    priority: Annotated[int, Field(ge=0, le=100)]
    reason: Reason


# --- statistics ------------------------------------------------------------------------------


class QueueStatistics(Wire):
    """See ``docs/telephony.md`` for the definitions. Times are seconds."""

    queue_code: str
    offered: int
    answered: int
    answered_in_goal: int
    abandoned: int
    abandoned_short: int
    service_level: float | None
    abandonment: float | None
    abandonment_with_short: float | None
    average_answer_seconds: float | None
    longest_wait_seconds: float | None
    average_handle_seconds: float | None


class AgentStatistics(Wire):
    """Seconds in each state of one person between the two times."""

    user_id: UUID
    user_name: str
    answered: int
    talk_seconds: float
    wrap_up_seconds: float
    ready_seconds: float
    paused_seconds: float
    occupancy: float | None


class Statistics(Wire):
    since: datetime
    until: datetime
    queues: list[QueueStatistics]
    agents: list[AgentStatistics]


# --- recordings ------------------------------------------------------------------------------


class RecordedCall(Wire):
    """A call of the archive. ``playable`` whether its recording is kept."""

    call_id: UUID
    direction: Direction
    queue_code: str
    dialled: str
    number: str
    status: CallStatus
    received_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    seat_name: str
    user_name: str
    rating: int | None
    order_number: str
    playable: bool
    duration_ms: int | None
    sha256: str


class RecordedCalls(Wire):
    """One page, newest first; ``more`` whether there are further ones."""

    calls: list[RecordedCall]
    more: bool


class RecordingCheck(Wire):
    """``unchanged`` whether the file still has the hash it was stored with."""

    call_id: UUID
    unchanged: bool
    checked_at: datetime


class HotlineNumberInfo(Wire):
    number: Annotated[str, Field(pattern=r"^[0-9]{3,32}$")]
    queue_code: str
    name: Annotated[Typed, Field(max_length=64)] = ""
    version: int


class PutNumber(Wire):
    """``version`` is that of the number as it was seen, empty where there was none."""

    queue_code: Annotated[Typed, Field(max_length=32)]
    name: Annotated[Typed, Field(max_length=64)] = ""
    version: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None


class AuditEntry(Wire):
    at: datetime
    by: str
    action: str
    subject: str
    subject_id: str
    detail: dict[str, object]
