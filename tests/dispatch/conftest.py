"""Every test that asks for `database` runs on SQLite and on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from models import schema
from models.bus import InProcessBus
from models.clock import ManualClock
from models.database import Database
from tests.support.postgres import PostgresServer, running_postgres
from tests.support.world import World, build_world


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    with running_postgres() as server:
        yield server


@pytest.fixture(
    params=[
        pytest.param("sqlite", marks=pytest.mark.unit),
        pytest.param("postgresql", marks=pytest.mark.integration),
    ]
)
async def database(
    request: pytest.FixtureRequest, tmp_path: Path, bus: InProcessBus, clock: ManualClock
) -> AsyncIterator[Database]:
    """An upgraded, empty database."""
    if request.param == "sqlite":
        url = f"sqlite+aiosqlite:///{tmp_path / 'test.sqlite3'}"
        await schema.upgrade(url)
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        url = await server.create()
    made = Database(url, bus, clock)
    yield made
    await made.close()


@pytest.fixture
async def world(database: Database, clock: ManualClock) -> World:
    return await build_world(database, clock)
