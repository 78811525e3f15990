"""Rows of hand-overs, lost seats, silent callers and holds, moved by events, on both databases."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import timedelta
from uuid import UUID

import anyio
import pytest
from sqlalchemy import select

from ivr import hand_over_rows, repository
from ivr.agents import Agents
from ivr.agi import FrontRequest, Next
from ivr.ami import Ami
from ivr.ami_events import (
    AgentCompleted,
    AgentConnected,
    BridgeEntered,
    CallerJoined,
    ChannelHungUp,
    ContactStatus,
    HoldChanged,
    KeyReceived,
    OriginateEnded,
)
from ivr.calls import Calls, Loss
from ivr.hand_over_moves import channel_id
from ivr.hand_over_targets import Target
from ivr.hand_overs import HandOvers
from ivr.lost_voice import LostVoice, endpoint_of
from ivr.silence import Silence
from models.clock import ManualClock
from models.database import Database
from models.errors import Conflict, NotFound, Unavailable
from models.events import CallChanged, Event, HandOverChanged, KeyPressed, TranscriptGrew
from models.states import AgentState, CallStatus
from models.tables import (
    AgentSession,
    Call,
    Device,
    Leg,
    LegRole,
    SpeechState,
    Transition,
    Utterance,
)
from models.telephony_states import HandOverStatus
from models.telephony_tables import HandOver, HandOverKind
from tests.support import both_databases
from tests.support.telephony import People

database = both_databases.database  # on SQLite and PostgreSQL

ONE, TWO = "PJSIP/8001-00000001", "PJSIP/8002-00000002"


class Rows:
    """Two signed-in seats on one database; Asterisk is away, its events are told by hand."""

    def __init__(self, database: Database, clock: ManualClock, people: People) -> None:
        self.database, self.clock, self.people = database, clock, people
        ami = Ami("127.0.0.1", 1, "nobody", "nothing")  # never run
        self.calls = Calls(database, clock)
        self.agents = Agents(database, ami, clock, lambda: None)
        self.legs: list[tuple[LegRole, str]] = []
        self.hand_overs = HandOvers(
            database,
            ami,
            self.calls,
            self.agents,
            clock,
            outward=False,
            open_leg=lambda call, role, channel: self.legs.append((role, channel)),
        )
        self.moves = self.hand_overs.moves
        self.lost_voice = LostVoice(database, ami)
        self.partials: list[TranscriptGrew] = []
        self.silence = Silence(database, ami, clock, lambda call_id: self.partials)
        self.events: list[Event] = []
        for kind in (CallChanged, HandOverChanged, KeyPressed):
            database.bus.subscribe(kind, self._note)

    async def _note(self, event: Event) -> None:
        self.events.append(event)

    async def sit(self) -> tuple[AgentSession, AgentSession]:
        one = await self.agents.sign_in(self.people.one, "8001", Device.PHONE)
        return one, await self.agents.sign_in(self.people.two, "8002", Device.PHONE)

    async def answered(
        self, agent: AgentSession, number: int = 1, queue: str = "110", channel: str = ONE
    ) -> Call:
        """A call that ``agent`` talks in on ``channel``."""
        caller, linkedid = f"PJSIP/trunk-{number:08}", f"yihu-{number}.1"
        await self.calls.join(
            CallerJoined(queue, caller, linkedid, "13800000001", queue, position=1)
        )
        call, _ = await self.calls.answer(
            AgentConnected(queue, linkedid, caller, channel, channel[:10], str(agent.id))
        )
        assert call is not None
        return call

    async def offered(
        self, call: Call, other: AgentSession, kind: HandOverKind = HandOverKind.CONFERENCE
    ) -> HandOver:
        """The first seat has asked ``other``, whose device was taken up on ``TWO``."""
        agent = await self.agent(self.people.one.id)
        made, _, _ = await self.hand_overs._offer(
            agent, call.id, kind, Target(seat_code="8002"), [other]
        )
        await self.moves.originated(OriginateEnded(TWO, channel_id(made), ok=True))
        return made

    async def joined(self, call: Call, other: AgentSession) -> HandOver:
        made = await self.offered(call, other)
        await self.moves.bridge_entered(BridgeEntered("b", TWO, call.linkedid, parties=3))
        assert (await self.hand_over(made.id)).status is HandOverStatus.JOINED
        return made

    async def hang_up(self, call: Call, channel: str, lost: Loss | None = None) -> None:
        event = ChannelHungUp(channel, f"id-of-{channel}", call.linkedid, 16)
        await self.calls.hang_up(event, lost)
        try:
            await self.moves.hung_up(event)
        except Unavailable:
            assert channel == call.channel  # the others would be hung up now

    async def agent(self, user_id: UUID) -> AgentSession:
        found = await self.agents.current(user_id)
        assert found is not None
        return found

    async def states(self) -> tuple[AgentState, AgentState]:
        one = await self.agent(self.people.one.id)
        return one.status, (await self.agent(self.people.two.id)).status

    async def hand_over(self, hand_over_id: UUID) -> HandOver:
        async with self.database.reading() as session:
            return await session.get_one(HandOver, hand_over_id)

    async def call(self, call_id: UUID) -> Call:
        async with self.database.reading() as session:
            return await session.get_one(Call, call_id)

    async def reason(self, row_id: UUID) -> str:
        query = select(Transition.reason).where(Transition.entity_id == row_id)
        async with self.database.reading() as session:
            return (await session.scalars(query.order_by(Transition.id.desc()))).first() or ""


@pytest.fixture
def rows(database: Database, clock: ManualClock, people: People) -> Rows:
    return Rows(database, clock, people)


# --- hand-overs --------------------------------------------------------------------------------


async def test_without_asterisk_the_first_seat_keeps_the_call(rows: Rows) -> None:
    one, _ = await rows.sit()
    call = await rows.answered(one)
    for kind in HandOverKind:
        with pytest.raises(Unavailable):
            await rows.hand_overs.begin(rows.people.one.id, call.id, kind, Target(seat_code="8002"))
        assert await rows.states() == (AgentState.ON_CALL, AgentState.READY)
        assert (await rows.call(call.id)).status is CallStatus.ANSWERED
        assert await rows.hand_overs.mine(rows.people.one.id) == []


async def test_other_seat_takes_over_when_the_first_leaves(rows: Rows) -> None:
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


async def test_first_seat_goes_on_when_the_other_leaves(rows: Rows) -> None:
    one, two = await rows.sit()
    call = await rows.answered(one)
    made = await rows.joined(call, two)
    await rows.hang_up(call, TWO)
    assert (await rows.hand_over(made.id)).status is HandOverStatus.KEPT
    assert await rows.reason(made.id) == "对方已挂断"
    assert (await rows.call(call.id)).agent_session_id == one.id
    assert await rows.states() == (AgentState.ON_CALL, AgentState.WRAP_UP)


async def test_caller_who_leaves_ends_it_for_both(rows: Rows) -> None:
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


async def test_rung_in_vain_pauses_the_other(rows: Rows) -> None:
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


async def test_two_who_ask_the_same_third(rows: Rows) -> None:
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


# --- lost seats --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lost", "state"), [(Loss.VOICE, AgentState.READY), (Loss.DEVICE, AgentState.PAUSED)]
)
async def test_lost_seat_gives_its_caller_back(rows: Rows, lost: Loss, state: AgentState) -> None:
    one, two = await rows.sit()
    call = await rows.answered(one)
    first_answer = call.answered_at
    rows.clock.advance(timedelta(seconds=9))
    await rows.hang_up(call, ONE, lost)
    assert (await rows.states())[0] is state
    again = CallerJoined("110", call.channel, call.linkedid, "1", "110", position=1)
    assert (await rows.calls.join(again)).status is CallStatus.QUEUED
    await rows.calls.join(again)
    taken, _ = await rows.calls.answer(
        AgentConnected("110", call.linkedid, call.channel, TWO, "PJSIP/8002", str(two.id))
    )
    assert taken is not None
    assert (taken.id, taken.agent_session_id) == (call.id, two.id)
    assert taken.answered_at == first_answer


async def test_what_becomes_of_a_caller_whose_seat_is_gone(rows: Rows) -> None:
    one, two = await rows.sit()

    async def after(call: Call) -> Next:
        request = FrontRequest(call.channel, call.linkedid, "1", call.dialled)
        return await rows.lost_voice.after(request)

    emergency = await rows.answered(one)
    other = await rows.answered(two, number=2, queue="96345", channel=TWO)
    for call, channel in ((emergency, ONE), (other, TWO)):
        ended = ChannelHungUp(channel, "x", call.linkedid, 16)
        assert rows.lost_voice.loss(ended) is None
        await rows.calls.hang_up(ended)
    assert await after(emergency) is Next.END
    assert await after(other) is Next.USUAL
    failed = ChannelHungUp(TWO, "x", other.linkedid, 44)
    assert rows.lost_voice.loss(failed) is Loss.VOICE
    assert await after(other) is Next.QUEUE
    await rows.lost_voice.contact_changed(ContactStatus("8002", "Removed"))
    assert rows.lost_voice.loss(failed) is Loss.DEVICE
    await rows.lost_voice.contact_changed(ContactStatus("8002", "Reachable"))
    assert rows.lost_voice.loss(failed) is Loss.VOICE
    unknown = FrontRequest("PJSIP/x", "nothing", "", "110")
    assert await rows.lost_voice.after(unknown) is Next.USUAL


@pytest.mark.parametrize(
    ("channel", "endpoint"),
    [
        ("PJSIP/8001-web-0000002a", "8001-web"),
        ("PJSIP/8001-0000002a", "8001"),
        ("", ""),
        ("PJSIP/8001", ""),
        ("Local/x@y-1;2", "x@y"),
    ],
)
def test_endpoint_of_a_channel(channel: str, endpoint: str) -> None:
    assert endpoint_of(channel) == endpoint


# --- silence, hold, keys -----------------------------------------------------------------------


async def spoken(rows: Rows, call: Call, role: LegRole) -> None:
    async with rows.database.writing() as work:
        work.session.add(
            Utterance(
                call_id=call.id, role=role, stream_id=UUID(int=1 + (role is LegRole.CALLER)),
                sequence=0, text="喂", raw_text="喂", words=[], start_ms=0, end_ms=1,
                confidence=1.0, engine="test", created_at=rows.clock.now(),
            )
        )  # fmt: skip


async def test_silent_emergency_call_is_shown_until_the_caller_speaks(rows: Rows) -> None:
    one, two = await rows.sit()
    call = await rows.answered(one)
    ordinary = await rows.answered(two, number=2, queue="96345", channel=TWO)
    await rows.silence.look()
    rows.clock.advance(timedelta(seconds=11))
    await rows.silence.look()
    assert not rows.silence.is_silent(call.id)  # nobody writes it down: nobody knows
    for each in (call, ordinary):
        await rows.calls.set_speech(each.id, SpeechState.LIVE)
    await spoken(rows, call, LegRole.AGENT)
    rows.events.clear()
    await rows.silence.look()
    await rows.silence.look()
    assert rows.silence.is_silent(call.id)
    assert not rows.silence.is_silent(ordinary.id)
    assert rows.events == [CallChanged(call.id)]
    rows.partials = [TranscriptGrew(call.id, UUID(int=9), LegRole.CALLER, 0, "喂")]
    await rows.silence.look()
    assert not rows.silence.is_silent(call.id)
    rows.partials = []
    await rows.silence.look()
    assert rows.silence.is_silent(call.id)
    await spoken(rows, call, LegRole.CALLER)
    await rows.silence.look()
    assert not rows.silence.is_silent(call.id)
    with pytest.raises(Unavailable):
        await rows.silence.ask_key(rows.people.one.id, call.id)
    with pytest.raises(NotFound):
        await rows.silence.ask_key(rows.people.two.id, call.id)


async def test_hold_and_keys(rows: Rows) -> None:
    one, _ = await rows.sit()
    call = await rows.answered(one)
    held = rows.clock.now()
    rows.events.clear()
    await rows.silence.held(HoldChanged(ONE, call.linkedid, held=True))
    await rows.silence.held(HoldChanged(ONE, call.linkedid, held=True))
    assert (await rows.call(call.id)).held_since == held
    await rows.silence.held(HoldChanged(ONE, call.linkedid, held=False))
    assert (await rows.call(call.id)).held_since is None
    assert rows.events == [CallChanged(call.id)] * 2
    # The caller's own device holds nobody; unknown calls change nothing.
    await rows.silence.held(HoldChanged(call.channel, call.linkedid, held=True))
    await rows.silence.held(HoldChanged("PJSIP/x", "none", held=True))
    assert (await rows.call(call.id)).held_since is None
    rows.events.clear()
    for channel, key in ((call.channel, "1"), (ONE, "2"), (call.channel, ""), ("", "3")):
        await rows.silence.pressed(KeyReceived(channel, call.linkedid, key))
    assert rows.events == [KeyPressed(call.id, "1")]
    await rows.silence.held(HoldChanged(ONE, call.linkedid, held=True))
    await rows.hang_up(call, call.channel)
    assert (await rows.call(call.id)).held_since is None


async def test_nothing_is_held_for_long(rows: Rows) -> None:
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
