"""Alarms over stored calls, orders and deadlines, on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from agent_desk.alarms.kinds import CALM_TIME
from models.alarm_states import AlarmStatus
from models.alarm_tables import Alarm, AlarmKind
from models.deadline_tables import DeadlineKind, NoticeStep, SlaNotice, SlaTimer
from models.order_tables import DispatchOrder
from tests.agent_desk.test_unit_systems import sent
from tests.support import both_databases
from tests.support.alarm_rows import alarms, caller, evaluator, leaves, passes, rule
from tests.support.desk import Site

pytestmark = pytest.mark.integration
database = both_databases.database  # on SQLite and PostgreSQL

HERE, ACROSS = (119.29, 28.45), (119.40, 28.45)  # 10.8 km apart


async def test_long_wait_is_one_alarm_that_calms_down_and_ends(site: Site) -> None:
    await rule(site, AlarmKind.LONGEST_WAIT, "110", threshold=15)
    watch = evaluator(site)
    first = await caller(site)
    passes(site, 15)
    assert await watch.evaluate() == 0  # not yet beyond
    passes(site, 1)
    assert await watch.evaluate() == 1
    passes(site, 60)
    assert await evaluator(site).evaluate() == 0, "a restart raised it again"
    [alarm] = await alarms(site)
    assert (alarm.subject, alarm.name, alarm.status) == ("110", "110 报警", AlarmStatus.RAISED)
    assert alarm.began_at == alarm.raised_at - timedelta(seconds=16)

    await leaves(site, first)
    second = await caller(site)
    await watch.evaluate()
    passes(site, 14)  # over 80 % of the limit: on the way up again
    await watch.evaluate()
    passes(site, CALM_TIME.total_seconds())
    await watch.evaluate()
    [alarm] = await alarms(site)
    assert alarm.cleared_at is None
    await leaves(site, second)
    await watch.evaluate()
    passes(site, CALM_TIME.total_seconds() - 1)
    await watch.evaluate()
    [alarm] = await alarms(site)
    assert alarm.cleared_at is None
    passes(site, 1)
    await watch.evaluate()
    [alarm] = await alarms(site)
    assert (alarm.status, alarm.cleared_at) == (AlarmStatus.CLEARED, site.clock.now())
    await caller(site)
    passes(site, 16)
    assert await watch.evaluate() == 1, "a new episode is a new alarm"


async def test_order_nobody_receives(site: Site) -> None:
    await rule(site, AlarmKind.RED_LAMP, threshold=5)
    watch = evaluator(site)
    water, power = await sent(site, "供水", "供电")
    passes(site, 299)
    assert await watch.evaluate() == 0
    passes(site, 2)
    assert await watch.evaluate() == 1, "one order is one alarm, however many units it has"
    [alarm] = await alarms(site)
    assert alarm.value == 2
    assert alarm.work_order_id is not None
    for item, unit, name in ((water, "供水", "water"), (power, "供电", "power")):
        await site.orders.receive(item, unit_id=site.units[unit], actor_id=site.users[name])
    await watch.evaluate()
    passes(site, CALM_TIME.total_seconds())
    await watch.evaluate()
    [alarm] = await alarms(site)
    assert alarm.status is AlarmStatus.CLEARED


async def test_rows_refuse_a_second_open_alarm(site: Site) -> None:
    """Two evaluators at the same moment could not raise it twice."""
    await rule(site, AlarmKind.LONGEST_WAIT, "110", threshold=15)
    await caller(site)
    passes(site, 16)
    await evaluator(site).evaluate()
    [alarm] = await alarms(site)
    with pytest.raises(IntegrityError):
        async with site.database.writing() as work:
            work.session.add(
                Alarm(
                    rule_id=alarm.rule_id,
                    kind=alarm.kind,
                    subject=alarm.subject,
                    threshold=15,
                    sound=True,
                    began_at=alarm.began_at,
                    raised_at=alarm.raised_at,
                    calm_since=None,
                    cleared_at=None,
                )
            )


async def _tells(site: Site, place: tuple[float, float], category: str = "P0101") -> UUID:
    """Somebody calls about something at a place, and is gone; the order of the call."""
    call_id = await caller(site)
    order = await site.orders.open_draft(call_id)
    fields = {"category_code": category, "position": {"lon": place[0], "lat": place[1]}}
    await site.orders.edit(order.id, site.users["seat-a"], order.version, fields)
    await leaves(site, call_id)
    return order.id


async def _shown(site: Site) -> list[tuple[str, str, int]]:
    """What the supervisor's page shows of the alarms that are not over."""
    async with site.signed_in("boss") as boss:
        found = (await boss.get("/api/alarms")).json()["alarms"]
    return [(one["kind_name"], one["name"], one["value"]) for one in found]


