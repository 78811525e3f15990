"""Deadlines and deliveries as the pages see them, and the days that count."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from websockets.asyncio.client import connect

from dispatch.limits import rules
from dispatch.reactions import Reactions
from dispatch.watch import Watch
from models.deadline_states import DeliveryStatus
from models.deadline_tables import Delivery
from tests.agent_desk.test_unit_systems import sent
from tests.support.desk import Site, served

pytestmark = pytest.mark.integration


@pytest.fixture
def watched(site: Site, with_parts: Callable[..., Site]) -> Site:
    """The site with its watch, which nobody runs."""
    site.database.follow(Reactions(rules(), lambda code: None).follow)
    return with_parts(watch=Watch(site.database, site.clock, rules(), {}, texts=False))


async def sweep(site: Site, after: timedelta) -> None:
    site.clock.advance(after)
    assert site.parts.watch is not None
    await site.parts.watch.sweeper.sweep()


async def test_seat_sees_limit_and_channels_of_every_unit(watched: Site) -> None:
    water, power = await sent(watched, "供水", "供电")
    order_id = (
        await watched.orders.receive(
            water, unit_id=watched.units["供水"], actor_id=watched.users["water"]
        )
    ).work_order_id
    async with watched.signed_in("seat-a") as seat:
        watch = (await seat.get(f"/api/orders/{order_id}/watch")).json()
    by_item = {unit["dispatch_order_id"]: unit for unit in watch["units"]}
    deadline = by_item[str(power)]["deadline"]
    assert (deadline["kind"], deadline["limit_seconds"], deadline["late"]) == (
        "received",
        120,
        False,
    )
    assert by_item[str(water)]["deadline"]["kind"] == "en_route"
    [told] = by_item[str(water)]["deliveries"]
    assert (told["channel_name"], told["status_name"]) == ("终端", "已送达")
    assert watch["closed"]["office"] is True
    async with watched.signed_in("seat-b") as stranger:
        assert (await stranger.get(f"/api/orders/{order_id}/watch")).status_code == 404


async def test_supervisor_sees_what_is_late_oldest_first_and_takes_note(watched: Site) -> None:
    await sent(watched, "供水", "供电")
    await sweep(watched, timedelta(minutes=4, seconds=1))
    async with watched.signed_in("boss") as boss:
        found = (await boss.get("/api/deadlines/late")).json()
        assert found["late_count"] == 2
        assert [one["step"] for one in found["late"]] == ["supervisor", "supervisor"]
        steps = [one["step_name"] for one in found["notices"]]
        assert steps[:2] == ["上报班长", "上报班长"]
        notice = found["notices"][0]["id"]
        assert (await boss.post(f"/api/notices/{notice}/seen")).status_code == 204
        again = (await boss.get("/api/deadlines/late")).json()
        assert again["notices"][0]["seen_by"] == "boss员"
        assert (await boss.post(f"/api/notices/{watched.units['供水']}/seen")).status_code == 404


async def test_terminal_says_what_it_shows_of_its_own_orders_only(watched: Site) -> None:
    water, power = await sent(watched, "供水", "供电")
    assert watched.parts.watch is not None
    async with watched.signed_in("water") as unit:
        body = {"dispatch_order_ids": [str(water), str(power)]}
        assert (await unit.post("/api/unit/orders/shown", json=body)).status_code == 204
        limits = (await unit.get("/api/unit/deadlines")).json()
    assert [(one["dispatch_order_id"], one["deadline"]["kind"]) for one in limits] == [
        (str(water), "received")
    ]
    await watched.parts.watch.receipts.store()
    async with watched.database.reading() as session:
        rows = (await session.scalars(select(Delivery))).all()
    assert {row.dispatch_order_id: row.status for row in rows} == {
        water: DeliveryStatus.DELIVERED,
        power: DeliveryStatus.SENT,
    }


async def test_open_pages_are_told_of_what_falls_due(watched: Site) -> None:
    await sent(watched, "供水")
    async with served(watched.app) as host, watched.signed_in("boss") as boss:
        cookie = "; ".join(f"{name}={value}" for name, value in boss.cookies.items())
        headers = {"Cookie": cookie, "Origin": f"http://{host}"}
        async with connect(
            f"ws://{host}/ws", additional_headers=headers, proxy=None, open_timeout=30
        ) as socket:
            await sweep(watched, timedelta(minutes=3))
            seen: set[str] = set()
            while seen != {"late", "order_watch"}:
                message = json.loads(await asyncio.wait_for(socket.recv(), 30))
                # The reminder that fell due as well may be told by itself before.
                if message["type"] == "late" and message["overdue"]["late_count"] == 1:
                    seen.add("late")
                if message["type"] == "order_watch":
                    deadline = message["watch"]["units"][0]["deadline"]
                    seen |= {"order_watch"} if deadline["late"] else set()
