"""Hand-overs as the pages use them, without Asterisk."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from models.events import AgentStateChanged, HandOverChanged
from models.tables import AgentSession
from models.telephony_tables import HandOver, HandOverKind
from models.transitions import SYSTEM, advance
from tests.support.desk import Site

pytestmark = pytest.mark.integration


async def offered(site: Site, call_id: UUID, giver: UUID, taker: UUID) -> UUID:
    """The call is offered to another seat, which rings."""
    now = site.clock.now()
    row = HandOver(
        call_id=call_id,
        from_session_id=giver,
        to_session_id=taker,
        kind=HandOverKind.CONSULT,
        seat_code="1002",
        started_at=now,
    )
    async with site.database.writing() as work:
        other = await work.session.get_one(AgentSession, taker)
        advance(work.session, other, "ring", actor=SYSTEM, at=now)
        other.call_id = call_id
        work.session.add(row)
        work.emit(HandOverChanged(row.id, call_id))
        work.emit(AgentStateChanged(taker))
    return row.id


async def test_both_seats_see_the_hand_over_and_the_same_work(site: Site) -> None:
    giver = await site.sit_down("seat-a", "1001")
    taker = await site.sit_down("seat-b", "1002")
    call_id = await site.ring(giver)
    order_id = await site.answer(call_id, giver)
    hand_over_id = await offered(site, call_id, giver, taker)
    async with site.signed_in("seat-a") as one, site.signed_in("seat-b") as two:
        (mine,) = (await one.get("/api/hand-overs")).json()
        (theirs,) = (await two.get("/api/hand-overs")).json()
        assert (mine["id"], mine["mine"], theirs["mine"]) == (str(hand_over_id), True, False)
        assert (mine["from_name"], mine["to_name"]) == ("seat-a员", "seat-b员（1002号席）")
        assert (mine["kind"], mine["status"]) == ("consult", "offered")
        desk = (await two.get("/api/desk")).json()
        assert desk["workspace"]["call"]["id"] == str(call_id)
        assert desk["workspace"]["order"]["id"] == str(order_id)
        shown = desk["workspace"]["call"]
        assert (shown["direction"], shown["priority"], shown["lift_reason"]) == ("in", 0, "")
        assert (shown["held_since"], shown["silent"]) == (None, False)
        # Nobody has answered yet, and it is not the other's to end.
        assert (await one.post(f"/api/hand-overs/{hand_over_id}/join")).status_code == 409
        assert (await one.post(f"/api/hand-overs/{hand_over_id}/complete")).status_code == 409
        for action in ("join", "complete", "keep"):
            path = f"/api/hand-overs/{hand_over_id}/{action}"
            assert (await two.post(path)).status_code == 404
            assert (await one.post(f"/api/hand-overs/{uuid4()}/{action}")).status_code == 404


async def test_choices(site: Site) -> None:
    await site.sit_down("seat-a", "1001")
    await site.sit_down("seat-b", "1002")
    async with site.signed_in("seat-a") as client:
        found = (await client.get("/api/hand-overs/targets")).json()
    assert found["ready_by_queue"] == {"110": 1, "96345": 0}
    assert [(one["seat_code"], one["status"]) for one in found["seats"]] == [("1002", "ready")]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"kind": "steal", "seat_code": "1002"},
        {"kind": "blind"},
        {"kind": "blind", "seat_code": "1002", "queue_code": "110"},
        {"kind": "blind", "number": "1,2&PJSIP/1002"},
        {"kind": "consult", "number": "１３８００"},
        {"kind": "consult", "seat_code": "1001"},
        {"kind": "consult", "seat_code": "1002", "channel": "x"},
    ],
)
async def test_impossible_hand_overs_are_refused(site: Site, body: object) -> None:
    giver = await site.sit_down("seat-a", "1001")
    call_id = await site.ring(giver)
    await site.answer(call_id, giver)
    async with site.signed_in("seat-a") as client:
        answer = await client.post(f"/api/calls/{call_id}/hand-overs", json=body)
        assert answer.status_code == 422, answer.text
        assert (await client.get("/api/hand-overs")).json() == []


async def test_calls_of_others_and_missing_parts(site: Site) -> None:
    giver = await site.sit_down("seat-a", "1001")
    await site.sit_down("seat-b", "1002")
    call_id = await site.ring(giver)
    await site.answer(call_id, giver)
    give = {"kind": "consult", "seat_code": "1002"}
    async with site.signed_in("seat-a") as one, site.signed_in("seat-b") as two:
        path = f"/api/calls/{call_id}"
        assert (await two.post(f"{path}/hand-overs", json=give)).status_code == 404
        assert (await two.post(f"{path}/ask-key")).status_code == 404
        # There is neither a leg nor Asterisk here, nor a trunk.
        assert (await one.post(f"{path}/hand-overs", json=give)).status_code == 409
        assert (await one.post(f"{path}/ask-key")).status_code == 503
        placed = await two.post("/api/calls", json={"number": "13900000000"})
        assert placed.status_code == 503
        assert "外呼线路" in placed.json()["message"]
        assert (await two.post("/api/calls", json={"number": "1;2"})).status_code == 422
        desk = (await two.get("/api/desk")).json()
        assert (desk["agent"]["status"], desk["workspace"]) == ("ready", None)
