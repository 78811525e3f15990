"""What pages show of call-backs, loaded from the rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from agent_desk.wire_telephony import CallBackInfo
from ivr import call_back_rows
from models.database import Database
from models.kinds import LegRole
from models.tables import Utterance
from models.telephony_tables import CallBack

SUMMARY_LIMIT = 120  # characters of what the caller was heard to say


async def call_back_infos(database: Database, rows: Sequence[CallBack]) -> list[CallBackInfo]:
    """The entries for a page, in their order; their users must be loaded."""
    async with database.reading() as session:
        said = await _said(session, {row.call_id for row in rows})
    return [_info(row, said.get(row.call_id, "")) for row in rows]


async def call_back_info(database: Database, call_back_id: UUID) -> CallBackInfo | None:
    """One entry for a page."""
    async with database.reading() as session:
        row = await call_back_rows.of_id(session, call_back_id)
    return (await call_back_infos(database, [row]))[0] if row is not None else None


async def _said(session: AsyncSession, call_ids: Collection[UUID]) -> dict[UUID, str]:
    """What the callers of these calls said, shortened."""
    query = (
        select(Utterance.call_id, Utterance.text)
        .where(Utterance.call_id.in_(call_ids), Utterance.role == LegRole.CALLER)
        .order_by(Utterance.created_at, Utterance.sequence)
    )
    texts: dict[UUID, list[str]] = defaultdict(list)
    for call_id, text in await session.execute(query):
        texts[call_id].append(text)
    return {call_id: "，".join(parts)[:SUMMARY_LIMIT] for call_id, parts in texts.items()}


def _info(row: CallBack, summary: str) -> CallBackInfo:
    return CallBackInfo(
        id=row.id,
        call_id=row.call_id,
        queue_code=row.queue_code,
        number=row.number,
        kind=row.kind,
        short=row.short,
        status=row.status,
        created_at=row.created_at,
        tries=row.tries,
        user_name=row.user.display_name if row.user is not None else "",
        closed_at=row.closed_at,
        closed_reason=row.closed_reason,
        summary=summary,
    )
