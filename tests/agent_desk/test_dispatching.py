"""Further steps of orders over HTTP: who goes, whose they are, what a unit says of itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import select

from models.dispatch_tables import Area, AreaLevel, Centre, Force, ForceKind
from models.kinds import Role
from models.tables import LinkageUnit, User
from models.unit_forms import DutyRule
from tests.support.desk import Site

pytestmark = pytest.mark.integration


async def get(client: httpx.AsyncClient, path: str) -> Any:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def post(client: httpx.AsyncClient, path: str, body: Any, status: int = 200) -> Any:
    answer = await client.post(path, json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def filled(site: Site, client: httpx.AsyncClient) -> dict[str, Any]:
    """An order with category and address, of the seat that ``client`` is signed in as."""
    order_id, _ = await site.order_of("seat-a", "1001")
    fields = {"category_code": "P0101", "address": "甲县乙镇8号"}
    shown = (await get(client, f"/api/orders/{order_id}"))["order"]
    answer = await client.patch(
        f"/api/orders/{order_id}", json={"version": shown["version"], "fields": fields}
    )
    order: dict[str, Any] = answer.json()
    return order


async def test_a_seat_sees_who_should_go_and_takes_every_further_step(site: Site) -> None:
    async with site.signed_in("seat-a") as seat, site.signed_in("water") as unit:
        order = await filled(site, seat)
        path = f"/api/orders/{order['id']}"
        [proposed] = (await get(seat, f"{path}/proposals"))["units"]
        assert (proposed["unit_id"], proposed["chosen"], proposed["part"]) == (
            str(site.units["供水"]), True, "主办",
        )  # fmt: skip
        assert proposed["reasons"]
        body = {"version": order["version"], "unit_ids": [str(site.units["供水"])]}
        order = await post(seat, f"{path}/send", body)
        [sent] = order["dispatch_orders"]
        resting = {"version": order["version"], "reason": "等配件"}
        order = await post(seat, f"{path}/suspend", resting)
        assert order["suspended_at"]
        order = await post(seat, f"{path}/resume", {"version": order["version"]})
        away = {"unit_id": str(site.units["供电"]), "reason": "派错"}
        order = await post(seat, f"{path}/dispatches/{sent['id']}/reroute", away)
        assert [item["status"] for item in order["dispatch_orders"]] == ["recalled", "sent"]
        refused = await post(unit, f"/api/unit/orders/{sent['id']}/receive", {}, 409)
        assert "已撤回（改派：派错）" in refused["message"]
        power = order["dispatch_orders"][1]["id"]
        order = await post(seat, f"{path}/dispatches/{power}/recall", {"reason": "查重"})
        assert order["dispatch_orders"][1]["recall_reason"] == "查重"
        steps = await get(seat, f"{path}/steps")
        assert [step["what"] for step in steps][-2:] == ["撤回", "撤回"]
        assert steps[-1]["who"] == "seat-a员"
        await post(seat, f"{path}/dispatches/{uuid4()}/recall", {"reason": "无"}, 404)


async def test_another_orders_unit_is_not_reached_through_ones_own(site: Site) -> None:
    async with site.signed_in("seat-a") as one, site.signed_in("seat-b") as other:
        order = await filled(site, one)
        body = {"version": order["version"], "unit_ids": [str(site.units["供水"])]}
        order = await post(one, f"/api/orders/{order['id']}/send", body)
        sent = order["dispatch_orders"][0]["id"]
        own, _ = await site.order_of("seat-b", "1002")
        path = f"dispatches/{sent}/recall"
        await post(other, f"/api/orders/{own}/{path}", {"reason": "试"}, 404)
        await post(other, f"/api/orders/{order['id']}/{path}", {"reason": "试"}, 404)


async def test_nobody_on_duty_is_a_question_to_the_seat(site: Site) -> None:
    async with site.database.writing() as work:
        unit = await work.session.get_one(LinkageUnit, site.units["供电"])
        unit.duty_rule = DutyRule.ROSTER
    async with site.signed_in("seat-a") as seat, site.signed_in("power") as power:
        order = await filled(site, seat)
        path = f"/api/orders/{order['id']}/send"
        body = {"version": order["version"], "unit_ids": [str(site.units["供电"])]}
        refused = await post(seat, path, body, 409)
        assert refused["code"] == "off_duty"
        now = site.clock.now()
        shift = {
            "starts_at": now.isoformat(),
            "ends_at": (now + timedelta(hours=8)).isoformat(),
            "person_name": "演示甲",
        }
        made = await post(power, "/api/unit/shifts", shift)
        assert "重叠" in (await post(power, "/api/unit/shifts", shift, 422))["message"]
        naive = shift | {"starts_at": "2026-01-01T00:00:00"}
        await post(power, "/api/unit/shifts", naive, 422)
        await post(seat, path, body)
        async with site.signed_in("water") as water:
            assert (await water.delete(f"/api/unit/shifts/{made['id']}")).status_code == 404
        assert (await power.delete(f"/api/unit/shifts/{made['id']}")).status_code == 204
        assert await get(power, "/api/unit/shifts") == []


async def test_each_centre_sees_its_share(site: Site) -> None:
    async with site.database.writing() as work:
        query = select(User).where(User.username == "seat-a")
        password_hash = (await work.session.scalars(query)).one().password_hash
        work.session.add_all(
            [
                Area(code="1", name="市", level=AreaLevel.CITY, path="1/"),
                Area(code="11", name="甲县", level=AreaLevel.COUNTY, parent_code="1", path="1/11/"),
                Centre(code="1", name="市中心", area_code="1", parent_code=None),
                Centre(code="11", name="县中心", area_code="11", parent_code="1"),
            ]
        )
        for name, role in (("seat-c", Role.SEAT), ("boss-c", Role.SUPERVISOR)):
            work.session.add(
                User(
                    username=name, display_name=f"{name}员", password_hash=password_hash,
                    role=role, centre_code="11", created_at=site.clock.now(),
                )
            )  # fmt: skip
    async with (
        site.signed_in("seat-a") as city,
        site.signed_in("seat-c") as county,
        site.signed_in("boss-c") as boss,
    ):
        order = await filled(site, city)
        path = f"/api/orders/{order['id']}"
        assert await get(county, "/api/orders") == await get(boss, "/api/orders") == []
        await post(county, f"{path}/owner", {"user_id": str(uuid4())}, 404)
        assert [one["code"] for one in (await get(city, f"{path}/levels"))["lower"]] == ["11"]
        await post(city, f"{path}/pass", {"centre_code": "11", "reason": "属地处置"})
        for client in (county, boss):
            assert [line["id"] for line in await get(client, "/api/orders")] == [order["id"]]
        held = {"version": order["version"], "fields": {"injured": 1}}
        refused = await city.patch(path, json=held)
        assert refused.status_code == 409
        assert "由“县中心”指挥" in refused.json()["message"]
        mine = (await get(county, "/api/session"))["user_id"]
        taken = await post(county, f"{path}/owner", {"user_id": mine})
        assert taken["owner_name"] == "seat-c员"
        assert (await county.patch(path, json=held)).status_code == 200
        await post(county, f"{path}/report", {"note": "需增援"})
        shares = (await get(boss, f"{path}/levels"))["shares"]
        assert {(one["centre"]["code"], one["kind"]) for one in shares} == {
            ("", "passed"), ("", "reported"),
        }  # fmt: skip
        other, _ = await site.order_of("seat-b", "1002")
        assert (await boss.get(f"/api/orders/{other}")).status_code == 404
        async with site.signed_in("boss") as highest:
            assert len(await get(highest, "/api/orders")) == 2


async def test_a_unit_tells_of_its_own_teams_only(site: Site) -> None:
    team = Force(
        code="t1", unit_id=site.units["供水"], kind=ForceKind.TEAM, name="抢修班",
        capabilities=["供水抢修"], status_since=site.clock.now(),
    )  # fmt: skip
    async with site.database.writing() as work:
        work.session.add(team)
    path = f"/api/unit/forces/{team.id}"
    async with site.signed_in("water") as water, site.signed_in("power") as power:
        assert await get(power, "/api/unit/forces") == []
        await post(power, path, {"status": "out"}, 404)
        told = await post(water, path, {"status": "out", "lon": 119.1, "lat": 27.6})
        assert (told["status"], told["lon"], told["lat"]) == ("out", 119.1, 27.6)
        for bad in ({}, {"lon": 119.1}, {"lon": 999, "lat": 1}, {"status": "gone"}):
            await post(water, path, bad, 422)
        assert UUID((await get(water, "/api/unit/forces"))[0]["id"]) == team.id
