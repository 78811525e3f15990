"""What an open page is told, and when its socket is closed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import anyio
import httpx
import pytest
import websockets
from sqlalchemy import select
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from agent_desk import outbox
from agent_desk.outbox import Listener
from models.events import (
    HandOverChanged,
    KeyPressed,
    SpeechAvailabilityChanged,
    TranscriptGrew,
    UtteranceStored,
)
from models.kinds import LegRole
from models.order_tables import DispatchOrder
from models.tables import AuthSession, Utterance
from models.telephony_tables import HandOver, HandOverKind
from tests.support.desk import PASSWORD, Site, served
from tests.support.spoken import utterance

pytestmark = pytest.mark.integration

SECONDS = 30


class Page:
    """An open page: its socket, and what it has heard."""

    def __init__(self, socket: ClientConnection, client: httpx.AsyncClient) -> None:
        self.socket = socket
        self.client = client

    async def hears(self, kind: str) -> dict[str, Any]:
        """The next message of this kind; others before it are passed over."""
        with anyio.fail_after(SECONDS):
            while True:
                message: dict[str, Any] = json.loads(await self.socket.recv())
                if message["type"] == kind:
                    return message

    async def hears_only(self, *kinds: str, until: str) -> list[str]:
        """The kinds heard before ``until``, all of which must be among ``kinds``."""
        heard: list[str] = []
        with anyio.fail_after(SECONDS):
            while True:
                kind = json.loads(await self.socket.recv())["type"]
                if kind == until:
                    assert set(heard) <= set(kinds), heard
                    return heard
                heard.append(kind)

    async def closed(self) -> int:
        """The code the server closes with."""
        with anyio.fail_after(SECONDS):
            await self.socket.wait_closed()
        assert self.socket.close_code is not None
        return self.socket.close_code


@asynccontextmanager
async def page(address: str, username: str) -> AsyncIterator[Page]:
    async with httpx.AsyncClient(base_url=f"http://{address}", timeout=SECONDS) as client:
        signing = {"username": username, "password": PASSWORD}
        answer = await client.post("/api/session", json=signing)
        client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        async with connect(address, client.cookies["yihu_session"]) as socket:
            yield Page(socket, client)


def connect(
    address: str, token: str, origin: str | None = "own", path: str = "/ws", **options: Any
) -> websockets.connect:
    return websockets.connect(
        f"ws://{address}{path}",
        origin=f"http://{address}" if origin == "own" else origin,  # type: ignore[arg-type]
        additional_headers={"Cookie": f"yihu_session={token}"},
        proxy=None,
        open_timeout=SECONDS,
        **options,
    )


async def test_a_call_on_the_seats_page(site: Site) -> None:
    agent = await site.sit_down("seat-a", "1001")
    await site.sit_down("seat-b", "1002")
    stream = uuid4()
    async with (
        served(site.app) as address,
        page(address, "seat-a") as mine,
        page(address, "seat-b") as other,
    ):
        call_id = await site.ring(agent)
        assert (await mine.hears("agent"))["agent"]["status"] == "ringing"
        rings = (await mine.hears("workspace"))["workspace"]
        assert (rings["call"]["id"], rings["call"]["status"]) == (str(call_id), "ringing")
        order_id = await site.answer(call_id, agent)
        answered = (await mine.hears("workspace"))["workspace"]
        assert answered["call"]["status"] == "answered"
        assert (await mine.hears("order"))["order"]["id"] == str(order_id)
        for count, text in enumerate(["水", "水管", "水管破"]):
            grown = TranscriptGrew(call_id, stream, LegRole.CALLER, 1, text)
            await site.parts.bus.publish(grown)
            if count == 0:
                assert (await mine.hears("partial"))["partial"]["text"] == "水"
        utterance_id = await _store(site, call_id, stream, "水管破了")
        words = (await mine.hears("partial"))["partial"]["text"]
        assert words in ("水管", "水管破")
        said = await mine.hears("utterance")
        assert said["utterance"]["id"] == str(utterance_id)
        assert said["call_id"] == str(call_id)
        await site.hang_up(call_id, agent)
        assert (await mine.hears("agent"))["agent"]["status"] == "wrap_up"
        over = (await mine.hears("workspace"))["workspace"]
        assert over["call"]["status"] == "ended"
        assert [line["text"] for line in over["utterances"]] == ["水管破了"]
        await mine.client.patch("/api/agent-session", json={"state": "ready"})
        assert (await mine.hears("workspace"))["workspace"] is None
        # Nothing of it reached the neighbour.
        await site.parts.bus.publish(SpeechAvailabilityChanged(available=False))
        await other.hears_only("pulse", until="helpers")


async def test_the_lamp_reaches_seat_and_supervisor_and_the_order_its_unit_only(
    site: Site,
) -> None:
    order_id, _ = await site.order_of("seat-a", "1001")
    async with (
        served(site.app) as address,
        page(address, "seat-a") as seat,
        page(address, "boss") as boss,
        page(address, "water") as water,
        page(address, "power") as power,
    ):
        order = (await seat.client.get(f"/api/orders/{order_id}")).json()["order"]
        edit = {"version": order["version"], "fields": {"address": "南苑小区"}}
        order = (await seat.client.patch(f"/api/orders/{order_id}", json=edit)).json()
        sending = {"version": order["version"], "unit_ids": [str(site.units["供水"])]}
        sent = await seat.client.post(f"/api/orders/{order_id}/send", json=sending)
        assert sent.status_code == 200
        job = (await water.hears("unit_order"))["order"]
        assert (job["address"], job["lamp"]) == ("南苑小区", "red")
        await water.client.post(f"/api/unit/orders/{job['id']}/receive")
        for who in (seat, boss):
            lamps: list[str] = []
            while lamps != ["blue"]:
                told = (await who.hears("order"))["order"]
                lamps = [item["lamp"] for item in told["dispatch_orders"]]
        feedback = await water.client.post(
            f"/api/unit/orders/{job['id']}/feedback", json={"text": "修好了"}
        )
        assert feedback.status_code == 200
        for who in (seat, boss):
            while lamps != ["green"]:
                told = (await who.hears("order"))["order"]
                lamps = [item["lamp"] for item in told["dispatch_orders"]]
            lamps = []
        # The other unit hears of an order of its own first.
        async with site.database.reading() as session:
            version = (await seat.client.get(f"/api/orders/{order_id}")).json()["order"]["version"]
            again = {"version": version, "unit_ids": [str(site.units["供电"])]}
            await seat.client.post(f"/api/orders/{order_id}/send", json=again)
            first = (await power.hears("unit_order"))["order"]
            row = await session.get_one(DispatchOrder, UUID(first["id"]))
            assert row.unit_id == site.units["供电"]


async def test_helpers_that_go_are_told(site: Site) -> None:
    async with served(site.app) as address, page(address, "seat-a") as seat:
        await site.parts.bus.publish(SpeechAvailabilityChanged(available=False))
        helpers = (await seat.hears("helpers"))["helpers"]
        assert helpers == {"telephony": False, "speech": False, "suggestion": True}


async def test_signing_out_closes_the_page(site: Site) -> None:
    async with served(site.app) as address, page(address, "seat-a") as seat:
        assert (await seat.client.delete("/api/session")).status_code == 204
        assert await seat.closed() == 4401


async def test_a_sign_in_that_ends_closes_the_page(site: Site) -> None:
    async with served(site.app) as address, page(address, "seat-a") as seat:
        site.clock.advance(timedelta(hours=12))
        assert await seat.closed() == 4401


async def test_a_units_open_page_counts_as_use(site: Site) -> None:
    async with served(site.app) as address, page(address, "water") as water:
        for _ in range(3):
            site.clock.advance(timedelta(hours=11))
            with anyio.fail_after(SECONDS):
                while await _hours_left(site) < 12:
                    await anyio.sleep(0.02)
        assert (await water.client.get("/api/session")).status_code == 200


async def test_a_stopping_server_closes_the_page(site: Site) -> None:
    async with served(site.app) as address, page(address, "seat-a") as seat:
        opened = seat
        site.app.state.running.hub.close()
        assert await opened.closed() == 1001


@pytest.mark.parametrize("origin", [None, "http://evil.test", "null"])
async def test_foreign_pages_open_no_socket(site: Site, origin: str | None) -> None:
    async with served(site.app) as address, page(address, "seat-a") as seat:
        token = seat.client.cookies["yihu_session"]
        for path in ("/ws", "/ws/sip"):
            with pytest.raises(InvalidStatus) as refused:
                async with connect(address, token, origin, path):
                    pass
            assert refused.value.response.status_code == 403


async def test_without_sign_in_the_page_is_told_so(site: Site) -> None:
    async with served(site.app) as address, connect(address, "no-token") as socket:
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4401


async def test_what_a_page_sends_is_not_looked_at_but_bounded(site: Site) -> None:
    async with served(site.app) as address, page(address, "seat-a") as seat:
        await seat.socket.send("{}")
        await seat.socket.send(b"\xff\xfe")
        await site.parts.bus.publish(SpeechAvailabilityChanged(available=False))
        await seat.hears("helpers")
        await seat.socket.send("x" * 5000)
        assert await seat.closed() == 1009


async def test_one_account_cannot_open_sockets_without_end(site: Site) -> None:
    async with served(site.app) as address, page(address, "seat-a") as seat:
        token = seat.client.cookies["yihu_session"]
        async with anyio.create_task_group() as group:
            opened: list[bool] = []

            async def open_one() -> None:
                try:
                    async with connect(address, token):
                        opened.append(True)
                        await anyio.sleep_forever()
                except InvalidStatus:
                    opened.append(False)

            for _ in range(25):
                group.start_soon(open_one)
            with anyio.fail_after(SECONDS):
                while len(opened) < 25:
                    await anyio.sleep(0.02)
            group.cancel_scope.cancel()
        assert opened.count(True) == 19


async def test_a_slow_page_is_told_to_fetch_everything(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "MOST_WAITING", 3)
    async with site.visitor() as client:
        await client.post("/api/session", json={"username": "seat-a", "password": PASSWORD})
        person = await site.app.state.running.accounts.person(client.cookies["yihu_session"])
    listener = Listener(person, hears=True)
    for number in range(5):
        listener.put(f"{number}")
    heard = [await listener.next() for _ in range(3)]
    assert heard == ['{"type":"resync"}', "3", "4"]


async def test_rows_that_cannot_be_read_make_pages_fetch_again(site: Site) -> None:
    async with served(site.app) as address, page(address, "seat-a") as seat:
        await site.parts.bus.publish(UtteranceStored(uuid4(), uuid4()))  # no such row: nothing
        agent = await site.sit_down("seat-a", "1001")
        await seat.hears("agent")
        call_id = await site.ring(agent)
        await seat.hears("workspace")
        stored = await _store(site, call_id, uuid4(), "好")
        async with site.database.writing() as work:
            row = await work.session.get_one(Utterance, stored)
            row.words = [{"not": "a word"}]
            work.emit(UtteranceStored(call_id, row.id))
        await seat.hears("resync")
        await site.parts.bus.publish(SpeechAvailabilityChanged(available=False))
        await seat.hears("helpers")  # and the hub goes on


async def _store(site: Site, call_id: UUID, stream: UUID, text: str) -> UUID:
    row = utterance(call_id, text, site.clock.now(), stream_id=stream, sequence=1)
    async with site.database.writing() as work:
        work.session.add(row)
        work.emit(UtteranceStored(call_id, row.id))
    return row.id


async def _hours_left(site: Site) -> float:
    async with site.database.reading() as session:
        row = (await session.scalars(select(AuthSession))).one()
    return (row.expires_at - site.clock.now()) / timedelta(hours=1)


async def test_both_seats_are_told_of_a_hand_over_and_of_keys(site: Site) -> None:
    giver = await site.sit_down("seat-a", "1001")
    taker = await site.sit_down("seat-b", "1002")
    call_id = await site.ring(giver)
    await site.answer(call_id, giver)
    row = HandOver(
        call_id=call_id,
        from_session_id=giver,
        to_session_id=taker,
        kind=HandOverKind.CONFERENCE,
        started_at=site.clock.now(),
    )
    async with (
        served(site.app) as address,
        page(address, "seat-a") as one,
        page(address, "seat-b") as two,
        page(address, "boss") as boss,
    ):
        async with site.database.writing() as work:
            work.session.add(row)
            work.emit(HandOverChanged(row.id, call_id))
        told = [(await each.hears("hand_over"))["hand_over"] for each in (one, two)]
        assert [each["mine"] for each in told] == [True, False]
        assert {each["status"] for each in told} == {"offered"}
        await site.database.bus.publish(KeyPressed(call_id, "1"))
        key = await one.hears("key")
        assert key == {"type": "key", "call_id": str(call_id), "key": "1"}
        await site.database.bus.publish(SpeechAvailabilityChanged(available=False))
        await boss.hears_only("pulse", until="helpers")
