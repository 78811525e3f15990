"""Reports: exports, bad periods, who may, and the sheets of times."""

from __future__ import annotations

import csv
import io
from datetime import datetime

import openpyxl
import pytest
from sqlalchemy import select

from agent_desk.reports.days import Report
from agent_desk.reports.times import Times, rounded
from agent_desk.spreadsheets import harmless
from models.dispatch_tables import Area, AreaLevel, Centre
from models.tables import LinkageUnit, User
from models.telephony_tables import Audit
from tests.support.desk import Site
from tests.support.report_rows import DAY, Rows, made, table

pytestmark = pytest.mark.integration


async def test_exports_are_typed_harmless_and_recorded(site: Site) -> None:
    rows = Rows(site)
    async with site.database.writing() as work:
        unit = await work.session.get_one(LinkageUnit, site.units["供水"])
        unit.name = '=HYPERLINK("http://evil")'
    order = await rows.order(0, sent=60, category_code="P0101")
    await rows.dispatch(order, "供水", {"received": (20, "receive", False)})
    await made(site)
    period = {"from_day": str(DAY), "to_day": str(DAY)}
    async with site.signed_in("boss") as boss:
        book = await boss.get("/api/reports/units/export", params=period)
        text = await boss.get("/api/reports/units/export", params=period | {"format": "csv"})
        days = await boss.get("/api/reports/matters/export", params=period)
    read = openpyxl.load_workbook(io.BytesIO(book.content))
    assert read.sheetnames == ["报表", "说明"]
    sheet = read["报表"]
    assert sheet.freeze_panes == "A2"
    assert sheet["A2"].value == '\'=HYPERLINK("http://evil")'
    assert sheet["A2"].data_type == "s"
    assert (sheet["C2"].value, sheet["H2"].value) == (1, 1.0)
    assert "%" in str(sheet["H2"].number_format)
    dated = openpyxl.load_workbook(io.BytesIO(days.content))["报表"]["A2"]
    assert dated.is_date
    assert dated.value == datetime(2026, 2, 27)
    assert text.content.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(text.content.decode("utf-8-sig"))))
    assert lines[1][0].startswith("'=")
    assert lines[1][2] == "1"
    async with site.database.reading() as session:
        audits = list(await session.scalars(select(Audit).where(Audit.action == "report_export")))
    assert [(a.subject_id, a.detail["format"], a.user_id) for a in audits] == [
        ("units", "xlsx", site.users["boss"]),
        ("units", "csv", site.users["boss"]),
        ("matters", "xlsx", site.users["boss"]),
    ]


@pytest.mark.parametrize(
    "begin", ["=1+1", "+86138", "-2", "@SUM(A1)", "\t=1", " =1", "＝1", "\r=1"]
)
def test_cell_that_would_be_a_formula(begin: str) -> None:
    assert harmless(begin) == f"'{begin}"
    assert harmless("石龙街=88号") == "石龙街=88号"


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("from_day=2026-02-27&to_day=2026-02-26", 422),
        ("from_day=2025-02-27&to_day=2026-02-28", 422),
        ("from_day=2025-02-28&to_day=2026-02-28", 200),
        ("from_day=2026-02-27&to_day=2026-02-27&by=unit", 422),
        ("from_day=2026-02-27&to_day=2026-02-27&queue_code=%27%3B--", 200),
        ("from_day=x&to_day=2026-02-27", 422),
    ],
)
async def test_bad_periods(site: Site, query: str, status: int) -> None:
    async with site.signed_in("boss") as boss:
        answer = await boss.get(f"/api/reports/answers?{query}")
    assert answer.status_code == status, answer.text


async def test_lower_centre_sees_its_own(site: Site) -> None:
    rows = Rows(site)
    await rows.add(
        Area(code="1", name="市", level=AreaLevel.CITY, path="1/"),
        Centre(code="top", name="市中心", area_code="1"),
        Centre(code="low", name="县中心", area_code="1", parent_code="top"),
    )
    await rows.order(0, category_code="P0101")
    await rows.order(0, category_code="P0101", centre="low")
    await made(site)
    assert (await table(site, Report.MATTERS))[-1]["orders"] == 2
    assert (await table(site, Report.MATTERS, centre="."))[-1]["orders"] == 1
    async with site.signed_in("boss") as boss:
        centres = (await boss.get("/api/reports")).json()["centres"]
    assert [one["name"] for one in centres] == ["全部中心", "市中心", "县中心"]
    async with site.database.writing() as work:
        (await work.session.get_one(User, site.users["boss"])).centre_code = "low"
    assert (await table(site, Report.MATTERS))[-1]["orders"] == 1
    async with site.signed_in("boss") as boss:
        period = f"from_day={DAY}&to_day={DAY}"
        foreign = await boss.get(f"/api/reports/matters?{period}&centre=top")
        assert foreign.status_code == 403
        assert (await boss.get("/api/reports")).json()["centres"] == []


@pytest.mark.unit
def test_ranks_of_times() -> None:
    times = Times()
    for seconds in (5, 1, 4, 2, 3, -7, 10_000):
        times.add(seconds)
    assert (times.within(0.5), times.within(0.9), times.mean) == (3.0, 10_020.0, 10_015 / 7)
    assert Times.read(times.kept()) == times
    assert (rounded(599.4), rounded(7_199), rounded(86_399)) == (599, 7_200, 86_400)
    assert Times().within(0.9) is None
