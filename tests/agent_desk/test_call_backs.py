"""Call-backs and the table of numbers, as pages use them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import anyio
import pytest
from sqlalchemy import select

from dispatch import repository as order_rows
from dispatch.service import subscribe
from models.events import CallBackChanged, CallEnded, CallReceived
from models.states import CallStatus
from models.tables import Call
from models.telephony_states import CallBackStatus
from models.telephony_tables import Audit, CallBack, CallBackKind
from tests.agent_desk.test_sockets import page
from tests.support.desk import Site, served
from tests.support.spoken import utterance

pytestmark = pytest.mark.integration


async def left_a_message(site: Site, words: str) -> UUID:
    """Somebody spoke after the tone and hung up; the call's id."""
    now = site.clock.now()
    call = Call(
        queue_code="96345",
        dialled="96345",
        caller_number="13800001234",
        channel="PJSIP/trunk-1",
        linkedid="yihu-1.1",
        status=CallStatus.QUEUED,
        received_at=now,
        queued_at=now,
        end_reason="message",
    )
    async with site.database.writing() as work:
        work.session.add(call)
        work.emit(CallReceived(call.id))
    async with site.database.writing() as work:
        work.session.add(utterance(call.id, words, now))
        row = await work.session.get_one(Call, call.id)
        row.status, row.ended_at = CallStatus.ABANDONED, now + timedelta(seconds=30)
        work.emit(CallEnded(call.id))
    return call.id


async def test_a_message_is_shown_its_order_goes_to_who_calls_and_it_is_closed_with_a_reason(
    site: Site,
) -> None:
    subscribe(site.parts.bus, site.orders)
    call_id = await left_a_message(site, "我家水管爆了")
    async with site.signed_in("seat-a") as seat:
        (shown,) = (await seat.get("/api/call-backs")).json()
        assert (shown["call_id"], shown["kind"], shown["status"]) == (
            str(call_id),
            "message",
            "open",
        )
        assert (shown["summary"], shown["number"]) == ("我家水管爆了", "13800001234")
        async with site.database.reading() as session:
            order = await order_rows.order_of_call(session, call_id)
        assert order is not None
        assert (order.status, order.owner_id) == ("draft", None)
        assert "水管" in order.fields["summary"]

        # There is no Asterisk to place the call.
        answer = await seat.post(f"/api/call-backs/{shown['id']}/call")
        assert answer.status_code in (404, 503), answer.text
        (again,) = (await seat.get("/api/call-backs")).json()
        assert (again["status"], again["tries"]) == ("open", 0)

        for reason in ("", "   ", "长" * 256):
            answer = await seat.post(
                f"/api/call-backs/{shown['id']}/close", json={"reason": reason}
            )
            assert answer.status_code == 422, answer.text
        answer = await seat.post(
            f"/api/call-backs/{shown['id']}/close", json={"reason": "已电话处理"}
        )
        assert answer.json()["status"] == "closed"
        assert answer.json()["user_name"] == "seat-a员"
        answer = await seat.post(
            f"/api/call-backs/{shown['id']}/close", json={"reason": "再关一次"}
        )
        assert answer.status_code == 409
        assert (await seat.post(f"/api/call-backs/{uuid4()}/call")).status_code == 404


async def test_who_calls_back_owns_the_order_of_the_message(site: Site) -> None:
    subscribe(site.parts.bus, site.orders)
    call_id = await left_a_message(site, "我家水管爆了")
    async with site.database.writing() as work:
        row = (await work.session.scalars(select(CallBack))).one()
        row.status, row.user_id = CallBackStatus.CALLING, site.users["seat-b"]
        work.emit(CallBackChanged(row.id))
    async with site.database.reading() as session:
        order = await order_rows.order_of_call(session, call_id)
    assert order is not None
    assert order.owner_id == site.users["seat-b"]


async def test_every_seat_hears_of_a_new_entry_and_no_unit_does(site: Site) -> None:
    async with (
        served(site.app) as address,
        page(address, "seat-a") as seat,
        page(address, "water") as unit,
    ):
        now = site.clock.now()
        call = Call(
            queue_code="110",
            dialled="110",
            caller_number="13800001234",
            channel="PJSIP/trunk-1",
            status=CallStatus.ABANDONED,
            received_at=now - timedelta(seconds=4),
            ended_at=now,
        )
        async with site.database.writing() as work:
            work.session.add(call)
            work.emit(CallEnded(call.id))
        told = (await seat.hears("call_back"))["call_back"]
        assert (told["kind"], told["short"], told["queue_code"]) == ("missed", True, "110")
        assert told["kind"] == CallBackKind.MISSED
        with anyio.move_on_after(0.2):
            while (heard := json.loads(await unit.socket.recv()))["type"] == "pulse":
                pass
            pytest.fail(f"a unit hears {heard}")


async def test_an_administrator_changes_the_numbers(site: Site) -> None:
    async with site.signed_in("admin") as admin:
        body: dict[str, Any] = {"queue_code": "96345", "name": "旧供水热线"}
        put = await admin.put("/api/numbers/00090001", json=body)
        assert put.json() == {"number": "00090001", "version": 0, **body}
        assert (await admin.get("/api/numbers")).json() == [put.json()]
        for number, queue, status in (
            ("00090001", "119", 404),
            ("12", "110", 422),
            ("110", "96345", 409),
            ("abc", "110", 422),
            ("%5FX.", "110", 422),
        ):
            answer = await admin.put(f"/api/numbers/{number}", json={"queue_code": queue})
            assert answer.status_code == status, answer.text
        bad = {"queue_code": "110", "name": "一\r\n[evil]"}
        assert (await admin.put("/api/numbers/123456", json=bad)).status_code == 422
        path, seen = "/api/numbers/00090001", {"version": 1}
        assert (await admin.put(path, json=body | {"version": 0, "name": "改过"})).json() == {
            "number": "00090001", "version": 1, **body, "name": "改过",
        }  # fmt: skip
        for odd in ({}, {"version": ""}, {"version": "-1"}, {"version": "0; --"}):
            assert (await admin.delete(path, params=odd)).status_code == 422, odd
        stale = await admin.delete(path, params={"version": 0})
        assert stale.status_code == 409
        assert "进入96345（改过），没有停用" in stale.json()["message"]
        assert (await admin.delete(path, params=seen)).status_code == 204
        assert (await admin.delete(path, params=seen)).status_code == 404
        assert (await admin.get("/api/numbers")).json() == []
    async with site.database.reading() as session:
        audits = list(await session.scalars(select(Audit).order_by(Audit.id)))
    assert [(a.user_id, a.action) for a in audits] == [
        (site.users["admin"], "put"),
        (site.users["admin"], "put"),
        (site.users["admin"], "remove"),
    ]
