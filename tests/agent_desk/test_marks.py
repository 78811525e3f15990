"""Checks and marks over HTTP: who sees and does what, files, and what is refused."""

from __future__ import annotations

import csv
import io
from typing import Any
from uuid import uuid4

import httpx
import openpyxl
import pytest
from sqlalchemy import select

from dispatch.marks.rules import ensure_rules
from models.marks_tables import Mark
from models.tables import LinkageUnit, User
from tests.support.desk import Site

pytestmark = pytest.mark.integration


@pytest.fixture
async def marked(site: Site) -> Site:
    """The site with its rules; the water company has a duty phone."""
    await ensure_rules(site.database, site.clock)
    async with site.database.writing() as work:
        unit = await work.session.get_one(LinkageUnit, site.units["供水"])
        unit.duty_phone, unit.name = "057812345", "=供水公司"
    return site


async def get(client: httpx.AsyncClient, path: str, status: int = 200) -> Any:
    answer = await client.get(path)
    assert answer.status_code == status, answer.text
    return answer.json()


async def post(client: httpx.AsyncClient, path: str, body: Any, status: int = 200) -> Any:
    answer = await client.post(path, json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def wrong(site: Site, **changes: Any) -> dict[str, Any]:
    return {
        "once": str(uuid4()),
        "unit_id": str(site.units["供水"]),
        "rule_code": "attitude",
        "way": "visit",
        "reason": "言语生硬",
    } | changes


async def belongs_to(site: Site, username: str, centre_code: str) -> None:
    async with site.database.writing() as work:
        query = select(User).where(User.username == username)
        (await work.session.scalars(query)).one().centre_code = centre_code


async def test_a_mark_is_given_contested_and_withdrawn(marked: Site) -> None:
    body = wrong(marked)
    async with marked.signed_in("boss") as boss, marked.signed_in("water") as water:
        given = await post(boss, "/api/marks", body)
        assert (given["points"], given["given_by"], given["way_name"]) == (-2, "boss员", "走访核查")
        assert (await post(boss, "/api/marks", body))["id"] == given["id"]  # pressed twice
        own = await get(water, "/api/unit/marks")
        assert (own["score"], own["deducted"], own["marks"][0]["may_appeal"]) == (98, 2, True)
        path = f"/api/unit/marks/{given['id']}/appeal"
        assert (await post(water, path, {"reason": " "}, 422))["code"] == "invalid_input"
        appealed = await post(water, path, {"reason": "当时信号不好"})
        assert (appealed["status"], appealed["may_appeal"]) == ("appealed", False)
        assert (await post(water, path, {"reason": "再来"}, 409))["code"] == "illegal_transition"
        async with marked.signed_in("power") as power:
            assert (await get(power, "/api/unit/marks"))["marks"] == []
            await post(power, path, {"reason": "别家的"}, 404)
        listed = await get(boss, "/api/marks?status=appealed")
        assert (listed["total"], listed["open_appeals"]) == (1, 1)
        decided = await post(
            boss, f"/api/marks/{given['id']}/decide", {"uphold": False, "note": "属实"}
        )
        assert (decided["status_name"], decided["decided_by"]) == ("已撤销", "boss员")
        assert (await get(water, "/api/unit/marks"))["score"] == 100
        again = {"uphold": True, "note": "反悔"}
        await post(boss, f"/api/marks/{given['id']}/decide", again, 409)
        await post(boss, f"/api/marks/{uuid4()}/withdraw", {"note": "没有"}, 404)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"points": 3}, 422),
        ({"points": -9999}, 422),
        ({"rule_code": "late_on_site"}, 422),
        ({"rule_code": "' OR 1=1 --"}, 422),
        ({"reason": ""}, 422),
        ({"reason": "长" * 501}, 422),
        ({"way": "machine"}, 422),
        ({"unit_id": str(uuid4())}, 404),
        ({"once": "1"}, 422),
        ({"order_number": "GD1"}, 422),
        ({"given_by": "somebody"}, 422),
    ],
)
async def test_a_mark_that_makes_no_sense_is_refused(
    marked: Site, change: dict[str, Any], status: int
) -> None:
    async with marked.signed_in("boss") as boss:
        await post(boss, "/api/marks", wrong(marked, **change), status)
    async with marked.database.reading() as session:
        assert (await session.scalars(select(Mark))).all() == []


