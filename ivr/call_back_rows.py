"""The queries of call-backs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from models.kinds import Direction
from models.states import CallStatus
from models.tables import Call
from models.telephony_states import CallBackStatus
from models.telephony_tables import CallBack

MOST_LISTED = 500
UNFINISHED = (CallBackStatus.OPEN, CallBackStatus.CALLING)
OVER = (CallStatus.ENDED, CallStatus.ABANDONED)


def _listed() -> Select[CallBack]:
    return select(CallBack).options(joinedload(CallBack.user), joinedload(CallBack.call))


async def of_id(session: AsyncSession, call_back_id: UUID) -> CallBack | None:
    """An entry with user and call."""
    return (await session.scalars(_listed().where(CallBack.id == call_back_id))).one_or_none()


async def unfinished(session: AsyncSession) -> Sequence[CallBack]:
    """The entries that wait, oldest first, with user and call."""
    query = _listed().where(CallBack.status.in_(UNFINISHED)).order_by(CallBack.created_at)
    return (await session.scalars(query.limit(MOST_LISTED))).all()


async def finished(session: AsyncSession, limit: int) -> Sequence[CallBack]:
    """The entries that are done or closed, newest first, with user and call."""
    query = _listed().where(CallBack.status.not_in(UNFINISHED))
    return (await session.scalars(query.order_by(CallBack.closed_at.desc()).limit(limit))).all()


async def to_change(session: AsyncSession, call_back_id: UUID) -> CallBack | None:
    """An entry, for update."""
    query = select(CallBack).where(CallBack.id == call_back_id).with_for_update()
    return (await session.scalars(query)).one_or_none()


async def of_call(session: AsyncSession, call_id: UUID) -> CallBack | None:
    """The entry of a call."""
    query = select(CallBack).where(CallBack.call_id == call_id)
    return (await session.scalars(query)).one_or_none()


async def unfinished_of(session: AsyncSession, number: str) -> Sequence[CallBack]:
    """The entries of a number that wait, for update."""
    query = select(CallBack).where(CallBack.number == number, CallBack.status.in_(UNFINISHED))
    return (await session.scalars(query.order_by(CallBack.id).with_for_update())).all()


async def calling(session: AsyncSession, number: str) -> Sequence[UUID]:
    """The entries of a number that are being called."""
    query = select(CallBack.id).where(
        CallBack.number == number, CallBack.status == CallBackStatus.CALLING
    )
    return (await session.scalars(query)).all()


async def calling_without_call(session: AsyncSession) -> Sequence[UUID]:
    """Entries that are being called, though no call to their number is open."""
    open_call = select(Call.id).where(
        Call.direction == Direction.OUT,
        Call.caller_number == CallBack.number,
        Call.status.not_in(OVER),
    )
    query = select(CallBack.id).where(
        CallBack.status == CallBackStatus.CALLING, ~open_call.exists()
    )
    return (await session.scalars(query)).all()


async def ended_without_entry(session: AsyncSession, since: datetime) -> Sequence[UUID]:
    """Incoming calls that ended from ``since`` on and have no entry, oldest first."""
    entry = select(CallBack.id).where(CallBack.call_id == Call.id)
    query = select(Call.id).where(
        Call.ended_at >= since,
        Call.status.in_(OVER),
        Call.direction == Direction.IN,
        ~entry.exists(),
    )
    return (await session.scalars(query.order_by(Call.ended_at))).all()


async def reached_since(session: AsyncSession, call: Call) -> bool:
    """Whether the caller of a call that is over has spoken with a seat since."""
    if not call.caller_number:
        return False
    query = select(Call.id).where(
        Call.caller_number == call.caller_number,
        Call.id != call.id,
        Call.answered_at >= call.ended_at,
    )
    return (await session.scalars(query.limit(1))).first() is not None
