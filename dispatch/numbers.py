"""Running numbers such as ``GD20261122-0001``: unique, without gaps, by local day."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from models.clock import CHINA_TIME
from models.order_tables import NumberSeries

INCIDENT = "JQ"
WORK_ORDER = "GD"


async def next_number(session: AsyncSession, prefix: str, at: datetime) -> str:
    """The next number of ``prefix`` on the local day of ``at``.

    The series' row stays locked until the transaction ends, so two takers never get the same
    number and a roll-back gives its number back.
    """
    name = f"{prefix}{at.astimezone(CHINA_TIME):%Y%m%d}"
    taken = await session.scalar(_take(session.get_bind().dialect.name, name))
    return f"{name}-{taken:04d}"


def _take(dialect: str, name: str) -> Insert:
    raised = {"last": NumberSeries.last + 1}
    if dialect == "sqlite":
        return (
            sqlite.insert(NumberSeries)
            .values(name=name, last=1)
            .on_conflict_do_update(index_elements=["name"], set_=raised)
            .returning(NumberSeries.last)
        )
    return (
        postgresql.insert(NumberSeries)
        .values(name=name, last=1)
        .on_conflict_do_update(index_elements=["name"], set_=raised)
        .returning(NumberSeries.last)
    )
