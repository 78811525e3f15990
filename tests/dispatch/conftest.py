"""Every test that asks for `database` runs on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import pytest

from dispatch.limits import rules
from dispatch.marks.giving import Marks
from dispatch.marks.service import Marking
from dispatch.reactions import Reactions
from models.clock import ManualClock
from models.database import Database
from tests.support.both_databases import database
from tests.support.marks import PIPE
from tests.support.world import World, build_world

__all__ = ["database"]


@pytest.fixture
async def world(database: Database, clock: ManualClock) -> World:
    return await build_world(database, clock)


@pytest.fixture
async def marking(world: World) -> Marking:
    """The world's machine marks; nobody runs them but the tests."""
    world.database.follow(Reactions(rules(), {"W01": PIPE}.get).follow)
    made = Marking(world.database, world.clock)
    await made.begin()
    return made


@pytest.fixture
def marks(world: World) -> Marks:
    return Marks(world.database, world.clock)
