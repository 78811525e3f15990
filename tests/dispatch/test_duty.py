"""Which units may be sent to, and where their teams are."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from dispatch import candidates, duty
from dispatch.forces import Forces
from models.dispatch_states import ForceStatus
from models.dispatch_tables import DutyShift, Force, ForceKind
from models.errors import IllegalTransition, InvalidInput, NotFound, OffDuty
from models.states import WorkOrderStatus
from models.tables import LinkageUnit
from models.unit_forms import DutyRule
from tests.support.orders import UNIT_USER, add, refusals
from tests.support.world import World

# --- duty ----------------------------------------------------------------------------------------


async def test_a_unit_off_duty_is_refused_with_who_goes_instead(world: World) -> None:
    start = world.clock.now()
    station = LinkageUnit(code="U9", name="演示值守站", kind="供水", tier=1,
                          duty_rule=DutyRule.ROSTER)  # fmt: skip
    shift = DutyShift(unit_id=station.id, starts_at=start + timedelta(hours=1),
                      ends_at=start + timedelta(hours=9), person_name="演示甲")  # fmt: skip
    await add(world, station, shift)
    order = await world.draft()
    who = world.seat_user.id
    with pytest.raises(OffDuty, match=r"“演示值守站”当前不值班（下一班 .*可改派“演示水务公司”"):
        await world.orders.send(order.id, who, order.version, [station.id])
    assert (await world.order(order.id)).status is WorkOrderStatus.DRAFT
    assert (await refusals(world, order.id))[-1]["code"] == "off_duty"
    assert (
        await world.orders.send(order.id, who, order.version, [station.id], even_off_duty=True)
    ).dispatch_orders
    world.clock.advance(timedelta(hours=1))
    other = await world.draft()
    assert (await world.orders.send(other.id, who, other.version, [station.id])).sent_at


@pytest.mark.parametrize(
    ("local", "on"),
    [("2026-03-02 08:30", True), ("2026-03-02 08:29", False), ("2026-03-02 17:30", False),
     ("2026-03-07 10:00", False)],
)  # fmt: skip
def test_office_hours_are_those_of_working_days(local: str, on: bool) -> None:
    at = datetime.fromisoformat(local + "+08:00")
    unit = LinkageUnit(code="u", name="u", kind="民政", tier=3, duty_rule=DutyRule.OFFICE)
    found = duty.state(unit, [], at, {})
    assert found.on is on
    if not on:
        assert found.next_at is not None
        assert found.next_at.astimezone(at.tzinfo).strftime("%H:%M") == "08:30"


async def test_shifts_do_not_overlap(world: World) -> None:
    start = world.clock.now()

    def shift(begins: int, ends: int) -> DutyShift:
        return DutyShift(unit_id=world.water.id, starts_at=start + timedelta(hours=begins),
                         ends_at=start + timedelta(hours=ends), person_name="演示甲")  # fmt: skip

    async with world.database.writing() as work:
        await duty.add_shift(work.session, shift(0, 8))
        await duty.add_shift(work.session, shift(8, 16))
        for bad in (shift(7, 9), shift(4, 4), shift(9, 1), shift(0, 400)):
            with pytest.raises(InvalidInput):
                await duty.add_shift(work.session, bad)


# --- teams and vehicles --------------------------------------------------------------------------


async def test_a_unit_tells_where_its_team_is(world: World) -> None:
    team = Force(code="t1", unit_id=world.fire.id, kind=ForceKind.TEAM, name="演示分队",
                 capabilities=["水上救援"], status_since=world.clock.now())  # fmt: skip
    await add(world, team)
    forces = Forces(world.database, world.clock)
    mine = {"unit_id": world.fire.id, "actor_id": UNIT_USER}
    told = await forces.report(team.id, status=ForceStatus.OUT, place=(119.1, 27.6), **mine)
    assert (told.status, told.lon, told.position_at) == (
        ForceStatus.OUT, 119.1, world.clock.now(),
    )  # fmt: skip
    async with world.database.reading() as session:
        assert await candidates.ready_forces(session) == {}
    with pytest.raises(InvalidInput):
        await forces.report(team.id, status=None, place=None, **mine)
    with pytest.raises(NotFound):
        await forces.report(
            team.id, status=None, place=(1, 1), unit_id=world.water.id, actor_id=UNIT_USER
        )
    await forces.report(team.id, status=ForceStatus.OFF, place=None, **mine)
    with pytest.raises(IllegalTransition, match="停用"):
        await forces.report(team.id, status=ForceStatus.OUT, place=None, **mine)
