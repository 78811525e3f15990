"""Nonsense from all sides at once, while callers talk and come: the service goes on."""

from __future__ import annotations

import logging
import socket
from contextlib import AsyncExitStack
from pathlib import Path

import anyio
import pytest

from ivr.agi import MOST_SESSIONS
from ivr.asterisk import AsteriskConfig
from models.clock import SystemClock
from models.database import Database
from models.kinds import Device
from models.tables import Call
from tests.asterisk.test_calls import GARBAGE
from tests.support.asterisk import eventually, running
from tests.support.recorded import recorded
from tests.support.sip import caller
from tests.support.telephony import Desk, People, calling, phone, telephony_at

pytestmark = pytest.mark.asterisk

ROUNDS = 50


async def call_comes(desk: Desk, number: str, status: str) -> Call:
    """The call of whoever's number begins so, once it has ``status``."""
    found: list[Call] = []

    async def there() -> bool:
        found[:] = [c for c in await desk.calls() if c.caller_number.startswith(number)]
        return [call.status for call in found] == [status]

    await eventually(there, f"the call from {number} to be {status}", 30)
    return found[0]


async def test_nonsense_at_every_door_leaves_calls_alone(
    config: AsteriskConfig,
    database: Database,
    people: People,
    real_clock: SystemClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    async with (
        running(config),
        telephony_at(config, database, real_clock) as desk,
        phone(config) as seat,
        AsyncExitStack() as clients,
    ):
        await desk.telephony.sign_in(people.one, "8001", Device.PHONE)
        async with calling(config, "110", "13800000001"):
            talking = await call_comes(desk, "13800000001", "answered")
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                for _ in range(ROUNDS):
                    for datagram in GARBAGE:
                        sender.sendto(datagram, ("127.0.0.1", config.sip_port))
            for _ in range(ROUNDS):
                async with await anyio.connect_tcp("127.0.0.1", config.agi_port) as client:
                    await client.send(b"agi_callerid: " + b"1" * 10_000 + b"\n\n")
            for _ in range(2 * MOST_SESSIONS):  # say nothing, and stay
                client = await anyio.connect_tcp("127.0.0.1", config.agi_port)
                await clients.enter_async_context(client)
            async with calling(config, "110", "13800000002"):
                await call_comes(desk, "13800000002", "queued")
                assert (await call_comes(desk, "13800000001", "answered")).id == talking.id
                seat.hang_up()
                await desk.agent_becomes(people.one, "wrap_up", 30)
                await desk.telephony.set_ready(people.one.id)
                await call_comes(desk, "13800000002", "answered")

        async def timed_out() -> bool:
            return "took too long" in caplog.text

        await eventually(timed_out, "a silent client to be closed")
        assert len(await desk.calls()) == 2
        for call in await desk.calls():
            assert (await recorded(database, call)).duration_ms > 0
    for reason in ("header line of more than", "sessions are open"):
        assert reason in caplog.text


@pytest.mark.parametrize("length", [300, 10_000])
async def test_an_endless_callers_number_is_cut(
    config: AsteriskConfig,
    database: Database,
    people: People,
    real_clock: SystemClock,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    length: int,
) -> None:
    number = "9" * length
    async with (
        running(config),
        telephony_at(config, database, real_clock) as desk,
        phone(config) as seat,
    ):
        await desk.telephony.sign_in(people.one, "8001", Device.PHONE)
        async with caller(config.sip_port, "110", tmp_path / "sipp", number=number):
            call = await call_comes(desk, "999", "answered")
            assert len(call.caller_number) <= 64
            seat.hang_up()
            call = await call_comes(desk, "999", "ended")
        row = await recorded(database, call)
        assert row.duration_ms > 0
    assert "9" * 20 not in caplog.text
