"""A fixture for folders whose tests run on SQLite and on a real PostgreSQL.

A folder's conftest imports ``database`` from here; it then takes the place of the plain one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from models import schema
from models.bus import InProcessBus
from models.clock import ManualClock
from models.database import Database
from tests.support.postgres import PostgresServer


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
