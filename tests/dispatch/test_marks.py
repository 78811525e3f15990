"""What orders leave behind is marked by the machine, once each."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from sqlalchemy import select

from dispatch.limits import rules
from dispatch.marks.collector import Collector
from dispatch.marks.figures import COUNTS
from dispatch.marks.giving import Marks
from dispatch.marks.rules import change_rule, ensure_rules
from dispatch.marks.service import Marking
from dispatch.sweeper import Sweeper
from models.deadline_tables import DeadlineKind, SlaTimer
from models.errors import InvalidInput, NotFound
from models.marks_states import MarkStatus
from models.marks_tables import MarkCursor, Span, UnitFigures
from models.order_tables import DispatchOrder
from models.telephony_tables import Audit, AutoCall
from models.transitions import SYSTEM, advance
from tests.support.marks import MINUTE, all_marks, figures, given, late_order, quarter
from tests.support.orders import UNIT_USER, fed_back, of_unit, sent, sqlite_only
from tests.support.world import World


async def test_each_missed_limit_is_marked_once_with_its_evidence(
    world: World, marking: Marking
) -> None:
    order = await late_order(world)
    assert await marking.collector.collect() > 0
    assert await given(world) == [
        ("late_received", world.water.id, -1),
        ("late_on_site", world.water.id, -3),
    ]
    mark = (await all_marks(world))[0]
    assert order.number in mark.reason
    assert (mark.work_order_id, mark.evidence, mark.given_by) == (order.id, "deadline", None)
    # A reader that starts anew, as after a crash, reads the same rows again.
    again = Collector(world.database, world.clock)
    await again.begin()
    assert await again.collect() > 0
    assert len(await given(world)) == 2


async def test_the_reader_keeps_its_place_and_misses_nothing(
    world: World, marking: Marking
) -> None:
    await late_order(world)
    world.clock.advance(5 * MINUTE)
    assert await marking.collector.collect() > 0
    fresh = Collector(world.database, world.clock)
    assert await fresh.collect() == 0  # all of it is old, and was read
    await late_order(world)
    assert await fresh.collect() > 0
    assert len(await given(world)) == 4


async def test_a_limit_that_passes_is_marked_while_the_unit_still_does_nothing(
    world: World, marking: Marking
) -> None:
    await sent(world, world.water, category_code="W01")
    world.clock.advance(2 * MINUTE)
    await Sweeper(world.database, world.clock, rules()).sweep()
    await marking.collector.collect()
    assert await given(world) == [("late_received", world.water.id, -1)]
    assert (await figures(world, world.water)).received_missed == 1


async def test_what_happened_before_marking_began_is_not_marked(
    world: World, marking: Marking
) -> None:
    async with world.database.writing() as work:
        for row in await work.session.scalars(select(UnitFigures)):
            await work.session.delete(row)
    await late_order(world)
    async with world.database.writing() as work:
        for cursor in await work.session.scalars(select(MarkCursor)):
            await work.session.delete(cursor)
    world.clock.advance(10 * MINUTE)
    new = Marking(world.database, world.clock)
    await new.begin()
    assert await new.collector.collect() == 0
    assert await given(world) == []
    while await new.count_back():
        pass
    assert (await figures(world, world.water)).orders == 1
    assert (await figures(world, world.water, Span.MONTH)).received_missed == 1


async def test_a_result_sent_back_and_an_unsatisfied_caller_are_marked(
    world: World, marking: Marking
) -> None:
    order = await sent(world, world.water, category_code="W01", contact_phone="13800000001")
    item = of_unit(order, world.water)
    await fed_back(world, order, world.water)
    await world.orders.redo(item.id, actor_id=world.seat_user.id, reason="仍在漏水")
    order = await fed_back(world, await world.order(order.id), world.water)
    await marking.collector.collect()
    assert await given(world) == [("redone", world.water.id, -3)]
    assert "仍在漏水" in (await all_marks(world))[0].reason
    await world.orders.close(order.id, world.seat_user.id, order.version)
    async with world.database.writing() as work:
        call = (await work.session.scalars(select(AutoCall))).one()
        call.key = "2"
        advance(work.session, call, "dial", actor=SYSTEM, at=world.clock.now())
        advance(work.session, call, "answered", actor=SYSTEM, at=world.clock.now())
        call.ended_at = world.clock.now()
    await world.orders.take_auto_call(call.id)
    world.clock.advance(MINUTE)
    await marking.collector.collect()
    assert [line[0] for line in await given(world)] == ["redone", "unsatisfied"]
    counted = await figures(world, world.water)
    assert (counted.orders, counted.redone, counted.unsatisfied, counted.fed_back) == (1, 1, 1, 1)


async def test_few_stars_are_marked_many_are_not(world: World, marking: Marking) -> None:
    for stars in (2, 5):
        order = await sent(world, world.water, category_code="W01")
        await fed_back(world, order, world.water)
        item = of_unit(order, world.water)
        await world.orders.rate(item.id, actor_id=world.seat_user.id, stars=stars)
    await marking.collector.collect()
    assert await given(world) == [("low_rating", world.water.id, -2)]
    counted = await figures(world, world.water)
    assert (counted.stars, counted.rated) == (7, 2)


async def test_a_firm_need_not_take_what_is_offered_to_several(
    world: World, marking: Marking
) -> None:
    await sent(world, world.water, category_code="W01")
    async with world.database.writing() as work:
        (await work.session.scalars(select(DispatchOrder))).one().offer = True
    world.clock.advance(3 * MINUTE)
    await Sweeper(world.database, world.clock, rules()).sweep()
    await marking.collector.collect()
    assert await given(world) == []
    assert (await figures(world, world.water)).received_missed == 0


async def test_a_rule_that_is_changed_leaves_marks_as_they_were(
    world: World, marking: Marking, marks: Marks
) -> None:
    await late_order(world)
    await marking.collector.collect()
    admin = world.supervisor.id
    changed = await change_rule(
        world.database, world.clock, admin, "late_on_site", points=-8, active=True
    )
    assert changed.points == -8
    await change_rule(world.database, world.clock, admin, "late_received", points=-1, active=False)
    for points in (0, 3, -51):
        with pytest.raises(InvalidInput):
            await change_rule(
                world.database, world.clock, admin, "late_on_site", points=points, active=True
            )
    with pytest.raises(NotFound):
        await change_rule(world.database, world.clock, admin, "none", points=-1, active=True)
    await late_order(world)
    await marking.collector.collect()
    assert [(code, points) for code, _, points in await given(world)] == [
        ("late_received", -1),
        ("late_on_site", -3),
        ("late_on_site", -8),
    ]
    await ensure_rules(world.database, world.clock)  # a restart does not bring the old points back
    async with world.database.reading() as session:
        audits = (await session.scalars(select(Audit).where(Audit.subject == "mark_rule"))).all()
    assert [row.detail["before"]["points"] for row in audits] == [-3, -1]


@sqlite_only
async def test_whatever_happens_and_however_often_it_is_read_it_adds_up(
    world: World, marking: Marking, marks: Marks
) -> None:
    chance = random.Random(7)  # noqa: S311 - the same every time
    boss, units = world.supervisor.id, (world.water, world.fire, world.water_far)
    for _ in range(25):
        unit = chance.choice(units)
        order = await sent(world, unit, category_code="W01")
        item = of_unit(order, unit)
        world.clock.advance(timedelta(minutes=chance.choice((1, 5, 60, 300))))
        if chance.random() < 0.2:
            await world.orders.reject(
                item.id, unit_id=unit.id, actor_id=UNIT_USER, reason="不归我们"
            )
        else:
            await world.orders.receive(item.id, unit_id=unit.id, actor_id=UNIT_USER)
            order = await fed_back(world, await world.order(order.id), unit)
            if chance.random() < 0.3:
                await world.orders.redo(item.id, actor_id=boss, reason="没修好")
                await fed_back(world, await world.order(order.id), unit)
            await world.orders.rate(item.id, actor_id=boss, stars=chance.randint(1, 5))
        reader = marking.collector
        if chance.random() < 0.3:  # a restart
            reader = Collector(world.database, world.clock)
        await reader.collect()
        if chance.random() < 0.2 and (found := await all_marks(world)):
            mark = chance.choice(found)
            if mark.status is MarkStatus.GIVEN:
                await marks.withdraw(mark.id, boss, "", "记错了")
    await Collector(world.database, world.clock).collect()
    found = await all_marks(world)
    assert len(found) > 10
    assert len({(mark.rule_code, mark.evidence_id) for mark in found}) == len(found)
    async with world.database.reading() as session:
        late = (
            await session.scalars(
                select(SlaTimer.id).where(
                    SlaTimer.breached_at.is_not(None),
                    SlaTimer.dispatch_order_id.is_not(None),
                    SlaTimer.kind != DeadlineKind.EN_ROUTE,
                )
            )
        ).all()
        days = (await session.scalars(select(UnitFigures))).all()
    assert {mark.evidence_id for mark in found if mark.evidence == "deadline"} == set(
        map(str, late)
    )
    for unit in units:
        mine = [row for row in days if row.unit_id == unit.id]
        for name in COUNTS:
            by_day = sum(getattr(row, name) for row in mine if row.span is Span.DAY)
            by_month = sum(getattr(row, name) for row in mine if row.span is Span.MONTH)
            assert by_day == by_month, name
        counting = [
            mark
            for mark in found
            if mark.unit_id == unit.id and mark.status is not MarkStatus.WITHDRAWN
        ]
        [one] = [one for one in await quarter(world) if one.unit.id == unit.id]
        assert one.points.deducted == -sum(mark.points for mark in counting)
        assert one.points.marks == len(counting)
    assert sum(one.counts["orders"] for one in await quarter(world)) == 25
