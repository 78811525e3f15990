"""What all changes have in common: nobody overwrites another unseen, and each is written down.

An entry of ``audits`` has ``before`` and ``after`` with the values that differ, in words for
people, and ``name``, what the changed thing was called. Secrets never come into it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Protocol
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.clock import CHINA_TIME, Clock
from models.database import UnitOfWork
from models.errors import Conflict
from models.tables import User
from models.telephony_tables import Audit

LONGEST_NAME: Final = 100

Values = Mapping[str, Any]


class EditedMeanwhile(Conflict):
    """Somebody else has changed the same thing since it was read."""

    code = "edited_meanwhile"


class Versioned(Protocol):
    """A row that counts its changes."""

    version: int


async def check_version(
    session: AsyncSession, row: Versioned, seen: int, subject: str, subject_id: str
) -> None:
    """Raise ``EditedMeanwhile`` where ``row`` is not the one that was seen, saying by whom."""
    if row.version != seen:
        raise await meanwhile(session, subject, subject_id)


async def meanwhile(session: AsyncSession, subject: str, subject_id: str) -> EditedMeanwhile:
    """What is raised after another person's change: it says who made the last one, and when."""
    query = (
        select(User.display_name, Audit.at)
        .join(User, User.id == Audit.user_id)
        .where(Audit.subject == subject, Audit.subject_id == subject_id)
        .order_by(Audit.id.desc())
        .limit(1)
    )
    last = (await session.execute(query)).first()
    who = f"{last[0]}在 {last[1].astimezone(CHINA_TIME):%H:%M} " if last else "其他人"
    return EditedMeanwhile(f"{who}改过这一条。您填写的内容还在，请对照新内容后再保存。")


def note(
    work: UnitOfWork,
    clock: Clock,
    by: UUID,
    action: str,
    subject: str,
    subject_id: str,
    name: str,
    before: Values | None = None,
    after: Values | None = None,
) -> bool:
    """Write down who changed what, in the open transaction; whether anything differs.

    ``before`` is ``None`` for something new. With neither, the action alone is written down.
    """
    detail: dict[str, Any] = {"name": name[:LONGEST_NAME]}
    if before is not None or after is not None:
        old, new = before or {}, after or {}
        names = [key for key in {**old, **new} if old.get(key) != new.get(key)]
        if not names:
            return False
        detail["before"] = {key: old[key] for key in names if key in old}
        detail["after"] = {key: new[key] for key in names if key in new}
    work.session.add(
        Audit(
            user_id=by,
            action=action,
            subject=subject,
            subject_id=subject_id,
            detail=detail,
            at=clock.now(),
        )
    )
    return True
