"""Reports and alarms as a supervisor uses them."""

from __future__ import annotations

import io
import random
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from agent_desk.reports.roller import Roller
from ivr.statistics import day
from models.clock import CHINA_TIME
from models.deadline_tables import DeadlineKind, SlaTimer
from models.kinds import LegRole
from models.order_tables import DispatchOrder, Incident, WorkOrder
from models.states import CallStatus, DispatchStatus, WorkOrderStatus
from models.tables import Call, Leg
from tests.support.page_desk import Site
from tests.support.page_world import World
from tests.support.pages import SignedIn, no_serious_faults, shot

pytestmark = pytest.mark.browser

DAYS = 7
CALLS_A_DAY = 60
PLACES = ("濛洲街道石龙街", "松源街道新建路", "屏都街道竹口路", "黄田镇老街", "某处")
UNITS = ("xiaofang", "jijiu", "gongan", "gongshui", "gongdian", "chengguan")


@pytest.fixture(scope="module")
def week(world: World) -> World:
    """A week of invented calls, the same every time, counted."""

    async def there(site: Site) -> None:
        chance = random.Random(3)  # noqa: S311 - the same every time
        today = site.clock.now().astimezone(CHINA_TIME).date()
        codes = sorted(site.parts.category_names())
        rows: list[object] = []
        for back in range(DAYS):
            begin, _ = day(today - timedelta(days=back))
            for number in range(CALLS_A_DAY):
                at = begin + timedelta(minutes=min(chance.gauss(840, 240), 1438) % 1440)
                agent = chance.choice(sorted(world.agents.values()))
                key = f"{back}-{number}"
                rows += _call(world, chance, key, at, agent, chance.choice(codes))
        async with site.database.writing() as work:
            work.session.add_all(rows)
        roller = Roller(site.database, site.clock)
        for back in range(DAYS):
            await roller.make(today - timedelta(days=back))

    world.desk.run(there)
    return world


def _call(
    world: World, chance: random.Random, key: str, at: datetime, agent: UUID, category: str
) -> list[object]:
    queue = chance.choice(("110", "96345", "96345"))
    wait, talk = chance.expovariate(1 / 9), chance.gauss(120, 40) % 400
    lost = chance.random() < 0.06
    answered, ended = at + timedelta(seconds=wait), at + timedelta(seconds=wait + talk)
    call = Call(
        queue_code=queue,
        dialled=queue,
        caller_number=f"1500000{chance.randrange(9999):04}",
        channel="",
        received_at=at,
        answered_at=None if lost else answered,
        ended_at=answered if lost else ended,
        status=CallStatus.ABANDONED if lost else CallStatus.ENDED,
        agent_session_id=None if lost else agent,
        held_seconds=chance.choice((0.0, 0.0, 15.0)),
    )
    if lost:
        return [call]
    leg = Leg(
        call_id=call.id,
        role=LegRole.AGENT,
        channel="",
        agent_session_id=agent,
        started_at=answered,
        ended_at=ended,
    )
    incident = Incident(number=f"JQR-{key}", opened_at=answered)
    sent = answered + timedelta(seconds=chance.gauss(70, 25) % 300)
    order = WorkOrder(
        number=f"GDR-{key}",
        incident_id=incident.id,
        call_id=call.id,
        queue_code=queue,
        status=WorkOrderStatus.CLOSED,
        fields={
            "category_code": category,
            "emergency": queue == "110",
            "address": chance.choice(PLACES),
        },
        field_states={},
        created_at=answered,
        sent_at=sent,
    )
    item = DispatchOrder(
        work_order_id=order.id,
        unit_id=world.units[chance.choice(UNITS)],
        status=DispatchStatus.FED_BACK,
        created_at=sent,
        sent_at=sent,
    )
    deadlines = ((DeadlineKind.RECEIVED, 40, 120), (DeadlineKind.FEEDBACK, 3000, 7200))
    timers = []
    for kind, usual, limit in deadlines:
        took = chance.expovariate(1 / usual)
        end = sent + timedelta(seconds=took)
        timers.append(
            SlaTimer(
                work_order_id=order.id,
                dispatch_order_id=item.id,
                unit_id=item.unit_id,
                kind=kind,
                calendar="always",
                limit_seconds=limit,
                plan=[],
                started_at=sent,
                running_since=sent,
                due_at=sent + timedelta(seconds=limit),
                breached_at=end if took > limit else None,
                stopped_at=end,
                stopped_by="receive" if kind is DeadlineKind.RECEIVED else "feed_back",
            )
        )
    return [call, leg, incident, order, item, *timers]


