"""Teams and vehicles: what they can do, where they are, whether they can go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.refusals import recorded
from models.clock import Clock
from models.database import Database
from models.dispatch_states import ForceStatus
from models.dispatch_tables import Force
from models.errors import InvalidInput, NotFound
from models.transitions import advance

TRIGGERS: Final = {
    ForceStatus.READY: "come_back",
    ForceStatus.OUT: "turn_out",
    ForceStatus.OFF: "stand_down",
}


async def of_unit(session: AsyncSession, unit_id: UUID) -> Sequence[Force]:
    """The teams and vehicles of a unit."""
    query = select(Force).where(Force.unit_id == unit_id).order_by(Force.code)
    return (await session.scalars(query)).all()


class Forces:
    """What units say of their teams and vehicles."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def report(
        self,
        force_id: UUID,
        *,
        unit_id: UUID,
        actor_id: UUID,
        status: ForceStatus | None,
        place: tuple[float, float] | None,
    ) -> Force:
        """Store where a force is (longitude, latitude in degrees) and what it does.

        Raises ``NotFound`` for another unit's, ``IllegalTransition``, and ``InvalidInput`` where
        nothing is said. A force that is in that status already stays so.
        """
        if status is None and place is None:
            raise InvalidInput("请填写状态或位置。")
        trace = recorded(self._database, "report", "force", force_id, actor_id)
        async with trace, self._database.writing() as work:
            query = select(Force).where(Force.id == force_id, Force.unit_id == unit_id)
            force = (await work.session.scalars(query.with_for_update())).one_or_none()
            if force is None:
                raise NotFound("没有这支救援力量，或它不属于本单位。")
            now: datetime = self._clock.now()
            if status is not None and status is not force.status:
                advance(work.session, force, TRIGGERS[status], actor=str(actor_id), at=now)
                force.status_since = now
            if place is not None:
                force.lon, force.lat = place
                force.position_at = now
        return force
