"""What routing has to know of the units: loaded once per case, from few queries."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from dispatch import duty as duties_of_units
from dispatch import prefill, repository
from dispatch.routing import Candidate, Case, Route, Wanted, is_local, kinds_of, propose, skills_for
from models.dispatch_states import ForceStatus
from models.dispatch_tables import Area, Duty, Force, UnitChannel
from models.order_tables import DispatchOrder, WorkOrder
from models.states import DispatchStatus
from models.tables import AuthSession, LinkageUnit, User
from models.unit_forms import UnitForm

AT_WORK: Final = (
    DispatchStatus.SENT,
    DispatchStatus.RECEIVED,
    DispatchStatus.EN_ROUTE,
    DispatchStatus.ON_SITE,
)
SHORTEST_NAME: Final = 2


async def route(session: AsyncSession, case: Case, order: WorkOrder, now: datetime) -> Route:
    """Who should go for ``case``, which is that of ``order``, and why."""
    if not case.wanted:
        return Route()
    duties = await duties_for(session, case.category_code)
    listed = {row.unit_id for row in duties}
    kinds = {wanted.kind for wanted in case.wanted}
    skills = set(skills_for(case.category_code)) if case.emergency else set()
    local = is_local(case.category_code)
    forces = await ready_forces(session) if skills_for(case.category_code) else {}
    units = [
        unit
        for unit in await active_units(session, order.centre_code)
        if kinds & set(kinds_of(unit))
        or unit.id in listed
        or skills & set(unit.capabilities)
        or (local and unit.form is UnitForm.TOWNSHIP)
        or any(skills & set(force.capabilities) for force in forces.get(unit.id, ()))
    ]
    return propose(case, await known(session, units, order, forces, now), duties)


async def suggested(session: AsyncSession, payload: Mapping[str, Any], now: datetime) -> Case:
    """The case that a suggestion (``CallSuggestion.payload`` or empty) speaks of."""
    category = {} if payload.get("abstain") else payload.get("category") or {}
    place = (payload.get("slots") or {}).get("address") or {}
    address = str(place.get("text") or "")
    return Case(
        wanted=prefill.wanted_units(payload),
        address=address,
        category_code=str(category.get("code") or ""),
        at=now,
        areas=await areas_named(session, address),
        lon=place.get("lon"),
        lat=place.get("lat"),
        emergency=(payload.get("emergency") or {}).get("label") == "emergency",
    )


async def of_order(
    session: AsyncSession, order: WorkOrder, kinds: Sequence[str], now: datetime
) -> Case:
    """The case as the order's form has it; ``kinds`` are the units its category wants."""
    suggestion = await prefilled(session, order)
    place = (suggestion.get("slots") or {}).get("address") or {}
    address = str(order.fields.get("address") or "")
    same = bool(address) and place.get("text") == address
    spot = order.fields.get("position") or (place if same else {})
    return Case(
        wanted=[Wanted(kind, 1.0) for kind in kinds] or prefill.wanted_units(suggestion),
        address=address,
        category_code=str(order.fields.get("category_code") or ""),
        at=now,
        areas=await areas_named(session, address),
        lon=spot.get("lon"),
        lat=spot.get("lat"),
        emergency=bool(order.fields.get("emergency")),
    )


async def prefilled(session: AsyncSession, order: WorkOrder) -> Mapping[str, Any]:
    """What was suggested for the order's call; empty without one."""
    row = await repository.suggestion(session, order.call_id) if order.call_id else None
    return row.payload if row else {}


async def known(
    session: AsyncSession,
    units: Sequence[LinkageUnit],
    order: WorkOrder,
    forces: dict[UUID, list[Force]],
    now: datetime,
) -> list[Candidate]:
    """What is known of ``units`` now."""
    ids = [unit.id for unit in units]
    duty = await duties_of_units.states(session, units, now)
    loads = await open_loads(session, ids)
    signed_in = await with_terminal(session, ids, now)
    channels = await with_channel(session, ids)
    gave_back = {
        item.unit_id
        for item in order.dispatch_orders
        if item.status in (DispatchStatus.REJECTED, DispatchStatus.RECALLED)
    }
    return [
        Candidate(
            unit=unit,
            duty=duty[unit.id],
            load=loads.get(unit.id, 0),
            reachable=bool(unit.duty_phone) or unit.id in signed_in or unit.id in channels,
            terminal=unit.id in signed_in or unit.voice_dispatch,
            forces=forces.get(unit.id, ()),
            gave_back=unit.id in gave_back,
        )
        for unit in units
    ]


