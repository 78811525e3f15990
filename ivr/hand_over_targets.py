"""Whom a call may be handed to, and the seat that is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from ivr import hand_over_rows, repository
from ivr.agents import memberships
from ivr.switchboard import is_dialable
from models.errors import Conflict, InvalidInput, NotFound, Unavailable
from models.states import AGENT, AgentState
from models.tables import AgentSession, Queue

NO_TRUNK: Final = "本中心没有接通外呼线路，请联系管理员设置中继后再呼出。"


@dataclass(frozen=True, slots=True)
class Target:
    """Exactly one names the other party."""

    queue_code: str = ""
    seat_code: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class Choices:
    """Who can be asked: ready agents by queue, and everybody at another seat."""

    ready_by_queue: dict[str, int]
    agents: list[AgentSession]


def checked_number(number: str, outward: bool) -> str:
    """``number`` itself; raises ``InvalidInput`` for what nobody can dial and ``Unavailable``
    where no calls go out."""
    if not is_dialable(number):
        raise InvalidInput("电话号码只能是3至20位数字，可以以+开头。")
    if not outward:
        raise Unavailable(NO_TRUNK)
    return number


async def askable(
    session: AsyncSession, asking: AgentSession, target: Target
) -> list[AgentSession]:
    """The ready agents to ask for ``target``: a queue's own before those who help out in it,
    the longest ready first.

    Raises ``NotFound`` for a seat or queue there is not, ``Conflict`` where nobody is ready.
    """
    if target.seat_code:
        return [await _at_seat(session, asking, target.seat_code)]
    queue = await session.get(Queue, target.queue_code)
    if queue is None:
        raise NotFound(f"没有“{target.queue_code[:32]}”这个队列，请从列表中选择。")
    emergency = await repository.emergency_codes(session)
    ready = [
        (memberships(agent.seat, emergency)[queue.code], agent)
        for agent in await hand_over_rows.ready_agents(session)
        if agent.id != asking.id and queue.code in memberships(agent.seat, emergency)
    ]
    if not ready:
        raise Conflict(f"“{queue.name}”当前没有空闲座席，请改为直接转接排队，或选择其他对象。")
    return [agent for _, agent in sorted(ready, key=lambda found: found[0])]


async def _at_seat(session: AsyncSession, asking: AgentSession, seat_code: str) -> AgentSession:
    agent = await hand_over_rows.session_at_seat(session, seat_code)
    if agent is None:
        raise NotFound(f"座席“{seat_code[:32]}”没有人签入，请从列表中选择。")
    if agent.id == asking.id:
        raise InvalidInput("不能移交给自己，请选择其他座席。")
    if agent.status is not AgentState.READY:
        state = AGENT.names[agent.status]
        raise Conflict(f"{agent.user.display_name}当前为“{state}”，请选择空闲的座席或转到队列。")
    return agent


async def choices(session: AsyncSession, own_id: UUID | None) -> Choices:
    """Who can be asked by the agent ``own_id``."""
    agents = [row for row in await repository.open_sessions(session) if row.id != own_id]
    ready = dict.fromkeys(await repository.queue_codes(session), 0)
    emergency = await repository.emergency_codes(session)
    for agent in agents:
        for code in memberships(agent.seat, emergency):
            if agent.status is AgentState.READY and code in ready:
                ready[code] += 1
    return Choices(ready, agents)
