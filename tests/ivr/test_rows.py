"""Rows of calls and agents, moved by events in any order, while Asterisk itself is away."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from ivr import repository
from ivr.agents import Agents
from ivr.ami import Ami
from ivr.ami_events import (
    AgentCalled,
    AgentCompleted,
    AgentConnected,
    AgentRingNoAnswer,
    CallerJoined,
    ChannelHungUp,
)
from ivr.calls import Calls, FirstContact
from models.clock import ManualClock
from models.database import Database
from models.errors import Conflict, IllegalTransition, InvalidInput, NotFound
from models.events import AgentStateChanged, CallAnswered, CallEnded, CallReceived, Event
from models.kinds import Device
from models.states import AgentState, CallStatus
from models.tables import AgentSession, Call, Leg, Queue, Transition
from models.telephony_tables import HotlineNumber
from tests.support.telephony import People

pytestmark = pytest.mark.integration

CALLER = {"channel": "PJSIP/trunk-00000001", "linkedid": "yihu-1.1"}


class Rows:
    """Calls and agents on one database, and the notices that went out."""

    def __init__(self, database: Database, clock: ManualClock, people: People) -> None:
        self.database = database
        self.people = people
        self.calls = Calls(database, clock)
        ami = Ami("127.0.0.1", 1, "nobody", "nothing")  # never run: Asterisk is away
        self.agents = Agents(database, ami, clock, lambda: None)
        self.events: list[Event] = []
        for kind in (CallReceived, CallAnswered, CallEnded, AgentStateChanged):
            database.bus.subscribe(kind, self._note)

    async def _note(self, event: Event) -> None:
        self.events.append(event)

    async def seated(self, code: str = "8001") -> AgentSession:
        user = self.people.one if code == "8001" else self.people.two
        return await self.agents.sign_in(user, code, Device.PHONE)

    async def agent(self, code: str = "8001") -> AgentSession | None:
        user = self.people.one if code == "8001" else self.people.two
        return await self.agents.current(user.id)

    async def call(self) -> Call:
        async with self.database.reading() as session:
            return (await session.scalars(select(Call))).one()

    async def count(self, table: type[Any]) -> int:
        async with self.database.reading() as session:
            return len((await session.scalars(select(table))).all())

    async def join(self, queue: str = "110") -> Call:
        return await self.calls.join(
            CallerJoined(queue=queue, **CALLER, caller_number="1", dialled="110", position=1)
        )

    async def ring(self, agent: AgentSession) -> list[UUID]:
        return await self.calls.ring(
            AgentCalled(queue="110", **CALLER, **_seat(agent), agent_channel="PJSIP/8001-01")
        )

    async def answer(self, agent: AgentSession) -> list[UUID]:
        event = AgentConnected(queue="110", **CALLER, **_seat(agent), agent_channel="PJSIP/8001-01")
        return (await self.calls.answer(event))[1]

    async def no_answer(self, agent: AgentSession) -> list[UUID]:
        return await self.calls.no_answer(AgentRingNoAnswer(queue="110", **CALLER, **_seat(agent)))

    async def complete(self, agent: AgentSession, reason: str = "caller") -> list[UUID]:
        return await self.calls.complete(
            AgentCompleted(queue="110", **CALLER, **_seat(agent), reason=reason)
        )

    async def hang_up(self) -> tuple[UUID | None, bool, list[UUID]]:
        return await self.calls.hang_up(
            ChannelHungUp(CALLER["channel"], CALLER["linkedid"], CALLER["linkedid"], 16)
        )

    async def agent_leg_ends(self) -> tuple[UUID | None, bool, list[UUID]]:
        return await self.calls.hang_up(
            ChannelHungUp("PJSIP/8001-01", "yihu-1.2", CALLER["linkedid"], 16)
        )


def _seat(agent: AgentSession) -> dict[str, str]:
    return {"interface": f"PJSIP/{agent.seat.code}", "member": str(agent.id)}


@pytest.fixture
def rows(database: Database, clock: ManualClock, people: People) -> Rows:
    return Rows(database, clock, people)


# --- sign-in -----------------------------------------------------------------------------------


async def test_one_person_per_seat_and_one_seat_per_person(rows: Rows) -> None:
    first = await rows.seated()
    assert first.status is AgentState.READY
    again = await rows.seated()
    assert again.id == first.id
    assert again.seat.queue_codes == ["110", "96345"]
    with pytest.raises(Conflict, match="已由甲签入"):
        await rows.agents.sign_in(rows.people.two, "8001", Device.PHONE)
    with pytest.raises(Conflict, match="您已在座席"):
        await rows.agents.sign_in(rows.people.one, "8002", Device.PHONE)
    with pytest.raises(Conflict, match="您已在座席"):
        await rows.agents.sign_in(rows.people.one, "8001", Device.WEB)
    with pytest.raises(NotFound, match="没有编号为“9999”"):
        await rows.agents.sign_in(rows.people.two, "9999", Device.PHONE)


async def test_two_at_the_same_moment(rows: Rows) -> None:
    outcomes: list[str] = []

    async def try_it(sign_in: Callable[[], Awaitable[AgentSession]]) -> None:
        try:
            await sign_in()
            outcomes.append("seated")
        except Conflict:
            outcomes.append("conflict")

    async with anyio.create_task_group() as tasks:
        for user in (rows.people.one, rows.people.two) * 3:
            tasks.start_soon(
                try_it, lambda user=user: rows.agents.sign_in(user, "8001", Device.PHONE)
            )
    assert sorted(outcomes) == ["conflict"] * 3 + ["seated"] * 3
    assert await rows.count(AgentSession) == 1


async def test_states_by_hand(rows: Rows) -> None:
    agent = await rows.seated()
    with pytest.raises(InvalidInput, match="小休、用餐、培训、会议"):
        await rows.agents.pause(rows.people.one.id, "无聊")
    paused = await rows.agents.pause(rows.people.one.id, "用餐")
    assert (paused.status, paused.pause_reason) == (AgentState.PAUSED, "用餐")
    ready = await rows.agents.set_ready(rows.people.one.id)
    assert (ready.status, ready.pause_reason) == (AgentState.READY, "")
    assert (await rows.agents.set_ready(rows.people.one.id)).status_since == ready.status_since
    await rows.agents.sign_out(rows.people.one.id)
    await rows.agents.sign_out(rows.people.one.id)
    assert await rows.agent() is None
    with pytest.raises(NotFound, match="还没有签入"):
        await rows.agents.set_ready(rows.people.one.id)
    with pytest.raises(NotFound, match="还没有签入"):
        await rows.agents.pause(rows.people.one.id, "用餐")
    assert rows.events == [AgentStateChanged(agent.id)] * 4
    assert (await rows.agents.sign_in(rows.people.two, "8001", Device.WEB)).id != agent.id


async def test_nobody_leaves_a_ringing_phone_or_a_call(rows: Rows) -> None:
    agent = await rows.seated()
    await rows.join()
    await rows.ring(agent)
    with pytest.raises(IllegalTransition):
        await rows.agents.sign_out(rows.people.one.id)
    with pytest.raises(IllegalTransition):
        await rows.agents.pause(rows.people.one.id, "小休")
    await rows.answer(agent)
    with pytest.raises(IllegalTransition):
        await rows.agents.sign_out(rows.people.one.id)
    with pytest.raises(IllegalTransition):
        await rows.agents.set_ready(rows.people.one.id)
    await rows.hang_up()
    await rows.agents.sign_out(rows.people.one.id)


# --- calls -------------------------------------------------------------------------------------


async def test_call_from_front_door_to_wrap_up(rows: Rows, clock: ManualClock) -> None:
    agent = await rows.seated()
    contact = FirstContact(**CALLER, caller_number="13800000001", dialled="110")
    minted = await rows.calls.ensure(contact)
    assert (await rows.join()).id == minted.id
    await rows.ring(agent)
    ringing = await rows.agent()
    assert ringing is not None
    assert (ringing.status, ringing.call_id) == (AgentState.RINGING, minted.id)
    assert await rows.answer(agent) == [agent.id]
    assert await rows.complete(agent) == []  # the agent's own channel tells
    assert await rows.hang_up() == (minted.id, True, [agent.id])
    call = await rows.call()
    assert (call.status, call.end_reason) == (CallStatus.ENDED, "caller")
    assert call.agent_session_id == agent.id
    wrapping = await rows.agent()
    assert wrapping is not None
    assert (wrapping.status, wrapping.call_id) == (AgentState.WRAP_UP, call.id)
    assert CallAnswered(call.id, agent.id) in rows.events
    assert rows.events.count(CallEnded(call.id)) == 1


async def test_unknown_queue_and_number_still_make_a_call(rows: Rows) -> None:
    call = await rows.calls.ensure(FirstContact("PJSIP/x", "9", "", "queue"))
    assert (call.queue_code, call.dialled) == ("110", "110")


async def test_a_call_to_a_hotline_is_of_its_queue_from_the_front_door_on(rows: Rows) -> None:
    async with rows.database.writing() as work:
        work.session.add(HotlineNumber(number="12319", queue_code="96345", name="城管"))
    call = await rows.calls.ensure(FirstContact("PJSIP/x", "9", "", "12319"))
    assert (call.queue_code, call.dialled) == ("96345", "12319")


async def test_hang_up_that_overtakes_the_front_door(rows: Rows) -> None:
    assert await rows.hang_up() == (None, False, [])
    await rows.calls.ensure(FirstContact(**CALLER, caller_number="1", dialled="110"))
    assert (await rows.call()).status is CallStatus.ABANDONED


async def test_a_front_door_that_is_read_after_the_call_is_over_makes_no_other(rows: Rows) -> None:
    call = await rows.join()
    await rows.hang_up()
    contact = FirstContact(**CALLER, caller_number="1", dialled="110")
    late = await rows.calls.ensure(contact)
    assert (late.id, late.status) == (call.id, CallStatus.ABANDONED)
    assert await rows.count(Call) == 1


async def test_front_door_and_queue_at_once_mint_one_call(rows: Rows) -> None:
    contact = FirstContact(**CALLER, caller_number="1", dialled="110")
    async with anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(rows.calls.ensure, contact)
            tasks.start_soon(rows.join)
    assert await rows.count(Call) == 1
    assert await rows.count(Leg) == 1
    assert rows.events == [CallReceived((await rows.call()).id)]


async def test_refused_call_pauses_the_agent_and_waits_on(rows: Rows) -> None:
    agent = await rows.seated()
    call = await rows.join()
    await rows.ring(agent)
    assert await rows.no_answer(agent) == [agent.id]
    assert (await rows.call()).status is CallStatus.QUEUED
    paused = await rows.agent()
    assert paused is not None
    assert (paused.status, paused.pause_reason) == (AgentState.PAUSED, "无人接听")
    assert paused.call_id is None
    other = await rows.seated("8002")
    await rows.ring(other)
    assert await rows.answer(other) == [other.id]
    assert (await rows.call()).id == call.id


async def test_call_that_rings_at_two_is_answered_by_one(rows: Rows) -> None:
    one, two = await rows.seated(), await rows.seated("8002")
    await rows.join()
    await rows.ring(one)
    await rows.ring(two)
    await rows.no_answer(one)
    assert (await rows.call()).status is CallStatus.RINGING
    await rows.agents.set_ready(rows.people.one.id)
    await rows.ring(one)
    assert set(await rows.answer(two)) == {one.id, two.id}
    free = await rows.agent()
    assert free is not None
    assert (free.status, free.call_id) == (AgentState.READY, None)
    assert await rows.answer(one) == []


async def test_agent_leg_that_ends_without_a_word_from_the_queue(rows: Rows) -> None:
    agent = await rows.seated()
    call = await rows.join()
    await rows.ring(agent)
    await rows.answer(agent)
    assert await rows.agent_leg_ends() == (call.id, False, [agent.id])
    assert await rows.complete(agent) == []
    async with rows.database.reading() as session:
        assert [leg.role for leg in await repository.open_legs(session, call.id)] == ["caller"]


async def test_offer_that_crossed_a_pause_still_counts(rows: Rows) -> None:
    agent = await rows.seated()
    await rows.agents.pause(rows.people.one.id, "小休")
    await rows.join()
    await rows.ring(agent)
    await rows.answer(agent)
    assert (await rows.call()).agent_session_id == agent.id


async def test_members_that_are_no_agents(rows: Rows) -> None:
    await rows.join()
    for member in ("", "PJSIP/8001", "值班手机", "5f6e0a52-9a5c-4a54-8b8b-6f3d1f6f4a02"):
        event = AgentConnected("110", CALLER["linkedid"], "x", "PJSIP/y-1", "PJSIP/y", member)
        await rows.calls.answer(event)
    call = await rows.call()
    assert call.status is CallStatus.ANSWERED
    assert call.agent_session_id is None


MOVES = ("join", "ring", "answer", "no_answer", "complete", "hang_up", "agent_leg_ends")


@given(moves=st.lists(st.tuples(st.sampled_from(MOVES), st.booleans()), max_size=14))
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_any_order_of_events_leaves_whole_rows(
    rows: Rows, moves: list[tuple[str, bool]]
) -> None:
    """Events may be lost, doubled or late: nothing raises, and rows agree with each other."""
    async with rows.database.writing() as work:
        for table in (Transition, AgentSession, Leg, Call):
            await work.session.execute(delete(table))
    agents = [await rows.seated(), await rows.seated("8002")]
    for move, second in moves:
        if move in ("join", "hang_up", "agent_leg_ends"):
            await getattr(rows, move)()
        else:
            await getattr(rows, move)(agents[second])
    async with rows.database.reading() as session:
        calls = {call.id: call for call in (await session.scalars(select(Call))).all()}
        people = (await session.scalars(select(AgentSession))).all()
        open_legs = (await session.scalars(select(Leg).where(Leg.ended_at.is_(None)))).all()
    for agent in people:
        if agent.status in (AgentState.RINGING, AgentState.ON_CALL):
            assert agent.call_id is not None
            assert calls[agent.call_id].status in repository.OPEN_CALL
    talking = [agent.call_id for agent in people if agent.status is AgentState.ON_CALL]
    assert len(talking) == len(set(talking)), "a call is connected to two seats"
    assert all(calls[leg.call_id].status in repository.OPEN_CALL for leg in open_legs)


async def test_no_numbers_at_all(database: Database, clock: ManualClock) -> None:
    async with database.writing() as work:
        await work.session.execute(delete(Queue))
    with pytest.raises(NotFound, match="受理号码"):
        await Calls(database, clock).ensure(FirstContact("PJSIP/x", "1", "1", "110"))
