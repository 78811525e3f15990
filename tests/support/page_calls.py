"""What becomes of a call and its order at the page tests' desk: the rows and the events that
telephony, the machine and a unit would leave."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from models.events import (
    AgentStateChanged,
    CallAnswered,
    CallChanged,
    CallEnded,
    CallReceived,
    SuggestionChanged,
    UtteranceStored,
)
from models.kinds import LegRole
from models.order_tables import DispatchOrder, WorkOrder
from models.tables import AgentSession, Call, CallSuggestion, Utterance
from models.transitions import SYSTEM, advance
from tests.support.page_desk import Site
from tests.support.page_words import Matter
from tests.support.spoken import utterance

DONE = "现场已处置完毕，管道已修复并恢复供水，路面已清理，请回访确认。"


def a_call(number: str, queue: str, at: Any) -> Call:
    return Call(
        queue_code=queue,
        dialled=queue,
        caller_number=number,
        channel=f"PJSIP/trunk-{uuid4()}",
        received_at=at,
        speech="live",
    )


async def ring(site: Site, agent_id: UUID, matter: Matter, number: str) -> UUID:
    now = site.clock.now()
    async with site.database.writing() as work:
        call = a_call(number, matter.queue, now)
        work.session.add(call)
        agent = await work.session.get_one(AgentSession, agent_id)
        for trigger in ("queue", "ring"):
            advance(work.session, call, trigger, actor=SYSTEM, at=now)
        call.queued_at = now
        advance(work.session, agent, "ring", actor=SYSTEM, at=now)
        agent.call_id, agent.status_since = call.id, now
        for notice in (CallReceived(call.id), CallChanged(call.id), AgentStateChanged(agent.id)):
            work.emit(notice)
    return call.id


async def answer(site: Site, agent_id: UUID, call_id: UUID) -> UUID:
    now = site.clock.now()
    async with site.database.writing() as work:
        call = await work.session.get_one(Call, call_id)
        agent = await work.session.get_one(AgentSession, agent_id)
        advance(work.session, call, "answer", actor=SYSTEM, at=now)
        advance(work.session, agent, "answer", actor=SYSTEM, at=now)
        agent.status_since = now
        call.agent_session_id, call.answered_at = agent.id, now
        work.emit(CallAnswered(call.id, agent.id))
        work.emit(AgentStateChanged(agent.id))
    return (await site.orders.open_draft(call_id)).id


async def says(site: Site, call_id: UUID, text: str, role: LegRole) -> UUID:
    async with site.database.writing() as work:
        call = await work.session.get_one(Call, call_id)
        spoken = await work.session.scalars(select(Utterance).where(Utterance.call_id == call_id))
        number = len(list(spoken))
        row = utterance(
            call.id,
            text,
            site.clock.now(),
            role=role,
            stream_id=call_id if role is LegRole.CALLER else uuid4(),
            sequence=number,
            start_ms=number * 4000,
            end_ms=number * 4000 + 3500,
            call_ms=number * 4000,
            confidence=0.92,
        )
        work.session.add(row)
        work.emit(UtteranceStored(call_id, row.id))
    return row.id


async def suggests(site: Site, call_id: UUID, payload: Mapping[str, Any]) -> None:
    async with site.database.writing() as work:
        await work.session.merge(
            CallSuggestion(
                call_id=call_id,
                payload=dict(payload),
                model_version="recorded",
                updated_at=site.clock.now(),
            )
        )
        work.emit(SuggestionChanged(call_id))


async def hang_up(site: Site, agent_id: UUID, call_id: UUID) -> None:
    now = site.clock.now()
    async with site.database.writing() as work:
        call = await work.session.get_one(Call, call_id)
        agent = await work.session.get_one(AgentSession, agent_id)
        advance(work.session, call, "hang_up", actor=SYSTEM, at=now)
        advance(work.session, agent, "hang_up", actor=SYSTEM, at=now)
        call.ended_at, agent.status_since = now, now
        work.emit(CallEnded(call.id))
        work.emit(AgentStateChanged(agent.id))


async def be_ready(site: Site, agent_id: UUID) -> None:
    async with site.database.writing() as work:
        agent = await work.session.get_one(AgentSession, agent_id)
        advance(work.session, agent, "ready", actor=SYSTEM, at=site.clock.now())
        agent.call_id, agent.status_since = None, site.clock.now()
        work.emit(AgentStateChanged(agent.id))


async def order_of(site: Site, order_id: UUID) -> WorkOrder:
    async with site.database.reading() as session:
        return await session.get_one(WorkOrder, order_id)


async def unit_does(site: Site, order_id: UUID, unit_id: UUID, actor: UUID, step: str) -> None:
    async with site.database.reading() as session:
        item = await session.scalar(
            select(DispatchOrder.id).where(
                DispatchOrder.work_order_id == order_id, DispatchOrder.unit_id == unit_id
            )
        )
    assert item is not None
    if step == "receive":
        await site.orders.receive(item, unit_id=unit_id, actor_id=actor)
    elif step == "arrive":
        await site.orders.arrive(item, unit_id=unit_id, actor_id=actor)
    else:
        await site.orders.receive(item, unit_id=unit_id, actor_id=actor)
        await site.orders.feed_back(item, unit_id=unit_id, actor_id=actor, text=DONE)
