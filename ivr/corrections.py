"""What people write in the place of what the machine heard; kept to learn from."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ivr.gaps import channel_of
from models.database import Database
from models.errors import Conflict, NotFound
from models.events import UtteranceCorrected
from models.speech_tables import UtteranceCorrection
from models.tables import User, Utterance
from models.telephony_tables import Audit, Recording


async def correct(
    database: Database, utterance_id: UUID, user_id: UUID, *, text: str, seen: str
) -> Utterance:
    """Put ``text`` in the place of ``seen``; what the machine heard is kept beside.

    Nothing happens where that is the text already. Raises ``NotFound`` for an unknown utterance
    and ``Conflict`` where somebody else has changed it since it was seen.
    """
    async with database.writing() as work:
        query = select(Utterance).where(Utterance.id == utterance_id).with_for_update()
        row = (await work.session.scalars(query)).first()
        if row is None:
            raise NotFound("没有这句转写，请刷新页面后重试。")
        if row.text == text:
            return row
        if row.text != seen:
            raise Conflict("这句话刚被他人改过，请看过最新文字后再改。")
        now = database.clock.now()
        heard = row.text if row.heard_text is None else row.heard_text
        row.text = text
        row.heard_text = heard if text != heard else None
        made = UtteranceCorrection(
            utterance_id=row.id, heard_text=heard, text=text, user_id=user_id, at=now
        )
        work.session.add(made)
        work.session.add(
            Audit(
                user_id=user_id,
                action="correct_words",
                subject="utterance",
                subject_id=str(row.id),
                detail={"call_id": str(row.call_id), "correction_id": str(made.id)},
                at=now,
            )
        )
        work.emit(UtteranceCorrected(row.call_id, row.id))
        return row


async def all_newest(session: AsyncSession) -> list[dict[str, Any]]:
    """The newest correction of each utterance, the oldest first, for training and evaluation.

    ``recording`` is the file's path below the recordings folder, ``null`` where it is not kept;
    ``channel`` counts from 1; ``start_ms`` and ``end_ms`` are the place in the recording, ``null``
    where that is not known. An utterance put back to what was heard is left out.
    """
    place = (UtteranceCorrection.at.desc(), UtteranceCorrection.id)
    number = func.row_number().over(partition_by=UtteranceCorrection.utterance_id, order_by=place)
    newest = select(UtteranceCorrection.id, number.label("number")).subquery()
    query = (
        select(UtteranceCorrection, Utterance, Recording, User.username)
        .join(newest, newest.c.id == UtteranceCorrection.id)
        .join(Utterance, Utterance.id == UtteranceCorrection.utterance_id)
        .join(User, User.id == UtteranceCorrection.user_id)
        .outerjoin(Recording, Recording.call_id == Utterance.call_id)
        .where(newest.c.number == 1, UtteranceCorrection.text != UtteranceCorrection.heard_text)
        .order_by(UtteranceCorrection.at, UtteranceCorrection.id)
    )
    return [_row(*found) for found in await session.execute(query)]


def _row(
    correction: UtteranceCorrection, said: Utterance, recording: Recording | None, username: str
) -> dict[str, Any]:
    kept = recording is not None and recording.deleted_at is None
    start = said.call_ms
    return {
        "utterance_id": str(said.id),
        "call_id": str(said.call_id),
        "recording": recording.path if recording is not None and kept else None,
        "channel": channel_of(said.role) + 1,
        "start_ms": start,
        "end_ms": None if start is None else start + said.end_ms - said.start_ms,
        "role": said.role.value,
        "heard": correction.heard_text,
        "heard_raw": said.raw_text,
        "corrected": correction.text,
        "confidence": said.confidence,
        "engine": said.engine,
        "by": username,
        "at": correction.at.isoformat(),
    }
