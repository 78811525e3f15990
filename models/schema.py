"""Bringing a database to the schema of this code, and telling which schema it has.

Works on SQLite and PostgreSQL in one transaction: a failed upgrade leaves nothing behind, and
of two processes that start at once the second waits for the first.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, TypeVar

from alembic import command, context
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from anyio import to_thread
from sqlalchemy import JSON, Enum, event, inspect, text
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

import models.tables  # noqa: F401 - fills Base.metadata
from models.base import Base, UtcDateTime
from models.database import BUSY_TIMEOUT_MS, CONNECT_SECONDS
from models.errors import SetupError

log = logging.getLogger(__name__)

T = TypeVar("T")

MIGRATIONS = Path(__file__).resolve().parent / "migrations"
VERSION_TABLE = "yihu_schema"
LOCK_KEY = 0x79696875  # "yihu": which of PostgreSQL's advisory locks keeps upgrades apart


async def upgrade(url: str) -> None:
    """Bring the database at ``url`` to this code's schema, creating it if it is empty.

    Raises ``SetupError`` for a database that cannot be opened, that holds another program's
    tables, or that a newer version has written; such a database is left as it was.
    """
    await to_thread.run_sync(_blocking, url, _upgrade)


async def current(url: str) -> str | None:
    """The schema version of the database at ``url``; ``None`` if it was never upgraded."""
    return await to_thread.run_sync(_blocking, url, _current)


def _blocking(url: str, work: Callable[[Connection], T]) -> T:
    # Alembic reads files and works through; in a worker thread it holds up nobody.
    return asyncio.run(with_connection(url, work))


async def with_connection(url: str, work: Callable[[Connection], T]) -> T:
    """Run ``work`` on a connection inside one transaction, committed if it does not raise."""
    engine = _engine(url)
    try:
        async with engine.connect() as connection, connection.begin():
            return await connection.run_sync(work)
    except (OSError, DBAPIError) as error:
        shown = engine.url.render_as_string(hide_password=True)
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise SetupError(
            f"The database {shown} cannot be used ({reason}); check YIHU_DATABASE_URL, that its "
            "server runs, and that there is room and the right to write."
        ) from error
    finally:
        await engine.dispose()


def configure(connection: Connection) -> None:
    """Run Alembic's pending steps on ``connection``; called from the migrations' ``env.py``."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        version_table=VERSION_TABLE,
        render_as_batch=connection.dialect.name == "sqlite",
        transactional_ddl=True,
        transaction_per_migration=False,
        render_item=_render,
    )
    with context.begin_transaction():
        context.run_migrations()


def _render(kind: str, item: object, _: object) -> str | Literal[False]:
    # A migration keeps meaning the same when a class of models/ changes, so it names none.
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Enum):
        return f"sa.String({item.length})"
    if kind == "type" and isinstance(item, JSON):
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


def _engine(url: str) -> AsyncEngine:
    try:
        sqlite = make_url(url).get_backend_name() == "sqlite"
        timeout = BUSY_TIMEOUT_MS / 1000 if sqlite else CONNECT_SECONDS
        engine = create_async_engine(url, poolclass=NullPool, connect_args={"timeout": timeout})
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise SetupError(
            "YIHU_DATABASE_URL is not a database address this program knows; use "
            "sqlite+aiosqlite:///FILE or postgresql+asyncpg://USER:PASSWORD@HOST/NAME."
        ) from error
    if sqlite:
        event.listen(engine.sync_engine, "connect", _let_begin)
        event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _let_begin(connection: Any, record: object) -> None:
    connection.isolation_level = None  # else the driver commits before each CREATE TABLE


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def _current(connection: Connection) -> str | None:
    found: str | None = MigrationContext.configure(
        connection, opts={"version_table": VERSION_TABLE}
    ).get_current_revision()
    return found


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK_KEY})
    shown = connection.engine.url.render_as_string(hide_password=True)
    config = _config()
    script = ScriptDirectory.from_config(config)
    found = _current(connection)
    if found is None:
        tables = inspect(connection).get_table_names()
        if tables and tables != [VERSION_TABLE]:
            raise SetupError(
                f"The database {shown} already holds tables that Yihu did not make "
                f"(for example {tables[0]!r}); point YIHU_DATABASE_URL at an empty one."
            )
    elif found not in {step.revision for step in script.walk_revisions()}:
        raise SetupError(
            f"The database {shown} has schema {found!r}, which is newer than this program "
            f"(schema {script.get_current_head()!r}); install the newer version again or point "
            "YIHU_DATABASE_URL at another database."
        )
    if found == script.get_current_head():
        return
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    log.info("database schema: %s -> %s", found, script.get_current_head())
