"""A centre that has taken calls is upgraded: its words are found."""

from __future__ import annotations

from typing import Final
from uuid import uuid4

from models.bus import InProcessBus
from models.clock import ManualClock
from models.database import Database
from tests.support import both_databases
from tests.support.archive import Archive
from tests.support.both_databases import moment, upgrade_with

empty_url = both_databases.empty_url

CALLS: Final = (
    "INSERT INTO calls (id, queue_code, dialled, caller_number, channel, linkedid, status, "
    "speech, received_at, ended_at, end_reason) VALUES"
)
UTTERANCES: Final = (
    "INSERT INTO utterances (id, call_id, role, stream_id, sequence, text, raw_text, words, "
    "start_ms, end_ms, confidence, engine, created_at) VALUES"
)


async def test_upgrade_of_a_centre_with_calls(
    empty_url: str, bus: InProcessBus, clock: ManualClock
) -> None:
    call_id, other = uuid4(), uuid4()
    at = moment(empty_url)

    statements = (
        "INSERT INTO queues (code, name, emergency) VALUES ('110', '-', true)",
        *(
            f"{CALLS} ('{one.hex}', '110', '-', '-', '-', '-', 'ended', 'off', {at}, {ended}, '')"
            for one, ended in ((call_id, at), (other, "NULL"))
        ),
        *(
            f"{UTTERANCES} ('{uuid4().hex}', '{one.hex}', 'caller', '{one.hex}', {number}, "
            f"'{said}', '', '[]', 0, 1, 0.9, '-', {at})"
            for one in (call_id, other)
            for number, said in enumerate(("演示路水管", "破裂了"))
        ),
    )
    await upgrade_with(empty_url, "0012", statements)
    archive = Archive(Database(empty_url, bus, clock), clock)
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
