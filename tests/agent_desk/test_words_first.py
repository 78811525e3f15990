"""A call's words reach its page while something else is still being read for the pages."""

from __future__ import annotations

from uuid import uuid4

import anyio
import pytest

from models.events import TranscriptGrew
from models.kinds import LegRole
from tests.agent_desk.test_sockets import page
from tests.support.desk import Site, served

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

    async with served(site.app) as address, page(address, "seat-a") as seat:
        call_id = await site.ring(agent)
        await seat.hears("workspace")
        hub._note("a slow reading", slow_reading)
        with anyio.fail_after(30):
            await begun.wait()
        for text in ("水", "水管"):
            grown = TranscriptGrew(call_id, uuid4(), LegRole.CALLER, 1, text)
            await site.parts.bus.publish(grown)
            assert (await seat.hears("partial"))["partial"]["text"] == text
        assert not ended
        release.set()
