"""The queries of recordings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.tables import AgentSession, Call, Queue
from models.telephony_tables import Recording, RecordingAccess


async def call_recorded_as(session: AsyncSession, linkedid: str, uniqueid: str) -> Call | None:
    """The call, over or not, that a recorded channel belongs to."""
    query = select(Call).where(Call.linkedid.in_((linkedid, uniqueid)))
    return (await session.scalars(query.order_by(Call.received_at).limit(1))).first()


async def recording_of(session: AsyncSession, call_id: UUID) -> Recording | None:
    """A call's recording."""
    return (await session.scalars(select(Recording).where(Recording.call_id == call_id))).first()


async def days_kept(session: AsyncSession, queue_code: str) -> int:
    """For how many days the recordings of a queue's calls are kept."""
    return (await session.get_one(Queue, queue_code)).recording_days


async def due(session: AsyncSession, now: datetime, most: int) -> Sequence[Recording]:
    """Recordings whose time is over and whose file is still there, the oldest first."""
    query = select(Recording).where(Recording.delete_after <= now, Recording.deleted_at.is_(None))
    return (await session.scalars(query.order_by(Recording.delete_after).limit(most))).all()


async def has_agent_session(session: AsyncSession, session_id: UUID) -> bool:
    """Whether there is such an agent session, open or over."""
    return await session.get(AgentSession, session_id) is not None


async def last_access(session: AsyncSession, recording_id: UUID, user_id: UUID) -> datetime | None:
    """When the person last listened to a recording."""
    query = (
        select(RecordingAccess.at)
        .where(RecordingAccess.recording_id == recording_id, RecordingAccess.user_id == user_id)
        .order_by(RecordingAccess.at.desc())
        .limit(1)
    )
    return await session.scalar(query)
