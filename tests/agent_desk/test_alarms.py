"""Alarms: seats and helpers, rules and people, and what is judged of any facts at all."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from agent_desk.alarms.evaluator import MOST_OPEN, planned
from agent_desk.alarms.judging import CallFact, Condition, Facts, Finding, Line, judge
from agent_desk.alarms.kinds import CALM_TIME
from models.alarm_states import AlarmStatus
from models.alarm_tables import Alarm, AlarmKind, AlarmRule
from models.clock import ManualClock
from models.dispatch_tables import Area, AreaLevel, Centre
from models.tables import AgentSession, User
from models.telephony_tables import Audit
from models.transitions import SYSTEM, advance
from tests.support.alarm_rows import alarms, caller, evaluator, passes, rule
from tests.support.desk import Site

pytestmark = pytest.mark.integration


async def test_no_free_seat_of_a_queue(site: Site) -> None:
    await rule(site, AlarmKind.SEATS_BUSY, "110", threshold=10)
    agent = await site.sit_down("seat-a", "1001")
    watch = evaluator(site)
    assert await watch.evaluate() == 0
    await site.ring(agent)
    await watch.evaluate()
    passes(site, 11)
    assert await watch.evaluate() == 1
    other = await site.sit_down("seat-b", "1002")
    await watch.evaluate()
    passes(site, CALM_TIME.total_seconds())
    await watch.evaluate()
    [alarm] = await alarms(site)
    assert alarm.status is AlarmStatus.CLEARED
    async with site.database.writing() as work:
        row = await work.session.get_one(AgentSession, other)
        advance(work.session, row, "pause", actor=SYSTEM, at=site.clock.now())
    await watch.evaluate()
    passes(site, 11)
    assert await watch.evaluate() == 1


async def test_helper_that_is_away(site: Site) -> None:
    await rule(site, AlarmKind.HELPER_DOWN, threshold=30)
    works = {"telephony": True, "speech": False, "suggestion": True}
    watch = evaluator(site, works)
    await watch.evaluate()
    passes(site, 20)
    works["speech"] = True
    await watch.evaluate()
    works["speech"] = False
    await watch.evaluate()
    passes(site, 20)
    assert await watch.evaluate() == 0, "two short breaks are not a long one"
    passes(site, 11)
    assert await watch.evaluate() == 1
    [alarm] = await alarms(site)
    assert alarm.name == "语音转写"


async def test_people_acknowledge_and_change_rules(site: Site) -> None:
    await rule(site, AlarmKind.LONGEST_WAIT, "110", threshold=15)
    watch = evaluator(site)
    await caller(site)
    passes(site, 16)
    await watch.evaluate()
    async with site.signed_in("boss") as boss:
        [shown] = (await boss.get("/api/alarms")).json()["alarms"]
        assert (shown["kind"], shown["status"], shown["sound"]) == ("longest_wait", "raised", True)
        answer = await boss.post("/api/alarms/acknowledge", json={"ids": [shown["id"]]})
        assert answer.status_code == 204
        again = await boss.post("/api/alarms/acknowledge", json={"ids": [shown["id"]]})
        assert again.status_code == 204
        [seen] = (await boss.get("/api/alarms")).json()["alarms"]
        assert (seen["status"], seen["acknowledged_by"]) == ("acknowledged", "boss员")
        none = await boss.post("/api/alarms/acknowledge", json={"ids": [str(uuid4())]})
        assert none.status_code == 404

        rules = (await boss.get("/api/alarm-rules")).json()
        waits = next(r for r in rules if (r["kind"], r["queue_code"]) == ("longest_wait", "110"))
        body = {
            "version": waits["version"],
            "threshold": 40,
            "active": False,
            "sound": False,
            "hours": "22:00-06:00",
        }
        changed = await boss.put(f"/api/alarm-rules/{waits['id']}", json=body)
        assert (changed.status_code, changed.json()["threshold"]) == (200, 40)
        stale = await boss.put(f"/api/alarm-rules/{waits['id']}", json=body)
        assert (stale.status_code, stale.json()["code"]) == (409, "conflict")
        assert "boss员" in stale.json()["message"]
        version = changed.json()["version"]
        for wrong in (
            {"threshold": 1},
            {"hours": "25:00-26:00"},
            {"hours": "08:00-08:00"},
            {"hours": "<script>"},
            {"near": True},
            {"window_minutes": 5},
        ):
            refused = await boss.put(
                f"/api/alarm-rules/{waits['id']}", json=body | {"version": version} | wrong
            )
            assert refused.status_code == 422, wrong
            assert refused.json()["message"].endswith("。"), wrong
        await watch.evaluate()  # switched off: what it raised is over
        assert (await boss.get("/api/alarms")).json()["alarms"] == []
        [past] = (await boss.get("/api/alarms/history")).json()["alarms"]
        assert past["status"] == "cleared"
    async with site.database.reading() as session:
        audit = await session.scalar(select(Audit).where(Audit.action == "alarm_rule"))
    assert audit is not None
    assert audit.user_id == site.users["boss"]
    assert audit.detail["before"]["threshold"] == 15
    assert audit.detail["after"]["threshold"] == 40


async def test_lower_centre_keeps_its_own_rules(site: Site) -> None:
    async with site.database.writing() as work:
        for code, parent in (("city", None), ("county", "city")):
            work.session.add(
                Area(code=code, name=code, level=AreaLevel.COUNTY, parent_code=parent, path=code)
            )
            work.session.add(Centre(code=code, name=code, area_code=code, parent_code=parent))
        boss = await work.session.get_one(User, site.users["boss"])
        boss.centre_code = "county"
    await rule(site, AlarmKind.LONGEST_WAIT, "110", threshold=15)
    await caller(site)
    passes(site, 16)
    await evaluator(site).evaluate()
    async with site.signed_in("boss") as client:
        rules = (await client.get("/api/alarm-rules")).json()
        own = {r["kind"] for r in rules if r["editable"]}
        assert own == {"red_lamp", "surge", "escalated"}
        [of_hall] = [r for r in rules if (r["kind"], r["queue_code"]) == ("longest_wait", "110")]
        body = {"version": of_hall["version"], "threshold": 40, "active": True, "sound": True}
        refused = await client.put(f"/api/alarm-rules/{of_hall['id']}", json=body)
        assert refused.status_code == 404
        assert len((await client.get("/api/alarms")).json()["alarms"]) == 1


# --- pure ----------------------------------------------------------------------------------------


def a_rule(kind: AlarmKind, at: datetime, **values: object) -> AlarmRule:
    given = {"threshold": 5, "updated_at": at, "updated_by": None}
    return AlarmRule(kind=kind, **(given | values))


def test_similar_calls_near_each_other(clock: ManualClock) -> None:
    now = clock.now()
    surge = a_rule(AlarmKind.SURGE, now, threshold=3, window_minutes=10, near=True)

    def found(calls: Iterable[CallFact]) -> list[tuple[str, int]]:
        facts = Facts(calls=list(calls), category_names={"P0101": "水管破裂"})
        return [(one.name, one.value) for one in judge(surge, facts, now).over]

    here, across = (119.29, 28.45), (119.40, 28.45)  # 10.8 km apart
    near = [CallFact("P0101", "", now, here) for _ in range(3)]
    assert found(near) == [("水管破裂", 3)]
    assert found([*near[:2], CallFact("P0101", "", now, across)]) == []
    assert found([*near[:2], CallFact("P0101", "", now)]) == []
    assert found([*near[:2], CallFact("P0101", "", now - timedelta(minutes=11), here)]) == []
    assert found([*near[:2], CallFact("P0102", "", now, here)]) == []
    assert found([*near[:2], CallFact("P0101", "county", now, here)]) == []


def test_storm_is_bounded(clock: ManualClock) -> None:
    now = clock.now()
    red = a_rule(AlarmKind.RED_LAMP, now)
    many = Condition([Finding(str(n), "", now) for n in range(500)])
    assert len(planned([red], [], {red.id: many}, now).raised) == MOST_OPEN


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(st.tuples(st.integers(0, 40), st.integers(1, 25)), max_size=30))
def test_one_alarm_per_episode(clock: ManualClock, steps: list[tuple[int, int]]) -> None:
    """Whatever the wait does: never two open, raised only beyond the limit, over only after it
    was calm for the whole time. What is planned rests on rows and rule alone, so a restart between
    two looks changes nothing. ``steps``: the wait, and the seconds until the next look."""
    limit = 15
    waits = a_rule(AlarmKind.LONGEST_WAIT, clock.now(), threshold=limit)
    rows: list[Alarm] = []
    calm_from: datetime | None = None
    for wait, after in steps:
        now = clock.now()
        facts = Facts(lines={"110": Line("110", now - timedelta(seconds=wait))})
        stored = [row for row in rows if row.cleared_at is None]
        assert len(stored) <= 1
        plan = planned([waits], stored, {waits.id: judge(waits, facts, now)}, now)
        assert len(plan.raised) == (wait > limit and not stored)
        for _, finding in plan.raised:
            rows.append(
                Alarm(
                    rule_id=waits.id,
                    kind=waits.kind,
                    subject=finding.subject,
                    threshold=limit,
                    sound=True,
                    began_at=finding.began_at,
                    raised_at=now,
                    calm_since=None,
                    cleared_at=None,
                )
            )
        for row in stored:
            if row.id in plan.calm:
                row.calm_since = now
            if row.id in plan.warm:
                row.calm_since = None
            if row.id in plan.cleared:
                assert calm_from is not None
                assert now - calm_from >= CALM_TIME
                row.cleared_at = now
        calm_from = (calm_from or now) if wait <= limit * 0.8 else None
        clock.advance(timedelta(seconds=after))
