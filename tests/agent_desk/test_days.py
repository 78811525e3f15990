"""The calendar as administrators edit it: recorded, and never over another's unseen change."""

from __future__ import annotations

from typing import Any

import anyio
import httpx
import pytest
from sqlalchemy import select

from models.telephony_tables import Audit
from tests.support import both_databases
from tests.support.desk import Site

pytestmark = pytest.mark.integration
database = both_databases.database  # on SQLite and PostgreSQL

DAYS = "/api/calendar-days"
PATH = f"{DAYS}/2026-12-31"
HOLIDAY = {"kind": "holiday", "name": "演练"}


async def _put(client: httpx.AsyncClient, version: str, **changed: Any) -> httpx.Response:
    return await client.put(PATH, json=HOLIDAY | {"version": version} | changed)


async def test_days_are_edited_by_the_administrator_and_recorded(site: Site) -> None:
    async with site.signed_in("admin") as admin:
        put = await _put(admin, "")
        assert put.status_code == 200, put.text
        version = put.json()["version"]
        listed = (await admin.get(f"{DAYS}?year=2026")).json()
        assert listed == [HOLIDAY | {"day": "2026-12-31", "version": version}]
        workday = {"kind": "workday", "name": "", "version": ""}
        for path, body in (
            (f"{DAYS}/2026-12-30", workday),  # a Wednesday
            (f"{DAYS}/2026-13-01", workday),
            (PATH, {}),
            (PATH, HOLIDAY),  # does not say what was seen
            (PATH, HOLIDAY | {"version": "'; --"}),
            (PATH, HOLIDAY | {"version": 0}),
        ):
            refused = await admin.put(path, json=body)
            assert refused.status_code == 422, body
            assert refused.json()["message"].endswith("。"), body
        assert (await admin.delete(PATH)).status_code == 422
        gone = {"version": version}
        assert (await admin.delete(PATH, params=gone)).status_code == 204
        assert (await admin.delete(PATH, params=gone)).status_code == 409
        assert (await admin.delete(PATH, params={"version": ""})).status_code == 404
    async with site.database.reading() as session:
        query = select(Audit.action).where(Audit.subject == "calendar_day")
        assert list(await session.scalars(query.order_by(Audit.id))) == ["put", "remove"]


async def test_nobody_overwrites_another_unseen(site: Site) -> None:
    async with site.signed_in("admin") as admin:
        first = (await _put(admin, "")).json()["version"]
        for stale in ("", "0" * 16):  # both had found nothing; nobody ever saw that
            refused = await _put(admin, stale, name="别的")
            assert (refused.status_code, refused.json()["code"]) == (409, "edited_meanwhile")
            assert refused.json()["message"].startswith("admin员在 ")
        second = (await _put(admin, first, name="改过")).json()["version"]
        assert second != first
        assert (await admin.delete(PATH, params={"version": first})).status_code == 409
        assert (await _put(admin, first)).status_code == 409
        [day] = (await admin.get(f"{DAYS}?year=2026")).json()
        assert (day["name"], day["version"]) == ("改过", second)
        same = await _put(admin, second, name="改过")
        assert same.json()["version"] == second
        assert (await admin.delete(PATH, params={"version": second})).status_code == 204
        assert (await _put(admin, second)).status_code == 409  # taken away meanwhile
        assert (await admin.get(f"{DAYS}?year=2026")).json() == []
    async with site.database.reading() as session:
        audits = list(await session.scalars(select(Audit).order_by(Audit.id)))
    assert [(one.detail["before"], one.detail["after"]) for one in audits] == [
        ({}, HOLIDAY),
        ({"name": "演练"}, {"name": "改过"}),
        ({"kind": "holiday", "name": "改过"}, {}),
    ]


async def test_of_two_at_the_same_moment_one_is_told(site: Site) -> None:
    answers: list[httpx.Response] = []

    async def enter(client: httpx.AsyncClient, name: str) -> None:
        answers.append(await _put(client, "", name=name))

    async with site.signed_in("admin") as client, anyio.create_task_group() as tasks:
        for number in range(4):
            tasks.start_soon(enter, client, f"第{number}个")
    assert sorted(one.status_code for one in answers) == [200, 409, 409, 409]
    [kept] = [one.json() for one in answers if one.status_code == 200]
    async with site.signed_in("admin") as client:
        assert (await client.get(f"{DAYS}?year=2026")).json() == [kept]