async def test_a_county_sees_checks_and_marks_its_own_units_only(marked: Site) -> None:
    async with marked.signed_in("boss") as boss:
        of_highest = await post(boss, "/api/marks", wrong(marked))
        await post(boss, "/api/spot-checks", {"unit_id": str(marked.units["供水"])})
    await belongs_to(marked, "boss", "C1")
    async with marked.database.writing() as work:
        (await work.session.get_one(LinkageUnit, marked.units["供电"])).centre_code = "C1"
    async with marked.signed_in("boss") as boss:
        assert (await get(boss, "/api/marks"))["total"] == 0
        assert (await get(boss, "/api/spot-checks"))["checks"] == []
        await post(boss, "/api/marks", wrong(marked), 404)
        await post(boss, f"/api/marks/{of_highest['id']}/withdraw", {"note": "越权"}, 404)
        await post(boss, "/api/spot-checks", {"unit_id": str(marked.units["供水"])}, 404)
        own = await post(boss, "/api/marks", wrong(marked, unit_id=str(marked.units["供电"])))
        assert [
            one["unit_id"] for one in (await get(boss, "/api/standings/year"))["standings"]
        ] == [own["unit_id"]]
    await belongs_to(marked, "boss", "")
    async with marked.signed_in("boss") as boss:
        assert (await get(boss, "/api/marks"))["total"] == 2


async def test_spot_checks_by_hand(marked: Site) -> None:
    body = {"unit_id": str(marked.units["供水"])}
    async with marked.signed_in("boss") as boss:
        asked = await post(boss, "/api/spot-checks", body)
        assert (asked["status"], asked["kind"], asked["asked_by"]) == (
            "calling",
            "by_hand",
            "boss员",
        )
        refused = await post(boss, "/api/spot-checks", body, 409)
        assert "正在抽查" in refused["message"]
        other = {"unit_id": str(marked.units["供电"])}
        assert "没有登记值班电话" in (await post(boss, "/api/spot-checks", other, 409))["message"]
        day = await get(boss, "/api/spot-checks?day=2026-03-01")
        assert [one["id"] for one in day["checks"]] == [asked["id"]]
        assert (await get(boss, "/api/spot-checks?day=2026-02-29", 422))["code"] == "invalid_input"


async def test_tables_as_files(marked: Site) -> None:
    async with marked.signed_in("boss") as boss:
        await post(boss, "/api/marks", wrong(marked))
        table = await get(boss, "/api/standings/quarter?which=2026Q1")
        assert (table["key"], table["complete"], table["last"]) == ("2026Q1", False, "2026-03-31")
        assert [(one["rank"], one["score"]) for one in table["standings"]] == [(1, 100), (2, 98)]
        answer = await boss.get("/api/standings/quarter/csv?which=2026Q1")
        assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''")
        lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert lines[0] == ["指挥中心2026年第一季度联动单位考核通报"]
        assert lines[2][:4] == ["名次", "单位", "层级", "得分"]
        # A name that a spreadsheet would take for a formula is a text.
        assert lines[4][:6] == ["2", "'=供水公司", "一级", "98.0", "2", "0"]
        answer = await boss.get("/api/standings/year/xlsx")
        book = openpyxl.load_workbook(io.BytesIO(answer.content))
        rows = list(book.active.iter_rows(values_only=True))  # type: ignore[union-attr]  # one sheet
        assert rows[4][1:4] == ("=供水公司", "一级", 98)
        assert book.active["B5"].data_type == "s"  # type: ignore[index]  # one sheet
        day = await get(boss, "/api/standings/day")
        assert [one["rank"] for one in day["standings"]] == [None, None]
        for path in ("week", "quarter?which=2026", "day?group=9", "quarter/exe"):
            assert (await boss.get(f"/api/standings/{path}")).status_code == 422


async def test_the_administrator_of_the_highest_centre_sets_the_rules(marked: Site) -> None:
    async with marked.signed_in("boss") as boss, marked.signed_in("admin") as admin:
        shown = await get(boss, "/api/mark-rules")
        assert (shown["editable"], shown["working_days"]) == (False, 5)
        path = "/api/mark-rules/late_on_site"
        answer = await admin.put(path, json={"points": -6, "active": False})
        assert (answer.json()["points"], answer.json()["changed_by"]) == (-6, "admin员")
        for body in ({"points": 6, "active": True}, {"points": 0, "active": True}, {"points": -1}):
            assert (await admin.put(path, json=body)).status_code == 422
        assert (await admin.put("/api/mark-rules/none", json=answer.json())).status_code == 422
        quota = {"units": 4, "begins": 8, "ends": 20}
        assert (await admin.put("/api/spot-check-quotas/1", json=quota)).json()["units"] == 4
        assert (await admin.put("/api/spot-check-quotas/9", json=quota)).status_code == 404
        backwards = quota | {"begins": 21}
        assert (await admin.put("/api/spot-check-quotas/1", json=backwards)).status_code == 422
        shown = await get(admin, "/api/mark-rules")
        assert shown["editable"] is True
        assert next(one for one in shown["quotas"] if one["tier"] == 1)["begins"] == 8
    await belongs_to(marked, "admin", "C1")
    async with marked.signed_in("admin") as admin:
        assert (await get(admin, "/api/mark-rules"))["editable"] is False
        answer = await admin.put(path, json={"points": -1, "active": True})
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
