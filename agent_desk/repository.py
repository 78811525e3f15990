"""The desk's queries, besides those of orders, which ``dispatch.repository`` has."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from ivr.versions import shown_version
from models.tables import (
    AgentSession,
    Call,
    CallSuggestion,
    LinkageUnit,
    Queue,
    Seat,
    User,
    Utterance,
)

# A call longer than this is cut for the page; its rows stay.
MOST_UTTERANCES = 2000


async def queues(session: AsyncSession) -> Sequence[Queue]:
    """All queues, emergencies first."""
    return (await session.scalars(select(Queue).order_by(Queue.emergency.desc(), Queue.code))).all()


async def units(session: AsyncSession) -> Sequence[LinkageUnit]:
    """The units that take orders."""
    query = select(LinkageUnit).where(LinkageUnit.active)
    return (await session.scalars(query.order_by(LinkageUnit.tier, LinkageUnit.code))).all()


async def seats(session: AsyncSession) -> Sequence[tuple[Seat, str]]:
    """The seats in use, and the name of who sits there or an empty string."""
    query = (
        select(Seat, func.coalesce(User.display_name, ""))
        .outerjoin(
            AgentSession,
            (AgentSession.seat_id == Seat.id) & AgentSession.signed_out_at.is_(None),
        )
        .outerjoin(User, User.id == AgentSession.user_id)
        .where(Seat.active)
        .order_by(Seat.code)
    )
    return [(seat, name) for seat, name in await session.execute(query)]


def _agent_sessions() -> Select[AgentSession]:
    return select(AgentSession).options(joinedload(AgentSession.seat))


async def agent_session(session: AsyncSession, agent_session_id: UUID) -> AgentSession | None:
    """An agent session with its seat, also one that is over."""
    query = _agent_sessions().where(AgentSession.id == agent_session_id)
    return (await session.scalars(query)).one_or_none()


async def open_agent_session(session: AsyncSession, user_id: UUID) -> AgentSession | None:
    """The session of somebody who sits at a seat now, with the seat."""
    query = _agent_sessions().where(
        AgentSession.user_id == user_id, AgentSession.signed_out_at.is_(None)
    )
    return (await session.scalars(query.order_by(AgentSession.signed_in_at.desc()))).first()


async def users_of_call(session: AsyncSession, call_id: UUID) -> frozenset[UUID]:
    """Who sits at a seat where this call rings, is spoken or was taken."""
    taken_by = select(Call.agent_session_id).where(Call.id == call_id).scalar_subquery()
    query = select(AgentSession.user_id).where(
        AgentSession.signed_out_at.is_(None),
        or_(AgentSession.call_id == call_id, AgentSession.id == taken_by),
    )
    return frozenset(await session.scalars(query))


async def call(session: AsyncSession, call_id: UUID) -> Call | None:
    """A call."""
    return await session.get(Call, call_id)


async def calls_before(session: AsyncSession, of: Call) -> int:
    """How often the same number called before; 0 when it is withheld."""
    if not of.caller_number:
        return 0
    query = select(func.count()).where(
        Call.caller_number == of.caller_number,
        Call.received_at < of.received_at,
        Call.id != of.id,
    )
    return await session.scalar(query) or 0


async def utterances(session: AsyncSession, call_id: UUID) -> Sequence[Utterance]:
    """A call's finished segments in the order they were spoken, of its newest transcript."""
    shown = shown_version(call_id).scalar_subquery()
    query = (
        select(Utterance)
        .where(Utterance.call_id == call_id, Utterance.version == shown)
        .order_by(Utterance.created_at.desc(), Utterance.sequence.desc())
        .limit(MOST_UTTERANCES)
    )
    return (await session.scalars(query)).all()[::-1]


async def utterance(session: AsyncSession, utterance_id: UUID) -> Utterance | None:
    """A finished segment."""
    return await session.get(Utterance, utterance_id)


async def suggestion(session: AsyncSession, call_id: UUID) -> CallSuggestion | None:
    """The newest suggestion of a call."""
    return await session.get(CallSuggestion, call_id)


async def took_call(session: AsyncSession, call_id: UUID, user_id: UUID) -> bool:
    """Whether this person answered the call."""
    query = (
        select(Call.id)
        .join(AgentSession, AgentSession.id == Call.agent_session_id)
        .where(Call.id == call_id, AgentSession.user_id == user_id)
    )
    return await session.scalar(query) is not None


async def display_names(session: AsyncSession, user_ids: Collection[UUID]) -> dict[UUID, str]:
    """People's names by id."""
    if not user_ids:
        return {}
    query = select(User.id, User.display_name).where(User.id.in_(user_ids))
    return {row.id: row.display_name for row in await session.execute(query)}
