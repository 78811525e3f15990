"""Two people who enter the same number at the same moment."""

from __future__ import annotations

import anyio

from ivr.numbers import Numbers
from models.clock import ManualClock
from models.database import Database
from models.errors import Conflict
from tests.support import both_databases
from tests.support.telephony import People

database = both_databases.database  # on SQLite and PostgreSQL


async def test_of_two_at_the_same_moment_one_is_told(
    database: Database, clock: ManualClock, people: People
) -> None:
    numbers = Numbers(database, clock, None)
    told: list[str] = []

    async def enter(queue: str) -> None:
        try:
            await numbers.put("00090001", queue, "", people.one.id)
        except Conflict as refused:
            told.append(refused.message)

    async with anyio.create_task_group() as tasks:
        for queue in ("110", "96345"):
            tasks.start_soon(enter, queue)
    assert len(told) == 1
    assert "00090001" in told[0]
    assert len(await numbers.listed()) == 1
