"""Upgrading a database: what comes out, and what is refused."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from anyio import create_task_group, to_thread
from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection

from models import schema
from models.base import Base
from models.database import Database
from models.errors import SetupError
from models.word_tables import of_the_classes
from tests.support.postgres import PostgresServer


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(
        connection,
        opts={
            "version_table": schema.VERSION_TABLE,
            "compare_server_default": True,
            "include_name": of_the_classes,
        },
    )
    return list(compare_metadata(context, Base.metadata))


async def test_upgraded_database_has_the_tables_of_the_code(database: Database) -> None:
    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_foreign_keys_are_those_of_the_code(database: Database) -> None:
    def reflected(connection: Connection) -> set[tuple[str, str, str]]:
        return {
            (table, key["constrained_columns"][0], key["referred_table"])
            for table in Base.metadata.tables
            for key in inspect(connection).get_foreign_keys(table)
        }

    declared = {
        (table.name, key.parent.name, key.column.table.name)
        for table in Base.metadata.tables.values()
        for key in table.foreign_keys
    }
    async with database.engine.connect() as connection:
        assert await connection.run_sync(reflected) == declared


async def test_upgrading_again_changes_nothing(database: Database) -> None:
    url = database.engine.url.render_as_string(hide_password=False)
    before = await schema.current(url)
    await schema.upgrade(url)
    assert before is not None
    assert await schema.current(url) == before


async def test_newer_database_is_refused(database: Database) -> None:
    url = database.engine.url.render_as_string(hide_password=False)
    async with database.engine.begin() as connection:
        await connection.execute(text("UPDATE yihu_schema SET version_num = '9999'"))
    with pytest.raises(SetupError, match="'9999', which is newer than this program"):
        await schema.upgrade(url)
    assert await schema.current(url) == "9999"


@pytest.mark.unit
async def test_upgrade_does_not_depend_on_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    await schema.upgrade("sqlite+aiosqlite:///here.sqlite3")
    assert (tmp_path / "here.sqlite3").is_file()


@pytest.mark.unit
async def test_two_starts_at_once_upgrade_once(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'twice.sqlite3'}"
    async with create_task_group() as group:
        group.start_soon(schema.upgrade, url)
        group.start_soon(schema.upgrade, url)
    assert await schema.current(url) is not None


@pytest.mark.integration
async def test_two_starts_at_once_upgrade_postgresql_once(postgres: PostgresServer) -> None:
    url = await postgres.create_empty()
    async with create_task_group() as group:
        group.start_soon(schema.upgrade, url)
        group.start_soon(schema.upgrade, url)
    assert await schema.current(url) is not None


@pytest.mark.unit
async def test_foreign_tables_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite3"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE recipes (id INTEGER)")
    other.close()
    with pytest.raises(SetupError, match=r"holds tables that Yihu did not make .*'recipes'"):
        await schema.upgrade(f"sqlite+aiosqlite:///{path}")
    with sqlite3.connect(path) as other:
        names = [row[0] for row in other.execute("SELECT name FROM sqlite_master")]
    other.close()
    assert names == ["recipes"]


@pytest.mark.integration
async def test_foreign_tables_in_postgresql_are_left_alone(postgres: PostgresServer) -> None:
    url = await postgres.create_empty()

    def make(connection: Connection) -> None:
        connection.execute(text("CREATE TABLE recipes (id INTEGER)"))

    await to_thread.run_sync(schema.in_transaction, url, make)
    with pytest.raises(SetupError, match="holds tables that Yihu did not make"):
        await schema.upgrade(url)


@pytest.mark.unit
@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("nonsense", "is not a database address"),
        ("oracle+nothing://x/y", "is not a database address"),
        ("sqlite+aiosqlite:////nonexistent/folder/x.sqlite3", "unable to open database file"),
        ("postgresql+asyncpg://someone:hidden@127.0.0.1:1/x", r"someone:\*\*\*@127.0.0.1"),
    ],
)
async def test_unusable_addresses_end_with_one_sentence(url: str, sentence: str) -> None:
    with pytest.raises(SetupError, match=sentence) as refused:
        await schema.upgrade(url)
    assert "\n" not in str(refused.value)
    assert "hidden" not in str(refused.value)


@pytest.mark.integration
async def test_unknown_postgresql_database_is_named(postgres: PostgresServer) -> None:
    with pytest.raises(SetupError, match='"missing" does not exist'):
        await schema.upgrade(postgres.url("missing"))


@pytest.mark.unit
async def test_file_that_is_no_database_is_left_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear reader, " * 500)
    with pytest.raises(SetupError, match="file is not a database"):
        await schema.upgrade(f"sqlite+aiosqlite:///{path}")
    assert path.read_text() == "Dear reader, " * 500


@pytest.mark.unit
async def test_failed_upgrade_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "full.sqlite3"
    with sqlite3.connect(path) as small:
        small.execute("PRAGMA page_size=512")
        small.execute("VACUUM")
    small.close()
    before = path.stat().st_size

    def stop_late(connection: Connection) -> None:
        schema._upgrade(connection)
        raise OSError("No space left on device")

    with pytest.raises(SetupError, match="No space left"):
        await to_thread.run_sync(schema.in_transaction, f"sqlite+aiosqlite:///{path}", stop_late)
    assert path.stat().st_size == before
