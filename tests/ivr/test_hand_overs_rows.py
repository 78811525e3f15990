"""Rows of hand-overs, moved by events, on both databases."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import timedelta

import anyio
import pytest
from sqlalchemy import select

from ivr import hand_over_rows, repository
from ivr.ami_events import (
    AgentCompleted,
    OriginateEnded,
)
from ivr.hand_over_moves import channel_id
from ivr.hand_over_targets import Target
from models.clock import ManualClock
from models.database import Database
from models.errors import Conflict, NotFound, Unavailable
from models.kinds import LegRole
from models.states import AgentState, CallStatus
from models.tables import Leg
from models.telephony_states import HandOverStatus
from models.telephony_tables import HandOver, HandOverKind
from tests.support import both_databases
from tests.support.seat_rows import ONE, TWO, SeatRows
from tests.support.telephony import People

database = both_databases.database  # on SQLite and PostgreSQL


@pytest.fixture
def rows(database: Database, clock: ManualClock, people: People) -> SeatRows:
    return SeatRows(database, clock, people)


# --- hand-overs --------------------------------------------------------------------------------


async def test_without_asterisk_the_first_seat_keeps_the_call(rows: SeatRows) -> None:
    one, _ = await rows.sit()
    call = await rows.answered(one)
    for kind in HandOverKind:
        with pytest.raises(Unavailable):
            await rows.hand_overs.begin(rows.people.one.id, call.id, kind, Target(seat_code="8002"))
        assert await rows.states() == (AgentState.ON_CALL, AgentState.READY)
        assert (await rows.call(call.id)).status is CallStatus.ANSWERED
        assert await rows.hand_overs.mine(rows.people.one.id) == []


async def test_other_seat_takes_over_when_the_first_leaves(rows: SeatRows) -> None:
    one, two = await rows.sit()
    call = await rows.answered(one)
    rows.clock.advance(timedelta(seconds=5))
    made = await rows.joined(call, two)
    assert rows.legs == [(LegRole.AGENT, TWO)]
    assert (await rows.agent(rows.people.two.id)).call_id == call.id
    assert {m.id for m in await rows.hand_overs.mine(rows.people.two.id)} == {made.id}
    rows.clock.advance(timedelta(seconds=7))
    await rows.hang_up(call, ONE)
    done = await rows.hand_over(made.id)
    assert done.status is HandOverStatus.COMPLETED
    assert done.joined_at is not None
    assert done.ended_at is not None
    assert done.ended_at - done.started_at == timedelta(seconds=7)
    assert (await rows.call(call.id)).agent_session_id == two.id
    assert await rows.states() == (AgentState.WRAP_UP, AgentState.ON_CALL)
    async with rows.database.reading() as session:
        legs = await hand_over_rows.legs(session, call.id)
    assert {(leg.agent_session_id, leg.ended_at is None) for leg in legs} == {
        (None, True), (one.id, False), (two.id, True),
    }  # fmt: skip
    # The queue tells only now that its member's call is over, who may be in another one.
    await rows.agents.set_ready(rows.people.one.id)
    other_call = await rows.answered(one, number=2, channel="PJSIP/8001-00000009")
    late = AgentCompleted("110", call.linkedid, call.channel, "x", str(one.id), "caller")
    assert await rows.calls.complete(late) == []
    now = await rows.agent(rows.people.one.id)
    assert (now.status, now.call_id) == (AgentState.ON_CALL, other_call.id)
    await rows.hang_up(call, call.channel)
    assert await rows.states() == (AgentState.ON_CALL, AgentState.WRAP_UP)
    assert (await rows.call(call.id)).end_reason != "caller"


async def test_the_conversation_may_be_told_before_the_answer(rows: SeatRows) -> None:
    one, two = await rows.sit()
    call = await rows.answered(one)
    made = await rows.asked(call, two)
    await rows.enters(call, made)
    joined = await rows.hand_over(made.id)
    assert (joined.status, joined.channel) == (HandOverStatus.JOINED, TWO)
    assert rows.legs == [(LegRole.AGENT, TWO)]
    # The answer comes now, also once the other has the call alone: nobody is hung up.
    answer = OriginateEnded(TWO, channel_id(made), ok=True)
    await rows.moves.originated(answer)
    await rows.hang_up(call, ONE)
    await rows.moves.originated(answer)
    assert (await rows.hand_over(made.id)).status is HandOverStatus.COMPLETED
    assert (await rows.call(call.id)).agent_session_id == two.id
    assert await rows.states() == (AgentState.WRAP_UP, AgentState.ON_CALL)


async def test_first_seat_goes_on_when_the_other_leaves(rows: SeatRows) -> None:
    one, two = await rows.sit()
    call = await rows.answered(one)
    made = await rows.joined(call, two)
    await rows.hang_up(call, TWO)
    assert (await rows.hand_over(made.id)).status is HandOverStatus.KEPT
    assert await rows.reason(made.id) == "对方已挂断"
    assert (await rows.call(call.id)).agent_session_id == one.id
    assert await rows.states() == (AgentState.ON_CALL, AgentState.WRAP_UP)


async def test_caller_who_leaves_ends_it_for_both(rows: SeatRows) -> None:
    one, two = await rows.sit()
    call = await rows.answered(one)
    made = await rows.joined(call, two)
    await rows.hang_up(call, call.channel)
    assert (await rows.hand_over(made.id)).status is HandOverStatus.KEPT
    assert await rows.reason(made.id) == "来电人已挂断"
    assert await rows.states() == (AgentState.WRAP_UP, AgentState.WRAP_UP)
    async with rows.database.reading() as session:
        open_legs = (await session.scalars(select(Leg).where(Leg.ended_at.is_(None)))).all()
    assert open_legs == []


async def test_rung_in_vain_pauses_the_other(rows: SeatRows) -> None:
    one, two = await rows.sit()
    call = await rows.answered(one)
    agent = await rows.agent(rows.people.one.id)
    made, _, _ = await rows.hand_overs._offer(
        agent, call.id, HandOverKind.CONSULT, Target(queue_code="110"), [two]
    )
    assert await rows.states() == (AgentState.ON_CALL, AgentState.RINGING)
    with pytest.raises(Conflict, match="正在移交"):
        await rows.hand_overs.begin(
            rows.people.one.id, call.id, HandOverKind.BLIND, Target(queue_code="110")
        )
    with pytest.raises(NotFound):
        await rows.hand_overs.keep(rows.people.two.id, made.id)
    await rows.moves.originated(OriginateEnded("", channel_id(made), ok=False))
    assert await rows.states() == (AgentState.ON_CALL, AgentState.PAUSED)
    assert await rows.reason(made.id) == "对方未接听"
    # Told once more, by whatever: nothing changes.
    await rows.moves.originated(OriginateEnded("", channel_id(made), ok=False))
    await rows.moves.originated(OriginateEnded("", "handover-nonsense", ok=False))
    await rows.moves.originated(OriginateEnded("", "", ok=True))
    assert await rows.states() == (AgentState.ON_CALL, AgentState.PAUSED)


async def test_two_who_ask_the_same_third(rows: SeatRows) -> None:
    """A seat rings for one of them; the other is refused."""
    one, two = await rows.sit()
    call = await rows.answered(one)
    outcomes: list[str] = []

    async def ask() -> None:
        agent = await rows.agent(rows.people.one.id)
        try:
            await rows.hand_overs._offer(
                agent, call.id, HandOverKind.CONSULT, Target(seat_code="8002"), [two]
            )
            outcomes.append("rings")
        except Conflict:
            outcomes.append("refused")

    async with anyio.create_task_group() as tasks:
        for _ in range(4):
            tasks.start_soon(ask)
    assert sorted(outcomes) == ["refused"] * 3 + ["rings"]
    async with rows.database.reading() as session:
        assert len((await session.scalars(select(HandOver))).all()) == 1


async def test_nothing_is_held_for_long(rows: SeatRows) -> None:
    """A reading or writing in these paths never waits for a lock that nobody frees."""
    one, two = await rows.sit()
    call = await rows.answered(one)
    made = await rows.joined(call, two)

    async def in_time(work: Awaitable[None]) -> None:
        with anyio.fail_after(20):
            await work

    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(in_time, rows.moves.set_held(call.id, True))
            tasks.start_soon(in_time, rows.moves.set_held(call.id, False))
            tasks.start_soon(in_time, rows.moves.keep_unanswered(made.id, "", "caller_left"))
            tasks.start_soon(in_time, rows.silence.look())
    async with rows.database.reading() as session:
        assert await repository.call_of_linkedid(session, call.linkedid) is not None
