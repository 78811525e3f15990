"""The queries behind silent calls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ivr.repository import IS_OPEN
from models.kinds import Direction, LegRole, SpeechState
from models.states import CallStatus
from models.tables import Call, Queue, Utterance


async def quiet_calls(session: AsyncSession, answered_before: datetime) -> Sequence[UUID]:
    """Emergency calls answered by then, written down and not on hold, in which the caller has
    said nothing since the answer."""
    words = select(Utterance.id).where(
        Utterance.call_id == Call.id,
        Utterance.role == LegRole.CALLER,
        Utterance.created_at >= Call.answered_at,
    )
    query = (
        select(Call.id)
        .join(Queue, Queue.code == Call.queue_code)
        .where(Queue.emergency, Call.direction == Direction.IN)
        .where(Call.status == CallStatus.ANSWERED, Call.answered_at <= answered_before)
        .where(Call.speech == SpeechState.LIVE, Call.held_since.is_(None), ~words.exists())
    )
    return (await session.scalars(query)).all()


async def call_of_channel(session: AsyncSession, channel: str) -> UUID | None:
    """The open call whose caller ``channel`` is."""
    query = select(Call.id).where(Call.channel == channel, *IS_OPEN)
    return (await session.scalars(query)).first()
