"""Every query of hand-overs and of what a call's legs are."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from ivr.repository import IS_OPEN, WITH_SEAT_AND_USER
from models.kinds import LegRole
from models.states import AgentState, CallStatus
from models.tables import AgentSession, Call, Leg, Seat
from models.telephony_states import HandOverStatus
from models.telephony_tables import HandOver

OPEN = (HandOverStatus.OFFERED, HandOverStatus.JOINED)


async def call_of(session: AsyncSession, linkedid: str) -> Call | None:
    """The open call with Asterisk's ``linkedid``."""
    query = select(Call).where(Call.linkedid == linkedid, *IS_OPEN)
    return (await session.scalars(query)).first()


async def legs(session: AsyncSession, call_id: UUID) -> Sequence[Leg]:
    """Every leg of a call, also those that have ended."""
    query = select(Leg).where(Leg.call_id == call_id).order_by(Leg.started_at)
    return (await session.scalars(query)).all()


async def talking_legs(session: AsyncSession) -> Sequence[Leg]:
    """The open seats' legs of answered calls, and of calls that a seat is dialling."""
    query = (
        select(Leg)
        .join(Call, Call.id == Leg.call_id)
        .where(Leg.ended_at.is_(None), Leg.role == LegRole.AGENT)
        .where(Call.status.in_((CallStatus.ANSWERED, CallStatus.RECEIVED)))
    )
    return (await session.scalars(query)).all()


def _hand_overs() -> Select[HandOver]:
    loaded = joinedload(HandOver.from_session)
    return select(HandOver).options(
        loaded.joinedload(AgentSession.seat), loaded.joinedload(AgentSession.user)
    )


async def hand_over(
    session: AsyncSession, hand_over_id: UUID, *, for_update: bool = False
) -> HandOver | None:
    """A hand-over with who began it."""
    query = _hand_overs().where(HandOver.id == hand_over_id)
    if for_update:
        query = query.with_for_update(of=HandOver).execution_options(populate_existing=True)
    return (await session.scalars(query)).first()


async def open_of_call(
    session: AsyncSession, call_id: UUID, *, for_update: bool = False
) -> HandOver | None:
    """The hand-over of a call that is under way."""
    query = _hand_overs().where(HandOver.call_id == call_id, HandOver.status.in_(OPEN))
    if for_update:
        query = query.with_for_update(of=HandOver).execution_options(populate_existing=True)
    return (await session.scalars(query)).first()


async def open_hand_overs(session: AsyncSession) -> Sequence[HandOver]:
    """Every hand-over that is under way, oldest first."""
    query = _hand_overs().where(HandOver.status.in_(OPEN)).order_by(HandOver.started_at)
    return (await session.scalars(query)).all()


async def open_of_session(session: AsyncSession, agent_session_id: UUID) -> Sequence[HandOver]:
    """The hand-overs under way that an agent began or was asked into."""
    query = _hand_overs().where(HandOver.status.in_(OPEN)).order_by(HandOver.started_at)
    mine = (HandOver.from_session_id == agent_session_id) | (
        HandOver.to_session_id == agent_session_id
    )
    return (await session.scalars(query.where(mine))).all()


async def ready_agents(session: AsyncSession) -> Sequence[AgentSession]:
    """Agents who are ready, with seat and user, the longest ready first."""
    query = (
        select(AgentSession)
        .where(AgentSession.signed_out_at.is_(None), AgentSession.status == AgentState.READY)
        .options(*WITH_SEAT_AND_USER)
    )
    return (await session.scalars(query.order_by(AgentSession.status_since))).all()


async def session_at_seat(session: AsyncSession, seat_code: str) -> AgentSession | None:
    """Who sits at a seat now, with seat and user."""
    query = (
        select(AgentSession)
        .join(Seat, Seat.id == AgentSession.seat_id)
        .where(Seat.code == seat_code, AgentSession.signed_out_at.is_(None))
        .options(*WITH_SEAT_AND_USER)
    )
    return (await session.scalars(query)).first()
