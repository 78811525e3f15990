"""Reading Asterisk's journal, and calls that are minted from it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from ivr.calls import Calls
from ivr.journal import Journal, RawFiles, Unreadable, read, scan
from ivr.past import catch_up
from ivr.recordings import Folders, Recordings
from ivr.sweep import Sweep
from models.clock import ManualClock
from models.database import Database
from models.errors import Unavailable
from models.events import CallEnded, RecordingStored
from models.kinds import Device, Direction
from models.states import AgentState, CallStatus
from models.tables import AgentSession, Call, Leg, Seat, Transition
from models.telephony_tables import Recording
from tests.support.both_databases import database  # noqa: F401 - takes the plain one's place
from tests.support.recorded import leave_raw
from tests.support.telephony import People

BEGAN = 1772366400  # 2026-03-01 12:00 UTC
ID = f"yihu-{BEGAN}.7"
MEMBER = UUID("1b4e28ba-2fa1-41d2-883f-0016d3cca427")


def journal_of(folder: Path, text: str, uniqueid: str = ID) -> Journal:
    folder.mkdir(exist_ok=True)
    path = folder / f"{uniqueid}.call"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    return read(RawFiles(uniqueid, path, None, None))


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(BEGAN + seconds, UTC)


@pytest.mark.unit
def test_a_journal_as_asterisk_writes_it(tmp_path: Path) -> None:
    found = journal_of(
        tmp_path,
        f"began {BEGAN}.470 linkedid=yihu-{BEGAN}.6 number=+8613800000000 dialled=96345 "
        f"queue=96345 way=\nended {BEGAN + 40}.481 queue=110 hold=12 member={MEMBER} dial= talk=0 "
        "wish= rating=4\n",
    )
    assert found == Journal(
        uniqueid=ID,
        linkedid=f"yihu-{BEGAN}.6",
        began_at=at(0.470),
        number="+8613800000000",
        dialled="96345",
        queue="110",
        ended_at=at(40.481),
        answered_at=at(12.470),
        member=MEMBER,
        rating=4,
    )


@pytest.mark.unit
@pytest.mark.parametrize(
    ("ended", "answered"),
    [
        ("hold= dial= talk=0", None),
        ("hold=0", 0.0),
        ("hold=900", 30.0),  # never after the end
        ("dial=ANSWER talk=25", 5.0),
        ("dial=NOANSWER talk=0", None),
        ("dial=ANSWER talk=99999", 0.0),
    ],
)
def test_when_it_was_answered(tmp_path: Path, ended: str, answered: float | None) -> None:
    found = journal_of(tmp_path, f"began {BEGAN} way=\nended {BEGAN + 30} {ended}\n")
    assert found.answered_at == (None if answered is None else at(answered))


@pytest.mark.unit
@pytest.mark.parametrize(
    "line",
    [
        "began",
        "began now number=1",
        "began 99999999999999999999 number=1",
        f"began {BEGAN} number=138; rm",
        f"began {BEGAN} number=1 number",
        f"began {BEGAN} colour=red",
        f"began {BEGAN} queue=../../etc",
        f"began {BEGAN} linkedid={'a' * 65}",
        f"ended {BEGAN} member=somebody",
        f"ended {BEGAN} rating=10",
        f"ended {BEGAN} wish=everything",
        "\x00\x00\x00",
        "\udcff\udcfe",
    ],
)
def test_a_bad_line_is_left_out_and_the_id_tells_the_time(tmp_path: Path, line: str) -> None:
    found = journal_of(tmp_path, line + "\n")
    assert (found.bad_lines, found.began_at, found.number) == (1, at(0), "")
    assert (found.ended_at, found.queue, found.linkedid) == (None, "", ID)
    with pytest.raises(Unreadable):
        journal_of(tmp_path, line + "\n", "no-time")


@pytest.mark.unit
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=60,
)
@given(st.binary(max_size=200))
def test_no_journal_breaks_the_reader(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / f"{ID}.call"
    path.write_bytes(data)
    found = read(RawFiles(ID, path, None, None))
    assert found.began_at.tzinfo is not None


@pytest.mark.unit
def test_foreign_files_are_passed_over(tmp_path: Path) -> None:
    assert scan(tmp_path / "nowhere") == []
    leave_raw(tmp_path, ID)
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / f"{ID}.in.wav.bak").write_text("mine")
    (tmp_path / "a b.call").write_text("mine")
    (tmp_path / "aside").mkdir()
    (tmp_path / "dir.call").mkdir()
    (tmp_path / "link.call").symlink_to("/etc/passwd")
    assert [files.uniqueid for files in scan(tmp_path)] == [ID]


# --- the sweep ---------------------------------------------------------------------------------


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path / "raw", tmp_path / "archive")


@pytest.fixture
def alive() -> set[str]:
    """The channels that Asterisk holds; with ``away`` among them it cannot be asked."""
    return set()


@pytest.fixture
def sweep(
    database: Database,  # noqa: F811 - the fixture
    clock: ManualClock,
    folders: Folders,
    alive: set[str],
) -> Sweep:
    async def living() -> frozenset[str]:
        if "away" in alive:
            raise Unavailable("away")
        return frozenset(alive)

    recordings = Recordings(database, clock, folders.archive)
    return Sweep(database, clock, folders, recordings, living, settle_seconds=0, unknown_seconds=0)


@pytest.fixture
async def notices(database: Database) -> list[object]:  # noqa: F811 - the fixture
    heard: list[object] = []

    async def note(event: object) -> None:
        heard.append(event)

    database.bus.subscribe(CallEnded, note)
    database.bus.subscribe(RecordingStored, note)
    return heard


async def only_call(of: Database) -> Call:
    async with of.reading() as session:
        [call] = await session.scalars(select(Call))
        return call


async def moves_of(of: Database, call: Call) -> list[tuple[str, datetime]]:
    async with of.reading() as session:
        query = select(Transition).where(Transition.entity_id == call.id)
        return [(row.new, row.at) for row in await session.scalars(query.order_by(Transition.id))]


async def test_a_missed_call_nobody_saw(
    database: Database,  # noqa: F811 - the fixture
    people: People,
    sweep: Sweep,
    folders: Folders,
    notices: list[object],
) -> None:
    began = leave_raw(folders.raw, ID, ended="queue=110 hold= member= dial= talk=0 wish=message")
    assert await sweep.sweep() is False
    call = await only_call(database)
    assert (call.status, call.queue_code, call.dialled) == ("abandoned", "110", "96345")
    assert (call.caller_number, call.linkedid, call.direction) == ("13800001234", ID, Direction.IN)
    assert (call.received_at, call.answered_at) == (began, None)
    assert call.end_reason == "message"
    assert call.ended_at == at(2)
    assert await moves_of(database, call) == [("queued", began), ("abandoned", at(2))]
    assert notices == [CallEnded(call.id), RecordingStored(call.id)]
    assert list(folders.raw.iterdir()) == []
    assert await sweep.sweep() is False
    assert len(notices) == 2


async def test_an_answered_call_nobody_saw(
    database: Database,  # noqa: F811 - the fixture
    people: People,
    clock: ManualClock,
    sweep: Sweep,
    folders: Folders,
) -> None:
    agent = await seated(database, people, clock)
    ended = f"queue=96345 hold=1 member={agent} dial= talk=0 wish= rating=5"
    began = leave_raw(folders.raw, ID, ended=ended, seconds=(20, 20))
    await sweep.sweep()
    call = await only_call(database)
    assert (call.status, call.agent_session_id, call.rating) == ("ended", agent, 5)
    assert call.answered_at == began + timedelta(seconds=1)
    assert [new for new, _ in await moves_of(database, call)] == ["queued", "answered", "ended"]


async def test_a_member_that_does_not_exist_is_left_out(
    database: Database,  # noqa: F811 - the fixture
    people: People,
    sweep: Sweep,
    folders: Folders,
) -> None:
    leave_raw(folders.raw, ID, ended=f"queue=999 hold=1 member={uuid4()}", began="queue=999")
    await sweep.sweep()
    call = await only_call(database)
    assert (call.status, call.agent_session_id, call.queue_code) == ("ended", None, "110")


async def test_a_call_the_centre_placed_is_not_missed(
    database: Database,  # noqa: F811 - the fixture
    people: People,
    sweep: Sweep,
    folders: Folders,
) -> None:
    leave_raw(folders.raw, ID, began="number=13800001234 dialled= queue= way=out")
    await sweep.sweep()
    call = await only_call(database)
    assert (call.status, call.direction) == ("ended", Direction.OUT)


async def test_living_channels_are_left_alone(
    database: Database,  # noqa: F811 - the fixture
    people: People,
    sweep: Sweep,
    folders: Folders,
    alive: set[str],
) -> None:
    leave_raw(folders.raw, ID, ended=None)
    alive.add("away")
    assert await sweep.sweep() is False
    alive.clear()
    alive.add(ID)
    assert await sweep.sweep() is False
    assert len(list(folders.raw.iterdir())) == 3
    alive.clear()  # Asterisk was killed
    await sweep.sweep()
    call = await only_call(database)
    assert call.ended_at == call.received_at + timedelta(seconds=2)


async def test_one_bad_file_does_not_stop_the_others(
    database: Database,  # noqa: F811 - the fixture
    people: People,
    sweep: Sweep,
    folders: Folders,
    caplog: pytest.LogCaptureFixture,
) -> None:
    leave_raw(folders.raw, ID)
    (folders.raw / "aaa.call").write_text("began 138000 to my neighbour\n")
    (folders.raw / "aaa.in.wav").write_bytes(b"RIFF but no sound")
    bad = f"yihu-{BEGAN + 60}.1"
    leave_raw(folders.raw, bad)
    with (folders.raw / f"{bad}.call").open("a") as file:
        file.write("rang 13800009999 twice\n")
    await sweep.sweep()
    async with database.reading() as session:
        assert len(list(await session.scalars(select(Recording)))) == 2
    kept = {path.name for path in (folders.raw / "aside").iterdir()}
    assert kept == {"aaa.call", "aaa.in.wav", f"{bad}.call"}
    assert [path.name for path in folders.raw.iterdir()] == ["aside"]
    assert "138" not in caplog.text


async def test_a_call_whose_row_is_open_waits(
    database: Database,  # noqa: F811 - the fixture
    people: People,
    clock: ManualClock,
    sweep: Sweep,
    folders: Folders,
) -> None:
    leave_raw(folders.raw, ID)
    call = Call(
        queue_code="110",
        dialled="110",
        caller_number="1",
        channel="PJSIP/x",
        linkedid=ID,
        received_at=clock.now(),
    )
    async with database.writing() as work:
        work.session.add(call)
    assert await sweep.sweep() is True
    async with database.writing() as work:
        row = await work.session.get_one(Call, call.id)
        row.status, row.ended_at, row.end_reason = CallStatus.ABANDONED, at(3600), "lost"
    assert await sweep.sweep() is False
    row = await only_call(database)
    assert row.ended_at == at(2)  # not when its channel was found gone
    async with database.reading() as session:
        [recording] = await session.scalars(select(Recording))
    assert recording.call_id == call.id


async def test_a_call_answered_while_nobody_looked(
    database: Database,  # noqa: F811 - the fixture
    people: People,
    clock: ManualClock,
    folders: Folders,
    sweep: Sweep,
) -> None:
    agent = await seated(database, people, clock)
    ended = f"queue=110 hold=5 member={agent} dial= wish=place"
    leave_raw(folders.raw, ID, ended=ended, seconds=(20, 20))
    call = Call(
        queue_code="110",
        dialled="110",
        caller_number="1",
        channel="PJSIP/x",
        linkedid=ID,
        received_at=at(0),
    )
    calls = Calls(database, clock)
    async with database.writing() as work:
        work.session.add(call)
    journal = await sweep.journal_of(ID)
    async with database.writing() as work:
        row = await work.session.get_one(Call, call.id)
        await catch_up(work, calls, row, journal)
        await calls.finish(work, row, "lost")
    row = await only_call(database)
    assert (row.status, row.answered_at, row.end_reason) == ("ended", at(5.25), "place")
    async with database.reading() as session:
        [leg] = await session.scalars(select(Leg))
    assert (leg.agent_session_id, leg.ended_at) == (agent, at(20))
    assert await sweep.journal_of("another") is None


async def seated(of: Database, people: People, clock: ManualClock) -> UUID:
    """Somebody's agent session."""
    async with of.writing() as work:
        seat = (await work.session.scalars(select(Seat))).first()
        assert seat is not None
        agent = AgentSession(
            user_id=people.one.id,
            seat_id=seat.id,
            device=Device.PHONE,
            status=AgentState.READY,
            status_since=clock.now(),
            signed_in_at=clock.now(),
        )
        work.session.add(agent)
    return agent.id
