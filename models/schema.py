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
from asyncpg.exceptions import PostgresError
from sqlalchemy import JSON, Enum, create_engine, event, inspect, text
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

import models.administration_tables
import models.alarm_tables
import models.deadline_tables
import models.dispatch_tables
import models.knowledge_tables
import models.learning_tables
import models.marks_tables
import models.order_tables
import models.speech_tables
import models.tables
import models.telephony_tables
import models.terminal_tables
import models.word_tables  # noqa: F401 - fills Base.metadata
from models.base import Base, UtcDateTime
from models.database import BUSY_TIMEOUT_MS, CONNECT_SECONDS
from models.errors import SetupError
from models.word_tables import of_the_classes

log = logging.getLogger(__name__)

T = TypeVar("T")

MIGRATIONS = Path(__file__).resolve().parent / "migrations"
VERSION_TABLE = "yihu_schema"
UNKNOWN_ADDRESS = (
    "YIHU_DATABASE_URL is not a database address this program knows; use "
    "sqlite+aiosqlite:///FILE or postgresql+asyncpg://USER:PASSWORD@HOST/NAME."
)
LOCK_KEY = 0x79696875  # "yihu": which of PostgreSQL's advisory locks keeps upgrades apart


async def upgrade(url: str) -> None:
    """Bring the database at ``url`` to this code's schema, creating it if it is empty.

    Raises ``SetupError`` for a database that cannot be opened, that holds another program's
    tables, or that a newer version has written; such a database is left as it was.
    """
    await to_thread.run_sync(in_transaction, url, _upgrade)


async def current(url: str) -> str | None:
    """The schema version of the database at ``url``; ``None`` if it was never upgraded."""
    return await to_thread.run_sync(in_transaction, url, _current)


def in_transaction(url: str, work: Callable[[Connection], T]) -> T:
    """Run ``work`` on a connection to ``url``, committed if it does not raise.

    Blocks: Alembic reads files and works straight through, which a worker thread may.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise SetupError(UNKNOWN_ADDRESS) from error
    try:
        if parsed.get_backend_name() == "sqlite":
            return _on_sqlite(parsed, work)
        return asyncio.run(_on_server(parsed, work))
    except (NoSuchModuleError, ImportError) as error:
        raise SetupError(UNKNOWN_ADDRESS) from error
    except (OSError, DBAPIError, PostgresError) as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise SetupError(
            f"The database {parsed.render_as_string(hide_password=True)} cannot be used "
            f"({reason}); check YIHU_DATABASE_URL, that its server runs, and that there is room "
            "and the right to write."
        ) from error


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
        include_name=of_the_classes,
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


def _on_sqlite(url: URL, work: Callable[[Connection], T]) -> T:
    timeout = {"timeout": BUSY_TIMEOUT_MS / 1000}
    engine = create_engine(url.set(drivername="sqlite"), poolclass=NullPool, connect_args=timeout)
    event.listen(engine, "connect", _let_begin)
    event.listen(engine, "begin", _begin)
    with engine.begin() as connection:
        return work(connection)


async def _on_server(url: URL, work: Callable[[Connection], T]) -> T:
    engine = create_async_engine(url, poolclass=NullPool, connect_args={"timeout": CONNECT_SECONDS})
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(work)
    finally:
        await engine.dispose()


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
