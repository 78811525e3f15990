"""考核: a supervisor checks, marks and decides; a unit appeals; the bulletin is fit for print."""

from __future__ import annotations

import random
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from dispatch.marks.giving import Found, Marks
from dispatch.marks.periods import Stretch, present
from dispatch.marks.spot_checks import SpotChecks
from models.marks_tables import MarkWay, Span, SpotCheck, UnitFigures
from models.tables import LinkageUnit
from models.transitions import SYSTEM, advance
from models.unit_forms import UnitForm
from tests.support.page_desk import Site
from tests.support.page_world import World
from tests.support.pages import DESKTOP, PHONE, SignedIn, no_serious_faults, shot

pytestmark = pytest.mark.browser

FOUND = (
    ("gongshui", "passing_off", "11月20日电话核查：南苑小区爆管，两次以“不归我们管”推脱。"),
    ("chengguan", "attitude", "走访核查：商户反映工作人员言语生硬。"),
    ("gongan", "outstanding", "万通小区燃气泄漏处置迅速，疏散群众 120 人。"),
    ("jijiu", "other_fault", "短信核查：家属称救护车担架破损。"),
)


@pytest.fixture(scope="module", autouse=True)
def quarter(world: World) -> dict[str, UUID]:
    """A quarter's figures, some checks and marks; the marks by unit code."""

    async def there(site: Site) -> dict[str, UUID]:
        now, boss = site.clock.now(), world.users["banzhang"]
        chance = random.Random(5)  # noqa: S311 - the same every time
        async with site.database.writing() as work:
            query = select(LinkageUnit).where(LinkageUnit.form != UnitForm.FIRM)
            units = (await work.session.scalars(query.order_by(LinkageUnit.code))).all()
            first = present(Stretch.QUARTER, now).first
            counted = set(await work.session.scalars(select(UnitFigures.unit_id)))
            for unit in units:
                unit.duty_phone = unit.duty_phone or "05780000001"
                if unit.id in counted:
                    continue  # theirs are those of the morning's orders
                orders = chance.randint(0, 60)
                late = chance.randint(0, orders // 6)
                work.session.add_all(
                    UnitFigures(
                        unit_id=unit.id,
                        span=span,
                        begins_on=first,
                        orders=orders,
                        fed_back=orders - late,
                        received_kept=orders - late,
                        received_missed=late,
                        on_site_kept=orders - late // 2,
                        on_site_missed=late // 2,
                        feedback_kept=orders,
                        satisfied=orders // 3,
                        unsatisfied=late // 3,
                        checks_answered=chance.randint(0, 3),
                        checks_missed=late // 5,
                    )
                    for span in Span
                )
        checks = SpotChecks(site.database, site.clock)
        for code, trigger in (("xiaofang", "key_pressed"), ("jijiu", "miss"), ("gongdian", "")):
            check = await checks.ask(world.units[code], boss, "")
            if trigger:
                async with site.database.writing() as work:
                    row = await work.session.get_one(SpotCheck, check.id)
                    advance(work.session, row, trigger, actor=SYSTEM, at=now)
                    row.ended_at = now
                    row.note = "呼叫 2 次，无人应答或未按键确认" if trigger == "miss" else ""
        marks = Marks(site.database, site.clock)
        found = {}
        for code, rule, reason in FOUND:
            mark = Found(uuid4(), world.units[code], rule, MarkWay.PHONE, reason)
            found[code] = (await marks.give(mark, boss, "")).id
        return found

    return world.desk.run(there)


def test_a_unit_appeals_and_a_supervisor_decides(signed_in: SignedIn) -> None:
    boss = signed_in("banzhang", path="/marks").page
    expect(boss.get_by_test_id("spot-check")).to_have_count(3)
    expect(boss.get_by_test_id("check-sum")).to_contain_text("应答 1")
    expect(boss.get_by_test_id("standings")).to_be_visible()
    shot(boss, "marks-checks")
    no_serious_faults(boss)

    unit = signed_in("gongshui", path="/unit", size=PHONE).page
    unit.get_by_test_id("unit-marks").click()
    expect(unit.get_by_test_id("unit-score")).to_contain_text("95")
    unit.get_by_test_id("appeal-open").click()
    unit.get_by_test_id("appeal-reason").fill("接单后已电话说明该管道属小区物业，非推诿。")
    shot(unit, "unit-marks")
    no_serious_faults(unit)
    unit.get_by_test_id("appeal-send").click()
    expect(unit.get_by_text("申诉中")).to_be_visible()
    expect(unit.get_by_test_id("appeal-open")).to_have_count(0)

    boss.get_by_test_id("tab-marks").click()
    boss.get_by_test_id("marks-appealed").click()
    expect(boss.get_by_test_id("mark-row")).to_have_count(1)
    boss.get_by_test_id("mark-open").click()
    expect(boss.get_by_text("非推诿")).to_be_visible()
    boss.get_by_test_id("decide-note").fill("产权属物业，申诉成立")
    shot(boss, "marks-appeal")
    no_serious_faults(boss)
    boss.get_by_test_id("withdraw").click()
    boss.get_by_test_id("marks-withdrawn").click()
    expect(boss.get_by_test_id("mark-row")).to_contain_text("已撤销")


def test_a_supervisor_marks_by_hand_and_prints_the_quarter(signed_in: SignedIn) -> None:
    boss = signed_in("banzhang", path="/marks?tab=marks").page
    boss.get_by_test_id("give-open").click()
    form = boss.get_by_role("form", name="人工记分")
    form.get_by_test_id("unit-pick").select_option(index=2)
    form.get_by_test_id("give-rule").select_option(value="false_feedback")
    form.get_by_test_id("give-points").fill("4")
    form.get_by_test_id("give-reason").fill("走访核查：反馈已清运，现场垃圾仍在。")
    shot(boss, "marks-give")
    no_serious_faults(boss)
    form.get_by_test_id("give-send").click()
    expect(form).to_have_count(0)
    expect(boss.get_by_test_id("mark-row").first).to_contain_text("−4")

    boss.get_by_test_id("tab-quarter").click()
    expect(boss.get_by_test_id("standings").locator("tbody tr").first).to_be_visible()
    boss.get_by_test_id("group-1").click()
    expect(boss.get_by_text("演示县交警大队")).to_be_visible()
    expect(boss.get_by_text("演示电信公司")).to_have_count(0)
    shot(boss, "marks-quarter")
    no_serious_faults(boss)
    with boss.expect_download() as download:
        boss.get_by_test_id("xlsx").click()
    assert download.value.suggested_filename.endswith("考核通报.xlsx")
    boss.get_by_test_id("bulletin").click()
    sheet = boss.get_by_test_id("bulletin-sheet")
    expect(sheet.get_by_test_id("bulletin-table")).to_have_count(1)
    boss.emulate_media(media="print")
    shot(boss, "marks-bulletin")
    boss.emulate_media(media="screen")
    no_serious_faults(boss)


def test_rules_are_the_administrators(signed_in: SignedIn) -> None:
    admin = signed_in("admin", path="/marks?tab=rules", size=DESKTOP).page
    rule = admin.get_by_test_id("rule-late_on_site")
    rule.get_by_role("spinbutton").fill("4")
    rule.get_by_role("button", name="保存").click()
    expect(rule.get_by_role("button", name="保存")).to_be_disabled()
    shot(admin, "marks-rules")
    no_serious_faults(admin)
    boss = signed_in("banzhang", path="/marks?tab=rules").page
    expect(boss.get_by_test_id("rule-late_on_site")).to_contain_text("−4")
    expect(boss.get_by_role("button", name="保存")).to_have_count(0)
