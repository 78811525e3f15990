"""A unit's own duty roster, its teams and vehicles, and what a firm asks for its work."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import Final
from uuid import UUID

from fastapi import APIRouter

from agent_desk.dependencies import Desk, UnitWorker
from agent_desk.wire_dispatch import AddShift, ForceInfo, MoveForce, QuotePrice, ShiftInfo
from agent_desk.wire_orders import UnitOrder
from dispatch import duty, forces
from models.dispatch_states import ForceStatus
from models.dispatch_tables import DutyShift, Force
from models.errors import InvalidInput, NotFound

router = APIRouter(prefix="/api/unit", tags=["unit"])

SHOWN_BEFORE: Final = timedelta(days=1)
SHOWN_AFTER: Final = timedelta(days=35)


@router.get("/shifts")
async def unit_shifts(person: UnitWorker, desk: Desk) -> list[ShiftInfo]:
    """The own unit's roster from yesterday on, for five weeks."""
    unit_id, now = desk.views.unit_of(person), desk.parts.clock.now()
    async with desk.parts.database.reading() as session:
        rows = await duty.roster(session, unit_id, now - SHOWN_BEFORE, now + SHOWN_AFTER)
    return [_shift(row) for row in rows]


@router.post("/shifts")
async def add_shift(body: AddShift, person: UnitWorker, desk: Desk) -> ShiftInfo:
    """Put somebody on the roster."""
    row = DutyShift(unit_id=desk.views.unit_of(person), **body.model_dump())
    if row.ends_at <= desk.parts.clock.now():
        raise InvalidInput("这一班已经过去，请填写现在或以后的值班时间。")
    async with desk.parts.database.writing() as work:
        await duty.add_shift(work.session, row)
    return _shift(row)


@router.delete("/shifts/{shift_id}", status_code=HTTPStatus.NO_CONTENT)
async def remove_shift(shift_id: UUID, person: UnitWorker, desk: Desk) -> None:
    """Take a shift off the roster."""
    async with desk.parts.database.writing() as work:
        row = await work.session.get(DutyShift, shift_id)
        if row is None or row.unit_id != desk.views.unit_of(person):
            raise NotFound("没有这一班，或它不属于本单位。")
        await work.session.delete(row)


@router.get("/forces")
async def unit_forces(person: UnitWorker, desk: Desk) -> list[ForceInfo]:
    """The own unit's teams and vehicles."""
    async with desk.parts.database.reading() as session:
        rows = await forces.of_unit(session, desk.views.unit_of(person))
    return [_force(row) for row in rows]


@router.post("/forces/{force_id}")
async def report_force(
    force_id: UUID, body: MoveForce, person: UnitWorker, desk: Desk
) -> ForceInfo:
    """Say where a team or vehicle is, and whether it can go."""
    place = None
    if body.lon is not None and body.lat is not None:
        place = (body.lon, body.lat)
    elif body.lon is not None or body.lat is not None:
        raise InvalidInput("经度和纬度要一起填写。")
    row = await desk.forces.report(
        force_id,
        unit_id=desk.views.unit_of(person),
        actor_id=person.user_id,
        status=ForceStatus(body.status) if body.status else None,
        place=place,
    )
    return _force(row)


@router.post("/orders/{dispatch_id}/quote")
async def quote(dispatch_id: UUID, body: QuotePrice, person: UnitWorker, desk: Desk) -> UnitOrder:
    """The firm that took a household service says what it costs."""
    unit_id = desk.views.unit_of(person)
    row = await desk.parts.orders.quote(
        dispatch_id, unit_id=unit_id, actor_id=person.user_id, note=body.note
    )
    return desk.views.unit_order(row)


def _shift(row: DutyShift) -> ShiftInfo:
    return ShiftInfo(
        id=row.id,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        person_name=row.person_name,
        phone=row.phone,
    )


def _force(row: Force) -> ForceInfo:
    return ForceInfo(
        id=row.id,
        code=row.code,
        kind=row.kind,
        name=row.name,
        capabilities=row.capabilities,
        people=row.people,
        contact_phone=row.contact_phone,
        status=row.status,
        status_since=row.status_since,
        lon=row.lon,
        lat=row.lat,
        position_at=row.position_at,
    )
