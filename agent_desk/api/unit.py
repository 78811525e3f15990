"""Dispatch orders, as the unit that got them works on them."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from agent_desk.dependencies import Desk, UnitWorker
from agent_desk.wire_orders import FeedBack, RejectDispatch, UnitOrder

router = APIRouter(prefix="/api/unit/orders", tags=["unit"])


@router.get("")
async def unit_orders(person: UnitWorker, desk: Desk) -> list[UnitOrder]:
    """The own unit's newest orders."""
    return await desk.views.unit_orders(person)


@router.post("/{dispatch_id}/receive")
async def receive(dispatch_id: UUID, person: UnitWorker, desk: Desk) -> UnitOrder:
    """The unit has seen the order and takes it."""
    unit_id = desk.views.unit_of(person)
    row = await desk.parts.orders.receive(dispatch_id, unit_id=unit_id, actor_id=person.user_id)
    return desk.views.unit_order(row)


@router.post("/{dispatch_id}/depart")
async def depart(dispatch_id: UUID, person: UnitWorker, desk: Desk) -> UnitOrder:
    """The unit is on its way."""
    unit_id = desk.views.unit_of(person)
    row = await desk.parts.orders.depart(dispatch_id, unit_id=unit_id, actor_id=person.user_id)
    return desk.views.unit_order(row)


@router.post("/{dispatch_id}/arrive")
async def arrive(dispatch_id: UUID, person: UnitWorker, desk: Desk) -> UnitOrder:
    """The unit has arrived."""
    unit_id = desk.views.unit_of(person)
    row = await desk.parts.orders.arrive(dispatch_id, unit_id=unit_id, actor_id=person.user_id)
    return desk.views.unit_order(row)


@router.post("/{dispatch_id}/reject")
async def reject(
    dispatch_id: UUID, body: RejectDispatch, person: UnitWorker, desk: Desk
) -> UnitOrder:
    """The unit hands the order back, with a reason."""
    unit_id = desk.views.unit_of(person)
    row = await desk.parts.orders.reject(
        dispatch_id, unit_id=unit_id, actor_id=person.user_id, reason=body.reason
    )
    return desk.views.unit_order(row)


@router.post("/{dispatch_id}/feedback")
async def feed_back(dispatch_id: UUID, body: FeedBack, person: UnitWorker, desk: Desk) -> UnitOrder:
    """The unit reports how it went."""
    unit_id = desk.views.unit_of(person)
    row = await desk.parts.orders.feed_back(
        dispatch_id, unit_id=unit_id, actor_id=person.user_id, text=body.text
    )
    return desk.views.unit_order(row)
