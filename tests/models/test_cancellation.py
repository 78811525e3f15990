"""A unit of work that is cancelled leaves no connection, no thread and no lock behind."""

from __future__ import annotations

import threading
from collections.abc import Callable, Coroutine
from typing import Any
from uuid import uuid4

import anyio
import pytest
from sqlalchemy import select

from models.database import Database
from models.tables import Queue

pytestmark = pytest.mark.integration


async def test_cancelled_units_leave_nothing_behind(database: Database) -> None:
    async def read() -> None:
        async with database.reading() as session:
            await session.scalars(select(Queue))

    async def write() -> None:
        async with database.writing() as work:
            await work.session.scalars(select(Queue))
            work.session.add(Queue(code=uuid4().hex[:32], name="x", emergency=True))

    async def many(act: Callable[[], Coroutine[Any, Any, None]]) -> None:
        for step in range(30):
            with anyio.move_on_after(step * 0.001):
                async with anyio.create_task_group() as tasks:
                    for _ in range(6):
                        tasks.start_soon(act)

    before = threading.active_count()
    await many(read)
    await many(write)
    await write()
    await database.close()
    with anyio.move_on_after(30):  # a driver's thread ends a moment after its connection
        while threading.active_count() > before:
            await anyio.sleep(0.01)
    assert threading.active_count() <= before, threading.enumerate()


async def test_cancelled_task_begins_no_unit(database: Database) -> None:
    with anyio.CancelScope() as scope:
        scope.cancel()
        async with database.writing() as work:
            work.session.add(Queue(code="1", name="x", emergency=True))
    async with database.reading() as session:
        assert await session.get(Queue, "1") is None


async def test_unit_that_is_cancelled_within_is_rolled_back(database: Database) -> None:
    with anyio.CancelScope() as scope:
        async with database.writing() as work:
            scope.cancel()
            work.session.add(Queue(code="1", name="x", emergency=True))
            await work.session.flush()
    assert scope.cancelled_caught
    async with database.reading() as session:
        assert await session.get(Queue, "1") is None
