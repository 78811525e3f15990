"""Who goes, and the further steps of orders: taken back, sent again, rested, passed on."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from agent_desk.dependencies import Desk, OrderChanger, OrderReader
from agent_desk.wire_dispatch import (
    HandOverOrder,
    OfferOrder,
    OrderLevels,
    PassOrder,
    Proposals,
    RateDispatch,
    RecallDispatch,
    RedoDispatch,
    ReopenOrder,
    ReportOrder,
    RerouteDispatch,
    ResumeOrder,
    StepInfo,
    SuspendOrder,
)
from agent_desk.wire_orders import OrderInfo
from models.kinds import Role

router = APIRouter(prefix="/api/orders/{order_id}", tags=["dispatch"])


@router.get("/proposals")
async def proposals(order_id: UUID, person: OrderReader, desk: Desk) -> Proposals:
    """Which units should go for the order as it is now, and why."""
    await desk.views.check_readable(person, order_id)
    return await desk.routing_views.proposals(order_id)


@router.get("/levels")
async def order_levels(order_id: UUID, person: OrderReader, desk: Desk) -> OrderLevels:
    """Which centre commands the order, which follow it, who may take it over."""
    await desk.views.check_readable(person, order_id)
    return await desk.routing_views.levels(person, order_id)


@router.get("/steps")
async def order_steps(order_id: UUID, person: OrderReader, desk: Desk) -> list[StepInfo]:
    """What happened to the order, oldest first."""
    await desk.views.check_readable(person, order_id)
    return await desk.routing_views.steps(order_id)


@router.post("/offer")
async def offer(order_id: UUID, body: OfferOrder, person: OrderChanger, desk: Desk) -> OrderInfo:
    """Offer a household service to the firms of its trade and area."""
    await desk.views.check_order(person, order_id)
    row = await desk.parts.orders.offer(order_id, person.user_id, body.version)
    return await desk.views.order(row)


@router.post("/suspend")
async def suspend(
    order_id: UUID, body: SuspendOrder, person: OrderChanger, desk: Desk
) -> OrderInfo:
    """Let the order rest; its time limits stand still."""
    await desk.views.check_order(person, order_id)
    row = await desk.parts.orders.suspend(order_id, person.user_id, body.version, body.reason)
    return await desk.views.order(row)


@router.post("/resume")
async def resume(order_id: UUID, body: ResumeOrder, person: OrderChanger, desk: Desk) -> OrderInfo:
    """Let a suspended order go on."""
    await desk.views.check_order(person, order_id)
    row = await desk.parts.orders.resume(order_id, person.user_id, body.version)
    return await desk.views.order(row)


@router.post("/reopen")
async def reopen(order_id: UUID, body: ReopenOrder, person: OrderChanger, desk: Desk) -> OrderInfo:
    """Take a closed order up again."""
    await desk.views.check_order(person, order_id)
    row = await desk.parts.orders.reopen(order_id, person.user_id, body.version, body.reason)
    return await desk.views.order(row)


@router.post("/owner")
async def hand_over_order(
    order_id: UUID, body: HandOverOrder, person: OrderChanger, desk: Desk
) -> OrderInfo:
    """Give the order to a colleague, or take one that was passed to the own centre."""
    await desk.views.check_order(person, order_id)
    row = await desk.parts.orders.hand_over(
        order_id, person.user_id, body.user_id, supervisor=person.role is Role.SUPERVISOR
    )
    return await desk.views.order(row)


@router.post("/pass")
async def pass_on(order_id: UUID, body: PassOrder, person: OrderChanger, desk: Desk) -> OrderInfo:
    """Let a lower centre command the order, or take it back from one."""
    await desk.views.check_readable(person, order_id)
    row = await desk.parts.orders.pass_on(
        order_id, person.user_id, body.centre_code, person.centre_code, body.reason
    )
    return await desk.views.order(row)


@router.post("/report")
async def report_up(
    order_id: UUID, body: ReportOrder, person: OrderChanger, desk: Desk
) -> OrderInfo:
    """Show the order to the centre above."""
    await desk.views.check_order(person, order_id)
    row = await desk.parts.orders.report_up(order_id, person.user_id, body.note)
    return await desk.views.order(row)


@router.post("/dispatches/{dispatch_id}/recall")
async def recall(
    order_id: UUID, dispatch_id: UUID, body: RecallDispatch, person: OrderChanger, desk: Desk
) -> OrderInfo:
    """Take the order back from a unit that is not on site yet."""
    await desk.views.check_dispatch(person, order_id, dispatch_id)
    await desk.parts.orders.recall(dispatch_id, actor_id=person.user_id, reason=body.reason)
    return await desk.views.order_now(order_id)


@router.post("/dispatches/{dispatch_id}/redo")
async def redo(
    order_id: UUID, dispatch_id: UUID, body: RedoDispatch, person: OrderChanger, desk: Desk
) -> OrderInfo:
    """Send the order back to a unit whose feedback does not suffice."""
    await desk.views.check_dispatch(person, order_id, dispatch_id)
    await desk.parts.orders.redo(dispatch_id, actor_id=person.user_id, reason=body.reason)
    return await desk.views.order_now(order_id)


@router.post("/dispatches/{dispatch_id}/reroute")
async def reroute(
    order_id: UUID, dispatch_id: UUID, body: RerouteDispatch, person: OrderChanger, desk: Desk
) -> OrderInfo:
    """Give the unit's order to another unit."""
    await desk.views.check_dispatch(person, order_id, dispatch_id)
    await desk.parts.orders.reroute(
        dispatch_id,
        actor_id=person.user_id,
        unit_id=body.unit_id,
        reason=body.reason,
        even_off_duty=body.even_off_duty,
    )
    return await desk.views.order_now(order_id)


@router.post("/dispatches/{dispatch_id}/rate")
async def rate(
    order_id: UUID, dispatch_id: UUID, body: RateDispatch, person: OrderChanger, desk: Desk
) -> OrderInfo:
    """Store the citizen's stars for what the unit did."""
    await desk.views.check_dispatch(person, order_id, dispatch_id)
    await desk.parts.orders.rate(dispatch_id, actor_id=person.user_id, stars=body.stars)
    return await desk.views.order_now(order_id)
