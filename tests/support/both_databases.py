"""A fixture for folders whose tests run on SQLite and on a real PostgreSQL.

A folder's conftest imports ``database`` from here; it then takes the place of the plain one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Final

import pytest
from alembic import command
from anyio import to_thread
from sqlalchemy import Connection

from models import schema
from models.bus import InProcessBus
from models.clock import ManualClock
from models.database import Database
from tests.support.postgres import PostgresServer

KINDS: Final = [
    pytest.param("sqlite", marks=pytest.mark.unit),
    pytest.param("postgresql", marks=pytest.mark.integration),
]


@pytest.fixture(params=KINDS)
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


@pytest.fixture(params=KINDS)
async def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without tables."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'old.sqlite3'}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return await server.create_empty()


def moment(url: str, fraction: str = "000000") -> str:
    """2026-03-01 12:00 UTC and a fraction of a second, as SQL of the database at ``url``."""
    return f"'2026-03-01 12:00:00.{fraction}{'' if url.startswith('sqlite') else '+00'}'"


async def upgrade_with(url: str, revision: str, statements: Iterable[str]) -> None:
    """Upgrade to ``revision``, run ``statements`` there, then upgrade to the present."""

    def fill_old(connection: Connection) -> None:
        config = schema._config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        for statement in statements:
            connection.exec_driver_sql(statement)

    await to_thread.run_sync(schema.in_transaction, url, fill_old)
    await schema.upgrade(url)
