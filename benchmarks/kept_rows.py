"""A large centre's rows, written once and kept: filled SQLite files and PostgreSQL databases."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import anyio
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from benchmarks.bare_desk import PASSWORD, hasher
from benchmarks.dialects import said, uid
from benchmarks.many_rows import Filler, Size, counted
from models import schema
from models.migrations.versions import v0013_words, v0014_order_words
from tests.support.postgres import PostgresServer, running_postgres

# PostgreSQL refuses to run as root, and another account cannot enter root's cache directory.
FOLDER = Path(tempfile.gettempdir()) / "yihu-benchmarks"
SQLITE_INDEXES = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
POSTGRES_INDEXES = (
    "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' "
    "AND indexname NOT IN (SELECT conname FROM pg_constraint)"
)
# A server of a centre's size; Debian's own settings are made for a small one.
SERVER = {
    "shared_buffers": "1GB",
    "work_mem": "16MB",
    "effective_cache_size": "4GB",
    "random_page_cost": "1.1",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "30min",
}

Work = Callable[[Connection], dict[str, int]]


def sqlite_url(size: Size, newest: datetime, folder: Path = FOLDER) -> str:
    """The filled SQLite file, with this program's schema. Blocks."""
    path = folder / f"{_name(size)}.sqlite3"
    url = f"sqlite+aiosqlite:///{path}"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.unlink(missing_ok=True)
        anyio.run(schema.upgrade, f"sqlite+aiosqlite:///{part}")
        begun = time.monotonic()
        rows = _fill_sqlite(part, _filler(size, newest))
        part.rename(path)
        print(f"filled in {time.monotonic() - begun:.0f} s: {counted(rows)}", flush=True)
    anyio.run(schema.upgrade, url)
    with sqlite3.connect(path) as connection:
        connection.execute("ANALYZE")
    return url


@contextmanager
def postgres(size: Size, folder: Path = FOLDER) -> Iterator[PostgresServer]:
    """The server whose data directory is kept."""
    with running_postgres(folder / "postgres", SERVER) as server:
        yield server


async def postgres_url(server: PostgresServer, size: Size, newest: datetime) -> str:
    """The filled database, with this program's schema."""
    name = _name(size)
    url = server.url(name)
    found = await server.execute(f"SELECT FROM pg_database WHERE datname = '{name}'")
    if found.endswith(" 0"):
        part = f"{name}_part"
        await server.execute(f"DROP DATABASE IF EXISTS {part}")
        await server.execute(f"CREATE DATABASE {part}")
        await schema.upgrade(server.url(part))
        begun = time.monotonic()
        rows = await _fill_postgres(server.url(part), _filler(size, newest))
        await server.execute("CHECKPOINT")
        await server.execute(f"ALTER DATABASE {part} RENAME TO {name}")
        print(f"filled in {time.monotonic() - begun:.0f} s: {counted(rows)}", flush=True)
    await schema.upgrade(url)
    async with _connected(url) as connection:
        await connection.execute(text("VACUUM ANALYZE"))
    await server.execute("CHECKPOINT")
    return url


def _name(size: Size) -> str:
    return f"rows_{size.closed}_{size.open}"


def _filler(size: Size, newest: datetime) -> Work:
    password = hasher().hash(PASSWORD)
    return lambda connection: Filler(connection, size, newest, password).fill()


def _fill_sqlite(path: Path, work: Work) -> dict[str, int]:
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    event.listen(engine, "connect", _hurry)
    with engine.begin() as connection:
        return _without_indexes(connection, work, SQLITE_INDEXES)


def _hurry(connection: Any, _: object) -> None:
    connection.create_function("uid", 2, uid, deterministic=True)
    connection.create_function("said", 1, said, deterministic=True)
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-1500000"):
        connection.execute(f"PRAGMA {pragma}")


async def _fill_postgres(url: str, work: Work) -> dict[str, int]:
    async with _connected(url, "READ COMMITTED") as connection, connection.begin():
        # Rows that refer to each other are written as they must be; nobody needs to look.
        await connection.execute(text("SET session_replication_role = replica"))
        await connection.execute(text("SET synchronous_commit = off"))
        await connection.execute(text("SET maintenance_work_mem = '1GB'"))
        rows: dict[str, int] = await connection.run_sync(_without_indexes, work, POSTGRES_INDEXES)
        return rows


@asynccontextmanager
async def _connected(url: str, isolation: str = "AUTOCOMMIT") -> AsyncIterator[Any]:
    """A connection whose statements may take as long as they need."""
    engine = create_async_engine(url, poolclass=NullPool, isolation_level=isolation)
    try:
        async with engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()


def _without_indexes(connection: Connection, work: Work, known: str) -> dict[str, int]:
    """Let ``work`` write its rows, and make the indexes afterwards: that is much quicker."""
    indexes = connection.execute(text(known)).all()
    for name, _ in indexes:
        connection.execute(text(f"DROP INDEX {name}"))
    rows = work(connection)
    for _, statement in indexes:
        connection.execute(text(statement))
    v0013_words.fill(connection)
    v0014_order_words.fill(connection)
    return rows
