"""For units' own systems. Who calls is proved by the unit's token or by a signature, not by a
sign-in."""

from __future__ import annotations

import re
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request
from pydantic import ValidationError

from agent_desk.dependencies import Desk
from agent_desk.wire_deadlines import SystemOrders, SystemRequest
from agent_desk.wire_orders import FeedBack, RejectDispatch, UnitOrder
from dispatch import signatures
from dispatch.systems import Request as Asked
from models.errors import InvalidInput, NotSignedIn
from models.tables import LinkageUnit

router = APIRouter(tags=["unit systems"])

BEARER: Final = re.compile(r"Bearer ([A-Za-z0-9_-]{20,100})", re.ASCII)
MOST_SIGNED: Final = 64 * 1024

Key = Annotated[str, Header(alias="Idempotency-Key", max_length=64)]


async def system_unit(request: Request, desk: Desk) -> LinkageUnit:
    """The unit whose token came with the request; raises ``NotSignedIn``."""
    found = BEARER.fullmatch(request.headers.get("Authorization", ""))
    if found is None:
        raise NotSignedIn("请求须带接口令牌：Authorization: Bearer 令牌。")
    return await desk.systems.of_token(found[1])


System = Annotated[LinkageUnit, Depends(system_unit)]


@router.get("/unit-api/orders")
async def system_orders(unit: System, desk: Desk) -> SystemOrders:
    """The unit's newest orders."""
    return SystemOrders(orders=await desk.views.orders_of_unit(unit.id))


@router.post("/unit-api/orders/{order_id}/receive")
async def system_receive(order_id: UUID, unit: System, desk: Desk, key: Key = "") -> UnitOrder:
    """The unit takes the order."""
    return await _act(desk, unit, Asked("receive", order_id), key)


@router.post("/unit-api/orders/{order_id}/depart")
async def system_depart(order_id: UUID, unit: System, desk: Desk, key: Key = "") -> UnitOrder:
    """The unit is on its way."""
    return await _act(desk, unit, Asked("depart", order_id), key)


@router.post("/unit-api/orders/{order_id}/arrive")
async def system_arrive(order_id: UUID, unit: System, desk: Desk, key: Key = "") -> UnitOrder:
    """The unit is on site."""
    return await _act(desk, unit, Asked("arrive", order_id), key)


@router.post("/unit-api/orders/{order_id}/return")
async def system_return(
    order_id: UUID, body: RejectDispatch, unit: System, desk: Desk, key: Key = ""
) -> UnitOrder:
    """The unit hands the order back."""
    return await _act(desk, unit, Asked("return", order_id, body.reason), key)


@router.post("/unit-api/orders/{order_id}/feedback")
async def system_feed_back(
    order_id: UUID, body: FeedBack, unit: System, desk: Desk, key: Key = ""
) -> UnitOrder:
    """The unit reports how it went."""
    return await _act(desk, unit, Asked("feedback", order_id, body.text), key)


@router.post("/unit-api/signed/{unit_code}")
async def system_signed(unit_code: str, request: Request, desk: Desk) -> UnitOrder:
    """One of the actions above by a signed request, as ``dispatch.signatures`` describes it."""
    body = await request.body()
    if len(body) > MOST_SIGNED:
        raise InvalidInput("请求过大。")
    unit = await desk.systems.of_signature(
        unit_code[:32],
        request.headers.get(signatures.TIMESTAMP, ""),
        request.headers.get(signatures.SIGNATURE, ""),
        body,
        request.client.host if request.client else "",
    )
    try:
        asked = SystemRequest.model_validate_json(body)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])[:64] or "JSON"
        raise InvalidInput(f"请求内容有误：{name}。") from None
    return await _act(desk, unit, Asked(asked.action, asked.order_id, asked.text), "")


async def _act(desk: Desk, unit: LinkageUnit, asked: Asked, key: str) -> UnitOrder:
    return desk.views.unit_order(await desk.systems.act(unit, asked, key))
