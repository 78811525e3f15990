"""Events: notices that a row has changed, sent after commit. Past tense, frozen.

Except for ``TranscriptGrew``, ``KeyPressed`` and the availability events, which tell of things that
have no row, an event carries ids only; whoever wants to know more reads the row.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from models.kinds import LegRole


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all events."""


@dataclass(frozen=True, slots=True)
class CallReceived(Event):
    """A caller's first contact has a ``calls`` row."""

    call_id: UUID


@dataclass(frozen=True, slots=True)
class CallChanged(Event):
    """A call's status or speech state moved (queued, ringing, answered...)."""

    call_id: UUID


@dataclass(frozen=True, slots=True)
class CallAnswered(Event):
    """A seat took the call."""

    call_id: UUID
    agent_session_id: UUID


@dataclass(frozen=True, slots=True)
class CallEnded(Event):
    """The call is over, answered or not."""

    call_id: UUID


@dataclass(frozen=True, slots=True)
class AgentStateChanged(Event):
    """An agent session's state moved."""

    agent_session_id: UUID


@dataclass(frozen=True, slots=True)
class TranscriptGrew(Event):
    """The words of a segment still being spoken, so far. ``sequence`` counts per stream."""

    call_id: UUID
    stream_id: UUID
    role: LegRole
    sequence: int
    text: str


@dataclass(frozen=True, slots=True)
class UtteranceStored(Event):
    """A finished segment has an ``utterances`` row."""

    call_id: UUID
    utterance_id: UUID


@dataclass(frozen=True, slots=True)
class UtteranceCorrected(Event):
    """A person has written what was really said."""

    call_id: UUID
    utterance_id: UUID


@dataclass(frozen=True, slots=True)
class SuggestionChanged(Event):
    """A call's ``call_suggestions`` row is new or different."""

    call_id: UUID


@dataclass(frozen=True, slots=True)
class SpeechAvailabilityChanged(Event):
    """The speech process came up or went away."""

    available: bool


@dataclass(frozen=True, slots=True)
class TelephonyAvailabilityChanged(Event):
    """The connection to Asterisk came up or went away."""

    available: bool


@dataclass(frozen=True, slots=True)
class WorkOrderChanged(Event):
    """A work order's fields or status changed."""

    work_order_id: UUID


@dataclass(frozen=True, slots=True)
class DispatchOrderChanged(Event):
    """A dispatch order was created or its status moved."""

    dispatch_order_id: UUID
    work_order_id: UUID
    unit_id: UUID


@dataclass(frozen=True, slots=True)
class CallBackChanged(Event):
    """A call-back entry is new or its status moved."""

    call_back_id: UUID


@dataclass(frozen=True, slots=True)
class HandOverChanged(Event):
    """Somebody was asked into a call, joined, or left it."""

    hand_over_id: UUID
    call_id: UUID


@dataclass(frozen=True, slots=True)
class AutoCallChanged(Event):
    """A call of the machine is new or its status moved; ``subject_id`` as in its row."""

    auto_call_id: UUID
    subject_id: UUID


@dataclass(frozen=True, slots=True)
class RecordingStored(Event):
    """A call's recording has a ``recordings`` row."""

    call_id: UUID


@dataclass(frozen=True, slots=True)
class TextMessageChanged(Event):
    """A text message came in, or one that goes out moved on."""

    text_message_id: UUID


@dataclass(frozen=True, slots=True)
class KeyPressed(Event):
    """A caller pressed a key during the call; nothing stores it."""

    call_id: UUID
    key: str


@dataclass(frozen=True, slots=True)
class SupervisionChanged(Event):
    """A supervisor is beside an agent, in another way, or no more; nothing stores the mode."""

    user_id: UUID
    agent_session_id: UUID


@dataclass(frozen=True, slots=True)
class DeadlinesChanged(Event):
    """A deadline of a work order began, was moved, passed or ended."""

    work_order_id: UUID


@dataclass(frozen=True, slots=True)
class NoticeMade(Event):
    """A reminder or escalation has its row."""

    notice_id: UUID
    work_order_id: UUID


@dataclass(frozen=True, slots=True)
class DeliveryChanged(Event):
    """A delivery to a unit is new or moved on."""

    delivery_id: UUID
    work_order_id: UUID


@dataclass(frozen=True, slots=True)
class TaxonomyChanged(Event):
    """A supervisor has edited what a call can be about."""

    number: int


@dataclass(frozen=True, slots=True)
class TalkChanged(Event):
    """Seat or unit has written about a dispatch order, or photos came with its feedback."""

    dispatch_order_id: UUID
    work_order_id: UUID
    unit_id: UUID


@dataclass(frozen=True, slots=True)
class MarkChanged(Event):
    """A mark of a unit is new, was appealed against or decided."""

    mark_id: UUID
    unit_id: UUID


@dataclass(frozen=True, slots=True)
class SpotCheckChanged(Event):
    """A spot check of a unit is new or moved on."""

    spot_check_id: UUID
    unit_id: UUID


@dataclass(frozen=True, slots=True)
class AlarmChanged(Event):
    """An alarm was raised, acknowledged or cleared, or has grown."""

    alarm_id: UUID
