"""Hand-overs under way, moved on by what Asterisk tells: who entered a conversation, whose
channel ended. So a seat that simply hangs up, a restart and an order from a page end alike."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final
from uuid import UUID

import anyio

from ivr import hand_over_rows as rows
from ivr import repository
from ivr.agents import NO_ANSWER, Agents, interface_of, move
from ivr.ami import Ami
from ivr.ami_events import (
    AgentConnected,
    AmiUp,
    BridgeEntered,
    CallerJoined,
    ChannelHungUp,
    DialEnded,
    OriginateEnded,
)
from ivr.calls import Calls, is_leg_of
from ivr.switchboard import Switchboard
from models.clock import Clock
from models.database import Database, UnitOfWork
from models.events import CallChanged, HandOverChanged
from models.kinds import LegRole
from models.states import AgentState, CallStatus
from models.tables import AgentSession, Call
from models.telephony_states import HandOverStatus
from models.telephony_tables import HandOver, HandOverKind
from models.transitions import SYSTEM, advance

log = logging.getLogger(__name__)

CHANNEL_PREFIX: Final = "handover-"
NOT_ANSWERED: Final = "对方未接听"
OTHER_LEFT: Final = "对方已挂断"
CALLER_LEFT: Final = "来电人已挂断"
FIRST_LEFT: Final = "首接席已离开"

OnLeg = Callable[[Call, LegRole, str], None]


def channel_id(hand_over: HandOver) -> str:
    """The id that the other party's channel is made with."""
    return f"{CHANNEL_PREFIX}{hand_over.id.hex}"


def extension_of(call: Call) -> str:
    """An extension of the caller's contexts."""
    return call.dialled if call.dialled.isdigit() else call.queue_code


