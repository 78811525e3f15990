"""A call's words reach its page while something else is still being read for the pages."""

from __future__ import annotations

from functools import partial
from uuid import uuid4

import anyio
import pytest

from agent_desk.lane import Lanes
from models.events import TranscriptGrew
from models.kinds import LegRole
from tests.support.desk import PASSWORD, Site, served

pytestmark = pytest.mark.integration


async def test_words_wait_for_no_order(site: Site) -> None:
    agent = await site.sit_down("seat-a", "1001")
    hub = site.app.state.running.hub
    begun, release = anyio.Event(), anyio.Event()
    ended = []

    async def slow_reading() -> None:
        begun.set()
        try:
            await release.wait()
        finally:
            ended.append(True)

    async with served(site.app), site.visitor() as client:
        await client.post("/api/session", json={"username": "seat-a", "password": PASSWORD})
        person = await site.app.state.running.accounts.person(client.cookies["yihu_session"])
        call_id = await site.ring(agent)
        with hub.join(person) as page:
            hub._note("a slow reading", slow_reading)
            with anyio.fail_after(30):
                await begun.wait()
                for text in ("水", "水管"):
                    grown = TranscriptGrew(call_id, uuid4(), LegRole.CALLER, 1, text)
                    await site.parts.bus.publish(grown)
                    while f'"text":"{text}"' not in (await page.next() or ""):
                        pass
        assert not ended
        release.set()


async def told_all(told: list[str], wanted: list[str]) -> None:
    with anyio.move_on_after(30):
        while told != wanted:
            await anyio.sleep(0.01)
    assert told == wanted


async def test_no_calls_words_wait_for_anothers() -> None:
    lanes = Lanes(lambda: None)
    first = uuid4()
    second = next(other for other in iter(uuid4, None) if lanes.of(other) is not lanes.of(first))
    begun, release = anyio.Event(), anyio.Event()
    told: list[str] = []

    async def slow_reading() -> None:
        begun.set()
        await release.wait()
        told.append("slow")

    async def tell(text: str) -> None:
        told.append(text)

    async with anyio.create_task_group() as group:
        group.start_soon(lanes.run)
        lanes.of(first).note("utterance", slow_reading, last=True)
        with anyio.fail_after(30):
            await begun.wait()
        lanes.of(first).note("words", partial(tell, "behind it"), last=True)
        lanes.of(second).note("words", partial(tell, "another call's"), last=True)
        assert len(lanes) == 2
        await told_all(told, ["another call's"])
        release.set()
        await told_all(told, ["another call's", "slow", "behind it"])
        group.cancel_scope.cancel()
