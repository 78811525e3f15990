"""Orders on every channel of a unit: all at once, tried again, settled, taken back."""

from __future__ import annotations

import json
from datetime import timedelta

import anyio
import pytest
from sqlalchemy import select

from dispatch.limits import rules
from dispatch.sender import LEASE, Sender
from dispatch.sweeper import Sweeper
from ivr.http_gateway import HttpGateway
from ivr.texts import Texts
from models.deadline_states import DeliveryStatus
from models.deadline_tables import Delivery, SlaNotice
from models.dispatch_tables import ChannelKind
from models.events import AutoCallChanged
from models.order_tables import WorkOrder
from models.telephony_tables import AutoCall, AutoCallKind, TextMessage
from models.transitions import SYSTEM, advance
from tests.support.channels import UNIT_USER, Dispatching, Far, webhooks, with_carriers
from tests.support.world import World


@pytest.fixture
def dispatching(world: World) -> Dispatching:
    return with_carriers(world, {})


async def test_every_channel_of_the_list_is_used_at_the_same_moment(
    dispatching: Dispatching,
) -> None:
    await dispatching.send(
        (ChannelKind.WEB, ""),
        (ChannelKind.PHONE, "00000001"),
        (ChannelKind.SMS, "00000002"),
        (ChannelKind.EMAIL, ""),
    )
    rows = await dispatching.deliveries()
    assert {row.created_at for row in rows} == {dispatching.world.clock.now()}
    assert await dispatching.states() == {
        ChannelKind.WEB: DeliveryStatus.SENT,
        ChannelKind.PHONE: DeliveryStatus.WAITING,
        ChannelKind.SMS: DeliveryStatus.WAITING,
        ChannelKind.EMAIL: DeliveryStatus.FAILED,  # no address
    }
    async with dispatching.world.database.reading() as session:
        call = (await session.scalars(select(AutoCall))).one()
    assert (call.kind, call.number) == (AutoCallKind.DISPATCH, "00000001")
    await dispatching.sender.send_due()  # neither texts nor anything else is configured
    states = await dispatching.states()
    assert states[ChannelKind.SMS] is DeliveryStatus.FAILED
    assert states[ChannelKind.PHONE] is DeliveryStatus.WAITING


async def test_try_that_died_is_made_again_and_none_twice_at_once(world: World) -> None:
    far = Far()
    async with far.running():
        site = with_carriers(world, webhooks(world))
        await site.send((ChannelKind.WEBHOOK, f"{far.address}/orders"))
        await site.sender._claim()  # and here the process is killed
        other = Sender(world.database, world.clock, webhooks(world), texts=False)
        assert await other.send_due() == 0
        world.clock.advance(LEASE)
        async with anyio.create_task_group() as group:
            group.start_soon(other.send_due)
            group.start_soon(site.sender.send_due)
        assert len(far.got) == 1
    assert await site.states() == {ChannelKind.WEBHOOK: DeliveryStatus.DELIVERED}


async def test_first_acceptance_wins_and_the_others_are_told(world: World) -> None:
    far = Far()
    async with far.running():
        site = with_carriers(world, webhooks(world))
        item = await site.send(
            (ChannelKind.WEB, ""),
            (ChannelKind.WEBHOOK, f"{far.address}/orders"),
            (ChannelKind.PHONE, "00000001"),
        )
        await site.sender.send_due()
        await world.orders.receive(item, unit_id=world.water.id, actor_id=UNIT_USER)
        assert await site.states() == {
            ChannelKind.WEB: DeliveryStatus.DELIVERED,
            ChannelKind.WEBHOOK: DeliveryStatus.DELIVERED,
            ChannelKind.PHONE: DeliveryStatus.CANCELLED,
        }
        await site.sender.send_due()
        assert [json.loads(body)["type"] for _, body in far.got] == ["order", "settled"]
        assert json.loads(far.got[1][1])["because"] == "receive"


async def test_recalled_order_is_taken_back_on_every_channel(world: World) -> None:
    far = Far()
    async with far.running():
        site = with_carriers(world, webhooks(world))
        item = await site.send((ChannelKind.WEBHOOK, f"{far.address}/orders"))
        await site.sender.send_due()
        await world.orders.recall(item, actor_id=world.seat_user.id, reason="派错")
        await site.sender.send_due()
        assert json.loads(far.got[1][1])["because"] == "recall"
        # Sent again, it is told again.
        async with world.database.reading() as session:
            order = (await session.scalars(select(WorkOrder))).one()
        await world.orders.send(order.id, world.seat_user.id, order.version, [world.water.id])
        await site.sender.send_due()
        assert json.loads(far.got[2][1])["type"] == "order"


async def test_text_message_goes_through_any_gateway_and_is_followed(world: World) -> None:
    far = Far()
    async with far.running():
        texts = Texts(world.database, world.clock, HttpGateway(f"{far.address}/sms", "t0ken"))
        site = with_carriers(world, {}, texts=True)
        await site.send((ChannelKind.SMS, "00000002"))
        await site.sender.send_due()
        assert await texts._send_waiting()
        headers, body = far.got[0]
        assert headers["authorization"] == "Bearer t0ken"
        assert json.loads(body)["number"] == "00000002"
        assert "南苑小区" in json.loads(body)["text"]
        assert await site.states() == {ChannelKind.SMS: DeliveryStatus.SENT}
        await texts.reported("sms-1", "deliver")
        assert await site.states() == {ChannelKind.SMS: DeliveryStatus.DELIVERED}
        assert await site.sender.send_due() == 0


async def test_lost_notice_of_a_text_is_made_up_for_at_the_next_start(world: World) -> None:
    site = with_carriers(world, {}, texts=True)
    await site.send((ChannelKind.SMS, "00000002"))
    await site.sender.send_due()
    async with world.database.writing() as work:
        text = (await work.session.scalars(select(TextMessage))).one()
        advance(work.session, text, "send", actor=SYSTEM, at=world.clock.now())
    assert await site.states() == {ChannelKind.SMS: DeliveryStatus.WAITING}
    await Sender(world.database, world.clock, {}, texts=True).reconcile()
    assert await site.states() == {ChannelKind.SMS: DeliveryStatus.SENT}


async def test_key_on_the_telephone_takes_note_of_an_escalation(world: World) -> None:
    site = with_carriers(world, {})
    async with world.database.writing() as work:
        (await work.session.get_one(type(world.water), world.water.id)).leader_phone = "00000009"
    item = await site.send((ChannelKind.WEB, ""))
    await world.orders.receive(item, unit_id=world.water.id, actor_id=UNIT_USER)
    sweeper = Sweeper(world.database, world.clock, rules())
    world.clock.advance(timedelta(minutes=24))  # on site 20 min, leader 3 min later
    await sweeper.sweep()
    async with world.database.writing() as work:
        calls = select(AutoCall).where(
            AutoCall.kind == AutoCallKind.NOTICE, AutoCall.number == "00000009"
        )
        call = (await work.session.scalars(calls.order_by(AutoCall.created_at))).first()
        assert call is not None
        advance(work.session, call, "dial", actor=SYSTEM, at=world.clock.now())
        advance(work.session, call, "answered", actor=SYSTEM, at=world.clock.now())
        call.key, call.ended_at = "1", world.clock.now()
        work.emit(AutoCallChanged(call.id, call.subject_id))
    async with world.database.reading() as session:
        notice = await session.get_one(SlaNotice, call.subject_id)
        told = (await session.scalars(select(Delivery).where(Delivery.carrier_id == call.id))).one()
    assert notice.seen_at == world.clock.now()
    assert told.status is DeliveryStatus.DELIVERED