class HandOverMoves:
    """Moves hand-overs, and what the dialplan does not do by itself.

    ``open_leg`` begins to hear a leg that is new in a call. ``entering`` holds, per channel, the
    callers who are on their way into a conversation; it is set once they are there. ``placing``
    has the hand-overs whose other party may have no channel yet.
    """

    def __init__(
        self,
        database: Database,
        ami: Ami,
        calls: Calls,
        agents: Agents,
        clock: Clock,
        open_leg: OnLeg,
    ) -> None:
        self._database = database
        self._ami = ami
        self._switchboard = Switchboard(ami)
        self._calls = calls
        self._agents = agents
        self._clock = clock
        self._open_leg = open_leg
        self.entering: dict[str, anyio.Event] = {}
        self.placing: set[UUID] = set()
        self.moved = anyio.Event()  # a new one each time a hand-over may have moved

    # --- somebody asked into a call ------------------------------------------------------------

    async def originated(self, event: OriginateEnded) -> None:
        """The other party took the receiver, or did not."""
        hand_over = await self._of_channel_id(event.uniqueid)
        if hand_over is None or hand_over.joined_at is not None:
            return  # in the conversation already, which Asterisk may tell first
        if hand_over.status is not HandOverStatus.OFFERED:
            if event.ok:
                await self._ami.hang_up(event.channel)
            return
        if not event.ok:
            await self.keep_unanswered(hand_over.id, NOT_ANSWERED, "no_answer")
            return
        async with self._database.writing() as work:
            row = await rows.hand_over(work.session, hand_over.id, for_update=True)
            if row is not None:
                row.channel = event.channel
            call = await repository.call_to_change(work.session, hand_over.call_id)
            legs = await repository.open_legs(work.session, hand_over.call_id)
        first = next((leg for leg in legs if is_leg_of(leg, hand_over.from_session)), None)
        if hand_over.kind is not HandOverKind.CONSULT or call is None or first is None:
            return
        await self._switchboard.set_var(first.channel, "YIHU_HELD", call.channel)
        # What the two say from now on is not for the caller.
        await self._switchboard.mute(call.channel, on=True)
        await self._switchboard.redirect(event.channel, "join", "party")

    async def bridge_entered(self, event: BridgeEntered) -> None:
        """The other party, or the caller, is in a conversation."""
        async with self._database.reading() as session:
            known = await rows.call_of(session, event.linkedid)
            under_way = await rows.open_of_call(session, known.id) if known else None
        if known is None or under_way is None:
            return
        if event.channel == known.channel:
            await self._caller_entered(under_way, known, event)
            return
        if event.uniqueid != channel_id(under_way):
            return
        if under_way.status is not HandOverStatus.OFFERED:
            return
        async with self._database.writing() as work:
            call = await repository.call_to_change(work.session, known.id)
            hand_over = await rows.hand_over(work.session, under_way.id, for_update=True)
            if call is None or hand_over is None or hand_over.status is not HandOverStatus.OFFERED:
                return
            other = await self._asked(work, hand_over)
            role = LegRole.CONSULT
            if other is not None:
                role = LegRole.AGENT
                move(work, other, "answer", self._clock, call_id=call.id)
            self._calls.add_leg(work, call.id, role, event.channel, other)
            self._advance(work, hand_over, "join")
            hand_over.channel = event.channel
            hand_over.joined_at = self._clock.now()
        self._open_leg(call, role, event.channel)
        try:
            if hand_over.kind is HandOverKind.CONSULT:
                await self._switchboard.redirect(call.channel, "held", extension_of(call))
        finally:
            if other is not None:
                await self._agents.sync(other.id)

    async def _caller_entered(self, hand_over: HandOver, call: Call, event: BridgeEntered) -> None:
        alone = event.parties == 1
        entered = self.entering.get(event.channel)
        if entered is not None and not alone:
            entered.set()
        if hand_over.status is not HandOverStatus.JOINED:
            return
        if alone:
            await self._switchboard.mute(call.channel, on=False)
        await self.set_held(call.id, alone)

    async def hung_up(self, event: ChannelHungUp) -> None:
        """A channel's end is in the rows of its call: what does it mean for the hand-overs?"""
        async with self._database.reading() as session:
            under_way = await rows.open_hand_overs(session)
        for hand_over in under_way:
            ended = {event.channel}
            if event.uniqueid == channel_id(hand_over):
                ended.add(hand_over.channel)
            await self._look(hand_over.id, ended.__contains__)
        self.moved.set()
        self.moved = anyio.Event()

    async def came_up(self, _: AmiUp) -> None:
        """Bring the hand-overs under way to where Asterisk has them."""
        async with self._database.reading() as session:
            found = await rows.open_hand_overs(session)
        under_way = [hand_over for hand_over in found if hand_over.id not in self.placing]
        if not under_way:
            return
        channels = await self._ami.channels()
        alive = {c.channel for c in channels} | {c.uniqueid for c in channels}
        for hand_over in under_way:
            await self._look(hand_over.id, lambda channel: channel not in alive)

    async def _look(self, hand_over_id: UUID, gone: Callable[[str], bool]) -> None:
        """Move a hand-over on by who is ``gone``."""
        to_end: list[str] = []
        changed: list[UUID] = []
        left: UUID | None = None
        async with self._database.writing() as work:
            known = await rows.hand_over(work.session, hand_over_id)
            if known is None:
                return
            call = await repository.call_to_change(work.session, known.call_id)
            hand_over = await rows.hand_over(work.session, hand_over_id, for_update=True)
            if call is None or hand_over is None or hand_over.status not in rows.OPEN:
                return
            legs = await rows.legs(work.session, call.id)
            first = [leg.channel for leg in legs if is_leg_of(leg, hand_over.from_session)][-1:]
            blind = hand_over.kind is HandOverKind.BLIND
            offered = hand_over.status is HandOverStatus.OFFERED
            if call.status not in repository.OPEN_CALL:
                self._finish(work, hand_over, "keep", CALLER_LEFT)
                to_end = [] if blind else [hand_over.channel, *first]
            elif blind:
                return
            elif gone(hand_over.channel):
                changed = await self._free(work, hand_over, "no_answer") if offered else []
                self._finish(work, hand_over, "keep", NOT_ANSWERED if offered else OTHER_LEFT)
                call.hold(False, self._clock.now())
            elif first and gone(first[0]) and offered:
                changed = await self._free(work, hand_over, "caller_left")
                self._finish(work, hand_over, "keep", FIRST_LEFT)
                to_end = [hand_over.channel]
            elif first and gone(first[0]):
                self._finish(work, hand_over, "complete")
                call.agent_session_id = hand_over.to_session_id or call.agent_session_id
                call.hold(False, self._clock.now())
                call.end_reason = ""
                left = hand_over.from_session_id
            else:
                return
            work.emit(CallChanged(call.id))
        for channel in to_end:
            await self._ami.hang_up(channel)
        for agent_id in changed:
            await self._agents.sync(agent_id)
        if left is not None:
            await self._agents.rejoin(left)

    # --- given away ----------------------------------------------------------------------------

    async def answered(self, event: AgentConnected) -> None:
        """A seat took a call that another one gave away."""
        await self._taken(event.linkedid, event.agent_channel)

    async def dialled(self, event: DialEnded) -> None:
        """A seat or a number that a call was given to answered, or did not."""
        async with self._database.reading() as session:
            known = await rows.call_of(session, event.linkedid)
            under_way = await rows.open_of_call(session, known.id) if known else None
            to = under_way and under_way.to_session_id
            options = repository.WITH_SEAT_AND_USER
            other = await session.get(AgentSession, to, options=options) if to else None
        if known is None or under_way is None or under_way.kind is not HandOverKind.BLIND:
            return
        if other is None and not under_way.number:
            return
        wanted = interface_of(other) if other is not None else "PJSIP/trunk"
        if event.dialled_channel.rpartition("-")[0] != wanted:
            return
        if event.status != "ANSWER":
            await self._not_taken(under_way)
            return
        async with self._database.writing() as work:
            call = await repository.call_to_change(work.session, known.id)
            if call is None:
                return
            if call.status is CallStatus.ANSWERED:
                self._calls.requeue(work, call)
            row = await self._asked(work, under_way)
            changed = await self._calls.bind(work, call, row, event.dialled_channel)
        self._open_leg(call, LegRole.AGENT, event.dialled_channel)
        for agent_id in changed:
            await self._agents.sync(agent_id)
        await self._taken(event.linkedid, event.dialled_channel)

    async def joined(self, event: CallerJoined) -> None:
        """A caller waits again: nobody took them whom they were given to."""
        async with self._database.reading() as session:
            call = await rows.call_of(session, event.linkedid)
            under_way = await rows.open_of_call(session, call.id) if call else None
        if under_way is not None and under_way.kind is HandOverKind.BLIND:
            await self._not_taken(under_way)

    async def _not_taken(self, hand_over: HandOver) -> None:
        """The call waits in its queue; the hand-over stays open until a seat takes it."""
        async with self._database.writing() as work:
            call = await repository.call_to_change(work.session, hand_over.call_id)
            changed = await self._free(work, hand_over, "no_answer")
            if call is not None:
                await self._calls.stop_ringing(work, call)
        for agent_id in changed:
            await self._agents.sync(agent_id)

    async def _taken(self, linkedid: str, channel: str) -> None:
        """Who was given the call has it through ``channel``, unless that is who gives it."""
        async with self._database.writing() as work:
            call = await repository.call_of_linkedid(work.session, linkedid)
            if call is None:
                return
            hand_over = await rows.open_of_call(work.session, call.id, for_update=True)
            if hand_over is None or hand_over.kind is not HandOverKind.BLIND:
                return
            leg = await repository.open_leg(work.session, channel, call.id)
            if leg is not None and leg.started_at <= hand_over.started_at:
                return
            if call.status is CallStatus.ANSWERED:
                hand_over.joined_at = self._clock.now()
                if not hand_over.number:
                    hand_over.to_session_id = call.agent_session_id
                self._finish(work, hand_over, "complete")

    # --- rows --------------------------------------------------------------------------------

    async def keep_unanswered(
        self, hand_over_id: UUID, reason: str, trigger: str, *, actor: str = SYSTEM
    ) -> None:
        """End a hand-over nobody has answered; ``trigger`` moves the agent that it rang at."""
        async with self._database.writing() as work:
            known = await rows.hand_over(work.session, hand_over_id)
            if known is not None:
                await repository.call_to_change(work.session, known.call_id)
            hand_over = await rows.hand_over(work.session, hand_over_id, for_update=True)
            if hand_over is None or hand_over.status is not HandOverStatus.OFFERED:
                return
            changed = await self._free(work, hand_over, trigger)
            self._finish(work, hand_over, "keep", reason, actor=actor)
        for agent_id in changed:
            await self._agents.sync(agent_id)

    async def set_held(self, call_id: UUID, held: bool) -> None:
        """Say whether the caller hears music instead of the seat."""
        async with self._database.writing() as work:
            call = await repository.call_to_change(work.session, call_id)
            if call is None or (call.held_since is not None) == held:
                return
            if call.status is CallStatus.ANSWERED or not held:
                call.hold(held, self._clock.now())
                work.emit(CallChanged(call.id))

    async def _asked(self, work: UnitOfWork, hand_over: HandOver) -> AgentSession | None:
        """The agent that the hand-over rings at, for update."""
        if hand_over.to_session_id is None:
            return None
        agent = await repository.session_to_change(work.session, hand_over.to_session_id)
        rings = agent is not None and agent.status is AgentState.RINGING
        return agent if agent and rings and agent.call_id == hand_over.call_id else None

    async def _free(self, work: UnitOfWork, hand_over: HandOver, trigger: str) -> list[UUID]:
        """It rings at the asked agent no more."""
        agent = await self._asked(work, hand_over)
        if agent is None:
            return []
        reason = NO_ANSWER if trigger == "no_answer" else ""
        move(work, agent, trigger, self._clock, reason=reason)
        return [agent.id]

    def _finish(
        self,
        work: UnitOfWork,
        hand_over: HandOver,
        trigger: str,
        reason: str = "",
        *,
        actor: str = SYSTEM,
    ) -> None:
        self._advance(work, hand_over, trigger, reason, actor=actor)
        hand_over.ended_at = self._clock.now()

    def _advance(
        self,
        work: UnitOfWork,
        hand_over: HandOver,
        trigger: str,
        reason: str = "",
        *,
        actor: str = SYSTEM,
    ) -> None:
        now = self._clock.now()
        advance(work.session, hand_over, trigger, actor=actor, at=now, reason=reason)
        work.emit(HandOverChanged(hand_over.id, hand_over.call_id))

    async def _of_channel_id(self, uniqueid: str) -> HandOver | None:
        try:
            hand_over_id = UUID(uniqueid.removeprefix(CHANNEL_PREFIX))
        except ValueError:
            return None
        async with self._database.reading() as session:
            return await rows.hand_over(session, hand_over_id)
