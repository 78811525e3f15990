"""Reports over stored calls and orders, on SQLite and PostgreSQL: figures against those worked out
by hand, late changes, and which days are missing."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from agent_desk.reports.days import Report
from agent_desk.reports.roller import SETTLED, TODAY_AGE, Roller
from models.alarm_tables import ReportDay
from models.dispatch_tables import Area, AreaLevel
from models.order_tables import DispatchOrder, WorkOrder
from models.states import DispatchStatus, WorkOrderStatus
from models.transitions import SYSTEM, advance
from tests.support import both_databases
from tests.support.desk import Site
from tests.support.report_rows import DAY, Rows, made, table

pytestmark = pytest.mark.integration
database = both_databases.database  # on SQLite and PostgreSQL


async def test_answers_by_half_hour(site: Site) -> None:
    """Waits of 10, 20 and 30 s, a short hang-up, one after 40 s; another queue; the next half
    hour; and what is just outside of the day in China."""
    rows = Rows(site)
    for wait in (10, 20, 30):
        await rows.call(100, 100 + wait, 400)
    await rows.call(200, None, 205)
    await rows.call(200, None, 240)
    await rows.call(60, 65, 400, queue="96345")
    await rows.call(1800, 1812, 2000)
    await rows.call(-8 * 3600 - 1, -8 * 3600, 0)  # the day before
    await rows.call(16 * 3600, 16 * 3600 + 5, 16 * 3600 + 9)  # the day after
    await made(site)
    first, calm, second, total = await table(site, Report.ANSWERS)
    assert first == {
        "time": "08:00-08:30",
        "queue": "110 报警",
        "offered": 5,
        "answered": 3,
        "abandoned": 2,
        "short": 1,
        "in_goal": 1,
        "service_level": 1 / 4,
        "mean_wait": 20.0,
        "within_wait": 30.0,
        "longest_wait": 40.0,
    }
    assert (calm["queue"], calm["service_level"], calm["mean_wait"]) == ("96345 服务热线", 1.0, 5.0)
    assert (second["time"], second["offered"], second["within_wait"]) == ("08:30-09:00", 1, 12.0)
    assert (total["time"], total["offered"], total["mean_wait"]) == ("合计", 7, 77 / 5)
    [only, _] = await table(site, Report.ANSWERS, queue_code="96345", step="month")
    assert (only["time"], only["offered"]) == ("2026-02-01", 1)


async def test_handle_times(site: Site) -> None:
    """Talks of 100 s (20 s held, 30 s wrap-up) and 200 s (no wrap-up), 60 s paused."""
    rows = Rows(site)
    agent = await rows.agent(
        site.users["seat-a"],
        ("ring", 90),
        ("answer", 100),
        ("hang_up", 200),
        ("ready", 230),
        ("ring", 290),
        ("answer", 300),
        ("hang_up", 500),
        ("ready", 500),
        ("pause", 600),
        ("ready", 660),
        ("sign_out", 1000),
    )
    await rows.call(85, 100, 200, agent=agent, held=20.0)
    await rows.call(280, 300, 500, agent=agent)
    await made(site)
    one, total = await table(site, Report.HANDLES)
    assert one == {
        "person": "seat-a员",
        "talks": 2,
        "talk": 150.0,
        "hold": 10.0,
        "hold_total": 20.0,
        "wrap_up": 15.0,
        "handle": 165.0,
        "handle_within": 200.0,
        "talking": 300,
        "wrapping": 30,
        "ready": 610,
        "paused": 60,
        "occupancy": 330 / 940,
    }
    assert {**total, "person": "seat-a员"} == one
    [seat, _] = await table(site, Report.HANDLES, by="seat")
    assert (seat["seat"], seat["talks"]) == ("1001号席", 2)


async def test_from_answer_to_sent_by_kind(site: Site) -> None:
    rows = Rows(site)
    for sent in (40, 50, 160):
        call = await rows.call(0, 10, 100)
        await rows.order(10, call, sent=sent, emergency=True, category_code="E0101")
    call = await rows.call(0, 10, 100)
    await rows.order(10, call, sent=310, category_code="P0101")
    await rows.order(10, None, sent=500, category_code="P0101")  # nobody called
    await rows.order(10, call, category_code="P0101")  # not sent
    await made(site)
    urgent, other, total = await table(site, Report.SENDING)
    assert urgent == {
        "matter": "紧急警情",
        "sent": 3,
        "timed": 3,
        "median": 40.0,
        "within": 150.0,
        "mean": 73.3,
        "longest": 150.0,
    }
    assert (other["sent"], other["timed"], other["median"]) == (2, 1, 300.0)
    assert (total["sent"], total["timed"]) == (5, 4)
    found = await table(site, Report.SENDING, by="category")
    assert [row["category"] for row in found] == ["E0101", "水管破裂", "合计"]


async def test_units_in_time(site: Site) -> None:
    """Receipts after 20, 40 (too late) and 60 s; one that ended by feedback never arrived,
    which is neither in time nor late; a
    returned order counts as an order only."""
    rows = Rows(site)
    orders = [await rows.order(0, sent=60) for _ in range(4)]
    await rows.dispatch(
        orders[0],
        "供水",
        {
            "received": (20, "receive", False),
            "on_site": (600, "arrive", False),
            "feedback": (3600, "feed_back", False),
        },
    )
    await rows.dispatch(
        orders[1],
        "供水",
        {
            "received": (40, "receive", True),
            "on_site": (900, "feed_back", False),
            "feedback": (900, "feed_back", False),
        },
    )
    await rows.dispatch(orders[2], "供水", {"received": (60, "receive", False)})
    returned = await rows.dispatch(orders[3], "供水", {"received": (30, "reject", False)})
    async with site.database.writing() as work:
        row = await work.session.get_one(DispatchOrder, returned.id)
        row.status = DispatchStatus.REJECTED
    await made(site)
    one, _ = await table(site, Report.UNITS)
    assert one == {
        "unit": "供水公司",
        "tier": "一级",
        "orders": 4,
        "returned": 1,
        "received_count": 3,
        "received_median": 40.0,
        "received_within": 60.0,
        "received_on_time": 2 / 3,
        "on_site_count": 1,
        "on_site_median": 600.0,
        "on_site_within": 600.0,
        "on_site_on_time": 1.0,
        "feedback_count": 2,
        "feedback_median": 900.0,
        "feedback_within": 3600.0,
        "feedback_on_time": 1.0,
    }
    [tier, _] = await table(site, Report.UNITS, by="tier")
    assert (tier["tier"], tier["received_count"]) == ("一级", 3)


async def test_matters_by_category_area_and_time(site: Site) -> None:
    rows = Rows(site)
    await rows.add(
        Area(code="1", name="庆元县", level=AreaLevel.COUNTY, path="1/"),
        Area(code="11", name="濛洲街道", level=AreaLevel.TOWNSHIP, parent_code="1", path="1/11/"),
    )
    call = await rows.call(0, 10, 100)
    await rows.order(10, call, category_code="P0101", address="庆元县濛洲街道石龙街88号", sent=60)
    await rows.order(20, await rows.call(0, 10, 100), category_code="P0101", address="庆元县城")
    await rows.order(
        30,
        await rows.call(0, 10, 100),
        category_code="P0101",
        address="不知道",
        status=WorkOrderStatus.MERGED,
    )
    await rows.order(4 * 86_400, category_code="", address="")  # Tuesday of the next week
    await made(site, DAY, DAY + timedelta(days=4))
    found = await table(site, Report.MATTERS, by="area")
    assert [(r["area"], r["calls"], r["orders"], r["sent"]) for r in found] == [
        ("庆元县", 1, 1, 0),
        ("濛洲街道", 1, 1, 1),
        ("未识别", 1, 0, 0),
        ("", 3, 2, 1),
    ]
    until = str(DAY + timedelta(days=4))
    weeks = await table(site, Report.MATTERS, by="category", step="week", to_day=until)
    assert [(r["time"], r["category"], r["orders"]) for r in weeks] == [
        ("2026-02-23", "水管破裂", 2),
        ("2026-03-02", "未分类", 1),
        ("合计", "", 3),
    ]


# --- keeping the sheets --------------------------------------------------------------------------


async def stale(site: Site) -> set[date]:
    async with site.database.reading() as session:
        query = select(ReportDay.day).where(ReportDay.stale_since.is_not(None))
        return set(await session.scalars(query))


async def all_made(roller: Roller) -> int:
    steps = 0
    while await roller.step():
        steps += 1
        assert steps < 20, "there is always something to be made"
    return steps


async def test_late_changes_are_counted_and_nothing_twice(site: Site) -> None:
    rows = Rows(site)
    call = await rows.call(0, 10, 100)
    order = await rows.order(10, call, sent=60, category_code="P0101")
    roller = Roller(site.database, site.clock)
    assert await all_made(roller) == 3  # today, yesterday, the day itself
    before = await table(site, Report.MATTERS)
    assert await all_made(roller) == 0
    await roller.make(DAY)
    assert await table(site, Report.MATTERS) == before, "made twice, counted twice"

    site.clock.advance(timedelta(hours=2))
    async with site.database.writing() as work:
        row = await work.session.get_one(WorkOrder, order.id)
        advance(work.session, row, "discard", actor=SYSTEM, at=site.clock.now())
    await all_made(roller)
    assert await table(site, Report.MATTERS) == before, "not settled yet"
    site.clock.advance(SETTLED)
    restarted = Roller(site.database, site.clock)
    assert await all_made(restarted) >= 1
    [late, _] = await table(site, Report.MATTERS)
    assert (late["calls"], late["orders"]) == (1, 0)
    assert await stale(site) == set()


async def test_today_is_made_anew_while_calls_move(site: Site) -> None:
    roller = Roller(site.database, site.clock)
    await all_made(roller)
    agent = await site.sit_down("seat-a", "1001")
    await site.ring(agent)
    assert not await roller.step(), "once in half a minute is enough"
    site.clock.advance(TODAY_AGE)
    assert await roller.step()
    async with site.signed_in("boss") as boss:
        today = (await boss.get("/api/reports")).json()["today"]
        body = (await boss.get(f"/api/reports/answers?from_day={today}&to_day={today}")).json()
    assert body["as_of"] is not None
    assert body["missing_days"] == 0
    assert body["total"][2] == 1


async def test_first_start_lists_every_day_and_says_what_is_missing(site: Site) -> None:
    rows = Rows(site)
    await rows.call(-20 * 86_400, -20 * 86_400 + 5, -20 * 86_400 + 50)
    roller = Roller(site.database, site.clock)
    await roller.step()
    async with site.signed_in("boss") as boss:
        body = (await boss.get("/api/reports/answers?from_day=2026-02-01&to_day=2026-03-01")).json()
        assert (await boss.get("/api/reports")).json()["first_day"] == "2026-02-07"
    assert body["missing_days"] == 22  # today's are made, and the first six days had nothing
