"""Every query of telephony. ``for update`` queries lock their rows until the commit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from models.kinds import Direction, LegRole
from models.states import CallStatus
from models.tables import AgentSession, Call, CallSuggestion, Leg, Queue, Seat, User, Utterance
from models.telephony_tables import HotlineNumber

WITH_SEAT_AND_USER = (joinedload(AgentSession.seat), joinedload(AgentSession.user))
OPEN_CALL = (
    CallStatus.RECEIVED,
    CallStatus.QUEUED,
    CallStatus.RINGING,
    CallStatus.ANSWERED,
)
# Of a call that is not over: among a million, they have an index of their own.
IS_OPEN = (Call.ended_at.is_(None), Call.status.in_(OPEN_CALL))


async def queue_codes(session: AsyncSession) -> list[str]:
    """The codes of all queues, emergencies first."""
    found = await session.scalars(select(Queue.code).order_by(Queue.emergency.desc(), Queue.code))
    return list(found)


async def emergency_codes(session: AsyncSession) -> list[str]:
    """The codes of the queues for emergencies."""
    query = select(Queue.code).where(Queue.emergency).order_by(Queue.code)
    return list(await session.scalars(query))


# --- calls -------------------------------------------------------------------------------------


async def call_of_linkedid(session: AsyncSession, linkedid: str) -> Call | None:
    """The open call with Asterisk's ``linkedid``, for update."""
    query = select(Call).where(Call.linkedid == linkedid, *IS_OPEN)
    return (await session.scalars(query.with_for_update())).first()


async def call_over(session: AsyncSession, linkedid: str, since: datetime) -> Call | None:
    """The call with Asterisk's ``linkedid`` that came after ``since`` and is over."""
    query = select(Call).where(Call.linkedid == linkedid, Call.received_at >= since)
    return (await session.scalars(query.where(Call.ended_at.is_not(None)))).first()


async def call_of_contact(session: AsyncSession, linkedid: str, external_id: str) -> Call | None:
    """The open call with Asterisk's ``linkedid``, or that of a cloud carrier which Asterisk has
    not seen yet; for update. An empty id finds nothing."""
    call = await call_of_linkedid(session, linkedid) if linkedid else None
    if call is None and external_id:
        query = select(Call).where(Call.external_id == external_id, Call.linkedid == "", *IS_OPEN)
        call = (await session.scalars(query.with_for_update())).first()
    return call


async def queue_of_number(session: AsyncSession, number: str) -> str | None:
    """The queue that callers of ``number`` wait in: a hotline's, or the queue's own number."""
    hotline = await session.get(HotlineNumber, number)
    if hotline is not None:
        return hotline.queue_code
    return number if await session.get(Queue, number) is not None else None


async def call_to_change(session: AsyncSession, call_id: UUID) -> Call | None:
    """A call, for update."""
    return (await session.scalars(select(Call).where(Call.id == call_id).with_for_update())).first()


async def open_calls(session: AsyncSession) -> Sequence[Call]:
    """Every call that is not over, oldest first."""
    query = select(Call).where(*IS_OPEN).order_by(Call.received_at)
    return (await session.scalars(query)).all()


async def waiting_calls(session: AsyncSession) -> list[tuple[Call, CallSuggestion | None]]:
    """Every call that waits for a seat, each with its suggestion, the longest wait first."""
    query = (
        select(Call, CallSuggestion)
        .outerjoin(CallSuggestion, CallSuggestion.call_id == Call.id)
        .where(Call.ended_at.is_(None), Call.direction == Direction.IN)
        .where(Call.status.in_((CallStatus.QUEUED, CallStatus.RINGING)))
        .order_by(Call.queued_at, Call.received_at)
    )
    return [(call, suggestion) for call, suggestion in await session.execute(query)]


async def suggestion(session: AsyncSession, call_id: UUID) -> CallSuggestion | None:
    """The newest suggestion of a call."""
    return await session.get(CallSuggestion, call_id)


async def open_legs(session: AsyncSession, call_id: UUID) -> Sequence[Leg]:
    """The legs of a call that have not ended."""
    query = select(Leg).where(Leg.call_id == call_id, Leg.ended_at.is_(None))
    return (await session.scalars(query.order_by(Leg.started_at))).all()


async def open_leg(session: AsyncSession, channel: str, call_id: UUID | None = None) -> Leg | None:
    """The leg that ``channel`` is now, of any call or of one."""
    query = select(Leg).where(Leg.channel == channel, Leg.ended_at.is_(None))
    if call_id is not None:
        query = query.where(Leg.call_id == call_id)
    return (await session.scalars(query)).first()


async def caller_utterances(session: AsyncSession, call_id: UUID) -> Sequence[Utterance]:
    """What the caller has said, in the order it was stored."""
    query = select(Utterance).where(Utterance.call_id == call_id, Utterance.role == LegRole.CALLER)
    return (await session.scalars(query.order_by(Utterance.created_at, Utterance.sequence))).all()


async def has_utterance(session: AsyncSession, stream_id: UUID, sequence: int) -> bool:
    """Whether this segment is stored already."""
    return await utterance_of(session, stream_id, sequence) is not None


async def utterance_of(session: AsyncSession, stream_id: UUID, sequence: int) -> Utterance | None:
    """The segment of a stream, if it is stored."""
    query = select(Utterance).where(
        Utterance.stream_id == stream_id, Utterance.sequence == sequence
    )
    return (await session.scalars(query)).first()


# --- agents ------------------------------------------------------------------------------------


def _open_sessions() -> Select[AgentSession]:
    return (
        select(AgentSession)
        .where(AgentSession.signed_out_at.is_(None))
        .options(*WITH_SEAT_AND_USER)
    )


async def open_sessions(session: AsyncSession) -> Sequence[AgentSession]:
    """Every agent session not signed out, with seat and user."""
    return (await session.scalars(_open_sessions().order_by(AgentSession.signed_in_at))).all()


async def session_of_user(
    session: AsyncSession, user_id: UUID, *, for_update: bool = False
) -> AgentSession | None:
    """The person's open session, with seat and user."""
    query = _open_sessions().where(AgentSession.user_id == user_id)
    if for_update:
        query = query.with_for_update(of=AgentSession)
    return (await session.scalars(query)).first()


async def session_of_seat(session: AsyncSession, seat_id: UUID) -> AgentSession | None:
    """The open session at a seat, with seat and user."""
    return (await session.scalars(_open_sessions().where(AgentSession.seat_id == seat_id))).first()


async def session_to_change(session: AsyncSession, session_id: UUID) -> AgentSession | None:
    """An open session with seat and user, for update."""
    query = _open_sessions().where(AgentSession.id == session_id)
    return (await session.scalars(query.with_for_update(of=AgentSession))).first()


async def sessions_of_call(session: AsyncSession, call_id: UUID) -> Sequence[AgentSession]:
    """The open sessions that a call rings at or is bound to, for update."""
    query = _open_sessions().where(AgentSession.call_id == call_id)
    return (await session.scalars(query.with_for_update(of=AgentSession))).all()


async def lock_seat(session: AsyncSession, code: str) -> Seat | None:
    """A seat, locked so that two sign-ins at it take turns."""
    return (await session.scalars(select(Seat).where(Seat.code == code).with_for_update())).first()


async def lock_user(session: AsyncSession, user_id: UUID) -> User | None:
    """A user, locked so that two sign-ins of one person take turns."""
    return (await session.scalars(select(User).where(User.id == user_id).with_for_update())).first()
