"""The whole path without a browser: a telephone seat, real audio, HTTP and the socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
import websockets
from sqlalchemy import create_engine, text

from ivr.voice import Voice
from tests.e2e.conftest import Instance
from yihu.simulate.caller import CallOutcome, place_call
from yihu.simulate.phone import Phone

pytestmark = pytest.mark.asterisk

BURST_PIPE = "我在南苑小区十二栋楼下，自来水管破裂了，水喷得老高"
NUMBER = "13800000077"


class Ear:
    """A page's socket: keeps every message."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    async def listen(self, url: str, cookie: str, origin: str) -> None:
        headers = {"Cookie": cookie}
        async with websockets.connect(url, additional_headers=headers, origin=origin) as socket:  # type: ignore[arg-type] # Origin is a NewType of str
            async for raw in socket:
                self.messages.append(json.loads(raw))

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.messages if message["type"] == kind]


def sip_secret(centre: Instance, seat: str) -> str:
    engine = create_engine(f"sqlite:///{centre.folder / 'data' / 'yihu.sqlite3'}")
    try:
        with engine.connect() as connection:
            row = connection.execute(
                text("select sip_secret from seats where code = :code"), {"code": seat}
            )
            return str(row.scalar_one())
    finally:
        engine.dispose()


@asynccontextmanager
async def signed_in(centre: Instance, username: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=centre.url, timeout=20) as client:
        answer = await client.post(
            "/api/session", json={"username": username, "password": centre.password}
        )
        assert answer.status_code == 200, answer.text
        client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        yield client


async def get(client: httpx.AsyncClient, path: str) -> Any:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def post(client: httpx.AsyncClient, path: str, body: dict[str, Any] | None = None) -> Any:
    answer = await client.post(path, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def order_that(client: httpx.AsyncClient, field: str, value: str) -> dict[str, Any]:
    """The seat's order once one of its fields has the value."""
    with anyio.fail_after(30):
        while True:
            work = (await get(client, "/api/desk"))["workspace"]
            if work and work["order"] and work["order"]["fields"][field] == value:
                found: dict[str, Any] = work["order"]
                return found
            await anyio.sleep(0.1)


async def test_a_spoken_call_becomes_a_green_lamp(
    centre: Instance, models_dir: Path, tmp_path: Path
) -> None:
    voice = await asyncio.to_thread(Voice.load, models_dir)
    spoken = await asyncio.to_thread(voice.speak_to, BURST_PIPE, "zf_xiaobei", tmp_path)
    secret = await asyncio.to_thread(sip_secret, centre, "seat03")
    phone = Phone(
        sip_host="127.0.0.1",
        sip_port=centre.port_base + 1,
        username="seat03",
        secret=secret,
        answer_after=0.5,
    )
    ear = Ear()
    async with (
        signed_in(centre, "zuoxi03") as seat,
        signed_in(centre, "gongshui") as unit,
        anyio.create_task_group() as group,
    ):
        await group.start(phone.run)
        cookie = f"yihu_session={seat.cookies['yihu_session']}"
        socket_url = centre.url.replace("http", "ws") + "/ws"
        group.start_soon(ear.listen, socket_url, cookie, centre.url)
        await post(seat, "/api/agent-session", {"seat_code": "seat03", "device": "phone"})

        report = await place_call(
            sip_host="127.0.0.1",
            sip_port=centre.port_base + 1,
            to="110",
            from_number=NUMBER,
            audio=spoken,
            tail_seconds=4,
        )
        assert report.outcome is CallOutcome.COMPLETED
        order = await order_that(seat, "address", "南苑小区12栋")

        partials = [message["partial"]["text"] for message in ear.of("partial")]
        assert len({text for text in partials if text}) >= 3, f"the words did not grow: {partials}"
        suggestion = ear.of("suggestion")[-1]["suggestion"]
        assert suggestion["emergency"]["label"] == "non_emergency"
        assert suggestion["units"][0]["name"] == "供水"
        assert order["fields"]["contact_phone"] == NUMBER
        assert order["fields"]["emergency"] is False

        water = next(u for u in (await get(seat, "/api/centre"))["units"] if u["kind"] == "供水")
        assert order["fields"]["unit_ids"][0] == water["id"], "the lead unit comes first"
        sent = await post(
            seat,
            f"/api/orders/{order['id']}/send",
            {"version": order["version"], "unit_ids": [water["id"]]},
        )
        assert [row["lamp"] for row in sent["dispatch_orders"]] == ["red"]

        mine = (await get(unit, "/api/unit/orders"))[0]
        assert (mine["address"], mine["lamp"]) == ("南苑小区12栋", "red")
        assert (await post(unit, f"/api/unit/orders/{mine['id']}/receive"))["lamp"] == "blue"
        await post(unit, f"/api/unit/orders/{mine['id']}/feedback", {"text": "已关阀，正在换管。"})

        with anyio.fail_after(30):
            while not ear.of("order") or ear.of("order")[-1]["order"]["status"] != "awaiting_check":
                await anyio.sleep(0.05)
        shown = [
            lamp["lamp"]
            for message in ear.of("order")
            for lamp in message["order"]["dispatch_orders"]
        ]
        assert list(dict.fromkeys(shown)) == ["red", "blue", "green"]

        checked = (await get(seat, f"/api/orders/{order['id']}"))["order"]
        closed = await post(
            seat, f"/api/orders/{order['id']}/close", {"version": checked["version"]}
        )
        assert closed["status"] == "closed"
        ready = await seat.patch("/api/agent-session", json={"state": "ready"})
        assert ready.status_code == 200
        assert (await seat.delete("/api/agent-session")).status_code == 204
        group.cancel_scope.cancel()
