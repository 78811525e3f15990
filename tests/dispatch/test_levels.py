"""Orders pass between owners and between the levels of centres."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import select

from dispatch import candidates, levels
from models.dispatch_tables import Area, AreaLevel, Centre, OrderShare, ShareKind
from models.errors import Conflict, Forbidden, InvalidInput
from models.kinds import Role
from models.order_tables import WorkOrder
from models.tables import LinkageUnit, User
from tests.support.orders import add, sent, sqlite_only
from tests.support.world import World


async def county(world: World) -> tuple[User, LinkageUnit]:
    """A county below the city, with a seat and a unit of its own."""
    city = Area(code="1", name="演示市", level=AreaLevel.CITY, path="1/")
    area = Area(code="11", name="甲县", level=AreaLevel.COUNTY, parent_code="1", path="1/11/")
    top = Centre(code="1", name="市中心", area_code="1", parent_code=None)
    lower = Centre(code="11", name="县中心", area_code="11", parent_code="1")
    seat = User(username="c", display_name="县席", password_hash="-", role=Role.SEAT,
                centre_code="11", created_at=world.clock.now())  # fmt: skip
    unit = LinkageUnit(code="C1", name="演示县水厂", kind="供水", tier=1, centre_code="11")
    await add(world, city, area, top, lower, seat, unit)
    return seat, unit


@sqlite_only
async def test_only_the_first_seat_or_a_supervisor_hands_an_order_over(world: World) -> None:
    order = await sent(world, world.water)
    assert order.owner_id == world.seat_user.id
    other = world.other_user.id
    with pytest.raises(Forbidden, match="首问责任"):
        await world.orders.hand_over(order.id, other, other, supervisor=False)
    order = await world.orders.hand_over(order.id, world.seat_user.id, other, supervisor=False)
    assert order.owner_id == other
    order = await world.orders.hand_over(
        order.id, world.supervisor.id, world.seat_user.id, supervisor=True
    )
    assert order.owner_id == world.seat_user.id
    with pytest.raises(InvalidInput, match="座席或班长"):
        await world.orders.hand_over(order.id, world.seat_user.id, uuid4(), supervisor=False)


async def test_an_order_passes_down_and_back(world: World) -> None:
    seat, unit = await county(world)
    order = await sent(world, world.water)
    who = world.seat_user.id
    with pytest.raises(InvalidInput, match="下级中心"):
        await world.orders.pass_on(order.id, who, "99", "", "说明")
    order = await world.orders.pass_on(order.id, who, "11", "", "属地处置")
    assert order.centre_code == "11"
    # The county commands its own units and nobody else's.
    with pytest.raises(Conflict, match="不归本中心指挥"):
        await world.orders.send(order.id, seat.id, order.version, [world.fire.id])
    order = await world.orders.hand_over(order.id, seat.id, seat.id, supervisor=False)
    order = await world.orders.send(order.id, seat.id, order.version, [unit.id])
    with pytest.raises(InvalidInput):  # not down to itself from below
        await world.orders.pass_on(order.id, seat.id, "", "11", "上交")
    order = await world.orders.pass_on(order.id, who, "", "", "收回")
    assert order.centre_code == ""
    async with world.database.reading() as session:
        kinds = {share.kind for share in await levels.shares(session, order.id)}
    assert kinds == {ShareKind.PASSED}


async def test_a_countys_major_incident_is_reported_up_at_once(world: World) -> None:
    seat, unit = await county(world)
    order = await world.draft()
    async with world.database.writing() as work:
        (await work.session.get_one(WorkOrder, order.id)).centre_code = "11"
    order = await world.order(order.id)
    order = await world.orders.send(order.id, seat.id, order.version, [unit.id])
    order = await world.orders.edit(order.id, seat.id, order.version, {"level": "一级"})
    await world.orders.edit(order.id, seat.id, order.version, {"level": "一级", "injured": 2})
    async with world.database.reading() as session:
        shares = list(await session.scalars(select(OrderShare)))
    assert [(share.centre_code, share.kind) for share in shares] == [("", ShareKind.REPORTED)]
    plain = await world.draft()
    with pytest.raises(Conflict, match="没有上级中心"):
        await world.orders.report_up(plain.id, world.seat_user.id, "请关注")


async def test_areas_of_an_address_come_with_those_above(world: World) -> None:
    await county(world)
    town = Area(
        code="111", name="乙镇", level=AreaLevel.TOWNSHIP, parent_code="11", path="1/11/111/"
    )
    same = Area(code="12", name="丙县", level=AreaLevel.COUNTY, parent_code="1", path="1/12/")
    twin = Area(
        code="121", name="乙镇", level=AreaLevel.TOWNSHIP, parent_code="12", path="1/12/121/"
    )
    await add(world, town, same, twin)
    async with world.database.reading() as session:
        found = {
            address: [area.code for area in await candidates.areas_named(session, address)]
            for address in ("", "丁村8号", "甲县乙镇8号", "丙县乙镇", "乙镇8号")
        }
    assert found == {
        "": [], "丁村8号": [], "甲县乙镇8号": ["1", "11", "111"], "丙县乙镇": ["1", "12", "121"],
        "乙镇8号": ["1"],
    }  # fmt: skip
