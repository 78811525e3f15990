"""The same matter again: what a draft may be merged into, merging and undoing it."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from agent_desk.dependencies import Desk, OrderChanger
from agent_desk.wire_merging import MergeOrder, SameOffer
from agent_desk.wire_orders import OrderInfo

router = APIRouter(prefix="/api/orders", tags=["merging"])


@router.get("/{order_id}/same")
async def same_matters(order_id: UUID, person: OrderChanger, desk: Desk) -> list[SameOffer]:
    """Open orders that the draft may be about as well, at most five."""
    await desk.views.check_order(person, order_id)
    return await desk.offers.of(order_id)


@router.post("/{order_id}/merge")
async def merge_order(
    order_id: UUID, body: MergeOrder, person: OrderChanger, desk: Desk
) -> OrderInfo:
    """Merge the draft into an open order; its caller keeps the own call-back."""
    await desk.views.check_order(person, order_id)
    row = await desk.merging.merge(order_id, person.user_id, body.version, body.into_id)
    return await desk.views.order(row)


@router.post("/{order_id}/split")
async def split_order(order_id: UUID, person: OrderChanger, desk: Desk) -> OrderInfo:
    """Undo the merge; the machine fills what was said meanwhile."""
    await desk.views.check_order(person, order_id)
    row = await desk.merging.split(order_id, person.user_id)
    if row.call_id is not None:
        await desk.parts.orders.apply_suggestion(row.call_id)
    return await desk.views.order_now(row.id)
