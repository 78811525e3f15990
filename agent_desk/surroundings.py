"""What is around an order: its units, teams and vehicles, other open incidents."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from agent_desk.accounts import Person
from agent_desk.board import BoardView
from agent_desk.parts import Parts
from agent_desk.wire_map import NearForce, NearIncident, NearUnit, Surroundings
from agent_desk.wire_orders import Position
from dispatch import repository
from dispatch.routing import metres_between
from models.dispatch_states import ForceStatus
from models.dispatch_tables import Area, Force
from models.order_tables import DispatchOrder, WorkOrder
from models.states import lamp
from models.tables import LinkageUnit

NEAR_METRES: Final = 2_000
MOST_INCIDENTS: Final = 30
MOST_FORCES: Final = 12
MOST_UNITS: Final = 30

Place = tuple[float, float]


class SurroundingsView:
    """Loads it; other incidents come from the board that is at most a second old."""

    def __init__(self, parts: Parts, board: BoardView) -> None:
        self._parts = parts
        self._board = board

    async def of(self, person: Person, order_id: UUID) -> Surroundings:
        """What is around an order the person may read; raises ``NotFound``."""
        async with self._parts.database.reading() as session:
            order = await repository.order(session, order_id)
            place = _place(order.fields.get("position"))
            units = await _units(session, order, place)
            forces = await _forces(session, order.centre_code, place) if place else []
        incidents = await self._incidents(person, order_id, place) if place else []
        return Surroundings(order_id=order_id, units=units, forces=forces, incidents=incidents)

    async def _incidents(self, person: Person, but: UUID, place: Place) -> list[NearIncident]:
        board = await self._board.of(person.centre_code)
        found = [
            NearIncident(
                order_id=one.order_id,
                number=one.number,
                status=one.status,
                emergency=one.emergency,
                category_name=one.category_name,
                address=one.address,
                position=one.position,
                metres=metres,
                created_at=one.created_at,
            )
            for one in board.incidents
            if one.position is not None
            and one.order_id != but
            and (metres := _metres(place, (one.position.lon, one.position.lat))) <= NEAR_METRES
        ]
        return sorted(found, key=lambda one: one.metres)[:MOST_INCIDENTS]


async def _units(session: AsyncSession, order: WorkOrder, place: Place | None) -> list[NearUnit]:
    """Those it was sent to, then those the form names."""
    sent = {item.unit_id: item for item in order.dispatch_orders}
    named = [UUID(one) for one in order.fields.get("unit_ids") or ()]
    ids = list(dict.fromkeys([*sent, *named]))[:MOST_UNITS]
    query = (
        select(LinkageUnit, Area)
        .outerjoin(Area, Area.code == LinkageUnit.area_code)
        .where(LinkageUnit.id.in_(ids))
    )
    rows = {unit.id: (unit, area) for unit, area in await session.execute(query)}
    return [_unit(*rows[one], sent.get(one), place) for one in ids if one in rows]


def _unit(
    unit: LinkageUnit, area: Area | None, item: DispatchOrder | None, place: Place | None
) -> NearUnit:
    own = _pair(unit.lon, unit.lat)
    spot = own or (_pair(area.lon, area.lat) if area is not None else None)
    return NearUnit(
        unit_id=unit.id,
        name=unit.name,
        kind=unit.kind,
        position=Position(lon=spot[0], lat=spot[1]) if spot else None,
        approximate=own is None,
        metres=_metres(place, spot) if place and spot else None,
        status=item.status if item is not None else None,
        lamp=lamp(item.status) if item is not None else None,
    )


async def _forces(session: AsyncSession, centre_code: str, place: Place) -> list[NearForce]:
    """Teams and vehicles in service, the nearest first."""
    query = (
        select(Force)
        .join(LinkageUnit, LinkageUnit.id == Force.unit_id)
        .options(joinedload(Force.unit))
        .where(Force.status != ForceStatus.OFF, Force.lon.is_not(None), Force.lat.is_not(None))
    )
    if centre_code:
        query = query.where(LinkageUnit.centre_code == centre_code)
    found = [
        NearForce(
            id=force.id,
            name=force.name,
            kind=force.kind,
            unit_name=force.unit.name,
            status=force.status,
            position=Position(lon=spot[0], lat=spot[1]),
            position_at=force.position_at,
            metres=_metres(place, spot),
        )
        for force in await session.scalars(query)
        if (spot := _pair(force.lon, force.lat)) is not None
    ]
    return sorted(found, key=lambda one: one.metres)[:MOST_FORCES]


def _place(position: Any) -> Place | None:
    return (position["lon"], position["lat"]) if position else None


def _pair(lon: float | None, lat: float | None) -> Place | None:
    return (lon, lat) if lon is not None and lat is not None else None


def _metres(one: Place, other: Place) -> int:
    return round(metres_between(one, other))