async def test_surge_of_similar_calls_is_one_alarm_until_they_are_past(site: Site) -> None:
    """Three calls about one matter near each other within ten minutes. Neither another matter,
    nor another place, nor an order that was discarded, counts."""
    await rule(site, AlarmKind.SURGE, threshold=3, window_minutes=10, near=True)
    watch = evaluator(site)
    began = site.clock.now()
    await _tells(site, HERE)
    passes(site, 60)
    await _tells(site, (HERE[0] + 0.001, HERE[1]))
    await _tells(site, ACROSS)
    await _tells(site, HERE, category="P0102")
    mistaken = await _tells(site, HERE)
    order = await site.orders.discard(mistaken, site.users["seat-a"], 2, "误报")
    assert order.closed_at is not None
    assert await watch.evaluate() == 0
    assert await alarms(site) == []

    passes(site, 60)
    await _tells(site, HERE)
    assert await watch.evaluate() == 1
    [alarm] = await alarms(site)
    assert (alarm.subject, alarm.name, alarm.value) == ("P0101", "水管破裂", 3)
    assert (alarm.began_at, alarm.raised_at) == (began, site.clock.now())
    passes(site, 60)
    await _tells(site, HERE)
    assert await watch.evaluate() == 0
    assert await evaluator(site).evaluate() == 0, "a restart raised it again"
    assert await _shown(site) == [("同类来电激增", "水管破裂", 4)]

    passes(site, 8 * 60 - 1)  # the first two are past: more than half of three are there yet
    await watch.evaluate()
    passes(site, CALM_TIME.total_seconds())
    await watch.evaluate()
    [alarm] = await alarms(site)
    assert (alarm.status, alarm.calm_since) == (AlarmStatus.RAISED, None)
    passes(site, 3 * 60)
    await watch.evaluate()
    assert len(await _shown(site)) == 1
    passes(site, CALM_TIME.total_seconds())
    assert await watch.evaluate() == 0
    [alarm] = await alarms(site)
    assert (alarm.status, alarm.cleared_at) == (AlarmStatus.CLEARED, site.clock.now())
    assert await _shown(site) == []


async def test_surge_anywhere_counts_calls_without_a_place(site: Site) -> None:
    await rule(site, AlarmKind.SURGE, threshold=3, window_minutes=10, near=False)
    watch = evaluator(site)
    for place in (HERE, ACROSS):
        await _tells(site, place)
    order = await site.orders.open_draft(await caller(site))
    assert await watch.evaluate() == 0, "nobody has said what it is about"
    fields = {"category_code": "P0101"}
    await site.orders.edit(order.id, site.users["seat-a"], order.version, fields)
    assert await watch.evaluate() == 1
    assert await _shown(site) == [("同类来电激增", "水管破裂", 3)]


async def test_order_that_went_up_is_an_alarm_until_it_is_done(site: Site) -> None:
    """Of two limits that ran out of one order, one went up to the supervisor."""
    rule_id = await rule(site, AlarmKind.ESCALATED, threshold=1)
    watch = evaluator(site)
    items = await sent(site, "供水", "供电")
    now = site.clock.now()
    async with site.database.writing() as work:
        rows = [await work.session.get_one(DispatchOrder, one) for one in items]
        timers = [
            SlaTimer(
                work_order_id=row.work_order_id,
                dispatch_order_id=row.id,
                unit_id=row.unit_id,
                kind=DeadlineKind.RECEIVED,
                calendar="always",
                limit_seconds=30,
                plan=[],
                started_at=now,
                running_since=now,
                due_at=now + timedelta(seconds=30),
                breached_at=now + timedelta(seconds=30),
            )
            for row in rows
        ]
        work.session.add_all(timers)
    assert await watch.evaluate() == 0, "nobody was told yet"
    passes(site, 40)
    async with site.database.writing() as work:
        work.session.add(
            SlaNotice(
                timer_id=timers[0].id,
                position=0,
                step=NoticeStep.SUPERVISOR,
                kind=DeadlineKind.RECEIVED,
                work_order_id=timers[0].work_order_id,
                due_at=timers[0].due_at,
                at=site.clock.now(),
            )
        )
    assert await watch.evaluate() == 1
    [alarm] = await alarms(site)
    assert (alarm.work_order_id, alarm.value) == (timers[0].work_order_id, 1)
    assert (alarm.began_at, alarm.name.endswith("公司")) == (site.clock.now(), True)
    async with site.database.writing() as work:
        timer = await work.session.get_one(SlaTimer, timers[0].id)
        timer.stopped_at, timer.stopped_by = site.clock.now(), "receive"
    await watch.evaluate()
    passes(site, CALM_TIME.total_seconds())
    await watch.evaluate()
    async with site.database.reading() as session:
        query = select(Alarm).where(Alarm.rule_id == rule_id)
        assert [one.status for one in await session.scalars(query)] == [AlarmStatus.CLEARED]
