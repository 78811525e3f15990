"""People write what was really said: who may, what is kept, what the search finds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from ivr import corrections
from models.speech_tables import TranscriptVersion, UtteranceCorrection
from models.tables import Utterance
from models.telephony_tables import Audit
from tests.agent_desk.test_sockets import page
from tests.support.desk import Site, served
from tests.support.spoken import utterance

pytestmark = pytest.mark.integration

HEARD = "在孟洲街道石龙街"
REALLY = "在濛洲街道石龙街"
Say = Callable[..., Awaitable[UUID]]


@pytest.fixture
def say(site: Site) -> Say:
    """Store something said in a call."""

    async def store(call_id: UUID, text: str = HEARD, **values: Any) -> UUID:
        usual = {"start_ms": 200, "end_ms": 1_200, "call_ms": 640, "engine": "vosk test"}
        row = utterance(call_id, text, site.clock.now(), **(usual | values))
        async with site.database.writing() as work:
            work.session.add(row)
        return row.id

    return store


async def answered(site: Site) -> UUID:
    """A call that seat-a took and that is over."""
    agent = await site.sit_down("seat-a", "1001")
    call_id = await site.ring(agent)
    await site.answer(call_id, agent)
    await site.hang_up(call_id, agent)
    return call_id


async def correct(site: Site, who: str, said: UUID, text: str = REALLY, seen: str = HEARD) -> Any:
    site.clock.advance(timedelta(seconds=1))
    async with site.signed_in(who) as client:
        return await client.put(f"/api/utterances/{said}/text", json={"text": text, "seen": seen})


async def test_the_seat_of_the_call_corrects_and_what_was_heard_is_kept(
    site: Site, say: Say
) -> None:
    said = await say(await answered(site))
    answer = await correct(site, "seat-a", said, f" {REALLY} ")
    assert answer.status_code == 200, answer.text
    assert (answer.json()["text"], answer.json()["heard_text"]) == (REALLY, HEARD)
    again = await correct(site, "boss", said, "在濛洲街道石龙街八号", REALLY)
    assert (again.json()["text"], again.json()["heard_text"]) == ("在濛洲街道石龙街八号", HEARD)
    async with site.database.reading() as session:
        rows = (await session.scalars(select(UtteranceCorrection))).all()
        audits = (await session.scalars(select(Audit))).all()
    assert {(row.heard_text, row.text, row.user_id) for row in rows} == {
        (HEARD, REALLY, site.users["seat-a"]),
        (HEARD, "在濛洲街道石龙街八号", site.users["boss"]),
    }
    assert [(one.action, one.subject_id) for one in audits] == [("correct_words", str(said))] * 2
    assert HEARD not in str([one.detail for one in audits]), "the words are in one place only"


async def test_others_and_nonsense_change_nothing(site: Site, say: Say) -> None:
    said = await say(await answered(site))
    assert (await correct(site, "seat-b", said)).status_code == 404
    assert (await correct(site, "boss", uuid4())).status_code == 404
    assert (await correct(site, "seat-a", said, "   ")).status_code == 422
    assert (await correct(site, "seat-a", said, "\x00 \x01")).status_code == 422
    assert (await correct(site, "seat-a", said, "字" * 1_001)).status_code == 422
    late = await correct(site, "seat-a", said, REALLY, "别的文字")
    assert (late.status_code, late.json()["code"]) == (409, "conflict")
    assert "刚被他人改过" in late.json()["message"]
    async with site.database.reading() as session:
        assert (await session.get_one(Utterance, said)).text == HEARD
        assert (await session.scalars(select(UtteranceCorrection))).all() == []


async def test_putting_back_what_was_heard_is_no_correction(site: Site, say: Say) -> None:
    said = await say(await answered(site))
    await correct(site, "seat-a", said)
    back = await correct(site, "seat-a", said, HEARD, REALLY)
    assert (back.json()["text"], back.json()["heard_text"]) == (HEARD, None)
    async with site.database.reading() as session:
        assert await corrections.all_newest(session) == []


async def test_the_archive_finds_what_was_heard_corrected_and_said_in_former_transcripts(
    site: Site, say: Say
) -> None:
    call_id = await answered(site)
    await correct(site, "seat-a", await say(call_id))
    await say(call_id, "我要投诉百分之五十的水费", version=1)
    async with site.database.writing() as work:
        work.session.add(
            TranscriptVersion(
                call_id=call_id, number=1, engine="vosk other", created_at=site.clock.now()
            )
        )

    async with site.signed_in("boss") as boss:

        async def found(text: str) -> bool:
            answer = await boss.get("/api/recordings", params={"text": text})
            return [line["call_id"] for line in answer.json()["calls"]] == [str(call_id)]

        assert [await found(text) for text in ("孟洲", "濛洲街道", "水费")] == [True] * 3
        assert [await found(text) for text in ("煤气", "%", "濛_街道")] == [False] * 3
        shown = (await boss.get(f"/api/calls/{call_id}")).json()["utterances"]
    assert [one["text"] for one in shown] == ["我要投诉百分之五十的水费"], "the newest is shown"


async def test_what_is_exported_says_where_and_what(site: Site, say: Say) -> None:
    call_id = await answered(site)
    said = await say(call_id)
    await correct(site, "seat-a", said, "错", HEARD)
    await correct(site, "boss", said, REALLY, "错")
    async with site.database.reading() as session:
        [row] = await corrections.all_newest(session)
    assert {name: row[name] for name in ("heard", "corrected", "by", "recording")} == {
        "heard": HEARD,
        "corrected": REALLY,
        "by": "boss",
        "recording": None,
    }
    assert (row["channel"], row["start_ms"], row["end_ms"]) == (1, 640, 1_640)


async def test_an_open_page_is_told(site: Site, say: Say) -> None:
    agent = await site.sit_down("seat-a", "1001")
    call_id = await site.ring(agent)
    await site.answer(call_id, agent)
    said = await say(call_id)
    async with served(site.app) as address, page(address, "seat-a") as mine:
        await correct(site, "seat-a", said)
        told = await mine.hears("utterance")
    assert told["call_id"] == str(call_id)
    assert (told["utterance"]["text"], told["utterance"]["heard_text"]) == (REALLY, HEARD)
