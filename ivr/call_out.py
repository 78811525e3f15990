"""A seat calls somebody: its own device rings first, then the number is dialled.

The row is there from the first moment, ``received`` while it is dialled. The seat's channel is
the one the call is known by (``linkedid``); once the other one has answered, theirs is
``Call.channel`` and the call ends with it.
"""

from __future__ import annotations

import logging
from typing import Final
from uuid import UUID

from ivr import repository
from ivr.agents import NO_ANSWER, Agents, interface_of, move
from ivr.ami import Ami, AmiRefused
from ivr.ami_events import ChannelHungUp, DialEnded, OriginateEnded
from ivr.calls import Calls
from ivr.hand_over_moves import OnLeg
from ivr.hand_over_targets import checked_number
from ivr.switchboard import Switchboard
from models.clock import Clock
from models.database import Database, UnitOfWork
from models.errors import Conflict, NotFound, Unavailable
from models.events import CallChanged, CallReceived
from models.kinds import Direction, LegRole
from models.states import AgentState, CallStatus
from models.tables import AgentSession, Call
from models.telephony_tables import CallBack

log = logging.getLogger(__name__)

CHANNEL_PREFIX: Final = "out-"
RING_SECONDS: Final = 20
FREE: Final = (AgentState.READY, AgentState.WRAP_UP, AgentState.PAUSED)
SEAT_NOT_ANSWERED: Final = "seat did not answer"


