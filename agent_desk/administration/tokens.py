"""接口令牌: what a unit's own system signs in with. A part of the unit, it shares its version."""

from __future__ import annotations

import secrets
from typing import Final
from uuid import UUID

from agent_desk.accounts import Person
from agent_desk.administration.record import note
from agent_desk.administration.units import SUBJECT, to_change
from dispatch.systems import token_hash
from models.clock import Clock
from models.database import Database, UnitOfWork
from models.deadline_tables import UnitToken
from models.errors import NotFound
from models.tables import LinkageUnit

TOKEN_BYTES: Final = 32


class Tokens:
    """Hands tokens out and takes them back."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def issue(self, unit_id: UUID, version: int, by: Person) -> str:
        """A new token of a unit, in place of its former one; only its hash is kept.

        Raises ``NotFound`` and ``EditedMeanwhile``.
        """
        token = secrets.token_urlsafe(TOKEN_BYTES)
        async with self._database.writing() as work:
            unit = await to_change(work, unit_id, version)
            row = await work.session.get(UnitToken, unit_id)
            row = row or UnitToken(unit_id=unit_id)
            row.token_hash, row.created_at = token_hash(token), self._clock.now()
            work.session.add(row)
            self._note(work, "new_token", unit, by)
        return token

    async def revoke(self, unit_id: UUID, version: int, by: Person) -> None:
        """Shut a unit's system out; raises as ``issue``."""
        async with self._database.writing() as work:
            unit = await to_change(work, unit_id, version)
            row = await work.session.get(UnitToken, unit_id)
            if row is None:
                raise NotFound("该单位没有接口令牌。")
            await work.session.delete(row)
            self._note(work, "remove_token", unit, by)

    def _note(self, work: UnitOfWork, action: str, unit: LinkageUnit, by: Person) -> None:
        unit.version += 1
        note(work, self._clock, by.user_id, action, SUBJECT, str(unit.id), unit.name)
