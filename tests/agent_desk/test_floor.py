"""The supervisor's floor: what it shows, what may be done on it, and what it costs."""

from __future__ import annotations

import time
from datetime import timedelta
from uuid import UUID, uuid4

import anyio
import pytest
from sqlalchemy import event, select

from models.events import CallChanged, SpeechAvailabilityChanged
from models.states import AgentState, CallStatus
from models.tables import AgentSession, Call, CallSuggestion, Seat, Transition
from models.telephony_tables import Audit, CallBack, CallBackKind
from tests.agent_desk.test_sockets import page
from tests.support.desk import Site, served

pytestmark = pytest.mark.integration

PAYLOAD = {
    "emergency": {"label": "emergency", "p": 0.97},
    "category": {"code": "E0101", "name": "住宅火灾"},
}


def waiting(site: Site, number: str, **changes: object) -> Call:
    """A caller who has waited for a minute."""
    now = site.clock.now()
    values = {
        "queue_code": "110",
        "dialled": "110",
        "caller_number": number,
        "channel": f"PJSIP/trunk-{uuid4()}",
        "received_at": now - timedelta(seconds=60),
        "queued_at": now - timedelta(seconds=60),
        "status": CallStatus.QUEUED,
    }
    return Call(**(values | changes))


def said(site: Site, call: Call) -> CallSuggestion:
    """What the machine makes of such a caller's words."""
    now = site.clock.now()
    return CallSuggestion(call_id=call.id, model_version="t", payload=PAYLOAD, updated_at=now)


async def wait_in_line(site: Site, number: str, **changes: object) -> UUID:
    """Such a caller is there."""
    async with site.database.writing() as work:
        call = waiting(site, number, **changes)
        work.session.add(call)
    return call.id


async def test_the_floor(site: Site) -> None:
    first = await wait_in_line(site, "13800000001")
    second = await wait_in_line(site, "13800000002", priority=10, lift_reason="疑似紧急警情")
    async with site.database.writing() as work:
        work.session.add(said(site, await work.session.get_one(Call, second)))
        entry = CallBack(call_id=first, queue_code="110", number="1", kind=CallBackKind.MISSED)
        entry.created_at = site.clock.now()
        work.session.add(entry)
    agent = await site.sit_down("seat-a", "1001")
    talk = await site.ring(agent, "13900000000")
    await site.answer(talk, agent)
    async with site.signed_in("boss") as boss:
        floor = (await boss.get("/api/floor")).json()
        nobody = (await boss.get("/api/supervise")).json()
    assert nobody is None
    emergency, service = floor["queues"]
    assert [item["call_id"] for item in emergency["waiting"]] == [str(second), str(first)]
    lifted = emergency["waiting"][0]
    assert (lifted["emergency"], lifted["category_name"]) == (True, "住宅火灾")
    assert (lifted["priority"], lifted["lift_reason"]) == (10, "疑似紧急警情")
    assert emergency["seats"] == {"on_call": 1}
    assert emergency["offered"] == 2
    assert (service["waiting"], service["seats"], service["answered"]) == ([], {}, 1)
    assert service["service_level"] == 1
    taken, free = floor["seats"]
    assert (taken["seat_code"], taken["status"], taken["user_name"]) == (
        "1001",
        "on_call",
        "seat-a员",
    )
    assert (taken["call_id"], taken["caller_number"]) == (str(talk), "13900000000")
    assert (taken["supervised_by"], taken["held"]) == ("", False)
    assert (free["session_id"], free["status"]) == (None, "logged_out")
    assert floor["call_backs_open"] == 1


async def test_a_hundred_waiting_callers_cost_few_queries(site: Site) -> None:
    async with site.database.writing() as work:
        for number in range(20):
            work.session.add(
                Seat(code=f"s{number:02d}", name="席", queue_codes=["110"], sip_secret="x" * 18)
            )
        calls = [waiting(site, f"138{number:08d}") for number in range(100)]
        work.session.add_all(calls)
        await work.session.flush()
        work.session.add_all(said(site, call) for call in calls)
    asked: list[str] = []

    def note(*args: object) -> None:
        asked.append(str(args[2]))

    async with site.signed_in("boss") as boss:
        assert (await boss.get("/api/floor")).status_code == 200
        event.listen(site.database.engine.sync_engine, "before_cursor_execute", note)
        began = time.perf_counter()
        floor = (await boss.get("/api/floor")).json()
        took = time.perf_counter() - began
        event.remove(site.database.engine.sync_engine, "before_cursor_execute", note)
    assert len(floor["queues"][0]["waiting"]) == 100
    assert sum(text.startswith("SELECT") for text in asked) <= 7, asked
    assert took < 2, f"{took * 1000:.0f} ms"


