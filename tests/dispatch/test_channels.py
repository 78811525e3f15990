"""Orders on every channel of a unit: sent, signed, retried, settled; to real local servers."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from typing import Any
from uuid import UUID, uuid4

import anyio
import pytest
from aiosmtpd.controller import Controller
from fastapi import FastAPI, Request, Response
from sqlalchemy import select

from dispatch import signatures
from dispatch.limits import rules
from dispatch.mail import Mail, MailServer
from dispatch.reactions import Reactions
from dispatch.sender import LEASE, MOST_TRIES, Carrier, NotDelivered, Sender, retry_after
from dispatch.sweeper import Sweeper
from dispatch.webhooks import Webhooks, checked_url
from ivr.http_gateway import HttpGateway
from ivr.texts import Texts
from models.deadline_states import DeliveryStatus
from models.deadline_tables import Delivery, Purpose, SlaNotice
from models.dispatch_tables import ChannelKind, UnitChannel
from models.errors import InvalidInput, SetupError
from models.events import AutoCallChanged
from models.states import CallStatus
from models.tables import WorkOrder
from models.telephony_tables import AutoCall, AutoCallKind, TextMessage
from models.transitions import SYSTEM, advance
from tests.support.desk import served
from tests.support.ports import port_base
from tests.support.world import World

SECRET = "unit-secret-0123456789"
UNIT_USER = uuid4()


@dataclass
class Far:
    """A unit's own system: what it got, and what it answers next (200 once that runs out)."""

    answers: list[int] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    address: str = ""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Far]:
        app = FastAPI()

        @app.post("/orders")
        async def orders(request: Request) -> Response:
            self.got.append((dict(request.headers), await request.body()))
            status = self.answers.pop(0) if self.answers else 200
            return Response("{}", status, headers={"Location": "/elsewhere"})

        @app.post("/elsewhere")
        async def elsewhere() -> None:
            raise AssertionError("a redirect was followed")

        @app.post("/sms")
        async def sms(request: Request) -> dict[str, str]:
            self.got.append((dict(request.headers), await request.body()))
            return {"id": "sms-1"}

        async with served(app) as host:
            self.address = f"http://{host}"
            yield self


