"""What goes from server to page over ``/ws``; the page sends nothing but an empty object."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from agent_desk.wire import (
    AgentSessionInfo,
    CallInfo,
    Helpers,
    OrderInfo,
    PartialInfo,
    SuggestionInfo,
    UnitOrder,
    UtteranceInfo,
    Wire,
    Workspace,
)


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
    | PulseMessage
    | ResyncMessage,
    Field(discriminator="type"),
]
