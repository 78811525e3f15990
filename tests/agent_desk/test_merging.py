"""The same matter again, over HTTP: offers with reasons, merging, undoing it, who sees what."""

from __future__ import annotations

from uuid import UUID, uuid4

import httpx
import pytest

from tests.support.desk import Site

pytestmark = pytest.mark.integration

PLACE = {"address": "南苑小区12栋", "category_code": "P0101", "summary": "水管爆了，水喷得很高。"}


async def two_drafts(site: Site) -> tuple[UUID, UUID]:
    """The first caller's draft at one seat, the second's at another, of one place."""
    first, _ = await site.order_of("seat-b", "1002")
    await site.orders.edit(first, site.users["seat-b"], 0, PLACE)
    agent = await site.sit_down("seat-a", "1001")
    call_id = await site.ring(agent, "13800005678")
    second = await site.answer(call_id, agent)
    await site.orders.edit(second, site.users["seat-a"], 0, PLACE | {"address": "南苑小区12幢"})
    return first, second


async def offers(client: httpx.AsyncClient, order_id: UUID) -> list[dict[str, object]]:
    answer = await client.get(f"/api/orders/{order_id}/same")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, object]] = answer.json()
    return found


async def version(client: httpx.AsyncClient, order_id: UUID) -> int:
    return int((await client.get(f"/api/orders/{order_id}")).json()["order"]["version"])


async def test_a_second_caller_is_offered_merged_and_taken_out(site: Site) -> None:
    first, second = await two_drafts(site)
    async with site.signed_in("seat-a") as seat, site.signed_in("seat-b") as owner:
        (offer,) = await offers(seat, second)
        assert offer["order_id"] == str(first)
        assert (offer["category_name"], offer["owner_name"]) == ("水管破裂", "seat-b员")
        assert offer["reasons"] == ["同在南苑小区同一栋", "同一类别", "相隔0分钟", "说法相近"]
        assert (await seat.get(f"/api/orders/{first}")).status_code == 404  # not yet theirs

        body = {"version": await version(seat, second), "into_id": str(first)}
        answer = await seat.post(f"/api/orders/{second}/merge", json=body)
        assert answer.status_code == 200, answer.text
        merged = answer.json()
        assert (merged["status"], merged["merged_into"]["id"]) == ("merged", str(first))
        assert await offers(seat, second) == []
        # Whoever took a caller's call sees, and may complete, what the call is about.
        seen = (await seat.get(f"/api/orders/{first}")).json()["order"]
        assert seen["incident_number"] == merged["incident_number"]
        (caller,) = (await owner.get(f"/api/orders/{first}")).json()["order"]["callers"]
        assert caller["contact_phone"] == "13800005678"

        answer = await seat.post(f"/api/orders/{second}/split")
        assert answer.status_code == 200, answer.text
        split = answer.json()
        assert (split["status"], split["merged_into"]) == ("draft", None)
        assert split["incident_number"] != merged["incident_number"]
        assert (await owner.get(f"/api/orders/{first}")).json()["order"]["callers"] == []
        assert (await seat.post(f"/api/orders/{second}/split")).status_code == 409


async def test_units_see_that_others_have_reported_it_too(site: Site) -> None:
    first, second = await two_drafts(site)
    async with site.signed_in("seat-a") as seat, site.signed_in("seat-b") as owner:
        body = {"version": await version(owner, first), "unit_ids": [str(site.units["供水"])]}
        assert (await owner.post(f"/api/orders/{first}/send", json=body)).status_code == 200
        merge = {"version": await version(seat, second), "into_id": str(first)}
        assert (await seat.post(f"/api/orders/{second}/merge", json=merge)).status_code == 200
    async with site.signed_in("water") as unit:
        (order,) = (await unit.get("/api/unit/orders")).json()
    assert order["more_callers"] == 1


async def test_others_may_neither_look_nor_merge(site: Site) -> None:
    first, second = await two_drafts(site)
    async with site.signed_in("seat-b") as other:
        body = {"version": 0, "into_id": str(first)}
        assert (await other.get(f"/api/orders/{second}/same")).status_code == 404
        assert (await other.post(f"/api/orders/{second}/merge", json=body)).status_code == 404
        assert (await other.post(f"/api/orders/{second}/split")).status_code == 404
    async with site.signed_in("seat-a") as seat:
        for bad in ({}, {"version": 0}, {"version": 0, "into_id": "x"}):
            assert (await seat.post(f"/api/orders/{second}/merge", json=bad)).status_code == 422
        now = await version(seat, second)
        for into, status in ((uuid4(), 404), (second, 422)):
            body = {"version": now, "into_id": str(into)}
            assert (await seat.post(f"/api/orders/{second}/merge", json=body)).status_code == status


async def test_without_an_address_nothing_is_offered(site: Site) -> None:
    first, second = await two_drafts(site)
    await site.orders.edit(second, site.users["seat-a"], 1, {"address": ""})
    async with site.signed_in("seat-a") as seat:
        assert await offers(seat, second) == []
        await site.orders.edit(second, site.users["seat-a"], 2, {"address": "着火了😀<b>" * 20})
        assert await offers(seat, second) == []
    assert first != second
