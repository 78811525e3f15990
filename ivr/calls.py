"""The rows of calls: every AMI event moves them here, one transaction per event."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from typing import Final
from uuid import UUID

import anyio

from ivr import repository
from ivr.agents import NO_ANSWER, interface_of, move
from ivr.ami_events import (
    AgentCalled,
    AgentCompleted,
    AgentConnected,
    AgentRingNoAnswer,
    CallerJoined,
    ChannelHungUp,
)
from models.clock import Clock
from models.database import Database, UnitOfWork
from models.errors import NotFound
from models.events import CallAnswered, CallChanged, CallEnded, CallReceived
from models.kinds import Direction, LegRole, SpeechState
from models.states import AgentState, CallStatus
from models.tables import AgentSession, Call, Leg
from models.transitions import SYSTEM, advance

log = logging.getLogger(__name__)

LOST: Final = "lost"
DEVICE_GONE: Final = "话机掉线"
NEVER_CAME: Final = "never came"
MOST_GONE: Final = 1_000  # channels remembered that have ended
ASKED_WITHIN: Final = timedelta(hours=1)  # a question of the front door is no older
WAITING: Final = (CallStatus.RECEIVED, CallStatus.QUEUED, CallStatus.RINGING)
MAY_ANSWER: Final = (
    AgentState.READY,
    AgentState.RINGING,
    AgentState.PAUSED,
    AgentState.WRAP_UP,
)


class Loss(Enum):
    """What was lost of a seat: its sound in this call only, or the device too."""

    VOICE = auto()
    DEVICE = auto()


@dataclass(frozen=True, slots=True)
class FirstContact:
    """What is known of a caller when the call is first seen. ``queue`` may be empty.

    ``external_id`` is a cloud carrier's id of the call; such a call may have no channel yet.
    """

    channel: str
    linkedid: str
    caller_number: str
    dialled: str
    queue: str = ""
    external_id: str = ""


def is_leg_of(leg: Leg, agent: AgentSession) -> bool:
    """Whether a leg is that agent's device; ``agent`` comes with its seat."""
    if leg.agent_session_id is not None:
        return leg.agent_session_id == agent.id
    return leg.channel.rpartition("-")[0] == interface_of(agent)


def _is_first(event: ChannelHungUp, call: Call) -> bool:
    """Whether a channel is the one its call began with: the caller's, or that of a seat which
    calls somebody, until they answer."""
    begins = call.direction is Direction.IN or call.status is CallStatus.RECEIVED
    return begins and event.uniqueid == call.linkedid


