"""Seats and queues change under a running Asterisk: calls and waiting callers notice nothing."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import select

from agent_desk.accounts import Person
from agent_desk.administration.queues import Queues
from agent_desk.administration.seats import Seats
from agent_desk.wire_hall import AddSeat, PutQueue, PutSeat
from ivr.asterisk import AsteriskConfig, AsteriskProcess, QueueConf, SeatConf
from models.clock import SystemClock
from models.database import Database
from models.kinds import Device
from models.tables import Queue, Seat
from tests.support.asterisk import console, eventually, running
from tests.support.sip import ask
from tests.support.telephony import People, calling, phone, telephony_at
from yihu.asterisk import apply_rows


@pytest.mark.asterisk
async def test_seats_and_queues_change_while_callers_wait(
    config: AsteriskConfig, database: Database, people: People, real_clock: SystemClock
) -> None:
    process = AsteriskProcess(config)

    async def read() -> AsteriskConfig:
        async with database.reading() as session:
            queues = list(await session.scalars(select(Queue)))
            seats = list(await session.scalars(select(Seat).where(Seat.active)))
        return replace(
            config,
            queues=[
                QueueConf(q.code, q.name, q.emergency, q.duty_phone, q.answer_goal_seconds)
                for q in queues
            ],
            seats=[SeatConf(s.code, s.name, s.sip_secret, tuple(s.queue_codes)) for s in seats],
        )

    async def changed() -> None:
        await apply_rows(process, read)

    by = Person(people.one, "", uuid4(), "")
    async with (
        running(config),
        telephony_at(config, database, real_clock, on_rows_changed=changed) as desk,
        phone(config),
    ):
        seats = Seats(database, real_clock, desk.telephony)
        queues = Queues(database, real_clock, desk.telephony)
        await desk.telephony.sign_in(people.one, "8001", Device.PHONE)
        async with calling(config, "110", "13800000001"):
            talking = await desk.call_becomes("answered")
            async with calling(config, "96345", "13800000002"):
                waiting = await desk.call_becomes("queued")

                # The queue: its goal and name reach Asterisk, its caller keeps waiting.
                wanted = PutQueue(name="便民服务", answer_goal_seconds=42, version=0)
                await queues.change("96345", wanted, by)
                shown = await console(config, "queue show 96345")
                assert "within 42s" in shown
                assert "1. PJSIP/trunk-" in shown

                # A new seat may register; one that is out of use is unknown.
                await seats.add(AddSeat(code="8009", name="九号席", queue_codes=["110"]), by)
                assert "8009" in await console(config, "pjsip show endpoints")
                second = next(one for one in await seats.listed() if one.code == "8002")
                off = PutSeat(name="二号席", queue_codes=["110"], active=False, version=0)
                await seats.change(second.id, off, by)
                endpoints = await console(config, "pjsip show endpoints")
                assert "8002" not in endpoints
                assert (await ask(config.sip_port, "OPTIONS", "8002")).status != 200

                # Whoever sits there serves the new queues: 96345 is taken off.
                first = next(one for one in await seats.listed() if one.code == "8001")
                fewer = PutSeat(name="一号席", queue_codes=["110"], version=0)
                await seats.change(first.id, fewer, by)

                async def left() -> bool:
                    return {queue for queue, *_ in await desk.paused("PJSIP/8001")} == {"110"}

                await eventually(left, "the seat to serve 110 alone", 30)
                rows = {call.id: call.status for call in await desk.calls()}
                assert rows[talking.id] == "answered"
                assert rows[waiting.id] == "queued"
