"""值班抽查: drawn by lot, called through rows, concluded once; on both databases."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from dispatch.marks.periods import day_of
from dispatch.marks.rules import change_quota, ensure_rules
from dispatch.marks.spot_checks import LIMIT, SpotChecks
from models.clock import CHINA_TIME
from models.dispatch_tables import DutyShift
from models.errors import Conflict, NotFound, OffDuty
from models.marks_states import SpotCheckStatus
from models.marks_tables import DrawKind, Mark, SpotCheck, UnitFigures
from models.tables import LinkageUnit
from models.telephony_states import AutoCallStatus
from models.telephony_tables import AutoCall, AutoCallKind
from models.transitions import SYSTEM, advance
from models.unit_forms import DutyRule
from tests.support.world import World

HOUR = timedelta(hours=1)
ANSWERED, MISSED, VOID = SpotCheckStatus.ANSWERED, SpotCheckStatus.MISSED, SpotCheckStatus.VOID


@pytest.fixture
async def checks(world: World) -> SpotChecks:
    """Every unit of the world has a duty phone; nobody sweeps but the tests."""
    async with world.database.writing() as work:
        for number, unit in enumerate(await work.session.scalars(select(LinkageUnit))):
            unit.duty_phone = f"0578000{number:04}"
    await ensure_rules(world.database, world.clock)
    made = SpotChecks(world.database, world.clock, random.Random(3))  # noqa: S311 - the same lots
    await made.sweep()  # the first day people do not know of it
    return made


async def rows(world: World) -> Sequence[SpotCheck]:
    async with world.database.reading() as session:
        return (await session.scalars(select(SpotCheck).order_by(SpotCheck.due_at))).all()


async def one(world: World) -> SpotCheck:
    [found] = await rows(world)
    return found


async def calls(world: World) -> Sequence[AutoCall]:
    async with world.database.reading() as session:
        return (await session.scalars(select(AutoCall).order_by(AutoCall.due_at))).all()


async def marks(world: World) -> list[tuple[str, UUID, int]]:
    async with world.database.reading() as session:
        found = (await session.scalars(select(Mark))).all()
    return [(mark.rule_code, mark.unit_id, mark.points) for mark in found]


async def telephone(world: World, *steps: tuple[str, str], key: str = "") -> None:
    """The telephony moves the one call that is open: (trigger, reason) by turns."""
    async with world.database.writing() as work:
        query = select(AutoCall).where(
            AutoCall.status.in_((AutoCallStatus.DUE, AutoCallStatus.DIALLING))
        )
        call = (await work.session.scalars(query)).one()
        for trigger, reason in steps:
            call.tries += trigger == "dial"
            advance(work.session, call, trigger, actor=SYSTEM, at=world.clock.now(), reason=reason)
        if call.status in (AutoCallStatus.DONE, AutoCallStatus.FAILED, AutoCallStatus.CANCELLED):
            call.ended_at, call.key = world.clock.now(), key


async def to(world: World, checks: SpotChecks, at: datetime) -> None:
    world.clock.advance(at - world.clock.now())
    await checks.sweep()


async def test_every_day_units_are_drawn_once_tier_by_tier(
    world: World, checks: SpotChecks
) -> None:
    await checks.sweep()
    assert await rows(world) == []  # the first day people do not know of it yet
    midnight = datetime(2026, 3, 2, tzinfo=CHINA_TIME)
    await to(world, checks, midnight)
    first = await rows(world)
    # Both of tier 1 (water, fire), one of tier 2; the closed unit never.
    assert {row.unit_id for row in first} == {world.water.id, world.fire.id, world.water_far.id}
    assert all(midnight <= row.due_at < midnight + 24 * HOUR for row in first)
    assert {(row.day, row.kind) for row in first} == {(day_of(midnight), DrawKind.DRAWN)}
    restarted = SpotChecks(world.database, world.clock)
    await restarted.sweep()
    assert len(await rows(world)) == 3
    await to(world, checks, midnight + 24 * HOUR)
    assert len({row.day for row in await rows(world)}) == 2


async def test_each_centre_draws_from_its_own_within_its_hours(
    world: World, checks: SpotChecks
) -> None:
    boss = world.supervisor.id
    await change_quota(world.database, world.clock, boss, 1, units=1, begins=9, ends=10)
    await change_quota(world.database, world.clock, boss, 2, units=0, begins=0, ends=24)
    async with world.database.writing() as work:
        (await work.session.get_one(LinkageUnit, world.fire.id)).centre_code = "C1"
    await checks.sweep()
    await to(world, checks, datetime(2026, 3, 2, tzinfo=CHINA_TIME))
    drawn = await rows(world)
    assert {row.unit_id for row in drawn} == {world.water.id, world.fire.id}
    assert {row.due_at.astimezone(CHINA_TIME).hour for row in drawn} == {9}


async def test_a_key_in_time_is_on_duty(world: World, checks: SpotChecks) -> None:
    await checks.ask(world.water.id, world.supervisor.id, "")
    [call] = await calls(world)
    assert (call.kind, call.number) == (AutoCallKind.SPOT_CHECK, "05780000000")
    assert world.water.name in call.text
    await checks.sweep()
    assert (await one(world)).status is SpotCheckStatus.CALLING
    world.clock.advance(timedelta(seconds=31))
    await telephone(world, ("dial", ""), ("answered", ""), key="1")
    assert await checks.sweep() == 1
    assert (await one(world)).status is ANSWERED
    assert await checks.sweep() == 0
    assert await marks(world) == []
    async with world.database.reading() as session:
        figures = (await session.scalars(select(UnitFigures))).all()
    assert {(row.span, row.checks_answered) for row in figures} == {("day", 1), ("month", 1)}


@pytest.mark.parametrize(
    ("steps", "key", "late", "status", "marked"),
    [
        ((("retry", "no answer (19)"), ("dial", ""), ("give_up", "no key")), "", False, MISSED, 1),
        (
            (("retry", "line (34)"), ("dial", ""), ("give_up", "no answer (17)")),
            "",
            False,
            MISSED,
            1,
        ),
        ((("retry", "line (34)"), ("dial", ""), ("give_up", "line (27)")), "", False, VOID, 0),
        ((("cancel", ""),), "", False, VOID, 0),
        ((("answered", ""),), "1", True, MISSED, 1),
        ((("retry", "no answer (19)"),), "", True, MISSED, 1),
        ((), "", True, SpotCheckStatus.CALLING, 0),  # somebody may just be pressing the key
    ],
)
async def test_what_becomes_of_a_call(
    world: World,
    checks: SpotChecks,
    steps: Sequence[tuple[str, str]],
    key: str,
    late: bool,
    status: SpotCheckStatus,
    marked: int,
) -> None:
    await checks.ask(world.water.id, world.supervisor.id, "")
    if late:
        world.clock.advance(LIMIT + timedelta(seconds=1))
    await telephone(world, ("dial", ""), *steps, key=key)
    await checks.sweep()
    found = await one(world)
    assert found.status is status
    assert await marks(world) == [("duty_missed", world.water.id, -2)] * marked
    await SpotChecks(world.database, world.clock).sweep()  # as after a restart
    assert len(await marks(world)) == marked


async def test_what_the_centre_could_not_do_is_set_aside(world: World, checks: SpotChecks) -> None:
    await checks.ask(world.water.id, world.supervisor.id, "")
    world.clock.advance(LIMIT + timedelta(seconds=1))
    await checks.sweep()  # nobody has dialled: no line leads out
    found = await one(world)
    assert (found.status, found.note) == (VOID, "外线未开通或线路全忙，没有呼出")
    assert await marks(world) == []


@pytest.mark.parametrize(
    ("change", "note"),
    [
        ({"duty_phone": ""}, "没有登记值班电话"),
        ({"duty_rule": DutyRule.ROSTER}, "抽查时不在值班时间"),
        ({"active": False}, "单位已停用"),
    ],
)
async def test_a_drawn_unit_that_need_not_answer_is_set_aside(
    world: World, checks: SpotChecks, change: dict[str, object], note: str
) -> None:
    await to(world, checks, datetime(2026, 3, 2, tzinfo=CHINA_TIME))
    async with world.database.writing() as work:
        for unit in await work.session.scalars(select(LinkageUnit)):
            for name, value in change.items():
                setattr(unit, name, value)
    for row in await rows(world):
        await to(world, checks, row.due_at)
    assert {(row.status, row.note) for row in await rows(world)} == {(VOID, note)}
    assert await calls(world) == []


async def test_checks_that_fell_due_while_nothing_ran_are_set_aside(
    world: World, checks: SpotChecks
) -> None:
    await to(world, checks, datetime(2026, 3, 2, tzinfo=CHINA_TIME))
    await to(world, checks, datetime(2026, 3, 3, 2, tzinfo=CHINA_TIME))
    of_yesterday = [row for row in await rows(world) if row.day.day == 2]
    assert {row.note for row in of_yesterday} == {"到时系统没有运行"}


async def test_the_person_on_the_roster_is_called(world: World, checks: SpotChecks) -> None:
    now = world.clock.now()
    async with world.database.writing() as work:
        work.session.add(
            DutyShift(
                unit_id=world.water.id,
                starts_at=now - HOUR,
                ends_at=now + HOUR,
                person_name="演示值班员",
                phone="13900000009",
            )
        )
    await checks.ask(world.water.id, world.supervisor.id, "")
    assert [call.number for call in await calls(world)] == ["13900000009"]
    assert (await one(world)).on_duty == "演示值班员"


async def test_a_check_by_hand_that_cannot_be_is_refused(world: World, checks: SpotChecks) -> None:
    boss = world.supervisor.id
    async with world.database.writing() as work:
        (await work.session.get_one(LinkageUnit, world.fire.id)).duty_phone = ""
        (await work.session.get_one(LinkageUnit, world.water_far.id)).duty_rule = DutyRule.ROSTER
    with pytest.raises(NotFound):
        await checks.ask(uuid4(), boss, "")
    with pytest.raises(NotFound):
        await checks.ask(world.water.id, boss, "C9")
    with pytest.raises(Conflict, match="已停用"):
        await checks.ask(world.closed_unit.id, boss, "")
    with pytest.raises(Conflict, match="没有登记值班电话"):
        await checks.ask(world.fire.id, boss, "")
    with pytest.raises(OffDuty):
        await checks.ask(world.water_far.id, boss, "")
    assert await rows(world) == []
    await checks.ask(world.water.id, boss, "")
    with pytest.raises(Conflict, match="正在抽查"):
        await checks.ask(world.water.id, boss, "")
    assert len(await calls(world)) == 1