class Calls:
    """Moves the rows of calls, legs and the agents bound to them.

    Methods that change a call return the ids of the agent sessions whose membership in the
    queues has to follow.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        # The front door, the queue and the hang-up may see a call at once.
        self._minting = anyio.Lock()
        self._hung_up_by_agent: set[UUID] = set()
        self._gone: deque[str] = deque(maxlen=MOST_GONE)

    async def ensure(self, contact: FirstContact) -> Call:
        """The open call of this caller, minted on sight; of one who has gone already, theirs."""
        async with self._minting, self._database.writing() as work:
            call = await repository.call_of_contact(
                work.session, contact.linkedid, contact.external_id
            )
            if call is not None:
                if contact.linkedid and not call.linkedid:
                    call.linkedid, call.channel = contact.linkedid, contact.channel
                    self.add_leg(work, call.id, LegRole.CALLER, contact.channel)
                    work.emit(CallChanged(call.id))
                return call
            if contact.linkedid in self._gone:
                since = self._clock.now() - ASKED_WITHIN
                over = await repository.call_over(work.session, contact.linkedid, since)
                if over is not None:
                    return over
            codes = await repository.queue_codes(work.session)
            if not codes:
                raise NotFound("尚未设置任何受理号码，无法登记来电。")
            own = await repository.queue_of_number(work.session, contact.dialled)
            queue = next((q for q in (contact.queue, own) if q in codes), codes[0])
            now = self._clock.now()
            call = Call(
                queue_code=queue,
                dialled=contact.dialled if contact.dialled.isdigit() else queue,
                caller_number=contact.caller_number,
                channel=contact.channel,
                linkedid=contact.linkedid,
                external_id=contact.external_id,
                received_at=now,
            )
            work.session.add(call)
            if contact.channel:
                self.add_leg(work, call.id, LegRole.CALLER, contact.channel)
            work.emit(CallReceived(call.id))
            if contact.linkedid in self._gone:
                await work.session.flush()
                await self.finish(work, call, LOST)
            return call

    async def join(self, event: CallerJoined) -> Call:
        """A caller waits in a queue; a call not seen before is minted."""
        contact = FirstContact(
            event.channel, event.linkedid, event.caller_number, event.dialled, event.queue
        )
        call = await self.ensure(contact)
        async with self._database.writing() as work:
            row = await repository.call_to_change(work.session, call.id)
            if row is None or row.status not in repository.OPEN_CALL:
                return call
            if row.status is CallStatus.ANSWERED:
                self.requeue(work, row)
            known = event.queue in await repository.queue_codes(work.session)
            if known and row.queue_code != event.queue:
                row.queue_code = event.queue
                work.emit(CallChanged(row.id))
            if row.status is CallStatus.RECEIVED:
                self.wait(work, row)
            return row

    def wait(self, work: UnitOfWork, call: Call) -> None:
        """The call is in a queue."""
        call.queued_at = self._clock.now()
        self._advance(work, call, "queue")

    def requeue(self, work: UnitOfWork, call: Call, reason: str = "") -> None:
        """An answered call waits again: its seat's sound was lost, or it was given away."""
        call.hold(False, self._clock.now())
        call.end_reason = ""
        self._advance(work, call, "requeue", reason)

    def rings(self, work: UnitOfWork, call: Call) -> None:
        """Somebody's telephone rings for the call."""
        self._advance(work, call, "ring")

    async def ring(self, event: AgentCalled) -> list[UUID]:
        """A queue offers the call to an agent."""
        async with self._database.writing() as work:
            call = await repository.call_of_linkedid(work.session, event.linkedid)
            agent = await self._agent(work, event.member)
            if call is None or call.status is CallStatus.ANSWERED:
                return []
            if call.status is CallStatus.RECEIVED:
                self.wait(work, call)
            self._advance(work, call, "ring")
            if agent is None:
                return []
            if agent.status in (AgentState.RINGING, AgentState.ON_CALL):
                if agent.call_id != call.id:
                    log.error("call %s rings at busy agent session %s", call.id, agent.id)
                return []
            move(work, agent, "ring", self._clock, call_id=call.id)
            return []

    async def answer(self, event: AgentConnected) -> tuple[Call | None, list[UUID]]:
        """An agent took the call."""
        async with self._database.writing() as work:
            call = await repository.call_of_linkedid(work.session, event.linkedid)
            agent = await self._agent(work, event.member)
            if call is None:
                return None, []
            changed = await self.bind(work, call, agent, event.agent_channel)
            return call, changed

    async def bind(
        self, work: UnitOfWork, call: Call, agent: AgentSession | None, agent_channel: str
    ) -> list[UUID]:
        """Make ``agent`` the one who talks; other agents it rang at are free again."""
        if call.status is CallStatus.ANSWERED:
            return []
        if call.status is CallStatus.RECEIVED:
            self.wait(work, call)
        self._advance(work, call, "answer")
        call.answered_at = call.answered_at or self._clock.now()
        changed: list[UUID] = []
        for other in await repository.sessions_of_call(work.session, call.id):
            if other is not agent and other.status is AgentState.RINGING:
                move(work, other, "caller_left", self._clock)
                changed.append(other.id)
        if await repository.open_leg(work.session, agent_channel, call.id) is None:
            self.add_leg(work, call.id, LegRole.AGENT, agent_channel, agent)
        if agent is not None and agent.status in MAY_ANSWER:
            call.agent_session_id = agent.id
            move(work, agent, "answer", self._clock, call_id=call.id)
            work.emit(CallAnswered(call.id, agent.id))
            changed.append(agent.id)
        return changed

    async def reach(self, work: UnitOfWork, call: Call, channel: str) -> None:
        """Somebody whom a seat called has answered, on ``channel``."""
        call.channel = channel
        call.answered_at = self._clock.now()
        self.add_leg(work, call.id, LegRole.CALLER, channel)
        self._advance(work, call, "answer")
        if call.agent_session_id is not None:
            work.emit(CallAnswered(call.id, call.agent_session_id))

    async def no_answer(self, event: AgentRingNoAnswer) -> list[UUID]:
        """An agent let the call ring out: the call waits on, the agent is paused."""
        async with self._database.writing() as work:
            call = await repository.call_of_linkedid(work.session, event.linkedid)
            agent = await self._agent(work, event.member)
            changed = []
            # It may ring for another call by now, as a seat that is asked into one.
            rings = agent is not None and agent.status is AgentState.RINGING
            if agent is not None and rings and (call is None or agent.call_id == call.id):
                move(work, agent, "no_answer", self._clock, reason=NO_ANSWER)
                changed.append(agent.id)
            if call is not None:
                await self.stop_ringing(work, call)
            return changed

    async def stop_ringing(self, work: UnitOfWork, call: Call) -> None:
        """Back to the queue, unless the call still rings at another agent."""
        still = await repository.sessions_of_call(work.session, call.id)
        if call.status is CallStatus.RINGING and not any(
            agent.status is AgentState.RINGING for agent in still
        ):
            self._advance(work, call, "no_answer")

    async def stop_all_ringing(self, work: UnitOfWork, call: Call) -> None:
        """Nobody's phone rings for the call any more: it waits, its agents are free."""
        for agent in await repository.sessions_of_call(work.session, call.id):
            if agent.status is AgentState.RINGING:
                move(work, agent, "caller_left", self._clock)
        await self.stop_ringing(work, call)

    async def complete(self, event: AgentCompleted) -> list[UUID]:
        """The queue's part in a call is over.

        The agent's state follows the agent's own channel, which tells whether it hung up or
        was lost; the queue may tell of it long after the agent gave the call away.
        """
        async with self._database.writing() as work:
            call = await repository.call_of_linkedid(work.session, event.linkedid)
            agent = await self._agent(work, event.member)
            own = call is not None and (agent is None or call.agent_session_id == agent.id)
            if call is not None and own and event.reason != "transfer":
                call.end_reason = "agent" if call.id in self._hung_up_by_agent else event.reason
            if call is None or agent is None or agent.call_id != call.id:
                return []
            legs = await repository.open_legs(work.session, call.id)
            if agent.status is not AgentState.ON_CALL or any(is_leg_of(leg, agent) for leg in legs):
                return []
            move(work, agent, "hang_up", self._clock, call_id=agent.call_id)
            return [agent.id]

    async def hang_up(
        self, event: ChannelHungUp, lost: Loss | None = None
    ) -> tuple[UUID | None, bool, list[UUID]]:
        """A channel is gone: (its call, whether that is over now, changed agents).

        ``lost`` says that the channel did not hang up but was lost.
        """
        async with self._minting, self._database.writing() as work:
            if event.uniqueid == event.linkedid:
                self._gone.append(event.linkedid)
            call = await repository.call_of_linkedid(work.session, event.linkedid)
            if call is None:
                return None, False, []
            if event.channel == call.channel or _is_first(event, call):
                return call.id, True, await self.finish(work, call, f"cause {event.cause}")
            return call.id, False, await self.end_leg(work, call, event.channel, lost)

    async def never_came(self, external_id: str) -> None:
        """A cloud carrier's call is over that never reached Asterisk."""
        async with self._minting, self._database.writing() as work:
            call = await repository.call_of_contact(work.session, "", external_id)
            if call is not None and not call.linkedid:
                await self.finish(work, call, NEVER_CAME)

    async def end_leg(
        self, work: UnitOfWork, call: Call, channel: str, lost: Loss | None = None
    ) -> list[UUID]:
        """An agent's channel is gone while the caller is still there."""
        leg = await repository.open_leg(work.session, channel, call.id)
        if leg is None:
            return []
        leg.ended_at = self._clock.now()
        changed = []
        for agent in await repository.sessions_of_call(work.session, call.id):
            if agent.status is not AgentState.ON_CALL or not is_leg_of(leg, agent):
                continue
            if lost is None:
                move(work, agent, "hang_up", self._clock, call_id=call.id)
            else:
                move(work, agent, "voice_lost", self._clock)
                if lost is Loss.DEVICE:
                    move(work, agent, "pause", self._clock, reason=DEVICE_GONE)
            changed.append(agent.id)
        return changed

    async def finish(self, work: UnitOfWork, call: Call, reason: str) -> list[UUID]:
        """The caller is gone: end the call, its legs and what its agents were doing."""
        now = self._clock.now()
        changed = []
        self._hung_up_by_agent.discard(call.id)
        for agent in await repository.sessions_of_call(work.session, call.id):
            if agent.status is AgentState.RINGING:
                move(work, agent, "caller_left", self._clock)
                changed.append(agent.id)
            elif agent.status is AgentState.ON_CALL:
                move(work, agent, "hang_up", self._clock, call_id=call.id)
                changed.append(agent.id)
        for leg in await repository.open_legs(work.session, call.id):
            leg.ended_at = now
        self._advance(work, call, "hang_up")
        call.hold(False, now)
        call.ended_at = now
        call.end_reason = call.end_reason or reason
        work.emit(CallEnded(call.id))
        return changed

    @contextmanager
    def agent_hangs_up(self, call_id: UUID) -> Iterator[None]:
        """Within, an agent's channel is hung up on request; Asterisk would name the caller."""
        self._hung_up_by_agent.add(call_id)
        try:
            yield
        except BaseException:
            self._hung_up_by_agent.discard(call_id)
            raise

    async def set_speech(self, call_id: UUID, state: SpeechState) -> None:
        """Say whether the call's words are being written down; a call that is over stays."""
        async with self._database.writing() as work:
            call = await repository.call_to_change(work.session, call_id)
            if call is None or call.speech is state or call.status not in repository.OPEN_CALL:
                return
            call.speech = state
            work.emit(CallChanged(call.id))

    def _advance(self, work: UnitOfWork, call: Call, trigger: str, reason: str = "") -> None:
        now = self._clock.now()
        advance(work.session, call, trigger, actor=SYSTEM, at=now, reason=reason)
        work.emit(CallChanged(call.id))

    def add_leg(
        self,
        work: UnitOfWork,
        call_id: UUID,
        role: LegRole,
        channel: str,
        agent: AgentSession | None = None,
    ) -> None:
        """``channel`` takes part in the call from now on; of ``agent``, where it is a seat's."""
        leg = Leg(call_id=call_id, role=role, channel=channel, started_at=self._clock.now())
        leg.agent_session_id = agent.id if agent is not None else None
        work.session.add(leg)

    async def _agent(self, work: UnitOfWork, member: str) -> AgentSession | None:
        try:
            agent_id = UUID(member)
        except ValueError:
            return None
        return await repository.session_to_change(work.session, agent_id)
