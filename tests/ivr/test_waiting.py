"""Callers who wait, on a real Asterisk: lifted by what they say, moved by people, in order."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from ivr.asterisk import AsteriskConfig
from models.clock import SystemClock
from models.database import Database
from models.errors import Conflict, InvalidInput, NotFound
from models.events import SuggestionChanged
from models.kinds import Device
from models.tables import Call, CallSuggestion, Seat
from models.telephony_tables import Audit
from tests.support.asterisk import eventually, running
from tests.support.telephony import Desk, People, calling, phone, telephony_at

pytestmark = pytest.mark.asterisk


def payload(label: str, p: float, *words: str) -> dict[str, Any]:
    return {
        "emergency": {"label": label, "p": p},
        "category": {"name": "居民住宅火灾", "p": 0.9, "code": "E0101"},
        "abstain": False,
        "reasons": list(words),
        "slots": {},
    }


async def suggest(desk: Desk, call: Call, said: dict[str, Any]) -> None:
    async with desk.database.writing() as work:
        await work.session.merge(
            CallSuggestion(
                call_id=call.id,
                payload=said,
                model_version="test",
                updated_at=desk.database.clock.now(),
            )
        )
        work.emit(SuggestionChanged(call.id))


async def call_from(desk: Desk, number: str, status: str) -> Call:
    """The call of ``number`` once it has ``status``."""
    found: list[Call] = []

    async def check() -> bool:
        found[:] = [call for call in await desk.calls() if call.caller_number == number]
        return bool(found) and found[0].status == status

    await eventually(check, f"the call from {number} to be {status}", 30)
    return found[0]


async def lines(desk: Desk) -> dict[str, list[tuple[str, int]]]:
    """Who waits where: number and position."""
    waiting = await desk.telephony.waiting.waiting_calls()
    return {q: [(w.call.caller_number, w.position) for w in line] for q, line in waiting.items()}


async def lines_become(desk: Desk, wanted: dict[str, list[str]]) -> None:
    expected = {
        queue: [(number, place) for place, number in enumerate(numbers, start=1)]
        for queue, numbers in wanted.items()
    }

    async def check() -> bool:
        return await lines(desk) == expected

    await eventually(check, f"the lines to be {wanted}", 30)


@pytest.fixture
async def apart(database: Database, people: People) -> People:
    """8001 serves 96345 alone, 8002 serves 110 alone."""
    async with database.writing() as work:
        seat = (await work.session.scalars(select(Seat).where(Seat.code == "8001"))).one()
        seat.queue_codes = ["96345"]
    return people


async def test_words_lift_a_caller_people_move_one_and_all_are_answered_in_that_order(
    config: AsteriskConfig, database: Database, apart: People, real_clock: SystemClock
) -> None:
    async with (
        running(config),
        telephony_at(config, database, real_clock) as desk,
        phone(config, "8001") as helper,
        phone(config, "8002"),
        AsyncExitStack() as callers,
    ):
        waiting = desk.telephony.waiting

        async def comes(to: str, number: str, status: str) -> Call:
            await callers.enter_async_context(calling(config, to, number))
            return await call_from(desk, number, status)

        await desk.telephony.sign_in(apart.one, "8001", Device.PHONE)
        await desk.telephony.sign_in(apart.two, "8002", Device.PHONE)
        members = (await desk.ami.queue_status()).members
        assert {(m.queue, m.interface, m.penalty) for m in members} == {
            ("96345", "PJSIP/8001", 0),
            ("110", "PJSIP/8001", 10),
            ("110", "PJSIP/8002", 0),
        }
        busy = await comes("110", "13800000001", "answered")
        assert busy.agent_session_id == (await desk.agent_becomes(apart.two, "on_call")).id
        # No seat of 110 is free: the idle one of 96345 takes the call at once.
        helped = await comes("110", "13800000002", "answered")
        assert helped.agent_session_id == (await desk.agent_becomes(apart.one, "on_call")).id
        assert helped.answered_at is not None
        assert (helped.answered_at - helped.received_at).total_seconds() < 5
        silent = await comes("110", "13800000003", "queued")
        first = await comes("96345", "13800000004", "queued")
        second = await comes("96345", "13800000005", "queued")
        third = await comes("96345", "13800000006", "queued")
        names = {call.id: call.caller_number for call in (silent, first, second, third)}
        await lines_become(
            desk,
            {"110": [names[silent.id]], "96345": [names[c.id] for c in (first, second, third)]},
        )

        await suggest(desk, first, payload("emergency", 0.84, "冒烟"))
        await suggest(desk, second, payload("unsure", 0.95, "冒烟"))
        await suggest(desk, silent, payload("non_emergency", 0.99, "停水"))
        await suggest(desk, third, payload("emergency", 0.97, "着火", "里面有人"))
        await lines_become(
            desk,
            {
                "110": [names[third.id], names[silent.id]],
                "96345": [names[first.id], names[second.id]],
            },
        )

        async def moved() -> bool:
            return (await call_from(desk, names[third.id], "queued")).queue_code == "110"

        await eventually(moved, "the lifted call's row to follow")
        lifted = await call_from(desk, names[third.id], "queued")
        assert lifted.priority == 10
        assert lifted.lifted_at is not None
        assert "“着火”、“里面有人”" in lifted.lift_reason
        for call in (first, second, silent):
            row = await call_from(desk, names[call.id], "queued")
            assert (row.priority, row.lifted_at, row.lift_reason) == (0, None, "")
        # What is said later takes nobody's place away.
        await suggest(desk, third, payload("non_emergency", 0.99, "打错了"))

        await waiting.move(second.id, "96345", 50, "老人独居", apart.one.id)
        await lines_become(
            desk,
            {
                "110": [names[third.id], names[silent.id]],
                "96345": [names[second.id], names[first.id]],
            },
        )
        async with database.reading() as session:
            audit = (await session.scalars(select(Audit))).one()
        assert (audit.user_id, audit.action, audit.subject_id) == (
            apart.one.id,
            "move",
            str(second.id),
        )
        assert audit.detail["before"] == {"queue_code": "96345", "priority": 0}
        assert audit.detail["after"] == {"queue_code": "96345", "priority": 50}
        with pytest.raises(Conflict):
            await waiting.move(busy.id, "96345", 1, "误操作", apart.one.id)
        with pytest.raises(NotFound):
            await waiting.move(uuid4(), "96345", 1, "误操作", apart.one.id)
        with pytest.raises(NotFound):
            await waiting.move(first.id, "119", 1, "误操作", apart.one.id)
        for priority, reason in (
            (-1, "原因"),
            (101, "原因"),
            (1, " "),
            (1, "甲\r\n乙"),
            (1, "长" * 256),
        ):
            with pytest.raises(InvalidInput):
                await waiting.move(first.id, "96345", priority, reason, apart.one.id)

        taken = []
        for _ in range(4):
            helper.hang_up()
            await desk.agent_becomes(apart.one, "wrap_up", 30)
            assert await desk.paused("PJSIP/8001") == {
                ("110", True, "wrap-up"),
                ("96345", True, "wrap-up"),
            }
            await desk.telephony.set_ready(apart.one.id)
            agent = await desk.agent_becomes(apart.one, "on_call", 30)
            taken.append(names[agent.call_id] if agent.call_id else "")
        assert taken == [names[call.id] for call in (third, silent, second, first)]
