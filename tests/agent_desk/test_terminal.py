"""Units' terminals: actions that are sent twice or late, talk with the seat, history."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import select

from agent_desk.terminal_views import PAGE
from models.order_tables import DispatchOrder, WorkOrder
from models.states import DispatchStatus
from models.tables import Transition
from models.telephony_tables import Audit
from models.terminal_tables import TerminalAction, UnitMessage
from tests.agent_desk.test_unit_systems import moves, sent
from tests.support.desk import Site

pytestmark = pytest.mark.integration


async def act(
    client: httpx.AsyncClient,
    item: UUID,
    action: str,
    body: dict[str, Any] | None = None,
    key: str = "",
    done_at: str = "",
) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    if done_at:
        headers["X-Done-At"] = done_at
    return await client.post(f"/api/unit/orders/{item}/{action}", json=body, headers=headers)


async def test_an_action_sent_again_is_done_once(site: Site) -> None:
    [item] = await sent(site, "供水")
    async with site.signed_in("water") as unit:
        first = await act(unit, item, "receive", key="key-of-receiving")
        again = await act(unit, item, "receive", key="key-of-receiving")
        without = await act(unit, item, "receive")
        other = await act(unit, item, "depart", key="key-of-receiving")
        silly = await act(unit, item, "depart", key="short!")
    assert (first.status_code, again.status_code) == (200, 200), again.text
    assert again.json()["status"] == "received"
    assert without.json()["code"] == "illegal_transition"
    assert other.json()["code"] == "conflict"
    assert silly.status_code == 422
    assert await moves(site, item) == ["send", "receive"]


async def test_a_key_is_free_again_after_a_refusal(site: Site) -> None:
    [item] = await sent(site, "供水")
    async with site.signed_in("water") as unit:
        refused = await act(unit, item, "depart", key="key-of-departing")
        assert (await act(unit, item, "receive")).status_code == 200
        taken = await act(unit, item, "depart", key="key-of-departing")
    assert (refused.status_code, taken.status_code) == (409, 200)


async def test_both_times_of_a_late_action_are_kept_and_the_clock_is_not_believed(
    site: Site,
) -> None:
    [item] = await sent(site, "供水")
    sent_at = site.clock.now()
    done_at = sent_at + timedelta(minutes=5)
    site.clock.advance(timedelta(minutes=20))
    early, ahead = sent_at - timedelta(days=9), site.clock.now() + timedelta(hours=3)
    async with site.signed_in("water") as unit:
        for action, told in (("receive", done_at), ("depart", early), ("arrive", ahead)):
            answer = await act(unit, item, action, None, f"key-of-{action}", told.isoformat())
            assert answer.status_code == 200, answer.text
        wrong = await act(unit, item, "feedback", {"text": "好"}, "key-of-feedback", "yesterday")
    assert wrong.status_code == 422
    query = select(TerminalAction).where(TerminalAction.dispatch_order_id == item)
    async with site.database.reading() as session:
        rows = {row.action: row for row in await session.scalars(query)}
        reason = await session.scalar(
            select(Transition.reason).where(
                Transition.entity_id == item, Transition.trigger == "receive"
            )
        )
    now = site.clock.now()
    assert {row.taken_at for row in rows.values()} == {now}
    assert [rows[name].done_at for name in ("receive", "depart", "arrive")] == [
        done_at,
        sent_at,
        now,
    ]
    assert reason is not None
    assert reason.startswith("离线时已操作")


async def test_seat_and_unit_write_to_each_other(site: Site) -> None:
    [item, other] = await sent(site, "供水", "供电")
    async with site.signed_in("water") as unit, site.signed_in("seat-a") as seat:
        line = {"text": "楼道<b>太窄</b>，请来电人开东门"}
        said = await act(unit, item, "messages", line, key="key-of-a-line")
        again = await act(unit, item, "messages", line, key="key-of-a-line")
        assert (said.status_code, again.status_code) == (200, 200), said.text
        order_id = said.json()["work_order_id"]
        where = f"/api/orders/{order_id}/dispatches/{item}/messages"
        site.clock.advance(timedelta(seconds=5))
        answered = await seat.post(where, json={"text": "已告知，东门开了"})
        [talk] = (await unit.get("/api/unit/talk")).json()
        async with site.signed_in("seat-b") as stranger, site.signed_in("power") as power:
            refusals = [
                await stranger.post(where, json={"text": "你好"}),
                await stranger.get(f"/api/orders/{order_id}/talk"),
                await act(power, item, "messages", {"text": "你好"}),
                await power.get(f"/api/unit/orders/{item}/talk"),
                await seat.post(where.replace(str(item), str(uuid4())), json={"text": "你好"}),
            ]
            own = (await power.get("/api/unit/talk")).json()
        wrong = [await seat.post(where, json={"text": text}) for text in ("", " \n ", "长" * 501)]
    assert [answer.status_code for answer in refusals] == [404] * 5
    assert [answer.status_code for answer in wrong] == [422] * 3
    assert {one["dispatch_order_id"] for one in answered.json()} == {str(item), str(other)}
    assert [(one["from_unit"], one["text"], one["by"]) for one in talk["lines"]] == [
        (True, line["text"], "water员"),
        (False, "已告知，东门开了", "seat-a员"),
    ]
    assert own[0]["lines"] == []
    async with site.database.reading() as session:
        audits = list(await session.scalars(select(Audit).where(Audit.action == "message")))
    assert [row.detail["from"] for row in audits] == ["unit", "seat"]


async def test_talk_ends_with_the_order_and_after_a_hundred_lines(site: Site) -> None:
    [item] = await sent(site, "供水")
    async with site.database.writing() as work:
        work.session.add_all(
            UnitMessage(
                dispatch_order_id=item,
                user_id=site.users["water"],
                from_unit=True,
                text="到哪了",
                done_at=site.clock.now(),
                at=site.clock.now(),
            )
            for _ in range(100)
        )
    async with site.signed_in("water") as unit:
        full = await act(unit, item, "messages", {"text": "再说一句"})
        assert (await act(unit, item, "reject", {"reason": "不在辖区"})).status_code == 200
        over = await act(unit, item, "messages", {"text": "再说一句"})
    assert (full.status_code, over.status_code) == (409, 409)
    assert "100 条" in full.json()["message"]


async def test_history_is_found_and_paged(site: Site) -> None:
    [item] = await sent(site, "供水")
    async with site.signed_in("water") as unit:
        assert (await unit.get("/api/unit/history")).json() == {"orders": [], "more": False}
        await act(unit, item, "reject", {"reason": "不在本单位辖区"})
        number = (await unit.get("/api/unit/orders")).json()[0]["number"]
        for text, count in (
            *(("", 1), ("南苑", 1), (number[-4:], 1), ("%", 0), ("北苑", 0)),
            (" \x00南\x1e苑\t", 1),
            ("不在本单位", 0),  # why it was handed back is not looked through
        ):
            found = (await unit.get("/api/unit/history", params={"text": text})).json()
            assert len(found["orders"]) == count, text
        for asked in ({}, {"text": "南苑"}):
            after = {"after": str(item)} | asked
            further = (await unit.get("/api/unit/history", params=after)).json()
            assert further == {"orders": [], "more": False}
    async with site.signed_in("power") as other:
        assert (await other.get("/api/unit/history")).json()["orders"] == []
        assert (await other.get("/api/unit/history", params={"text": "南苑"})).json()[
            "orders"
        ] == []
        for odd, code in ((str(item), 404), (str(uuid4()), 404), ("1", 422)):
            answer = await other.get("/api/unit/history", params={"after": odd})
            assert (answer.status_code, bool(answer.json()["message"])) == (code, True), odd


async def test_history_is_found_by_category_and_report_page_by_page(site: Site) -> None:
    [first] = await sent(site, "供水")
    async with site.database.writing() as work:
        item = await work.session.get_one(DispatchOrder, first)
        unit_id, order = item.unit_id, await work.session.get_one(WorkOrder, item.work_order_id)
        code, name = next(iter(site.parts.category_names().items()))
        order.fields = order.fields | {"category_code": code}
        for number in range(PAGE + 5):
            at = order.created_at + timedelta(minutes=number // 2 + 1)  # two of a moment
            more = WorkOrder(
                number=f"N{number}",
                incident_id=order.incident_id,
                queue_code=order.queue_code,
                fields={"address": f"东苑{number}"},
                field_states={},
                created_at=at,
            )
            done = DispatchOrder(
                work_order_id=more.id,
                unit_id=unit_id,
                status=DispatchStatus.FED_BACK,
                created_at=at,
                feedback="修好了",
            )
            work.session.add_all([more, done])
    async with site.signed_in("water") as unit:

        async def pages(text: str) -> list[list[str]]:
            found: list[list[str]] = []
            after: dict[str, str] = {}
            while True:
                page = (await unit.get("/api/unit/history", params={"text": text} | after)).json()
                found.append([row["order"]["id"] for row in page["orders"]])
                if not page["more"]:
                    return found
                after = {"after": found[-1][-1]}

        assert await pages(name) == [[]]
        await act(unit, first, "receive")
        await act(unit, first, "feedback", {"text": "换了水表"})
        assert await pages(name) == await pages("水表") == [[str(first)]]
        everything = await pages("")
        assert [len(page) for page in everything] == [PAGE, 6]
        assert everything[-1][-1] == str(first)
        assert len({one for page in everything for one in page}) == PAGE + 6
        reported = await pages("修好")
        assert [len(page) for page in reported] == [PAGE, 5]
        assert {one for page in reported for one in page} == {
            one for page in everything for one in page
        } - {str(first)}
        [[newest]] = await pages("东苑34")
        assert newest == everything[0][0]
