"""Orders by mail, to a real local server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.header import decode_header, make_header
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from dispatch.mail import Mail, MailServer
from dispatch.sender import NotDelivered, retry_after
from models.deadline_states import DeliveryStatus
from models.deadline_tables import Delivery
from models.dispatch_tables import ChannelKind
from models.errors import SetupError
from tests.support.channels import with_carriers
from tests.support.ports import port_base
from tests.support.world import World


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
    controller = Controller(mailbox, hostname="127.0.0.1", port=port, ready_timeout=60)
    controller.start()
    try:
        yield
    finally:
        controller.stop()


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
