"""Steps of orders that tests of several concepts take."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from models.order_tables import DispatchOrder, WorkOrder
from models.states import DispatchStatus
from models.tables import LinkageUnit
from models.telephony_tables import Audit
from tests.support.world import World

UNIT_USER = uuid4()
# Without a query that the two databases might understand differently.
sqlite_only = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


async def add(world: World, *rows: Any) -> None:
    async with world.database.writing() as work:
        work.session.add_all(rows)


async def sent(world: World, *units: LinkageUnit, **fields: Any) -> WorkOrder:
    """A draft with these fields, sent."""
    order = await world.draft()
    if fields:
        order = await world.orders.edit(order.id, world.seat_user.id, order.version, fields)
    return await world.orders.send(
        order.id, world.seat_user.id, order.version, [unit.id for unit in units]
    )


def of_unit(order: WorkOrder, unit: LinkageUnit) -> DispatchOrder:
    return next(item for item in order.dispatch_orders if item.unit_id == unit.id)


async def fed_back(
    world: World, order: WorkOrder, unit: LinkageUnit, text: str = "好"
) -> WorkOrder:
    item = of_unit(order, unit)
    if item.status is DispatchStatus.SENT:
        await world.orders.receive(item.id, unit_id=unit.id, actor_id=UNIT_USER)
    await world.orders.feed_back(item.id, unit_id=unit.id, actor_id=UNIT_USER, text=text)
    return await world.order(order.id)


async def refusals(world: World, subject_id: UUID) -> list[dict[str, Any]]:
    query = select(Audit).where(Audit.action == "refused", Audit.subject_id == str(subject_id))
    async with world.database.reading() as session:
        return [row.detail for row in await session.scalars(query.order_by(Audit.id))]