async def test_supervisors_pages_hear_of_moves_once_a_second(site: Site) -> None:
    async with (
        served(site.app) as address,
        page(address, "boss") as boss,
        page(address, "seat-a") as seat,
    ):
        began = anyio.current_time()
        await seat.client.post("/api/agent-session", json={"seat_code": "1001", "device": "phone"})
        floor = (await boss.hears("floor"))["floor"]
        assert floor["seats"][0]["status"] == "ready"
        for _ in range(50):
            await site.parts.bus.publish(CallChanged(uuid4()))
        await wait_in_line(site, "13800000009")
        await site.parts.bus.publish(CallChanged(uuid4()))
        told = 0
        while not (waiting := floor["queues"][0]["waiting"]):
            floor = (await boss.hears("floor"))["floor"]
            told += 1
        assert told <= 1.1 * (anyio.current_time() - began)
        assert waiting[0]["number"] == "13800000009"
        await site.parts.bus.publish(SpeechAvailabilityChanged(available=True))
        await seat.hears_only("agent", "workspace", "pulse", until="helpers")


async def test_states_are_forced_and_noted(site: Site) -> None:
    agent = await site.sit_down("seat-a", "1001")
    async with site.signed_in("boss") as boss:
        answer = await boss.post(f"/api/agents/{agent}/pause", json={"reason": " 谈话\n十分钟 "})
        assert answer.status_code == 204, answer.text
        row = await _session(site, agent)
        assert (row.status, row.pause_reason) == (AgentState.PAUSED, "谈话 十分钟")
        assert (await boss.post(f"/api/agents/{agent}/ready")).status_code == 204
        assert (await boss.post(f"/api/agents/{agent}/ready")).status_code == 204
        assert (await _session(site, agent)).status is AgentState.READY
        call = await site.ring(agent)
        ringing = await boss.post(f"/api/agents/{agent}/sign-out")
        assert (ringing.status_code, ringing.json()["code"]) == (503, "unavailable")
        await site.answer(call, agent)
        for path, body in (("sign-out", None), ("pause", {"reason": "谈话"})):
            refused = await boss.post(f"/api/agents/{agent}/{path}", json=body)
            assert refused.status_code == 409
            assert "正在通话" in refused.json()["message"]
        await site.hang_up(call, agent)
        assert (await boss.post(f"/api/agents/{agent}/sign-out")).status_code == 204
        assert (await _session(site, agent)).signed_out_at is not None
        again = await boss.post(f"/api/agents/{agent}/sign-out")
        assert (again.status_code, "签出" in again.json()["message"]) == (404, True)
        noted = (await boss.get("/api/audits", params={"subject_id": str(agent)})).json()
        others = (await boss.get("/api/audits", params={"subject": "call"})).json()
    assert [entry["action"] for entry in noted] == ["sign_out", "ready", "pause"]
    assert {entry["by"] for entry in noted} == {"boss员"}
    assert noted[2]["detail"]["reason"] == "谈话 十分钟"
    assert others == []
    async with site.database.reading() as session:
        query = select(Transition).where(Transition.entity_id == agent)
        moves = (await session.scalars(query.order_by(Transition.id))).all()
    forced = [move.trigger for move in moves if move.actor == str(site.users["boss"])]
    assert forced == ["pause", "ready", "sign_out"]


async def test_bad_input_is_refused_in_words(site: Site) -> None:
    agent = await site.sit_down("seat-a", "1001")
    async with site.signed_in("boss") as boss:
        for method, path, body in (
            ("POST", "/api/supervise", {"session_id": str(agent), "mode": "shout"}),
            ("POST", "/api/supervise", {"session_id": "x", "mode": "listen"}),
            ("PATCH", "/api/supervise", {"mode": ""}),
            ("POST", f"/api/agents/{agent}/pause", {"reason": " \n "}),
            ("POST", f"/api/agents/{agent}/pause", {"reason": "长" * 65}),
            ("POST", f"/api/agents/{agent}/pause", {}),
            ("POST", f"/api/calls/{uuid4()}/move", {"queue_code": "110", "priority": -1}),
            ("GET", "/api/audits?page=-1", None),
            ("GET", f"/api/audits?subject={'x' * 65}", None),
        ):
            answer = await boss.request(method, path, json=body)
            assert answer.status_code == 422, (path, answer.text)
            assert answer.json()["message"].endswith("。")
        assert (await boss.delete("/api/supervise")).status_code == 204
        for path in (f"/api/calls/{uuid4()}/take", f"/api/agents/{uuid4()}/ready"):
            assert (await boss.post(path)).status_code == 404
        mode = {"session_id": str(agent), "mode": "listen"}
        away = await boss.post("/api/supervise", json=mode)
        assert (away.status_code, "暂时不可用" in away.json()["message"]) == (503, True)
        unknown = await boss.patch("/api/supervise", json={"mode": "barge"})
        assert (unknown.status_code, "没有监听" in unknown.json()["message"]) == (404, True)
    async with site.database.reading() as session:
        assert (await session.scalars(select(Audit))).all() == []


async def _session(site: Site, agent_id: UUID) -> AgentSession:
    async with site.database.reading() as session:
        return await session.get_one(AgentSession, agent_id)
