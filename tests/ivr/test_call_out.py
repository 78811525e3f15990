"""Seats that call somebody, through a real Asterisk and a provider at the trunk's far end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import select

from ivr.asterisk import AsteriskConfig
from ivr.hand_over_targets import Target
from models.clock import SystemClock
from models.database import Database
from models.errors import Conflict, InvalidInput, NotFound, Unavailable
from models.kinds import Device, Direction, LegRole
from models.tables import Call
from models.telephony_tables import CallBack, CallBackKind, HandOverKind, Recording
from tests.support.asterisk import eventually, running
from tests.support.provider import Provider, provider
from tests.support.telephony import Desk, People, phone, telephony_at
from yihu.simulate.phone import Phone, PhoneState

pytestmark = pytest.mark.asterisk

NUMBER = "13900000007"
BUSY = "13900000008"


@dataclass(slots=True)
class Office:
    """A signed-in seat with its telephone, and the provider it calls through."""

    desk: Desk
    people: People
    telephone: Phone
    provider: Provider

    async def out_call(self, status: str) -> Call:
        call = await self.desk.call_becomes(status)
        assert call.direction is Direction.OUT
        return call


Open = Callable[[], AbstractAsyncContextManager[Office]]


@pytest.fixture
def open_office(
    config: AsteriskConfig, database: Database, people: People, real_clock: SystemClock
) -> Open:
    @asynccontextmanager
    async def opened() -> AsyncIterator[Office]:
        async with provider() as carrier:
            carrier.answers[BUSY] = 486
            through = replace(config, trunk_proxy=f"127.0.0.1:{carrier.port}")
            async with (
                running(through),
                telephony_at(through, database, real_clock, trunk=True) as desk,
                phone(through) as telephone,
                phone(through, "8002"),
            ):
                await desk.telephony.sign_in(people.one, "8001", Device.PHONE)
                await desk.telephony.sign_in(people.two, "8002", Device.PHONE)
                yield Office(desk, people, telephone, carrier)

    return opened


async def test_seat_calls_somebody(open_office: Open) -> None:
    async with open_office() as office:
        desk, one = office.desk, office.people.one
        placed = await desk.telephony.call_out(one.id, NUMBER)
        with pytest.raises(Conflict, match="正在接听"):
            await desk.telephony.call_out(one.id, NUMBER)
        call = await office.out_call("answered")
        assert (call.id, call.queue_code, call.caller_number) == (placed.id, "110", NUMBER)
        agent = await desk.agent_becomes(one, "on_call")
        assert (agent.call_id, call.agent_session_id) == (call.id, agent.id)
        assert [made.number for made in office.provider.calls] == [NUMBER]
        await desk.speech_becomes("live")

        async def both_heard() -> bool:
            return sum(size > 8_000 for size in desk.ear.heard.values()) == 2

        await eventually(both_heard, "half a second of both legs")
        legs = await desk.legs(call.id)
        assert {(leg.role, leg.agent_session_id) for leg in legs} == {
            (LegRole.CALLER, None),
            (LegRole.AGENT, agent.id),
        }
        office.telephone.hang_up()
        call = await office.out_call("ended")
        await desk.agent_becomes(one, "wrap_up")
        assert office.provider.calls[0].ended.is_set()
        assert await desk.trail(call.id) == ["answered", "ended"]

        async def recorded() -> bool:
            async with desk.database.reading() as session:
                query = select(Recording).where(Recording.call_id == call.id)
                return (await session.scalars(query)).first() is not None

        await eventually(recorded, "the call's recording", 30)


async def test_somebody_who_does_not_answer(open_office: Open) -> None:
    async with open_office() as office:
        desk, one = office.desk, office.people.one
        missed = Call(
            queue_code="96345",
            dialled="96345",
            caller_number=BUSY,
            channel="gone",
            received_at=desk.database.clock.now(),
        )
        entry = CallBack(
            call_id=missed.id,
            queue_code="96345",
            number=BUSY,
            kind=CallBackKind.MISSED,
            created_at=desk.database.clock.now(),
        )
        async with desk.database.writing() as work:
            work.session.add_all([missed, entry])

        async def entry_is(status: str, tries: int) -> None:
            async def check() -> bool:
                async with desk.database.reading() as session:
                    row = await session.get_one(CallBack, entry.id)
                return (row.status, row.tries) == (status, tries)

            await eventually(check, f"an entry that is {status}")

        await desk.telephony.call_backs.call(entry.id, one.id)
        call = await office.out_call("abandoned")
        assert (call.queue_code, call.end_reason) == ("96345", "busy")
        await desk.agent_becomes(one, "wrap_up")
        await entry_is("open", 1)
        # In wrap-up the seat may try again; then somebody is there.
        office.provider.answers.pop(BUSY)
        await desk.telephony.call_backs.call(entry.id, one.id)
        await office.out_call("answered")
        await entry_is("done", 2)


async def test_seat_that_does_not_lift_its_receiver(open_office: Open) -> None:
    async with open_office() as office:
        desk, one = office.desk, office.people.one
        office.telephone.answer_after = None
        await desk.telephony.call_out(one.id, NUMBER)
        await office.telephone.wait_for(PhoneState.RINGING, within=30)
        assert (await desk.agent_becomes(one, "ringing")).call_id is not None
        office.telephone.hang_up()
        call = await office.out_call("abandoned")
        assert call.end_reason == "seat did not answer"
        agent = await desk.agent_becomes(one, "paused")
        assert (agent.pause_reason, agent.call_id) == ("无人接听", None)
        assert office.provider.calls == []


async def test_called_person_is_handed_over(open_office: Open) -> None:
    async with open_office() as office:
        desk, people = office.desk, office.people
        await desk.telephony.call_out(people.one.id, NUMBER)
        call = await office.out_call("answered")
        hand_overs = desk.telephony.hand_overs
        target = Target(seat_code="8002")
        began = await hand_overs.begin(people.one.id, call.id, HandOverKind.CONSULT, target)
        await desk.agent_becomes(people.two, "on_call")

        async def is_held() -> bool:
            return (await office.out_call("answered")).held_since is not None

        await eventually(is_held, "the called person to wait")
        await hand_overs.complete(people.one.id, began.id)
        await desk.agent_becomes(people.one, "wrap_up")
        taken = await desk.agent_becomes(people.two, "on_call")
        assert (await office.out_call("answered")).agent_session_id == taken.id
        assert not office.provider.calls[0].ended.is_set()
        await desk.telephony.hang_up(people.two.id, call.id)
        await office.out_call("ended")
        await desk.agent_becomes(people.two, "wrap_up")


async def test_call_is_given_to_a_number(open_office: Open) -> None:
    async with open_office() as office:
        desk, people = office.desk, office.people
        await desk.telephony.call_out(people.one.id, NUMBER)
        call = await office.out_call("answered")
        hand_overs = desk.telephony.hand_overs
        target = Target(number="13900000009")
        await hand_overs.begin(people.one.id, call.id, HandOverKind.BLIND, target)
        await desk.agent_becomes(people.one, "wrap_up")

        async def reached() -> bool:
            return [made.number for made in office.provider.calls] == [NUMBER, target.number]

        await eventually(reached, "the number to be called")
        assert (await office.out_call("answered")).id == call.id
        assert not office.provider.calls[0].ended.is_set()


async def test_nowhere_to_call_out(
    config: AsteriskConfig, database: Database, people: People, real_clock: SystemClock
) -> None:
    async with telephony_at(config, database, real_clock, wait=False) as desk:
        await desk.telephony.sign_in(people.one, "8001", Device.PHONE)
        with pytest.raises(Unavailable, match="外呼线路"):
            await desk.telephony.call_out(people.one.id, NUMBER)
    async with telephony_at(config, database, real_clock, trunk=True, wait=False) as desk:
        for number in ("", "12", "1" * 21, "138 0000", "１３８００", "1;2", "+", "110@evil"):
            with pytest.raises(InvalidInput):
                await desk.telephony.call_out(people.one.id, number)
        with pytest.raises(NotFound):
            await desk.telephony.call_out(people.two.id, NUMBER)
        with pytest.raises(Unavailable):  # Asterisk is away
            await desk.telephony.call_out(people.one.id, NUMBER)
        agent = await desk.agent_becomes(people.one, "ready")
        assert agent.call_id is None
        assert [call.status for call in await desk.calls()] == ["abandoned"]
