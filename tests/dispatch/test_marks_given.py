"""Marks by hand: what is refused, appeals and decisions, praise, and whose they are."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from dispatch.marks.giving import Found, Marks
from dispatch.marks.periods import Stretch, day_of, present
from dispatch.marks.service import Marking
from dispatch.marks.standings import table
from models.errors import Conflict, IllegalTransition, InvalidInput, NotFound
from models.marks_states import MarkStatus
from models.marks_tables import MarkWay
from models.tables import LinkageUnit
from models.telephony_tables import Audit
from tests.support.marks import all_marks, quarter, this_year
from tests.support.orders import UNIT_USER
from tests.support.world import World


async def test_marks_by_hand_appeals_and_decisions(
    world: World, marking: Marking, marks: Marks
) -> None:
    boss = world.supervisor.id
    once = uuid4()
    found = Found(once, world.water.id, "passing_off", MarkWay.VISIT, " 拒不到场 ")
    mark = await marks.give(found, boss, "")
    assert (mark.points, mark.reason, mark.way, mark.given_by) == (-5, "拒不到场", "visit", boss)
    assert (await marks.give(found, boss, "")).id == mark.id  # the request came twice
    assert len(await all_marks(world)) == 1
    with pytest.raises(NotFound):
        await marks.appeal(mark.id, world.fire.id, UNIT_USER, "不是我们")
    with pytest.raises(InvalidInput):
        await marks.appeal(mark.id, world.water.id, world.other_user.id, "  ")
    appealed = await marks.appeal(mark.id, world.water.id, world.other_user.id, "道路塌方")
    assert appealed.status is MarkStatus.APPEALED
    with pytest.raises(IllegalTransition):
        await marks.appeal(mark.id, world.water.id, world.other_user.id, "再次申诉")
    upheld = await marks.decide(mark.id, boss, "", uphold=True, note="道路正常")
    assert (upheld.status, upheld.decided_by) == (MarkStatus.UPHELD, boss)
    with pytest.raises(IllegalTransition):
        await marks.appeal(mark.id, world.water.id, world.other_user.id, "还要申诉")
    with pytest.raises(Conflict):
        await marks.decide(mark.id, boss, "", uphold=False, note="改判")
    [first] = [one for one in await quarter(world) if one.unit.id == world.water.id]
    assert first.score == 95
    await marks.withdraw(mark.id, boss, "", "查明确有塌方")
    with pytest.raises(IllegalTransition):
        await marks.withdraw(mark.id, boss, "", "再撤一次")
    [last] = [one for one in await quarter(world) if one.unit.id == world.water.id]
    assert (last.score, last.points.marks) == (100, 0)
    assert await world.trail(mark.id) == ["appeal", "uphold", "withdraw"]
    async with world.database.reading() as session:
        refused = (await session.scalars(select(Audit).where(Audit.action == "refused"))).all()
    assert len(refused) >= 5


async def test_an_appeal_comes_too_late_after_five_working_days(
    world: World, marking: Marking, marks: Marks
) -> None:
    # A Sunday evening: the first of five working days is Monday the 2nd, the last Friday the 6th.
    mark = await marks.give(
        Found(uuid4(), world.water.id, "attitude", MarkWay.PHONE, "言语生硬"),
        world.supervisor.id,
        "",
    )
    assert day_of(mark.appeal_until) == date(2026, 3, 7)
    world.clock.advance(mark.appeal_until - world.clock.now())
    with pytest.raises(Conflict, match="03月06日 结束"):
        await marks.appeal(mark.id, world.water.id, world.other_user.id, "迟到的申诉")


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"unit_id": UUID(int=0)}, NotFound),
        ({"rule_code": "late_on_site"}, InvalidInput),  # only the machine
        ({"rule_code": "none"}, InvalidInput),
        ({"reason": "  "}, InvalidInput),
        ({"points": 5}, InvalidInput),
        ({"points": -51}, InvalidInput),
        ({"order_number": "GD20990101-0001"}, InvalidInput),
    ],
)
async def test_a_mark_that_makes_no_sense_is_refused(
    world: World, marking: Marking, marks: Marks, changes: dict[str, object], wrong: type[Exception]
) -> None:
    values: dict[str, object] = {
        "once": uuid4(),
        "unit_id": world.water.id,
        "rule_code": "attitude",
        "way": MarkWay.PHONE,
        "reason": "言语生硬",
    }
    with pytest.raises(wrong):
        await marks.give(Found(**(values | changes)), world.supervisor.id, "")  # type: ignore[arg-type]  # wrong on purpose
    assert await all_marks(world) == []


async def test_a_county_marks_its_own_units_only(
    world: World, marking: Marking, marks: Marks
) -> None:
    async with world.database.writing() as work:
        (await work.session.get_one(LinkageUnit, world.fire.id)).centre_code = "C1"
    boss = world.supervisor.id
    fire = Found(uuid4(), world.fire.id, "attitude", MarkWay.PHONE, "言语生硬")
    water = Found(uuid4(), world.water.id, "attitude", MarkWay.PHONE, "言语生硬")
    with pytest.raises(NotFound):
        await marks.give(water, boss, "C1")
    own = await marks.give(fire, boss, "C1")
    with pytest.raises(NotFound):
        await marks.withdraw(own.id, boss, "C2", "别处的班长")
    await marks.withdraw(own.id, boss, "", "上级中心")
    now = present(Stretch.QUARTER, world.clock.now())
    async with world.database.reading() as session:
        mine = (await table(session, now, "C1", "", now)).standings
    assert [one.unit.id for one in mine] == [world.fire.id]


async def test_praise_gives_back_what_was_deducted_and_no_more(
    world: World, marking: Marking, marks: Marks
) -> None:
    boss = world.supervisor.id
    for code in ("attitude", "outstanding", "praised"):
        await marks.give(Found(uuid4(), world.water.id, code, MarkWay.OTHER, "核实"), boss, "")
    await marks.give(Found(uuid4(), world.fire.id, "passing_off", MarkWay.OTHER, "核实"), boss, "")
    found = {one.unit.id: one for one in await quarter(world)}
    assert found[world.water.id].score == 100
    assert found[world.water.id].points.praised == 7
    assert found[world.fire.id].score == 95
    assert [one.unit.id for one in await quarter(world)][-1] == world.fire.id
    world.clock.advance(timedelta(days=100))  # the second quarter, without any mark so far
    assert {one.score for one in await quarter(world)} == {100}
    year = {one.unit.id: one for one in await this_year(world)}
    assert (year[world.fire.id].score, year[world.fire.id].points.deducted) == (97.5, 5)
