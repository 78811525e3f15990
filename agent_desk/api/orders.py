"""Work orders, as seats and supervisors work on them."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from agent_desk.dependencies import Desk, OrderChanger, OrderReader
from agent_desk.wire_orders import (
    AcceptSure,
    AnswerOrder,
    CloseOrder,
    DiscardOrder,
    EditOrder,
    OrderInfo,
    OrderLine,
    SendOrder,
)
from agent_desk.wire_seat import Workspace
from dispatch.checks import Checked
from models.kinds import Role

router = APIRouter(prefix="/api/orders", tags=["orders"])


@router.get("")
async def orders(person: OrderReader, desk: Desk) -> list[OrderLine]:
    """The newest 100 orders: a seat's own, for a supervisor all."""
    return await desk.views.order_lines(person)


@router.get("/{order_id}")
async def order(order_id: UUID, person: OrderReader, desk: Desk) -> Workspace:
    """An order with its call and transcript."""
    return await desk.views.order_workspace(person, order_id)


@router.patch("/{order_id}")
async def edit(order_id: UUID, body: EditOrder, person: OrderChanger, desk: Desk) -> OrderInfo:
    """Store the fields the seat typed or confirmed."""
    await desk.views.check_order(person, order_id)
    row = await desk.parts.orders.edit(order_id, person.user_id, body.version, body.fields)
    return await desk.views.order(row)


@router.post("/{order_id}/accept-sure")
async def accept_sure(
    order_id: UUID, body: AcceptSure, person: OrderChanger, desk: Desk
) -> OrderInfo:
    """Confirm every field the machine is sure of."""
    await desk.views.check_order(person, order_id)
    row = await desk.parts.orders.accept_sure(order_id, person.user_id, body.version)
    return await desk.views.order(row)


@router.post("/{order_id}/send")
async def send(order_id: UUID, body: SendOrder, person: OrderChanger, desk: Desk) -> OrderInfo:
    """Send the order to units; those that already have it are left alone."""
    await desk.views.check_order(person, order_id)
    row = await desk.parts.orders.send(
        order_id, person.user_id, body.version, body.unit_ids, even_off_duty=body.even_off_duty
    )
    return await desk.views.order(row)


@router.post("/{order_id}/answer")
async def answer(order_id: UUID, body: AnswerOrder, person: OrderChanger, desk: Desk) -> OrderInfo:
    """Close the order with the answer given on the telephone."""
    await desk.views.check_order(person, order_id)
    row = await desk.parts.orders.answer(order_id, person.user_id, body.version, body.answer)
    return await desk.views.order(row)


@router.post("/{order_id}/discard")
async def discard(
    order_id: UUID, body: DiscardOrder, person: OrderChanger, desk: Desk
) -> OrderInfo:
    """Give the draft up, with a reason."""
    await desk.views.check_order(person, order_id)
    row = await desk.parts.orders.discard(order_id, person.user_id, body.version, body.reason)
    return await desk.views.order(row)


@router.post("/{order_id}/close")
async def close(order_id: UUID, body: CloseOrder, person: OrderChanger, desk: Desk) -> OrderInfo:
    """Close the order after the units' feedback was checked."""
    await desk.views.check_order(person, order_id)
    said = Checked(supervisor=person.role is Role.SUPERVISOR, opinion=body.opinion, note=body.note)
    row = await desk.parts.orders.close(order_id, person.user_id, body.version, said)
    return await desk.views.order(row)
