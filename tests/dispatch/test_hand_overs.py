"""Orders follow the call: who took it over owns them."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from dispatch.service import subscribe
from models.events import HandOverChanged, WorkOrderChanged
from models.kinds import Device
from models.order_tables import WorkOrder
from models.states import AgentState, CallStatus
from models.tables import AgentSession, Call, Seat
from models.telephony_states import HandOverStatus
from models.telephony_tables import HandOver, HandOverKind
from tests.support.world import World


async def other_seat(world: World) -> AgentSession:
    seat = Seat(code="8002", name="2号席", queue_codes=["110"], sip_secret="-")
    agent = AgentSession(
        user_id=world.other_user.id,
        seat_id=seat.id,
        device=Device.PHONE,
        status=AgentState.ON_CALL,
        status_since=world.clock.now(),
        signed_in_at=world.clock.now(),
    )
    async with world.database.writing() as work:
        work.session.add_all([seat, agent])
    return agent


async def handed_over(
    world: World, call: Call, giver: AgentSession, taker: AgentSession, status: HandOverStatus
) -> HandOver:
    row = HandOver(
        call_id=call.id,
        from_session_id=giver.id,
        to_session_id=taker.id,
        kind=HandOverKind.CONSULT,
        status=status,
        started_at=world.clock.now(),
        ended_at=world.clock.now(),
    )
    async with world.database.writing() as work:
        work.session.add(row)
    await world.database.bus.publish(HandOverChanged(row.id, call.id))
    return row


async def opened(world: World) -> tuple[Call, WorkOrder]:
    call = await world.call(CallStatus.ANSWERED)
    return call, await world.orders.open_draft(call.id)


@pytest.mark.parametrize(
    "status", [HandOverStatus.OFFERED, HandOverStatus.JOINED, HandOverStatus.KEPT]
)
async def test_first_receiver_owns_the_order_until_it_is_handed_over(
    world: World, status: HandOverStatus
) -> None:
    subscribe(world.database.bus, world.orders)
    call, order = await opened(world)
    await handed_over(world, call, world.agent, await other_seat(world), status)
    assert (await world.order(order.id)).owner_id == world.seat_user.id


async def test_taker_owns_the_order_and_may_hand_it_back(world: World) -> None:
    subscribe(world.database.bus, world.orders)
    call, order = await opened(world)
    taker = await other_seat(world)
    world.events.clear()
    await handed_over(world, call, world.agent, taker, HandOverStatus.COMPLETED)
    assert (await world.order(order.id)).owner_id == world.other_user.id
    assert world.events == [WorkOrderChanged(order.id)]
    world.clock.advance(timedelta(seconds=1))
    back = await handed_over(world, call, taker, world.agent, HandOverStatus.COMPLETED)
    assert (await world.order(order.id)).owner_id == world.seat_user.id
    await world.orders.reconcile()  # in their order, and the first one is not done again
    assert (await world.order(order.id)).owner_id == world.seat_user.id
    await world.orders.take_hand_over(back.id)
    await world.orders.take_hand_over(uuid4())


async def test_what_a_crash_lost_is_made_up_for(world: World) -> None:
    call, order = await opened(world)
    await handed_over(world, call, world.agent, await other_seat(world), HandOverStatus.COMPLETED)
    assert (await world.order(order.id)).owner_id == world.seat_user.id
    await world.orders.reconcile()
    assert (await world.order(order.id)).owner_id == world.other_user.id


async def test_order_that_is_over_stays_with_who_finished_it(world: World) -> None:
    subscribe(world.database.bus, world.orders)
    call, order = await opened(world)
    await world.orders.answer(order.id, world.seat_user.id, order.version, "已答复")
    await handed_over(world, call, world.agent, await other_seat(world), HandOverStatus.COMPLETED)
    assert (await world.order(order.id)).owner_id == world.seat_user.id
