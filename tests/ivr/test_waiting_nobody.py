"""Nobody is signed in: the duty phone, a message, and the seat that comes after all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from dispatch.orders import Orders
from dispatch.service import subscribe
from ivr.asterisk import AsteriskConfig, QueueConf
from models.clock import SystemClock
from models.database import Database
from models.kinds import Device
from models.order_tables import WorkOrder
from models.tables import Call
from models.telephony_tables import CallBack, CallBackKind
from tests.ivr.test_waiting import payload, suggest
from tests.support.asterisk import asterisk_config, console, eventually, running, waiting
from tests.support.ports import port_base
from tests.support.provider import provider
from tests.support.telephony import Desk, People, calling, phone, telephony_at

pytestmark = pytest.mark.asterisk

DUTY_PHONE = "00000110"


@pytest.fixture
def config(tmp_path: Path) -> Iterator[AsteriskConfig]:
    with port_base() as base:
        yield asterisk_config(
            tmp_path,
            base,
            ring_seconds=5,
            wrap_up_guard_seconds=1,
            nobody_seconds=1,
            queues=(QueueConf("110", "报警", True, DUTY_PHONE), QueueConf("96345", "便民", False)),
        )


async def call_from(desk: Desk, number: str) -> Call | None:
    return next((call for call in await desk.calls() if call.caller_number == number), None)


async def leaves_a_message(config: AsteriskConfig, desk: Desk, number: str) -> Call:
    """Wait until the caller is asked to leave a message."""
    found: list[Call] = []

    async def check() -> bool:
        found[:] = [
            call
            for call in await desk.calls()
            if call.caller_number == number and call.end_reason == "message"
        ]
        return bool(found)

    await eventually(check, f"{number} to be asked for a message", 30)
    return found[0]


async def entry_of(desk: Desk, call: Call) -> CallBack:
    found: list[CallBack] = []

    async def check() -> bool:
        async with desk.database.reading() as session:
            query = select(CallBack).where(CallBack.call_id == call.id)
            found[:] = list(await session.scalars(query))
        return bool(found)

    await eventually(check, "the entry to call back", 30)
    return found[0]


async def test_a_message_opens_an_order_and_a_seat_that_comes_takes_the_next_caller(
    config: AsteriskConfig, database: Database, people: People, real_clock: SystemClock
) -> None:
    orders = Orders(database, real_clock)
    subscribe(database.bus, orders)
    async with (
        running(config),
        telephony_at(config, database, real_clock) as desk,
        phone(config) as seat,
    ):
        async with calling(config, "96345", "13800000001"):
            left = await leaves_a_message(config, desk, "13800000001")
        entry = await entry_of(desk, left)
        assert (entry.kind, entry.short) == (CallBackKind.MESSAGE, False)
        async with database.reading() as session:
            order = (
                await session.scalars(select(WorkOrder).where(WorkOrder.call_id == left.id))
            ).one()
        assert order.status == "draft"
        assert order.fields["contact_phone"] == "13800000001"

        async with calling(config, "96345", "13800000002"):
            await leaves_a_message(config, desk, "13800000002")
            await desk.telephony.sign_in(people.one, "8001", Device.PHONE)
            answered = await desk.call_becomes("answered")
            assert answered.caller_number == "13800000002"
            async with calling(config, "96345", "13800000003"):
                await desk.call_becomes("queued")
                # The last seat leaves: who waits is told so.
                seat.hang_up()
                await desk.agent_becomes(people.one, "wrap_up")
                await desk.telephony.sign_out(people.one.id)
                waited = await leaves_a_message(config, desk, "13800000003")
                assert await waiting(config, "96345") == 0
        assert (await entry_of(desk, waited)).kind == CallBackKind.MESSAGE


async def test_a_message_that_cries_for_help_is_heard_at_110(
    config: AsteriskConfig, database: Database, people: People, real_clock: SystemClock
) -> None:
    async with (
        running(config),
        telephony_at(config, database, real_clock) as desk,
        phone(config, "8002"),
    ):
        await desk.telephony.sign_in(people.two, "8002", Device.PHONE)
        async with calling(config, "96345", "13800000001"):
            left = await leaves_a_message(config, desk, "13800000001")
            await suggest(desk, left, payload("emergency", 0.97, "着火"))
            answered = await desk.call_becomes("answered", 30)
            assert (answered.queue_code, answered.priority) == ("110", 10)
            assert "着火" in answered.lift_reason


async def test_a_python_side_that_comes_back_finds_who_is_unserved(
    config: AsteriskConfig, database: Database, people: People, real_clock: SystemClock
) -> None:
    async with running(config), phone(config), calling(config, "96345", "13800000001"):
        async with telephony_at(config, database, real_clock) as desk:
            await leaves_a_message(config, desk, "13800000001")
        async with telephony_at(config, database, real_clock) as desk:
            await desk.telephony.sign_in(people.one, "8001", Device.PHONE)
            assert (await desk.call_becomes("answered", 20)).caller_number == "13800000001"


async def test_the_duty_phone_takes_the_call_and_a_seat_takes_it_from_a_ringing_one(
    config: AsteriskConfig, database: Database, people: People, real_clock: SystemClock
) -> None:
    async with provider() as carrier, AsyncExitStack() as stack:
        config = replace(config, trunk_proxy=f"127.0.0.1:{carrier.port}")
        await stack.enter_async_context(running(config))
        desk = await stack.enter_async_context(telephony_at(config, database, real_clock))
        await stack.enter_async_context(phone(config))
        async with calling(config, "110", "13800000001"):
            answered = await desk.call_becomes("answered", 30)
            assert answered.agent_session_id is None
            assert [call.number for call in carrier.calls] == [DUTY_PHONE]
            assert len(await desk.legs(answered.id)) == 2
        assert (await desk.call_becomes("ended")).id == answered.id

        carrier.answers[DUTY_PHONE] = 486
        async with calling(config, "110", "13800000002"):
            await leaves_a_message(config, desk, "13800000002")
            assert carrier.refused == [DUTY_PHONE]
        carrier.answers[DUTY_PHONE] = 180
        async with calling(config, "110", "13800000003"):

            async def rings() -> bool:
                return "Dial" in await console(config, "core show channels concise")

            await eventually(rings, "the duty phone to ring", 30)
            await desk.telephony.sign_in(people.one, "8001", Device.PHONE)
            taken = await desk.call_becomes("answered", 30)
            assert taken.caller_number == "13800000003"
            assert taken.agent_session_id is not None