def fits(page: Page) -> bool:
    """Whether the page is not wider than the screen."""
    return bool(page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"))


def test_reports(week: World, signed_in: SignedIn) -> None:
    page = signed_in("banzhang", path="/reports").page
    table = page.get_by_test_id("report-table")
    expect(table).to_contain_text("服务水平")
    page.get_by_role("radio", name="本月").click()
    expect(page.get_by_test_id("report-chart").locator("canvas")).to_be_visible()
    page.get_by_role("radio", name="自选").click()
    page.get_by_test_id("from-day").fill("2030-01-01")
    expect(page.get_by_role("alert").first).to_contain_text("晚于")
    today = page.get_by_test_id("to-day").get_attribute("max")
    assert today
    begin = (datetime.fromisoformat(today) - timedelta(days=DAYS - 1)).date()
    page.get_by_test_id("from-day").fill(begin.isoformat())
    page.get_by_test_id("to-day").fill(today)
    expect(table.locator("tfoot")).to_contain_text("合计")
    for report, wanted in (
        ("answers", "08:00-08:30"),
        ("handles", "演示座席"),
        ("sending", "紧急警情"),
        ("units", "消防"),
        ("matters", "工单数"),
    ):
        page.get_by_test_id(f"report-{report}").click()
        expect(table).to_contain_text(wanted)
        expect(page.get_by_test_id("report-chart").locator("canvas")).to_be_visible()
        assert fits(page), report
        shot(page, f"reports-{report}")
    page.get_by_test_id("report-notes").locator("summary").click()
    expect(page.get_by_test_id("report-notes")).to_contain_text("乡镇街道")
    no_serious_faults(page)

    with page.expect_download() as coming:
        page.get_by_test_id("export-xlsx").click()
    assert coming.value.suggested_filename.endswith(".xlsx")
    book = openpyxl.load_workbook(io.BytesIO(Path(coming.value.path()).read_bytes()))
    assert book.sheetnames == ["报表", "说明"]
    assert book["报表"].max_row > 10
    page.reload()
    expect(table).to_contain_text("工单数")  # what was chosen stands in the address


def test_alarms(world: World, signed_in: SignedIn) -> None:
    page = signed_in("banzhang", path="/supervisor").page
    line = page.get_by_test_id("alarm-line")
    expect(line.get_by_test_id("alarm").first).to_be_visible()
    shot(page, "supervisor-alarms")
    page.get_by_role("link", name="告警", exact=True).click()
    rows = page.get_by_test_id("alarm-row")  # somebody waits there for more than a minute
    expect(rows.filter(has_text="96345").first).to_be_visible()
    rule = page.locator('[data-testid="alarm-rule"][data-kind="longest_wait"][data-queue="96345"]')
    threshold = rule.get_by_test_id("threshold")
    threshold.fill("1")
    expect(rule.get_by_role("alert")).to_contain_text("3 到 3600")
    threshold.fill("90")
    rule.get_by_test_id("save-rule").click()
    expect(page.locator(".el-message")).to_contain_text("已保存")
    expect(rule).to_contain_text("演示班长")
    shot(page, "alarms")
    no_serious_faults(page)
    line.get_by_test_id("acknowledge-alarms").click()
    expect(rows.filter(has_text="演示班长").first).to_be_visible()
