"""Every test that asks for `database` runs on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import pytest

from models.clock import ManualClock
from models.database import Database
from tests.support.both_databases import database
from tests.support.world import World, build_world

__all__ = ["database"]


@pytest.fixture
async def world(database: Database, clock: ManualClock) -> World:
    return await build_world(database, clock)
