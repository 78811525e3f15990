"""Photos of units, and the seat's side of the talk with them."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import FileResponse

from agent_desk.dependencies import Desk, OrderChanger, OrderReader, SignedIn
from agent_desk.wire_terminal import Say, Talk

router = APIRouter(prefix="/api", tags=["talk"])

JPEG = "image/jpeg"


@router.get("/orders/{order_id}/talk")
async def order_talk(order_id: UUID, person: OrderReader, desk: Desk) -> list[Talk]:
    """What was written about an order, by unit, and the units' photos."""
    await desk.views.check_readable(person, order_id)
    return await desk.terminal_views.of_order(order_id)


@router.post("/orders/{order_id}/dispatches/{dispatch_id}/messages")
async def write_to_unit(
    order_id: UUID, dispatch_id: UUID, body: Say, person: OrderChanger, desk: Desk
) -> list[Talk]:
    """Write to a unit that has the order."""
    await desk.views.check_dispatch(person, order_id, dispatch_id)
    await desk.seat_talk.say(dispatch_id, person.user_id, body.text)
    return await desk.terminal_views.of_order(order_id)


@router.get(
    "/photos/{photo_id}",
    response_class=FileResponse,
    responses={200: {"content": {JPEG: {}}}},
)
async def photo(photo_id: UUID, person: SignedIn, desk: Desk) -> FileResponse:
    """A photo, for the unit that sent it and those who may see its order."""
    path = await desk.photos.file_of(person, photo_id, thumbnail=False)
    return FileResponse(path, media_type=JPEG)


@router.get(
    "/photos/{photo_id}/thumbnail",
    response_class=FileResponse,
    responses={200: {"content": {JPEG: {}}}},
)
async def photo_thumbnail(photo_id: UUID, person: SignedIn, desk: Desk) -> FileResponse:
    """The same at 320 pixels."""
    path = await desk.photos.file_of(person, photo_id, thumbnail=True)
    return FileResponse(path, media_type=JPEG)
