"""A supervisor changes the state of somebody at a seat; who did it is in the transition and in
``audits``."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from ivr import repository
from ivr.agents import NO_ANSWER, Agents, interface_of, move
from ivr.ami import Ami
from ivr.beside import audit
from ivr.calls import Calls
from models.clock import Clock
from models.database import Database
from models.errors import Conflict, InvalidInput, NotFound, Unavailable
from models.states import AgentState
from models.tables import AgentSession, Call

LONGEST_REASON: Final = 64
GONE: Final = "该座席已经签出，请刷新页面。"


class ForcedStates:
    """Pause, ready and sign-out on a supervisor's word. A call that rings there goes on to the
    next seat; one that is spoken is left alone."""

    def __init__(
        self, database: Database, ami: Ami, agents: Agents, calls: Calls, clock: Clock
    ) -> None:
        self._database = database
        self._ami = ami
        self._agents = agents
        self._calls = calls
        self._clock = clock

    async def pause(self, agent_id: UUID, reason: str, by: UUID) -> None:
        """The agent takes no calls until ready again.

        Raises ``NotFound`` for a session that is over, ``InvalidInput`` for a reason that
        cannot be shown, ``Conflict`` in a call, ``Unavailable`` where it rings and Asterisk is
        away.
        """
        shown = " ".join(reason.split())
        if not shown or not shown.isprintable() or len(shown) > LONGEST_REASON:
            raise InvalidInput(f"请填写示忙原因，不超过{LONGEST_REASON}个字。")
        await self._force(agent_id, "pause", by, shown)

    async def ready(self, agent_id: UUID, by: UUID) -> None:
        """The agent takes calls again; raises ``NotFound`` and ``Conflict``."""
        async with self._database.writing() as work:
            agent = await repository.session_to_change(work.session, agent_id)
            if agent is None:
                raise NotFound(GONE)
            if agent.status is AgentState.READY:
                return
            move(work, agent, "ready", self._clock, actor=str(by))
            audit(work, self._clock, by, "ready", "agent", agent_id)
        await self._agents.sync(agent_id)

    async def sign_out(self, agent_id: UUID, by: UUID) -> None:
        """The agent leaves the seat; raises as ``pause``."""
        await self._force(agent_id, "sign_out", by, "")

    async def _force(self, agent_id: UUID, trigger: str, by: UUID, reason: str) -> None:
        async with self._database.reading() as session:
            agent = await session.get(AgentSession, agent_id, options=repository.WITH_SEAT_AND_USER)
        if agent is None or agent.signed_out_at is not None:
            raise NotFound(GONE)
        await self._agents.hold(agent)
        try:
            await self._stop_ringing(agent_id)
            await self._move(agent_id, trigger, by, reason)
        finally:
            await self._agents.sync(agent_id)

    async def _move(self, agent_id: UUID, trigger: str, by: UUID, reason: str) -> None:
        async with self._database.writing() as work:
            row = await repository.session_to_change(work.session, agent_id)
            if row is None:
                raise NotFound(GONE)
            if row.status is AgentState.ON_CALL:
                raise Conflict("该座席正在通话，请等通话结束，或先接管来电。")
            before = row.status
            if row.status is AgentState.RINGING:
                call_id = row.call_id
                move(work, row, "no_answer", self._clock, actor=str(by), reason=NO_ANSWER)
                call = await work.session.get(Call, call_id) if call_id else None
                if call is not None:
                    await self._calls.stop_ringing(work, call)
            move(work, row, trigger, self._clock, actor=str(by), reason=reason)
            if trigger == "sign_out":
                row.signed_out_at = row.status_since
            audit(
                work,
                self._clock,
                by,
                trigger,
                "agent",
                agent_id,
                before=before.value,
                reason=reason,
            )

    async def _stop_ringing(self, agent_id: UUID) -> None:
        """Let the call that rings at the agent's device go on to the next one."""
        async with self._database.reading() as session:
            agent = await session.get(AgentSession, agent_id, options=repository.WITH_SEAT_AND_USER)
        if agent is None or agent.status is not AgentState.RINGING:
            return
        if not self._ami.available:
            raise Unavailable("电话系统暂时不可用，请稍后重试。")
        device = interface_of(agent)
        for channel in await self._ami.channels():
            if channel.channel.rpartition("-")[0] == device and not channel.bridge:
                await self._ami.hang_up(channel.channel)
        await self._ami.settled()
