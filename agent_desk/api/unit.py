"""Dispatch orders, as the unit that got them works on them.

With an ``Idempotency-Key`` (8 to 64 characters) an action is done once, however often it is sent;
``X-Done-At`` is when it was done on a telephone that had no network then.
"""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, status
from pydantic import AwareDatetime

from agent_desk.accounts import Person
from agent_desk.dependencies import Desk, UnitWorker
from agent_desk.running import Running
from agent_desk.terminal_views import photo_info
from agent_desk.wire import Typed
from agent_desk.wire_orders import RejectDispatch, UnitOrder
from agent_desk.wire_terminal import FeedBackWithPhotos, PastOrders, PhotoInfo, Say, Talk
from dispatch.terminal import Asked

router = APIRouter(prefix="/api/unit", tags=["unit"])

Key = Annotated[str, Header(alias="Idempotency-Key", max_length=64)]
DoneAt = Annotated[AwareDatetime | None, Header(alias="X-Done-At")]
PICTURES: Final = tuple(f"image/{kind}" for kind in ("jpeg", "png", "webp", "heic", "heif", "avif"))


@router.get("/orders")
async def unit_orders(person: UnitWorker, desk: Desk) -> list[UnitOrder]:
    """The own unit's newest orders."""
    return await desk.views.unit_orders(person)


@router.post("/orders/{dispatch_id}/receive")
async def receive(
    dispatch_id: UUID, person: UnitWorker, desk: Desk, key: Key = "", done_at: DoneAt = None
) -> UnitOrder:
    """The unit has seen the order and takes it."""
    return await _act(desk, person, Asked("receive", dispatch_id, key=key, done_at=done_at))


@router.post("/orders/{dispatch_id}/depart")
async def depart(
    dispatch_id: UUID, person: UnitWorker, desk: Desk, key: Key = "", done_at: DoneAt = None
) -> UnitOrder:
    """The unit is on its way."""
    return await _act(desk, person, Asked("depart", dispatch_id, key=key, done_at=done_at))


@router.post("/orders/{dispatch_id}/arrive")
async def arrive(
    dispatch_id: UUID, person: UnitWorker, desk: Desk, key: Key = "", done_at: DoneAt = None
) -> UnitOrder:
    """The unit has arrived."""
    return await _act(desk, person, Asked("arrive", dispatch_id, key=key, done_at=done_at))


@router.post("/orders/{dispatch_id}/reject")
async def reject(
    dispatch_id: UUID,
    body: RejectDispatch,
    person: UnitWorker,
    desk: Desk,
    key: Key = "",
    done_at: DoneAt = None,
) -> UnitOrder:
    """The unit hands the order back, with a reason."""
    asked = Asked("reject", dispatch_id, body.reason, key=key, done_at=done_at)
    return await _act(desk, person, asked)


@router.post("/orders/{dispatch_id}/feedback")
async def feed_back(
    dispatch_id: UUID,
    body: FeedBackWithPhotos,
    person: UnitWorker,
    desk: Desk,
    key: Key = "",
    done_at: DoneAt = None,
) -> UnitOrder:
    """The unit reports how it went, with photos it has uploaded."""
    asked = Asked("feedback", dispatch_id, body.text, tuple(body.photo_ids), key, done_at)
    return await _act(desk, person, asked)


@router.post("/orders/{dispatch_id}/messages")
async def write_to_seat(
    dispatch_id: UUID,
    body: Say,
    person: UnitWorker,
    desk: Desk,
    key: Key = "",
    done_at: DoneAt = None,
) -> Talk:
    """Write to the seat about the order."""
    asked = Asked("message", dispatch_id, body.text, key=key, done_at=done_at)
    await _act(desk, person, asked)
    return await desk.terminal_views.of_dispatch(dispatch_id, desk.views.unit_of(person))


@router.get("/orders/{dispatch_id}/talk")
async def unit_talk(dispatch_id: UUID, person: UnitWorker, desk: Desk) -> Talk:
    """What was written about one of the own unit's orders, and its photos."""
    return await desk.terminal_views.of_dispatch(dispatch_id, desk.views.unit_of(person))


@router.get("/talk")
async def unit_talks(person: UnitWorker, desk: Desk) -> list[Talk]:
    """What was written about the orders under way, and their photos."""
    return await desk.terminal_views.of_unit(desk.views.unit_of(person))


@router.get("/history")
async def unit_history(
    person: UnitWorker,
    desk: Desk,
    text: Annotated[Typed, Query(max_length=64)] = "",
    after: UUID | None = None,
) -> PastOrders:
    """Orders the unit is done with, newest first, 30 a page; the next page is that ``after`` the
    last order of this one."""
    return await desk.terminal_views.past(desk.views.unit_of(person), text, after)


@router.post(
    "/photos",
    status_code=status.HTTP_201_CREATED,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                kind: {"schema": {"type": "string", "format": "binary"}} for kind in PICTURES
            },
        }
    },
)
async def add_photo(
    request: Request,
    person: UnitWorker,
    desk: Desk,
    dispatch_id: UUID,
    key: Annotated[str, Header(alias="Idempotency-Key", min_length=8, max_length=64)],
) -> PhotoInfo:
    """Keep a photo, at most 20 MB, for the feedback on an order; a key stands for one photo."""
    return photo_info(await desk.photos.take(person, dispatch_id, key, request.stream()))


async def _act(desk: Running, person: Person, asked: Asked) -> UnitOrder:
    row = await desk.terminal.act(desk.views.unit_of(person), person.user_id, asked)
    return desk.views.unit_order(row)
