"""What is asked of the world of orders about marks, and an order that earns some."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from dispatch.limits import Item
from dispatch.marks.periods import Stretch, present
from dispatch.marks.standings import Standing, table
from models.marks_tables import Mark, Span, UnitFigures
from models.order_tables import WorkOrder
from models.tables import LinkageUnit
from tests.support.orders import UNIT_USER, fed_back, of_unit, sent
from tests.support.world import World

PIPE = Item(name="供水管道破裂", received=120, on_site=1200, feedback=7200)
MINUTE = timedelta(minutes=1)


async def all_marks(world: World) -> Sequence[Mark]:
    async with world.database.reading() as session:
        return (await session.scalars(select(Mark).order_by(Mark.at, Mark.rule_code))).all()


async def given(world: World) -> list[tuple[str, UUID, int]]:
    return [(mark.rule_code, mark.unit_id, mark.points) for mark in await all_marks(world)]


async def figures(world: World, unit: LinkageUnit, span: Span = Span.DAY) -> UnitFigures:
    query = select(UnitFigures).where(UnitFigures.unit_id == unit.id, UnitFigures.span == span)
    async with world.database.reading() as session:
        return (await session.scalars(query)).one()


async def this_year(world: World) -> list[Standing]:
    now = world.clock.now()
    async with world.database.reading() as session:
        whole, part = present(Stretch.YEAR, now), present(Stretch.QUARTER, now)
        return list((await table(session, whole, "", "", part)).standings)


async def quarter(world: World, group: str = "") -> list[Standing]:
    now = present(Stretch.QUARTER, world.clock.now())
    async with world.database.reading() as session:
        return list((await table(session, now, "", group, now)).standings)


async def late_order(world: World) -> WorkOrder:
    """Sent to water and fire; water receives, arrives and feeds back too late, fire in time."""
    order = await sent(world, world.water, world.fire, category_code="W01")
    water, fire = of_unit(order, world.water), of_unit(order, world.fire)
    await world.orders.receive(fire.id, unit_id=world.fire.id, actor_id=UNIT_USER)
    world.clock.advance(3 * MINUTE)
    await world.orders.receive(water.id, unit_id=world.water.id, actor_id=UNIT_USER)
    await world.orders.arrive(fire.id, unit_id=world.fire.id, actor_id=UNIT_USER)
    world.clock.advance(20 * MINUTE)
    await world.orders.arrive(water.id, unit_id=world.water.id, actor_id=UNIT_USER)
    for unit in (world.water, world.fire):
        order = await fed_back(world, await world.order(order.id), unit)
    return order