class CallOut:
    """Calls that seats place. ``outward`` says whether there is a trunk to place them through;
    ``open_leg`` begins to hear a leg."""

    def __init__(
        self,
        database: Database,
        ami: Ami,
        calls: Calls,
        agents: Agents,
        clock: Clock,
        *,
        outward: bool,
        open_leg: OnLeg,
    ) -> None:
        self._database = database
        self._switchboard = Switchboard(ami)
        self._calls = calls
        self._agents = agents
        self._clock = clock
        self._outward = outward
        self._open_leg = open_leg
        # Of calls whose row may be there before their channel.
        self.placing: set[str] = set()

    async def place(self, user_id: UUID, number: str, call_back_id: UUID | None = None) -> Call:
        """Ring the person's own device, then ``number``; returns at once, with the call's row.

        ``call_back_id`` names the call-back entry that this call is for; it is the call of that
        entry's queue. Raises ``NotFound`` without a seat, ``Conflict`` where it is busy,
        ``InvalidInput`` for an impossible number, ``Unavailable`` without a trunk or Asterisk.
        """
        checked_number(number, self._outward)
        agent = await self._agents.current(user_id)
        if agent is None:
            raise NotFound("您还没有签入座席，请先选择座席。")
        await self._agents.hold(agent)
        try:
            call = await self._store(user_id, number, call_back_id)
        except BaseException:
            await self._agents.sync(agent.id)
            raise
        try:
            await self._ring(agent, number, call)
        except (AmiRefused, Unavailable) as error:
            log.warning("call %s could not be placed: %s", call.id, error)
            await self._fail(call.linkedid, "caller_left")
            if isinstance(error, Unavailable):
                raise
            raise Conflict("您的话机没有响应，请检查话机后重试。") from None
        finally:
            self.placing.discard(call.linkedid)
        return call

    async def _ring(self, agent: AgentSession, number: str, call: Call) -> None:
        await self._switchboard.originate(
            interface_of(agent),
            "call-out",
            number,
            channel_id=call.linkedid,
            caller_id=call.queue_code,
            ring_seconds=RING_SECONDS,
            variables={
                # The seat's own page answers an INVITE with this header by itself.
                "PJSIP_HEADER(add,X-Yihu)": "call-out",
                "__YIHU_DIALLED": call.queue_code,
                "__YIHU_QUEUE": call.queue_code,
                "__YIHU_CALL_ID": str(call.id),
            },
        )

    async def _store(self, user_id: UUID, number: str, call_back_id: UUID | None) -> Call:
        async with self._database.writing() as work:
            agent = await repository.session_of_user(work.session, user_id, for_update=True)
            if agent is None:
                raise NotFound("您还没有签入座席，请先选择座席。")
            if agent.status not in FREE:
                raise Conflict("您正在接听其他电话，请结束后再呼出。")
            codes = await repository.queue_codes(work.session)
            entry = await work.session.get(CallBack, call_back_id) if call_back_id else None
            queue = entry.queue_code if entry else next(iter(agent.seat.queue_codes or codes), "")
            if not queue:
                raise NotFound("尚未设置任何受理号码，无法呼出。")
            call = Call(
                direction=Direction.OUT,
                queue_code=queue,
                dialled=number,
                caller_number=number,
                channel="",
                received_at=self._clock.now(),
                agent_session_id=agent.id,
            )
            call.linkedid = f"{CHANNEL_PREFIX}{call.id.hex}"
            self.placing.add(call.linkedid)
            work.session.add(call)
            move(work, agent, "ring", self._clock, actor=str(user_id), call_id=call.id)
            work.emit(CallReceived(call.id))
        return call

    # --- what Asterisk tells -----------------------------------------------------------------

    async def originated(self, event: OriginateEnded) -> None:
        """The seat took its receiver, or did not. Asterisk may tell so after all that follows."""
        if not event.uniqueid.startswith(CHANNEL_PREFIX):
            return
        if not event.ok:
            await self._fail(event.uniqueid, "no_answer")
            return
        async with self._database.writing() as work:
            call = await repository.call_of_linkedid(work.session, event.uniqueid)
            agent = await self._seat_answered(work, call, event.channel)
        await self._follow(call, agent, event.channel)

    async def dialled(self, event: DialEnded) -> None:
        """The seat answered; or the number did, or did not: then the seat's channel ends and the
        call with it."""
        if not event.linkedid.startswith(CHANNEL_PREFIX):
            return
        # The number is dialled from the seat's channel, which nobody has dialled from another.
        seat_channel = event.channel or event.dialled_channel
        if not event.channel and event.status != "ANSWER":
            return
        async with self._database.writing() as work:
            call = await repository.call_of_linkedid(work.session, event.linkedid)
            if call is None or call.status is not CallStatus.RECEIVED:
                return
            agent = await self._seat_answered(work, call, seat_channel)
            if event.channel and event.status == "ANSWER":
                await self._calls.reach(work, call, event.dialled_channel)
            elif event.channel:
                call.end_reason = event.status.lower()[:64]
        await self._follow(call, agent, seat_channel)
        if call.channel:
            self._open_leg(call, LegRole.CALLER, call.channel)

    async def _seat_answered(
        self, work: UnitOfWork, call: Call | None, channel: str
    ) -> AgentSession | None:
        """The seat is in the call: its agent, where that was not known before."""
        agent = await self._caller(work, call, AgentState.RINGING)
        if call is not None and agent is not None:
            self._calls.add_leg(work, call.id, LegRole.AGENT, channel, agent)
            move(work, agent, "answer", self._clock, call_id=call.id)
            work.emit(CallChanged(call.id))
        return agent

    async def _follow(self, call: Call | None, agent: AgentSession | None, channel: str) -> None:
        """Hear the seat that has answered, and keep other calls from it."""
        if call is not None and agent is not None:
            self._open_leg(call, LegRole.AGENT, channel)
            await self._agents.sync(agent.id)

    async def hung_up(self, event: ChannelHungUp) -> None:
        """Before a channel's end goes into the rows: the seat's own, which nobody answered."""
        if event.uniqueid.startswith(CHANNEL_PREFIX):
            await self._fail(event.uniqueid, "no_answer")

    async def _fail(self, linkedid: str, trigger: str) -> None:
        """The seat's own device was not answered."""
        async with self._database.writing() as work:
            call = await repository.call_of_linkedid(work.session, linkedid)
            agent = await self._caller(work, call, AgentState.RINGING)
            if call is None or agent is None:
                return
            reason = NO_ANSWER if trigger == "no_answer" else ""
            move(work, agent, trigger, self._clock, reason=reason)
            await self._calls.finish(work, call, SEAT_NOT_ANSWERED)
        await self._agents.sync(agent.id)

    async def _caller(
        self, work: UnitOfWork, call: Call | None, state: AgentState
    ) -> AgentSession | None:
        """The agent who places the call, if in ``state`` for it; for update."""
        if call is None or call.agent_session_id is None:
            return None
        agent = await repository.session_to_change(work.session, call.agent_session_id)
        if agent is None or agent.call_id != call.id or agent.status is not state:
            return None
        return agent