class Mailbox:
    """A real SMTP server's other side."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self.refuse = ""

    async def handle_RCPT(  # noqa: N802 - the library calls it so
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if self.refuse:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - the library calls it so
        self, server: Any, session: Any, envelope: Any
    ) -> str:
        self.messages.append(envelope.content)
        return "250 taken"


@contextmanager
def smtp_server(mailbox: Mailbox, port: int) -> Iterator[None]:
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield
    finally:
        controller.stop()


@dataclass
class Dispatching:
    """A world whose orders go out."""

    world: World
    sender: Sender

    async def send(self, *channels: tuple[ChannelKind, str]) -> UUID:
        """An order to the water company, which has these channels; its dispatch order."""
        world = self.world
        async with world.database.writing() as work:
            work.session.add_all(
                UnitChannel(
                    unit_id=world.water.id,
                    kind=kind,
                    address=address,
                    secret=SECRET if kind is ChannelKind.WEBHOOK else "",
                    position=position,
                )
                for position, (kind, address) in enumerate(channels)
            )
        call = await world.call(CallStatus.ANSWERED)
        order = await world.orders.open_draft(call.id)
        fields = {"address": "南苑小区", "summary": "水管破裂", "contact_phone": "13800000001"}
        order = await world.orders.edit(order.id, world.seat_user.id, order.version, fields)
        order = await world.orders.send(
            order.id, world.seat_user.id, order.version, [world.water.id]
        )
        return order.dispatch_orders[0].id

    async def deliveries(self, purpose: Purpose | None = None) -> Sequence[Delivery]:
        query = select(Delivery).order_by(Delivery.created_at, Delivery.channel)
        if purpose is not None:
            query = query.where(Delivery.purpose == purpose)
        async with self.world.database.reading() as session:
            return (await session.scalars(query)).all()

    async def states(self) -> dict[ChannelKind, DeliveryStatus]:
        return {row.channel: row.status for row in await self.deliveries(Purpose.ORDER)}


@pytest.fixture
def dispatching(world: World) -> Dispatching:
    return with_carriers(world, {})


def with_carriers(
    world: World, carriers: dict[ChannelKind, Carrier], *, texts: bool = False
) -> Dispatching:
    world.database.follow(Reactions(rules(), lambda code: None).follow)
    sender = Sender(world.database, world.clock, carriers, texts=texts)
    sender.subscribe(world.database.bus)
    return Dispatching(world, sender)


def webhooks(world: World) -> dict[ChannelKind, Carrier]:
    return {ChannelKind.WEBHOOK: Webhooks(world.database, world.clock, loopback=True)}


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


async def test_webhook_is_signed_retried_and_sent_once(world: World) -> None:
    far = Far(answers=[500, 429])
    async with far.running():
        site = with_carriers(world, webhooks(world))
        await site.send((ChannelKind.WEBHOOK, f"{far.address}/orders"))
        for tries in (1, 2):
            assert await site.sender.send_due() == 1
            [row] = await site.deliveries()
            assert (row.status, row.tries) == (DeliveryStatus.WAITING, tries)
            assert row.due_at == world.clock.now() + retry_after(tries)
            assert await site.sender.send_due() == 0  # not before its time
            world.clock.advance(retry_after(tries))
        assert await site.sender.send_due() == 1
        assert await site.sender.send_due() == 0
    [row] = await site.deliveries()
    assert (row.status, row.error) == (DeliveryStatus.DELIVERED, "")
    headers, body = far.got[-1]
    stamp = headers[signatures.TIMESTAMP.lower()]
    signed = hmac.new(SECRET.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    assert headers[signatures.SIGNATURE.lower()] == f"v1={signed}"
    assert {got[0]["x-yihu-delivery"] for got in far.got} == {str(row.id)}
    said = json.loads(body)
    assert (said["type"], said["delivery_id"]) == ("order", str(row.id))
    assert said["order"]["address"] == "南苑小区"


@pytest.mark.parametrize("status", [400, 302])
async def test_webhook_that_is_refused_or_redirected_is_given_up(world: World, status: int) -> None:
    far = Far(answers=[status])
    async with far.running():
        site = with_carriers(world, webhooks(world))
        await site.send((ChannelKind.WEBHOOK, f"{far.address}/orders"))
        await site.sender.send_due()
    [row] = await site.deliveries()
    assert row.status is DeliveryStatus.FAILED
    assert str(status) in row.error


async def test_what_stays_unreachable_is_given_up_in_the_end(world: World) -> None:
    site = with_carriers(world, webhooks(world))
    await site.send((ChannelKind.WEBHOOK, "http://127.0.0.1:9/orders"))
    for _ in range(MOST_TRIES):
        assert await site.sender.send_due() == 1
        world.clock.advance(timedelta(minutes=6))
    [row] = await site.deliveries()
    assert (row.status, row.tries) == (DeliveryStatus.FAILED, MOST_TRIES)


@pytest.mark.unit
@pytest.mark.parametrize(
    "url",
    [
        "http://unit.example/orders",
        "ftp://unit.example",
        "https://name:word@unit.example/",
        "https://169.254.169.254/latest",
        "https://127.0.0.1/orders",
        "https://[::ffff:127.0.0.1]/orders",
        "https://0.0.0.0/",
        "https:///orders",
        "https://unit.example:99999/",
        "https://单位.example/",
        "//unit.example",
        "",
    ],
)
def test_addresses_that_no_webhook_may_have(url: str) -> None:
    with pytest.raises(InvalidInput):
        checked_url(url, loopback=False)


@pytest.mark.unit
def test_addresses_that_a_webhook_may_have() -> None:
    for url in ("https://unit.example/orders?a=1", "https://10.1.2.3:8443/"):
        assert checked_url(url, loopback=False) == url
    assert checked_url("http://127.0.0.1:8080/", loopback=True)


async def test_name_of_this_machine_is_refused_when_it_is_used(world: World) -> None:
    carrier = Webhooks(world.database, world.clock, loopback=False)
    site = with_carriers(world, {ChannelKind.WEBHOOK: carrier})
    await site.send((ChannelKind.WEBHOOK, "https://localhost/orders"))
    await site.sender.send_due()
    [row] = await site.deliveries()
    assert row.status is DeliveryStatus.FAILED


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


async def test_mail_reaches_a_real_server(world: World) -> None:
    mailbox = Mailbox()
    with port_base() as port, smtp_server(mailbox, port):
        server = MailServer("127.0.0.1", port, "dispatch@centre.example", security="off")
        site = with_carriers(world, {ChannelKind.EMAIL: Mail(server, world.clock)})
        await site.send((ChannelKind.EMAIL, "duty@unit.example"))
        mailbox.refuse = "451 later"
        await site.sender.send_due()
        [row] = await site.deliveries()
        assert row.status is DeliveryStatus.WAITING
        mailbox.refuse = ""
        world.clock.advance(retry_after(1))
        await site.sender.send_due()
    [row] = await site.deliveries()
    assert row.status is DeliveryStatus.SENT
    [content] = mailbox.messages
    message = message_from_bytes(content)
    assert "派单" in str(make_header(decode_header(message["Subject"])))
    assert message["Message-ID"] == f"<{row.id}@centre.example>"
    body = message.get_payload(decode=True)
    assert isinstance(body, bytes)
    assert "南苑小区" in body.decode()


@pytest.mark.unit
async def test_mail_settings_that_cannot_be_right() -> None:
    with pytest.raises(SetupError, match="YIHU_SMTP_FROM"):
        MailServer("mail.example", 25, "nobody\r\nBcc: all@example")
    with pytest.raises(SetupError, match="YIHU_SMTP_SECURITY"):
        MailServer("mail.example", 25, "a@b.example", security="off")
    with pytest.raises(SetupError, match="belong together"):
        MailServer("mail.example", 25, "a@b.example", user="me")


async def test_address_that_is_none_is_no_way_into_a_mail(world: World) -> None:
    server = MailServer("127.0.0.1", 9, "dispatch@centre.example", security="off")
    delivery = Delivery(address="a@b.example\r\nBcc: c@d.example", payload={}, due_at=None)
    with pytest.raises(NotDelivered, match="邮箱地址不对"):
        await Mail(server, world.clock).carry(delivery)


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