async def active_units(session: AsyncSession, centre_code: str) -> Sequence[LinkageUnit]:
    """The units that a centre commands; those of all for the highest. Firms are left out:
    they are offered household services."""
    query = select(LinkageUnit).where(LinkageUnit.active, LinkageUnit.form != UnitForm.FIRM)
    if centre_code:
        query = query.where(LinkageUnit.centre_code == centre_code)
    return (await session.scalars(query.order_by(LinkageUnit.code))).all()


async def firms(session: AsyncSession, centre_code: str) -> Sequence[LinkageUnit]:
    """The enrolled firms of a centre."""
    query = select(LinkageUnit).where(LinkageUnit.active, LinkageUnit.form == UnitForm.FIRM)
    if centre_code:
        query = query.where(LinkageUnit.centre_code == centre_code)
    return (await session.scalars(query.order_by(LinkageUnit.code))).all()


async def areas_named(session: AsyncSession, address: str) -> Sequence[Area]:
    """The areas that an address names with all areas above the smallest of them, from the
    largest to the smallest."""
    if not address:
        return []
    named = select(Area).where(
        literal(address).contains(Area.name), func.length(Area.name) >= SHORTEST_NAME
    )
    found = sorted(await session.scalars(named), key=lambda area: area.path.count("/"))
    if not found:
        return []
    # Of two places of the same name the one counts whose larger area is named as well; where
    # that does not decide, what they have in common.
    weight = {area: sum(area.path.startswith(one.path) for one in found) for area in found}
    best = [area for area in found if weight[area] == max(weight.values())]
    above = {code for code in best[0].path.split("/") if code}
    for area in best[1:]:
        above &= {code for code in area.path.split("/") if code}
    query = select(Area).where(Area.code.in_(above))
    return sorted(await session.scalars(query), key=lambda area: area.path.count("/"))


async def duties_for(session: AsyncSession, category_code: str) -> Sequence[Duty]:
    """The duty list's items for a category."""
    if not category_code:
        return []
    beginnings = [category_code[:length] for length in range(1, len(category_code) + 1)]
    query = select(Duty).where(Duty.category_code.in_(beginnings)).options(joinedload(Duty.unit))
    return (await session.scalars(query.order_by(Duty.code))).all()


async def ready_forces(session: AsyncSession) -> dict[UUID, list[Force]]:
    """Teams and vehicles that can go now, by unit."""
    query = select(Force).where(Force.status == ForceStatus.READY).order_by(Force.code)
    found: dict[UUID, list[Force]] = {}
    for force in await session.scalars(query):
        found.setdefault(force.unit_id, []).append(force)
    return found


async def open_loads(session: AsyncSession, unit_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many orders units are at work on."""
    query = (
        select(DispatchOrder.unit_id, func.count().label("open"))
        .where(DispatchOrder.unit_id.in_(unit_ids), DispatchOrder.status.in_(AT_WORK))
        .group_by(DispatchOrder.unit_id)
    )
    return {row.unit_id: row.open for row in await session.execute(query)}


async def with_terminal(
    session: AsyncSession, unit_ids: Collection[UUID], now: datetime
) -> set[UUID]:
    """The units of which somebody is signed in; an open terminal keeps its sign-in alive."""
    query = (
        select(User.unit_id)
        .join(AuthSession, AuthSession.user_id == User.id)
        .where(User.unit_id.in_(unit_ids), AuthSession.expires_at > now)
    )
    return {unit_id for unit_id in await session.scalars(query.distinct()) if unit_id}


async def with_channel(session: AsyncSession, unit_ids: Collection[UUID]) -> set[UUID]:
    """The units that have a channel in use."""
    query = select(UnitChannel.unit_id).where(UnitChannel.unit_id.in_(unit_ids), UnitChannel.active)
    return set(await session.scalars(query.distinct()))
