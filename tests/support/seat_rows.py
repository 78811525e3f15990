"""Rows of two seats and their calls, moved by Asterisk's events told by hand."""

from __future__ import annotations

from uuid import UUID, uuid4

from sqlalchemy import select

from ivr.agents import Agents
from ivr.ami import Ami
from ivr.ami_events import (
    AgentConnected,
    BridgeEntered,
    CallerJoined,
    ChannelHungUp,
    OriginateEnded,
)
from ivr.call_out import CallOut
from ivr.calls import Calls, Loss
from ivr.hand_over_moves import channel_id
from ivr.hand_over_targets import Target
from ivr.hand_overs import HandOvers
from ivr.lost_voice import LostVoice
from ivr.silence import Silence
from models.clock import ManualClock
from models.database import Database
from models.errors import Unavailable
from models.events import CallChanged, Event, HandOverChanged, KeyPressed, TranscriptGrew
from models.kinds import Device, LegRole
from models.states import AgentState
from models.tables import AgentSession, Call, Transition
from models.telephony_states import HandOverStatus
from models.telephony_tables import AutoCall, AutoCallKind, HandOver, HandOverKind
from tests.support.telephony import People

ONE, TWO = "PJSIP/8001-00000001", "PJSIP/8002-00000002"


class SeatRows:
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

    def call_out(self, ami: Ami) -> CallOut:
        """Places calls outward through ``ami``."""
        return CallOut(
            self.database,
            ami,
            self.calls,
            self.agents,
            self.clock,
            outward=True,
            open_leg=lambda call, role, channel: self.legs.append((role, channel)),
        )

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
        made = await self.asked(call, other, kind)
        await self.moves.originated(OriginateEnded(TWO, channel_id(made), ok=True))
        return made

    async def asked(
        self, call: Call, other: AgentSession, kind: HandOverKind = HandOverKind.CONFERENCE
    ) -> HandOver:
        """The first seat has asked ``other``, whose device rings."""
        agent = await self.agent(self.people.one.id)
        made, _, _ = await self.hand_overs._offer(
            agent, call.id, kind, Target(seat_code="8002"), [other]
        )
        return made

    async def joined(self, call: Call, other: AgentSession) -> HandOver:
        made = await self.offered(call, other)
        await self.enters(call, made)
        assert (await self.hand_over(made.id)).status is HandOverStatus.JOINED
        return made

    async def enters(self, call: Call, made: HandOver) -> None:
        """The asked seat is in the conversation."""
        await self.moves.bridge_entered(
            BridgeEntered("b", TWO, channel_id(made), call.linkedid, parties=3)
        )

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

    def review(self, text: str = "") -> AutoCall:
        """A review call that is due now; not stored."""
        now = self.clock.now()
        return AutoCall(
            kind=AutoCallKind.REVIEW,
            subject_id=uuid4(),
            number="13800001111",
            text=text,
            due_at=now,
            created_at=now,
            ended_at=None,
        )
