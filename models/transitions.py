"""The one place where a status moves."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Protocol
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from models.states import Machine
from models.tables import Transition

log = logging.getLogger(__name__)

SYSTEM = "system"
_MOVES = "yihu_moves"
_ROWS = "yihu_transitions"


@dataclass(frozen=True, slots=True)
class Move:
    """A status that moved in the transaction at hand."""

    row: Any
    old: StrEnum
    trigger: str
    new: StrEnum
    actor: str
    at: datetime


def take_moves(session: AsyncSession) -> list[Move]:
    """What has moved in this session since this was last asked, in order."""
    moves: list[Move] = session.info.pop(_MOVES, [])
    return moves


def store_transitions(session: Session, _: object = None) -> None:
    """Write the transitions that ``advance`` has recorded in ``session``: all in one statement,
    as nobody asks for their numbers. ``models.database`` calls this at every flush."""
    rows: list[dict[str, Any]] = session.info.pop(_ROWS, [])
    if rows:
        session.connection().execute(insert(Transition), rows)


class HasStatus(Protocol):
    """A row with an id, a status and the table of its transitions."""

    machine: ClassVar[Machine[Any]]
    id: Any
    status: Any


def advance(
    session: AsyncSession,
    row: HasStatus,
    trigger: str,
    *,
    actor: str,
    at: datetime,
    reason: str = "",
) -> StrEnum:
    """Move ``row.status`` along ``trigger`` and record who did it, when and why.

    ``actor`` is a user's id as text or ``SYSTEM``. Returns the new status; raises
    ``IllegalTransition`` and leaves the row alone where the table has no such move.
    """
    old = row.status
    new: StrEnum = row.machine.target(old, trigger)
    row.status = new
    row_id: UUID = row.id
    session.info.setdefault(_ROWS, []).append(
        {
            "entity": row.machine.name,
            "entity_id": row_id,
            "old": old.value,
            "trigger": trigger,
            "new": new.value,
            "actor": actor,
            "reason": reason[:255],
            "at": at,
        }
    )
    session.info.setdefault(_MOVES, []).append(Move(row, old, trigger, new, actor, at))
    log.info("%s %s: %s --%s--> %s", row.machine.name, row_id, old.value, trigger, new.value)
    return new
