"""A centre that has taken calls is upgraded: its words are found."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from uuid import uuid4

import pytest
from alembic import command
from anyio import to_thread
from sqlalchemy import Connection

from models import schema
from models.bus import InProcessBus
from models.clock import ManualClock
from models.database import Database
from tests.support.archive import Archive
from tests.support.postgres import PostgresServer

CALLS: Final = (
    "INSERT INTO calls (id, queue_code, dialled, caller_number, channel, linkedid, status, "
    "speech, received_at, ended_at, end_reason) VALUES"
)
UTTERANCES: Final = (
    "INSERT INTO utterances (id, call_id, role, stream_id, sequence, text, raw_text, words, "
    "start_ms, end_ms, confidence, engine, created_at) VALUES"
)


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param("sqlite", marks=pytest.mark.unit),
        pytest.param("postgresql", marks=pytest.mark.integration),
    ],
)
async def test_upgrade_of_a_centre_with_calls(
    kind: str,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    bus: InProcessBus,
    clock: ManualClock,
) -> None:
    if kind == "sqlite":
        url = f"sqlite+aiosqlite:///{tmp_path / 'old.sqlite3'}"
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        url = await server.create_empty()
    call_id, other = uuid4(), uuid4()
    at = f"'2026-03-01 12:00:00.000000{'' if kind == 'sqlite' else '+00'}'"

    def fill_old(connection: Connection) -> None:
        config = schema._config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0012")
        for statement in (
            "INSERT INTO queues (code, name, emergency) VALUES ('110', '-', true)",
            *(
                f"{CALLS} ('{one.hex}', '110', '-', '-', '-', '-', 'ended', 'off', {at}, "
                f"{ended}, '')"
                for one, ended in ((call_id, at), (other, "NULL"))
            ),
            *(
                f"{UTTERANCES} ('{uuid4().hex}', '{one.hex}', 'caller', '{one.hex}', {number}, "
                f"'{said}', '', '[]', 0, 1, 0.9, '-', {at})"
                for one in (call_id, other)
                for number, said in enumerate(("演示路水管", "破裂了"))
            ),
        ):
            connection.exec_driver_sql(statement)

    await to_thread.run_sync(schema.in_transaction, url, fill_old)
    await schema.upgrade(url)
    archive = Archive(Database(url, bus, clock), clock)
    try:
        assert await archive.found("水管") == [call_id]
        assert await archive.found("了") == [call_id]
        assert await archive.found("管破") == []
        await archive.end(other)
        await archive.say(call_id, "又说了一句")
        assert await archive.found("又说了") == [call_id]
        assert set(await archive.found("管")) == {call_id, other}
    finally:
        await archive.database.close()
