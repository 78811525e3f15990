"""Recordings transcribed again as a whole: a later transcript stands beside the former ones.

What people have corrected stays corrected: it is taken over in the place of what the machine
hears there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from asr.said import Said
from ivr import recovery_rows
from ivr.gaps import Gap, channel_of, gaps, role_at
from models.database import Database
from models.events import UtteranceStored
from models.kinds import LegRole, UtteranceSource
from models.speech_tables import TranscriptVersion
from models.tables import Call, Utterance
from models.telephony_tables import Recording

PAGE: Final = 100


async def waiting(
    session: AsyncSession, engine: str, since: datetime, until: datetime, after: UUID | None
) -> Sequence[Recording]:
    """Kept recordings of calls received from ``since`` to before ``until`` that this engine has
    not transcribed as a whole, in the order of their ids, a page from ``after`` on."""
    done = select(TranscriptVersion.id).where(
        TranscriptVersion.call_id == Recording.call_id, TranscriptVersion.engine == engine[:64]
    )
    query = (
        select(Recording)
        .join(Call, Call.id == Recording.call_id)
        .where(Call.received_at >= since, Call.received_at < until)
        .where(Recording.deleted_at.is_(None), ~done.exists())
        .order_by(Recording.id)
        .limit(PAGE)
    )
    if after is not None:
        query = query.where(Recording.id > after)
    return (await session.scalars(query)).all()


def shown_version(call_id: UUID) -> Select[int]:
    """The number of a call's newest transcript."""
    return select(func.coalesce(func.max(TranscriptVersion.number), 0)).where(
        TranscriptVersion.call_id == call_id
    )


async def voices(session: AsyncSession, recording: Recording) -> list[Gap]:
    """Whose voice is where in a recording; prompts before the answer are nobody's."""
    legs = await recovery_rows.legs(session, recording.call_id)
    return gaps(recording.began_at, recording.duration_ms, legs, [], [])


async def corrected(session: AsyncSession, call_id: UUID) -> Sequence[Utterance]:
    """The utterances of a call's newest transcript that a person has corrected and whose place
    in the recording is known."""
    query = select(Utterance).where(
        Utterance.call_id == call_id,
        Utterance.version == shown_version(call_id).scalar_subquery(),
        Utterance.heard_text.is_not(None),
        Utterance.call_ms.is_not(None),
    )
    return (await session.scalars(query.order_by(Utterance.call_ms))).all()


async def store(
    database: Database,
    recording: Recording,
    engine: str,
    spoken: Sequence[Gap],
    said: Sequence[Said],
    kept: Sequence[Utterance],
) -> TranscriptVersion:
    """Keep a whole transcript as the call's newest."""
    streams = {channel: uuid4() for channel in (0, 1)}
    async with database.writing() as work:
        session = work.session
        number = (await session.scalar(shown_version(recording.call_id)) or 0) + 1
        version = TranscriptVersion(
            call_id=recording.call_id,
            number=number,
            engine=engine[:64],
            created_at=database.clock.now(),
        )
        session.add(version)
        rows = [_copy(row) for row in kept]
        rows += [from_recording(recording, role_at(spoken, one), one) for one in said]
        rows.sort(key=lambda row: row.call_ms or 0)
        for sequence, row in enumerate(rows):
            row.stream_id, row.sequence = streams[channel_of(row.role)], sequence
            row.version = number
            session.add(row)
            work.emit(UtteranceStored(row.call_id, row.id))
    return version


def from_recording(recording: Recording, role: LegRole, said: Said) -> Utterance:
    """The row of an utterance heard in a recording, without its stream and sequence; its
    times are the recording's."""
    spoken_at = recording.began_at + timedelta(milliseconds=said.end_ms)
    return Utterance(
        call_id=recording.call_id,
        role=role,
        text=said.text,
        raw_text=said.raw_text,
        words=[asdict(word) for word in said.words],
        changes=[asdict(change) for change in said.changes],
        start_ms=said.start_ms,
        end_ms=said.end_ms,
        call_ms=said.start_ms,
        confidence=said.confidence,
        engine=said.engine[:64],
        created_at=spoken_at,
        source=UtteranceSource.RECORDING,
    )


def _copy(row: Utterance) -> Utterance:
    return Utterance(
        call_id=row.call_id,
        role=row.role,
        text=row.text,
        raw_text=row.raw_text,
        heard_text=row.heard_text,
        words=row.words,
        changes=row.changes,
        start_ms=row.start_ms,
        end_ms=row.end_ms,
        call_ms=row.call_ms,
        confidence=row.confidence,
        engine=row.engine,
        created_at=row.created_at,
        source=row.source,
    )
