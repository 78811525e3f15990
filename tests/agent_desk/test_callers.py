"""Who is calling: earlier calls with their orders, and marks."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from models.tables import Call
from models.telephony_tables import Audit
from tests.support.desk import Site

pytestmark = pytest.mark.integration

NUMBER = "13800001234"


async def earlier_call(site: Site) -> UUID:
    """The number called before, and an order was made of it."""
    agent = await site.sit_down("seat-b", "1002")
    call_id = await site.ring(agent, NUMBER)
    order_id = await site.answer(call_id, agent)
    fields = {"address": "南苑小区12栋", "category_code": "P0101"}
    order = await site.orders.edit(order_id, site.users["seat-b"], 0, fields)
    await site.orders.answer(order_id, site.users["seat-b"], order.version, "已答复")
    await site.hang_up(call_id, agent)
    site.clock.advance(timedelta(hours=1))
    return call_id


async def test_history_shows_earlier_calls_and_their_orders(site: Site) -> None:
    before = await earlier_call(site)
    agent = await site.sit_down("seat-a", "1001")
    call_id = await site.ring(agent, NUMBER)
    async with site.signed_in("seat-a") as client:
        found = (await client.get(f"/api/calls/{call_id}/caller")).json()
        assert found["number"] == NUMBER
        assert found["marks"] == []
        (earlier,) = found["calls"]
        assert earlier["call_id"] == str(before)
        assert earlier["status"] == "ended"
        assert earlier["order_number"]
        assert earlier["order_status"] == "已办结"
        assert (earlier["category_name"], earlier["address"]) == ("水管破裂", "南苑小区12栋")
        # The earlier call itself had none before it.
        assert (await client.get(f"/api/calls/{before}/caller")).json()["calls"] == []
        assert (await client.get(f"/api/calls/{uuid4()}/caller")).status_code == 404


async def test_withheld_number_has_no_history(site: Site) -> None:
    agent = await site.sit_down("seat-a", "1001")
    call_id = await site.ring(agent, "")
    again = await site.ring(await site.sit_down("seat-b", "1002"), "")
    async with site.signed_in("seat-a") as client:
        found = (await client.get(f"/api/calls/{again}/caller")).json()
        assert found == {"number": "", "calls": [], "marks": []}
        answer = await client.post(
            f"/api/calls/{call_id}/caller/marks", json={"kind": "nuisance", "note": ""}
        )
        assert answer.status_code == 422
        assert "未显示号码" in answer.json()["message"]


async def test_marks_are_added_once_shown_to_all_and_taken_back(site: Site) -> None:
    agent = await site.sit_down("seat-a", "1001")
    call_id = await site.ring(agent, NUMBER)
    url = f"/api/calls/{call_id}/caller/marks"
    async with site.signed_in("seat-a") as client, site.signed_in("boss") as boss:
        body = {"kind": "nuisance", "note": " 多次谎报\x00 "}
        answer = await client.post(url, json=body)
        assert answer.status_code == 200, answer.text
        (mark,) = answer.json()["marks"]
        assert (mark["kind"], mark["note"], mark["by"]) == ("nuisance", "多次谎报", "seat-a员")
        again = await boss.post(url, json=body)
        assert again.status_code == 409
        assert "骚扰" in again.json()["message"]
        assert (await boss.post(url, json={"kind": "vulnerable"})).status_code == 200
        shown = (await boss.get(f"/api/calls/{call_id}/caller")).json()["marks"]
        assert [one["kind"] for one in shown] == ["nuisance", "vulnerable"]
        gone = await boss.delete(f"/api/caller-marks/{mark['id']}")
        assert gone.status_code == 204
        assert (await boss.delete(f"/api/caller-marks/{mark['id']}")).status_code == 404
        shown = (await client.get(f"/api/calls/{call_id}/caller")).json()["marks"]
        assert [one["kind"] for one in shown] == ["vulnerable"]
        assert (await client.post(url, json=body)).status_code == 200
    async with site.database.reading() as session:
        rows = (await session.scalars(select(Audit).order_by(Audit.id))).all()
    assert [(row.action, row.subject, row.detail["kind"]) for row in rows] == [
        ("add", "caller_mark", "nuisance"),
        ("add", "caller_mark", "vulnerable"),
        ("remove", "caller_mark", "nuisance"),
        ("add", "caller_mark", "nuisance"),
    ]
    assert rows[2].user_id == site.users["boss"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"kind": "blocked"},
        {"kind": ["nuisance"]},
        {"kind": "nuisance", "note": "长" * 256},
        {"kind": "nuisance", "number": "110"},
        {"kind": "nuisance", "note": None},
    ],
)
async def test_impossible_marks_are_refused(site: Site, body: object) -> None:
    agent = await site.sit_down("seat-a", "1001")
    call_id = await site.ring(agent, NUMBER)
    async with site.signed_in("seat-a") as client:
        answer = await client.post(f"/api/calls/{call_id}/caller/marks", json=body)
        assert answer.status_code == 422
        async with site.database.reading() as session:
            assert (await session.get_one(Call, call_id)).caller_number == NUMBER
