"""The queries of what is transcribed from recordings afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.speech_states import RecoveryStatus
from models.speech_tables import HeardStream, Recovery
from models.tables import Leg, Utterance


async def due(session: AsyncSession, now: datetime, most: int) -> Sequence[Recovery]:
    """Duties whose time has come, the longest due first."""
    query = select(Recovery).where(Recovery.status == RecoveryStatus.DUE, Recovery.due_at <= now)
    return (await session.scalars(query.order_by(Recovery.due_at).limit(most))).all()


async def next_due_at(session: AsyncSession) -> datetime | None:
    """When the next duty's time comes."""
    query = select(Recovery.due_at).where(Recovery.status == RecoveryStatus.DUE)
    return await session.scalar(query.order_by(Recovery.due_at).limit(1))


async def to_change(session: AsyncSession, recovery_id: UUID) -> Recovery | None:
    """A duty that is still due, for update."""
    query = select(Recovery).where(
        Recovery.id == recovery_id, Recovery.status == RecoveryStatus.DUE
    )
    return (await session.scalars(query.with_for_update())).first()


async def legs(session: AsyncSession, call_id: UUID) -> Sequence[Leg]:
    """Every leg a call had."""
    return (await session.scalars(select(Leg).where(Leg.call_id == call_id))).all()


async def heard_streams(session: AsyncSession, call_id: UUID) -> Sequence[HeardStream]:
    """The streams of a call that were heard."""
    query = select(HeardStream).where(HeardStream.call_id == call_id)
    return (await session.scalars(query)).all()


async def utterances(session: AsyncSession, call_id: UUID) -> Sequence[Utterance]:
    """What is written down of the call itself, not of later transcripts."""
    query = select(Utterance).where(Utterance.call_id == call_id, Utterance.version == 0)
    return (await session.scalars(query)).all()
