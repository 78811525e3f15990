"""Orders over HTTP: whose they are, what comes back, and what is refused."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from models.tables import CallSuggestion
from tests.support.desk import Site
from tests.support.spoken import utterance

pytestmark = pytest.mark.integration

SCRIPT = "<script>alert(1)</script>&quot;'; DROP TABLE users; --"


async def test_desk_before_during_and_after_a_call(site: Site) -> None:
    agent = await site.sit_down("seat-a", "1001")
    async with site.signed_in("seat-a") as client:
        empty = (await client.get("/api/desk")).json()
        assert empty["workspace"] is None
        assert empty["orders"] == []
        assert empty["helpers"] == {"telephony": False, "speech": False, "suggestion": True}
        assert empty["agent"]["sip"] == {
            "uri": "sip:1001-web@yihu.invalid",
            "username": "1001-web",
            "password": "sip-1001",
            "websocket_path": "/ws/sip",
        }
        await site.ring(agent)
        other_agent = await site.sit_down("seat-b", "1002")
        call_id = UUID((await client.get("/api/desk")).json()["agent"]["call_id"])
        order_id = await site.answer(call_id, agent)
        await _say(site, call_id, "水管破了")
        shown = (await client.get("/api/desk")).json()["workspace"]
        assert shown["call"]["id"] == str(call_id)
        assert shown["call"]["caller_number"] == "13800001234"
        assert shown["order"]["id"] == str(order_id)
        assert shown["order"]["owner_name"] == "seat-a员"
        assert shown["order"]["fields"]["contact_phone"] == "13800001234"
        assert [said["text"] for said in shown["utterances"]] == ["水管破了"]
        assert shown["suggestion"]["category"]["name"] == "水管破裂"
        await site.hang_up(call_id, agent)
        wrapping = (await client.get("/api/desk")).json()
        assert wrapping["agent"]["status"] == "wrap_up"
        assert wrapping["workspace"]["call"]["status"] == "ended"
        ready = await client.patch("/api/agent-session", json={"state": "ready"})
        assert ready.json()["status"] == "ready"
        after = (await client.get("/api/desk")).json()
        assert after["workspace"] is None
        assert [line["id"] for line in after["orders"]] == [str(order_id)]
        assert (await client.get(f"/api/orders/{order_id}")).json()["call"]["id"] == str(call_id)
    site.clock.advance(timedelta(minutes=1))
    second = await site.ring(other_agent)
    async with site.signed_in("seat-b") as other:
        call = (await other.get("/api/desk")).json()["workspace"]["call"]
        assert (call["id"], call["previous_calls"]) == (str(second), 1)


async def test_others_orders_are_not_found(site: Site) -> None:
    order_id, call_id = await site.order_of("seat-a", "1001")
    unit = str(site.units["供水"])
    path = f"/api/orders/{order_id}"
    async with site.signed_in("seat-b") as client:
        assert (await client.get("/api/orders")).json() == []
        tries = [
            await client.get(path),
            await client.patch(path, json={"version": 0, "fields": {"address": "别处"}}),
            await client.post(f"{path}/accept-sure", json={"version": 0}),
            await client.post(f"{path}/send", json={"version": 0, "unit_ids": [unit]}),
            await client.post(f"{path}/answer", json={"version": 0, "answer": "好"}),
            await client.post(f"{path}/discard", json={"version": 0, "reason": "错"}),
            await client.post(f"{path}/close", json={"version": 0}),
            await client.post(f"/api/calls/{call_id}/hang-up"),
        ]
        assert [answer.status_code for answer in tries] == [404] * len(tries)
        assert tries[0].json()["message"] == "没有这张工单，或您无权查看。"
    async with site.signed_in("boss") as boss:
        assert [line["id"] for line in (await boss.get("/api/orders")).json()] == [str(order_id)]
        assert (await boss.get(path)).json()["order"]["fields"]["address"] == ""


async def test_from_draft_to_closed(site: Site) -> None:
    order_id, _ = await site.order_of("seat-a", "1001")
    path = f"/api/orders/{order_id}"
    async with (
        site.signed_in("seat-a") as seat,
        site.signed_in("water") as water,
        site.signed_in("power") as power,
    ):
        order = (await seat.get(path)).json()["order"]
        order = await _ok(
            seat.patch(
                path,
                json={
                    "version": order["version"],
                    "fields": {
                        "category_code": "P0101",
                        "address": "南苑小区12栋",
                        "summary": SCRIPT,
                        "injured": 0,
                    },
                },
            )
        )
        state = order["field_states"]["address"]
        assert (state["source"], state["confirmed"], state["by"]) == ("person", True, "seat-a员")
        assert order["fields"]["summary"] == SCRIPT
        units = [str(site.units["供水"])]
        order = await _ok(
            seat.post(f"{path}/send", json={"version": order["version"], "unit_ids": units})
        )
        assert [item["lamp"] for item in order["dispatch_orders"]] == ["red"]
        assert (await power.get("/api/unit/orders")).json() == []
        (job,) = (await water.get("/api/unit/orders")).json()
        assert job["category_name"] == "水管破裂"
        assert job["summary"] == SCRIPT
        mine = f"/api/unit/orders/{job['id']}"
        assert (await power.post(f"{mine}/receive")).status_code == 404
        assert (await _ok(water.post(f"{mine}/receive")))["lamp"] == "blue"
        again = await water.post(f"{mine}/receive")
        assert again.status_code == 409
        assert (await _ok(water.post(f"{mine}/depart")))["status"] == "en_route"
        assert (await _ok(water.post(f"{mine}/arrive")))["status"] == "on_site"
        done = await _ok(water.post(f"{mine}/feedback", json={"text": "已关阀抢修"}))
        assert (done["lamp"], done["feedback"]) == ("green", "已关阀抢修")
        order = (await seat.get(path)).json()["order"]
        assert order["status"] == "awaiting_check"
        (line,) = (await seat.get("/api/orders")).json()
        assert (line["lamps"], line["category_name"]) == (["green"], "水管破裂")
        order = await _ok(seat.post(f"{path}/close", json={"version": order["version"]}))
        assert order["status"] == "closed"


async def test_a_unit_hands_back_with_a_reason(site: Site) -> None:
    order_id, _ = await site.order_of("seat-a", "1001")
    path = f"/api/orders/{order_id}"
    async with site.signed_in("seat-a") as seat, site.signed_in("water") as water:
        version = (await seat.get(path)).json()["order"]["version"]
        edit = {"version": version, "fields": {"address": "南苑"}}
        version = (await _ok(seat.patch(path, json=edit)))["version"]
        sending = {"version": version, "unit_ids": [str(site.units["供水"])]}
        await _ok(seat.post(f"{path}/send", json=sending))
        (job,) = (await water.get("/api/unit/orders")).json()
        refused = await water.post(f"/api/unit/orders/{job['id']}/reject", json={"reason": " "})
        assert refused.status_code == 422
        back = await _ok(
            water.post(f"/api/unit/orders/{job['id']}/reject", json={"reason": "非我管辖"})
        )
        assert (back["status"], back["reject_reason"]) == ("rejected", "非我管辖")


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"version": 1, "answer": "长" * 4001}, "“答复”过长，最多 4000 个字，请精简。"),
        ({"version": 1, "answer": " \x00 "}, "“答复”不能为空。"),
        ({"version": 1}, "缺少“答复”。"),
        ({"version": "x", "answer": "好"}, "“版本号”的格式不正确。"),
        ({"version": 10**30, "answer": "好"}, "“版本号”不能大于 2147483647。"),
        ({"version": 1, "answer": "好", "extra": 1}, "请求中有多余的内容：“extra”。"),
        ([], "请求内容的格式不正确。"),
    ],
)
async def test_what_does_not_fit_is_told_in_a_sentence(site: Site, body: object, says: str) -> None:
    async with site.signed_in("seat-a") as client:
        answer = await client.post(f"/api/orders/{uuid4()}/answer", json=body)
        assert answer.status_code == 422
        assert answer.json() == {"code": "invalid_input", "message": says}


@pytest.mark.parametrize(
    "raw",
    [
        '{"version": 0, "fields": {"address": "\\ud800"}}',
        '{"version": 0, "fields": {"injured": NaN}}',
        '{"version": 0, "fields": {"injured": 1e400}}',
        '{"version": 0, "fields": {"unit_ids": ["\\ud800"]}}',
        '{"version": 0, "fields": {"address": {"a": 1}}}',
        '{"version": 0, "fields": {"no_such": 1}}',
        '{"version": 0, "fields": {"address": "' + "长" * 201 + '"}}',
        '{"version": 0, "fields": {}}',
        '{"version": 0',
        '{"version": 0, "fields": {"summary": ' + "[" * 5000 + "]" * 5000 + "}}",
    ],
)
async def test_strange_json_changes_nothing(site: Site, raw: str) -> None:
    order_id, _ = await site.order_of("seat-a", "1001")
    async with site.signed_in("seat-a") as client:
        path = f"/api/orders/{order_id}"
        before = (await client.get(path)).json()["order"]
        answer = await client.patch(path, content=raw, headers={"Content-Type": "application/json"})
        assert answer.status_code in (400, 422), answer.text
        assert set(answer.json()) == {"code", "message"}
        assert (await client.get(path)).json()["order"] == before


async def test_two_people_on_one_field(site: Site) -> None:
    order_id, _ = await site.order_of("seat-a", "1001")
    path = f"/api/orders/{order_id}"
    async with site.signed_in("seat-a") as seat, site.signed_in("boss") as boss:
        version = (await seat.get(path)).json()["order"]["version"]
        await _ok(boss.patch(path, json={"version": version, "fields": {"address": "甲路"}}))
        late = await seat.patch(path, json={"version": version, "fields": {"address": "乙路"}})
        assert late.status_code == 409
        assert late.json()["message"] == "“地址”刚被他人修改，请核对后重试。"
        order = (await seat.get(path)).json()["order"]
        assert order["fields"]["address"] == "甲路"
        assert order["field_states"]["address"]["by"] == "boss员"


async def test_pausing_needs_a_known_reason(site: Site) -> None:
    await site.sit_down("seat-a", "1001")
    async with site.signed_in("seat-a") as client:
        reasons = (await client.get("/api/centre")).json()["pause_reasons"]
        for reason in ("", "睡觉"):
            body = {"state": "paused", "reason": reason}
            assert (await client.patch("/api/agent-session", json=body)).status_code == 422
        body = {"state": "paused", "reason": reasons[0]}
        paused = await _ok(client.patch("/api/agent-session", json=body))
        assert (paused["status"], paused["pause_reason"]) == ("paused", reasons[0])
        assert (await client.delete("/api/agent-session")).status_code == 204
        assert (await client.get("/api/desk")).json()["agent"] is None


async def test_only_the_person_at_a_seat_gets_its_softphone_password(site: Site) -> None:
    await site.sit_down("seat-a", "1001")
    async with site.signed_in("seat-b") as other:
        for path in ("/api/seats", "/api/desk", "/api/centre"):
            assert "sip-1001" not in (await other.get(path)).text
    async with site.signed_in("seat-a") as client:
        await client.delete("/api/agent-session")
        body = {"seat_code": "1001", "device": "phone"}
        seated = await _ok(client.post("/api/agent-session", json=body))
        assert seated["sip"] is None


async def _ok(request: Awaitable[httpx.Response]) -> Any:
    answer = await request
    assert answer.status_code == 200, answer.text
    return answer.json()


async def _say(site: Site, call_id: UUID, text: str) -> None:
    now = site.clock.now()
    async with site.database.writing() as work:
        work.session.add(
            utterance(
                call_id,
                text,
                now,
                sequence=1,
                words=[{"text": text, "start_ms": 0, "end_ms": 900, "confidence": 0.9}],
            )
        )
        work.session.add(
            CallSuggestion(
                call_id=call_id,
                payload={
                    "emergency": {"label": "non_emergency", "p": 0.9},
                    "level": "三级",
                    "category": {"name": "水管破裂", "p": 0.9, "code": "P0101"},
                    "alternatives": [],
                    "units": [{"name": "供水", "p": 0.9}],
                    "abstain": False,
                    "reasons": ["水管"],
                    "slots": {},
                    "model_version": "test",
                },
                model_version="test",
                updated_at=now,
            )
        )
