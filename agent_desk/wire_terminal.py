"""Units' terminals over HTTP and WebSocket: photos, talk with the seat, history."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from agent_desk.wire import Typed, Wire
from agent_desk.wire_orders import FeedBack, UnitOrder


class PhotoInfo(Wire):
    """A photo; its picture is at ``/api/photos/{id}`` and ``/api/photos/{id}/thumbnail``."""

    id: UUID
    width: int
    height: int
    at: datetime


class TalkLine(Wire):
    """What somebody wrote. ``done_at`` is when, ``at`` when it reached the server."""

    id: UUID
    from_unit: bool
    by: str
    text: str
    done_at: datetime
    at: datetime


class Talk(Wire):
    """What unit and seat wrote about a dispatch order, oldest first, and its photos."""

    dispatch_order_id: UUID
    work_order_id: UUID
    lines: list[TalkLine]
    photos: list[PhotoInfo]


class TalkMessage(Wire):
    """To the unit's pages and those that show the order: its talk or photos changed."""

    type: Literal["talk"] = "talk"
    talk: Talk


class Say(Wire):
    text: Annotated[Typed, Field(min_length=1, max_length=500)]


class FeedBackWithPhotos(FeedBack):
    photo_ids: Annotated[list[UUID], Field(max_length=9)] = Field(default_factory=list)


class PastOrder(Wire):
    """An order the unit is done with. ``closed_at`` is when the centre closed the matter."""

    order: UnitOrder
    closed_at: datetime | None
    photos: int


class PastOrders(Wire):
    """A page of them, newest first; ``more`` whether another follows."""

    orders: list[PastOrder]
    more: bool
