"""Seats and queues, for administrators. Changes reach the running Asterisk; calls go on."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, status

from agent_desk.dependencies import CentreChanger, Desk
from agent_desk.wire_hall import (
    AddQueue,
    AddSeat,
    PutQueue,
    PutSeat,
    QueueDetail,
    SeatDetail,
    SeatSecret,
    SeenSeat,
)

router = APIRouter(prefix="/api/admin", tags=["hall"])

QueueCode = Annotated[str, Path(pattern=r"^[0-9]{1,32}$")]


@router.get("/seats")
async def all_seats(person: CentreChanger, desk: Desk) -> list[SeatDetail]:
    """Every seat, those out of use too."""
    return await desk.administration.seats.listed()


@router.post("/seats", status_code=status.HTTP_201_CREATED)
async def add_seat(body: AddSeat, person: CentreChanger, desk: Desk) -> SeatDetail:
    """A new seat."""
    seat_id = await desk.administration.seats.add(body, person)
    return await desk.administration.seats.info(seat_id)


@router.put("/seats/{seat_id}")
async def put_seat(seat_id: UUID, body: PutSeat, person: CentreChanger, desk: Desk) -> SeatDetail:
    """Change a seat; whoever sits there serves the new queues at once."""
    await desk.administration.seats.change(seat_id, body, person)
    return await desk.administration.seats.info(seat_id)


@router.post("/seats/{seat_id}/secret")
async def new_seat_secret(
    seat_id: UUID, body: SeenSeat, person: CentreChanger, desk: Desk
) -> SeatSecret:
    """A new password for the seat's telephone; the former one is void."""
    username, password = await desk.administration.seats.new_secret(seat_id, body.version, person)
    seat = await desk.administration.seats.info(seat_id)
    return SeatSecret(seat=seat, username=username, password=password, server=desk.parts.sip_server)


@router.get("/queues")
async def all_queues(person: CentreChanger, desk: Desk) -> list[QueueDetail]:
    """Every queue with who serves it and waits in it now."""
    return await desk.administration.queues.listed()


@router.post("/queues", status_code=status.HTTP_201_CREATED)
async def add_queue(body: AddQueue, person: CentreChanger, desk: Desk) -> QueueDetail:
    """A new queue."""
    await desk.administration.queues.add(body, person)
    return await desk.administration.queues.info(body.code)


@router.put("/queues/{code}")
async def put_queue(
    code: QueueCode, body: PutQueue, person: CentreChanger, desk: Desk
) -> QueueDetail:
    """Change a queue; callers who wait keep their places."""
    await desk.administration.queues.change(code, body, person)
    return await desk.administration.queues.info(code)
