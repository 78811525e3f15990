"""A record of what was asked for and refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from models.database import Database
from models.errors import DomainError, Unavailable
from models.tables import User
from models.telephony_tables import Audit
from models.transitions import SYSTEM

REFUSED = "refused"


@asynccontextmanager
async def recorded(
    database: Database, action: str, subject: str, subject_id: UUID, actor_id: UUID | None
) -> AsyncIterator[None]:
    """Write down a refusal of ``action`` in ``audits``, after its transaction was rolled back.

    Without an ``action`` nothing is written: such refusals are part of typing.
    """
    try:
        yield
    except Unavailable:
        raise
    except DomainError as error:
        if action:
            await _record(database, action, subject, subject_id, actor_id, error)
        raise


async def _record(
    database: Database,
    action: str,
    subject: str,
    subject_id: UUID,
    actor_id: UUID | None,
    error: DomainError,
) -> None:
    async with database.writing() as work:
        user = await work.session.get(User, actor_id) if actor_id else None
        work.session.add(
            Audit(
                user_id=user.id if user else None,
                action=REFUSED,
                subject=subject,
                subject_id=str(subject_id),
                detail={
                    "action": action,
                    "code": error.code,
                    "by": str(actor_id or SYSTEM),
                },
                at=database.clock.now(),
            )
        )
