"""Events lead to actions: the whole draft from kernel events alone."""

from __future__ import annotations

from dispatch.service import subscribe
from models.events import (
    CallAnswered,
    CallEnded,
    CallReceived,
    SuggestionChanged,
    UtteranceStored,
)
from models.order_tables import WorkOrder
from models.states import CallStatus, WorkOrderStatus
from tests.support.world import BURST_PIPE, World


async def draft_of(world: World) -> WorkOrder:
    event = world.events[0]
    return await world.order(event.work_order_id)  # type: ignore[attr-defined]  # it is one


async def test_a_call_fills_its_draft_by_events(world: World) -> None:
    bus = world.database.bus
    subscribe(bus, world.orders)
    call = await world.call()
    await bus.publish(CallReceived(call.id))
    await world.set_call(call.id, status=CallStatus.ANSWERED, agent_session_id=world.agent.id)
    await bus.publish(CallAnswered(call.id, world.agent.id))
    await world.say(call, "水管破裂了")
    await bus.publish(UtteranceStored(call.id, call.id))
    assert (await draft_of(world)).fields["summary"] == "水管破裂了。"
    await world.suggest(call, BURST_PIPE)
    await bus.publish(SuggestionChanged(call.id))
    await world.say(call, "快来")
    await world.set_call(call.id, status=CallStatus.ENDED)
    await bus.publish(CallEnded(call.id))
    order = await draft_of(world)
    assert order.status is WorkOrderStatus.DRAFT
    assert order.owner_id == world.seat_user.id
    assert order.fields["category_code"] == "W01"
    assert order.fields["summary"] == "水管破裂了。快来。"


async def test_a_caller_who_gives_up_leaves_a_discarded_draft(world: World) -> None:
    bus = world.database.bus
    subscribe(bus, world.orders)
    call = await world.call()
    await bus.publish(CallReceived(call.id))
    await world.say(call, "有人吗")
    await world.set_call(call.id, status=CallStatus.ABANDONED)
    await bus.publish(CallEnded(call.id))
    order = await draft_of(world)
    assert order.status is WorkOrderStatus.CANCELLED
    assert order.fields["summary"] == "有人吗。"


async def test_events_of_unknown_calls_hurt_nobody(world: World) -> None:
    bus = world.database.bus
    subscribe(bus, world.orders)
    nobody = world.seat_user.id
    await bus.publish(CallEnded(nobody))
    await bus.publish(SuggestionChanged(nobody))
    assert world.events == []
