"""The map's base layer, what is around an order, and the board of open incidents."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.responses import FileResponse

from agent_desk.accounts import Person
from agent_desk.dependencies import CentreChanger, Desk, OrderReader, SignedIn, require
from agent_desk.permissions import Permission
from agent_desk.wire_map import Board, MapInfo, MapUpload, Surroundings

router = APIRouter(prefix="/api", tags=["maps"])

Supervisor = Annotated[Person, Depends(require(Permission.SUPERVISE))]
GEOJSON = "application/geo+json"


@router.get("/map")
async def map_info(person: SignedIn, desk: Desk) -> MapInfo:
    """Which base layer is in use, and the tile server, if there is one."""
    return await desk.layers.info()


@router.get("/map/base", response_class=FileResponse)
async def base_layer(person: SignedIn, desk: Desk) -> FileResponse:
    """The base layer as GeoJSON, in degrees (GCJ-02)."""
    return FileResponse(await desk.layers.path(), media_type=GEOJSON)


@router.put(
    "/map/base",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {GEOJSON: {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def upload_base_layer(request: Request, person: CentreChanger, desk: Desk) -> MapUpload:
    """Use another base layer, at most 8 MB, from now on."""
    return await desk.layers.upload(request.stream(), person.user_id)


@router.delete("/map/base")
async def take_back_base_layer(person: CentreChanger, desk: Desk) -> MapInfo:
    """Use the site's own base layer again."""
    return await desk.layers.take_back(person.user_id)


@router.get("/orders/{order_id}/surroundings")
async def surroundings(order_id: UUID, person: OrderReader, desk: Desk) -> Surroundings:
    """The order's units with distance and state, teams and open incidents near by."""
    await desk.views.check_readable(person, order_id)
    return await desk.surroundings.of(person, order_id)


@router.get("/board")
async def board(person: Supervisor, desk: Desk) -> Board:
    """Open orders as one picture, at most a second old."""
    return await desk.board.of(person.centre_code)
