"""Drafts are filled beside the calls."""

from __future__ import annotations

import anyio
import pytest

from dispatch.filling import Filling
from dispatch.service import subscribe
from models.events import CallReceived, SuggestionChanged, UtteranceStored
from tests.support.asterisk import eventually
from tests.support.world import BURST_PIPE, World

pytestmark = pytest.mark.integration


async def test_who_tells_of_words_does_not_wait_for_the_form(world: World) -> None:
    bus, filling = world.database.bus, Filling(world.orders)
    subscribe(bus, world.orders, filling)
    call = await world.call()
    await bus.publish(CallReceived(call.id))
    order_id = world.events[0].work_order_id  # type: ignore[attr-defined]  # it is one
    await world.say(call, "水管破裂了")
    await world.suggest(call, BURST_PIPE)
    for _ in range(3):
        await bus.publish(UtteranceStored(call.id, call.id))
        await bus.publish(SuggestionChanged(call.id))
    assert "summary" not in (await world.order(order_id)).field_states

    async def filled() -> bool:
        fields = (await world.order(order_id)).fields
        found = fields.get("summary"), fields.get("category_code")
        return found == ("水管破裂了。", "W01")

    async with anyio.create_task_group() as group:
        await group.start(filling.run)
        await eventually(filled, "the draft to be filled", 30)
        group.cancel_scope.cancel()
    version = (await world.order(order_id)).version
    assert version <= 2  # once, however often it was noted


async def test_a_call_that_nobody_knows_stops_no_other(world: World) -> None:
    filling = Filling(world.orders)
    call = await world.call()
    order = await world.orders.open_draft(call.id)
    await world.say(call, "着火了")
    async with anyio.create_task_group() as group:
        await group.start(filling.run)
        filling.note(world.seat_user.id)
        filling.note(call.id)

        async def filled() -> bool:
            return bool((await world.order(order.id)).fields.get("summary") == "着火了。")

        await eventually(filled, "the draft to be filled", 30)
        group.cancel_scope.cancel()
