"""The archive: who finds, reads and hears which call, and what is written down of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from asr.client import SpeechClient, SpeechEvent
from ivr import flac
from ivr.recordings import Folders
from ivr.service import Telephony
from models.clock import ManualClock
from models.database import Database
from models.states import CallStatus
from models.tables import Call
from models.telephony_tables import Recording, RecordingAccess
from tests.support.desk import Site
from tests.support.recorded import tone
from tests.support.spoken import utterance

pytestmark = pytest.mark.integration


@pytest.fixture
def telephony(database: Database, clock: ManualClock, tmp_path: Path) -> Telephony:
    """The real one with its folders, which nobody runs."""

    async def hear(event: SpeechEvent) -> None:
        raise AssertionError(f"{event} without a speech process")

    nowhere = ("127.0.0.1", 1)
    return Telephony(
        database,
        SpeechClient(*nowhere, "no-token", hear),
        None,
        clock,
        ami_address=nowhere,
        ami_secret="no-secret",
        agi_address=nowhere,
        audio_address=nowhere,
        folders=Folders(tmp_path / "raw", tmp_path / "archive"),
    )


@dataclass
class Kept:
    """A recorded call."""

    call_id: UUID
    recording_id: UUID
    path: Path
    size: int

    @property
    def url(self) -> str:
        return f"/api/calls/{self.call_id}/recording"


@pytest.fixture
def keep(site: Site, tmp_path: Path) -> Callable[..., Any]:
    """Store a call with a recording of two seconds."""

    async def make(agent: UUID | None = None, words: str = "", **values: Any) -> Kept:
        now = site.clock.now()
        call = Call(
            **(
                {
                    "queue_code": "110",
                    "dialled": "110",
                    "caller_number": "13800001234",
                    "channel": "",
                    "status": CallStatus.ENDED if agent else CallStatus.ABANDONED,
                    "received_at": now,
                    "answered_at": now if agent else None,
                    "ended_at": now + timedelta(seconds=2),
                    "agent_session_id": agent,
                }
                | values
            )
        )
        path = tmp_path / "archive" / "2026" / f"{call.id}.flac"
        stored = flac.join(tone(tmp_path / "tone.wav", 440, 2), None, path)
        recording = Recording(
            call_id=call.id,
            path=f"2026/{call.id}.flac",
            sha256=stored.sha256,
            size_bytes=stored.size_bytes,
            duration_ms=stored.duration_ms,
            began_at=now,
            stored_at=now,
            delete_after=now + timedelta(days=180),
        )
        async with site.database.writing() as work:
            work.session.add_all([call, recording])
            if words:
                work.session.add(utterance(call.id, words, now, call_ms=640))
        return Kept(call.id, recording.id, path, stored.size_bytes)

    return make


async def accesses(site: Site) -> list[UUID]:
    async with site.database.reading() as session:
        rows = await session.scalars(select(RecordingAccess).order_by(RecordingAccess.at))
        return [row.user_id for row in rows]


async def test_supervisor_plays_in_ranges_and_one_playback_is_one_access(
    site: Site, keep: Callable[..., Any]
) -> None:
    kept = await keep()
    async with site.signed_in("boss") as boss:
        whole = await boss.get(kept.url)
        assert (whole.status_code, whole.headers["content-type"]) == (200, "audio/flac")
        assert whole.content == kept.path.read_bytes()
        assert whole.headers["accept-ranges"] == "bytes"
        part = await boss.get(kept.url, headers={"Range": "bytes=100-199"})
        assert part.status_code == 206
        assert part.headers["content-range"] == f"bytes 100-199/{kept.size}"
        assert part.content == whole.content[100:200]
        assert (await boss.get(kept.url, headers={"Range": "bytes=0-"})).status_code == 206
        beyond = await boss.get(kept.url, headers={"Range": f"bytes={kept.size}-"})
        assert beyond.status_code == 416
        assert await accesses(site) == [site.users["boss"]]
        site.clock.advance(timedelta(minutes=1))
        await boss.get(kept.url, headers={"Range": "bytes=5-"})
        assert len(await accesses(site)) == 1
        await boss.get(kept.url, headers={"Range": "bytes=0-"})
        assert len(await accesses(site)) == 2


async def test_leaving_out_the_first_byte_does_not_hide_a_playback(
    site: Site, keep: Callable[..., Any]
) -> None:
    kept = await keep()
    async with site.signed_in("boss") as boss:
        await boss.get(kept.url, headers={"Range": "bytes=1-"})
        assert await accesses(site) == [site.users["boss"]]


async def test_seats_hear_their_own_calls_of_today_only(
    site: Site, keep: Callable[..., Any]
) -> None:
    own = await site.sit_down("seat-a", "1001")
    kept, other = await keep(own), await keep()
    async with site.signed_in("seat-a") as seat:
        assert (await seat.get(kept.url)).status_code == 200
        refused = await seat.get(other.url)
        assert refused.status_code == 404
        assert "当天" in refused.json()["message"]
    async with site.signed_in("seat-b") as seat:
        assert (await seat.get(kept.url)).status_code == 404
    site.clock.advance(timedelta(hours=4))  # past midnight in China
    async with site.signed_in("seat-a") as seat:
        assert (await seat.get(kept.url)).status_code == 404
    assert await accesses(site) == [site.users["seat-a"]]


async def test_recordings_that_cannot_be_heard(site: Site, keep: Callable[..., Any]) -> None:
    gone, lost = await keep(), await keep()
    async with site.database.writing() as work:
        row = await work.session.get_one(Recording, gone.recording_id)
        row.deleted_at = site.clock.now()
    lost.path.unlink()
    async with site.signed_in("boss") as boss:
        answer = await boss.get(gone.url)
        assert (answer.status_code, answer.json()["code"]) == (410, "gone")
        assert "保存期限" in answer.json()["message"]
        answer = await boss.get(lost.url)
        assert answer.status_code == 404
        assert "缺失" in answer.json()["message"]
        answer = await boss.get(f"/api/calls/{uuid4()}/recording")
        assert answer.status_code == 404
        assert (await boss.get("/api/calls/no-id/recording")).status_code == 422
    assert await accesses(site) == []


async def test_a_changed_file_is_found_out(site: Site, keep: Callable[..., Any]) -> None:
    kept = await keep()
    async with site.signed_in("boss") as boss:
        assert (await boss.post(f"{kept.url}/verify")).json()["unchanged"] is True
        data = bytearray(kept.path.read_bytes())
        data[-1] ^= 1
        kept.path.write_bytes(data)
        assert (await boss.post(f"{kept.url}/verify")).json()["unchanged"] is False
        assert (await boss.post(f"/api/calls/{uuid4()}/recording/verify")).status_code == 404


async def test_search(site: Site, keep: Callable[..., Any]) -> None:
    agent = await site.sit_down("seat-a", "1001")
    taken = await keep(agent, "着火了，里面有人")
    missed = await keep(caller_number="13900005678", queue_code="96345")
    old = await keep(received_at=site.clock.now() - timedelta(days=2))
    ringing = await site.ring(agent)

    async with site.signed_in("boss") as boss:

        async def found(**wanted: Any) -> list[str]:
            answer = await boss.get("/api/recordings", params=wanted)
            assert answer.status_code == 200, answer.text
            return [line["call_id"] for line in answer.json()["calls"]]

        everything = await found()
        assert set(everything) == {str(one.call_id) for one in (taken, missed, old)}
        assert everything[-1] == str(old.call_id)
        assert str(ringing) not in everything
        assert await found(number="5678") == [str(missed.call_id)]
        assert await found(number="005678") == [str(missed.call_id)]
        assert await found(number="3900005678") == [str(missed.call_id)]
        assert await found(number="1390000") == [str(missed.call_id)]
        assert await found(number="1390") == []
        assert await found(queue_code="96345") == [str(missed.call_id)]
        assert await found(seat_code="1001") == [str(taken.call_id)]
        assert await found(user_id=str(site.users["seat-a"])) == [str(taken.call_id)]
        assert await found(text="里面") == [str(taken.call_id)]
        assert await found(text="里面", seat_code="1001", queue_code="110") == [str(taken.call_id)]
        assert await found(text="里", user_id=str(site.users["seat-a"])) == [str(taken.call_id)]
        assert await found(text="里面", number="1234") == [str(taken.call_id)]
        assert await found(text="里面", number="5678") == []
        assert await found(text="里面", seat_code="1002") == []
        assert await found(text="里面", seat_code="没有") == []
        assert await found(text="里面", queue_code="96345") == []
        assert await found(text="里面", missed=True) == []
        assert await found(text="里面", after=str(taken.call_id)) == []
        assert await found(text="里面", to_day="2026-02-27") == []
        assert await found(text="里面", from_day="2026-03-01") == [str(taken.call_id)]
        assert await found(text=" \x00\x1e里面\t") == [str(taken.call_id)]
        assert await found(text="%") == []
        too_long = await boss.get("/api/recordings", params={"text": "a" * 10_000})
        assert too_long.status_code == 422
        assert "64" in too_long.json()["message"]
        assert set(await found(missed=True)) == {str(missed.call_id), str(old.call_id)}
        today = "2026-03-01"  # 20:00 in China
        assert str(old.call_id) not in await found(from_day=today)
        assert await found(to_day="2026-02-27") == [str(old.call_id)]
        for last, rest in zip(everything, (everything[1:], everything[2:], []), strict=True):
            assert await found(after=last) == rest

        line = (await boss.get("/api/recordings", params={"text": "着火"})).json()["calls"][0]
        assert (line["seat_name"], line["user_name"]) == ("1001号席", "seat-a员")
        assert (line["playable"], line["duration_ms"]) == (True, 2000)

        for wanted in (
            {"from_day": "2026-03-02", "to_day": today},
            {"from_day": "tomorrow"},
            {"number": "' or 1=1"},
            {"number": "678"},
            {"number": "+"},
            {"after": "-1"},
            {"after": "' or 1=1"},
            {"text": "火" * 65},
            {"user_id": "me"},
        ):
            answer = await boss.get("/api/recordings", params=wanted)
            assert answer.status_code == 422, wanted
            assert answer.json()["message"]
        gone = await boss.get("/api/recordings", params={"after": str(uuid4())})
        assert (gone.status_code, gone.json()["code"]) == (404, "not_found")
        assert "重新查询" in gone.json()["message"]


async def test_pages_hold_fifty_calls(site: Site, keep: Callable[..., Any]) -> None:
    first = await keep()
    async with site.database.writing() as work:
        for number in range(50):
            work.session.add(
                Call(
                    queue_code="110",
                    dialled="110",
                    caller_number="",
                    channel="",
                    status=CallStatus.ABANDONED,
                    received_at=site.clock.now() + timedelta(seconds=number + 1),
                    ended_at=site.clock.now(),
                )
            )
    async with site.signed_in("boss") as boss:
        page = (await boss.get("/api/recordings")).json()
        assert (len(page["calls"]), page["more"]) == (50, True)
        assert page["calls"][0]["playable"] is False
        last = page["calls"][-1]["call_id"]
        page = (await boss.get("/api/recordings", params={"after": last})).json()
        assert [line["call_id"] for line in page["calls"]] == [str(first.call_id)]
        assert page["more"] is False


async def test_a_call_is_read_with_its_words_in_place(site: Site, keep: Callable[..., Any]) -> None:
    kept = await keep(words="你好")
    async with site.signed_in("boss") as boss:
        workspace = (await boss.get(f"/api/calls/{kept.call_id}")).json()
        assert workspace["call"]["id"] == str(kept.call_id)
        [said] = workspace["utterances"]
        assert (said["text"], said["call_ms"]) == ("你好", 640)
        assert (await boss.get(f"/api/calls/{uuid4()}")).status_code == 404


async def test_statistics(site: Site) -> None:
    agent = await site.sit_down("seat-a", "1001")
    call_id = await site.ring(agent)
    site.clock.advance(timedelta(seconds=6))
    await site.answer(call_id, agent)
    site.clock.advance(timedelta(seconds=30))
    await site.hang_up(call_id, agent)
    site.clock.advance(timedelta(seconds=10))
    async with site.signed_in("boss") as boss:
        answer = (await boss.get("/api/statistics")).json()
        queue = next(one for one in answer["queues"] if one["queue_code"] == "96345")
        assert (queue["offered"], queue["answered"], queue["service_level"]) == (1, 1, 1.0)
        assert (queue["average_answer_seconds"], queue["average_handle_seconds"]) == (6, 40)
        [person] = answer["agents"]
        assert (person["talk_seconds"], person["wrap_up_seconds"]) == (30, 10)
        assert person["occupancy"] == pytest.approx(40 / 46)
        for wanted in (
            {"since": "2026-01-01T00:00:00Z"},
            {"since": "2026-03-01T12:00:00Z", "until": "2026-03-01T12:00:00Z"},
            {"since": "2026-03-01T12:00:00"},
            {"since": "9999-12-31T23:59:59Z"},
        ):
            refused = await boss.get("/api/statistics", params=wanted)
            assert refused.status_code == 422, wanted
