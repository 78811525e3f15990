"""Orders to a unit's own system: signed, retried, and at which addresses."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import timedelta

import pytest

from dispatch import signatures
from dispatch.sender import MOST_TRIES, retry_after
from dispatch.webhooks import Webhooks, checked_url
from models.deadline_states import DeliveryStatus
from models.dispatch_tables import ChannelKind
from models.errors import InvalidInput
from tests.support.channels import SECRET, Far, webhooks, with_carriers
from tests.support.world import World


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
