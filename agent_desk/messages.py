"""What goes from server to page over ``/ws``; the page sends nothing but an empty object."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from agent_desk.messages_deadlines import LateMessage, OrderWatchMessage
from agent_desk.wire import Helpers, Wire
from agent_desk.wire_alarms import AlarmsMessage
from agent_desk.wire_map import BoardMessage
from agent_desk.wire_orders import OrderInfo, UnitOrder
from agent_desk.wire_seat import (
    AgentSessionInfo,
    CallInfo,
    PartialInfo,
    SuggestionInfo,
    UtteranceInfo,
    Workspace,
)
from agent_desk.wire_telephony import CallBackInfo, Floor, HandOverInfo, SupervisionInfo
from agent_desk.wire_terminal import TalkMessage


class HelpersMessage(Wire):
    type: Literal["helpers"] = "helpers"
    helpers: Helpers


class AgentMessage(Wire):
    type: Literal["agent"] = "agent"
    agent: AgentSessionInfo | None


class WorkspaceMessage(Wire):
    """The seat's current call changed as a whole: it rings, was answered, is over, or is gone."""

    type: Literal["workspace"] = "workspace"
    workspace: Workspace | None


class CallMessage(Wire):
    type: Literal["call"] = "call"
    call: CallInfo


class PartialMessage(Wire):
    type: Literal["partial"] = "partial"
    partial: PartialInfo


class UtteranceMessage(Wire):
    """A finished segment; replaces the partial of the same stream and sequence."""

    type: Literal["utterance"] = "utterance"
    call_id: UUID
    utterance: UtteranceInfo


class SuggestionMessage(Wire):
    type: Literal["suggestion"] = "suggestion"
    call_id: UUID
    suggestion: SuggestionInfo


class OrderMessage(Wire):
    type: Literal["order"] = "order"
    order: OrderInfo


class UnitOrderMessage(Wire):
    """To a unit's page: an order is new or has changed."""

    type: Literal["unit_order"] = "unit_order"
    order: UnitOrder


class KeyMessage(Wire):
    """The caller pressed a key."""

    type: Literal["key"] = "key"
    call_id: UUID
    key: str


class HandOverMessage(Wire):
    """To the seats that take part: a hand-over is new or has moved."""

    type: Literal["hand_over"] = "hand_over"
    hand_over: HandOverInfo


class CallBackMessage(Wire):
    """To every seat: an entry is new or has changed."""

    type: Literal["call_back"] = "call_back"
    call_back: CallBackInfo


class FloorMessage(Wire):
    """To supervisors, at most once a second while something moves."""

    type: Literal["floor"] = "floor"
    floor: Floor


class SupervisionMessage(Wire):
    """To the supervisor: beside whom, or nobody."""

    type: Literal["supervision"] = "supervision"
    supervision: SupervisionInfo | None


class PulseMessage(Wire):
    """Sent every few seconds; a page that hears nothing for 30 seconds connects again."""

    type: Literal["pulse"] = "pulse"


class ResyncMessage(Wire):
    """The page fell behind and must fetch everything again."""

    type: Literal["resync"] = "resync"


SocketMessage = Annotated[
    HelpersMessage
    | AgentMessage
    | WorkspaceMessage
    | CallMessage
    | PartialMessage
    | UtteranceMessage
    | SuggestionMessage
    | OrderMessage
    | UnitOrderMessage
    | KeyMessage
    | HandOverMessage
    | CallBackMessage
    | FloorMessage
    | SupervisionMessage
    | OrderWatchMessage
    | LateMessage
    | BoardMessage
    | AlarmsMessage
    | TalkMessage
    | PulseMessage
    | ResyncMessage,
    Field(discriminator="type"),
]
