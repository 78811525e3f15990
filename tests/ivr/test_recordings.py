"""Raw files joined into one recording, kept, checked and deleted."""

from __future__ import annotations

import logging
import resource
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
import soundfile
from sqlalchemy import select

from ivr import flac
from ivr.recordings import Folders, Recordings
from ivr.sweep import Sweep
from models.clock import ManualClock
from models.database import Database
from models.errors import Gone, NotFound
from models.tables import Call, Queue
from models.telephony_tables import Recording, RecordingAccess
from tests.support.both_databases import database  # noqa: F401 - takes the plain one's place
from tests.support.recorded import RATE, leave_raw, strength, tone
from tests.support.telephony import People

BEGAN = 1772366400  # 2026-03-01 12:00 UTC
ID = f"yihu-{BEGAN}.7"


def header(data_bytes: int, *, rate: int = RATE, channels: int = 1) -> bytes:
    """A WAV header as Asterisk writes it."""
    form = struct.pack("<HHIIHH", 1, channels, rate, rate * 2, 2, 16)
    return (
        b"RIFF"
        + struct.pack("<I", 36 + data_bytes)
        + b"WAVEfmt "
        + struct.pack("<I", 16)
        + form
        + b"data"
        + struct.pack("<I", data_bytes)
    )


@pytest.mark.unit
def test_two_sides_of_different_lengths(tmp_path: Path) -> None:
    caller, heard = tone(tmp_path / "in.wav", 440, 2), tone(tmp_path / "out.wav", 1000, 3.5)
    target = tmp_path / "2026" / "03" / "01" / "call.flac"
    stored = flac.join(caller, heard, target)
    samples, rate = soundfile.read(target)
    assert (rate, samples.shape) == (RATE, (28_000, 2))
    assert soundfile.info(target).subtype == "PCM_16"
    assert strength(samples[:16_000, 0], 440) > 0.1
    assert not samples[16_000:, 0].any()
    assert strength(samples[:, 1], 1000) > 0.1
    assert stored.duration_ms == 3500
    assert stored.size_bytes == target.stat().st_size
    assert stored.sha256 == flac.sha256_of(target)
    assert target.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in target.parent.iterdir()] == ["call.flac"]


@pytest.mark.unit
@pytest.mark.parametrize(
    ("content", "samples", "closed"),
    [
        (b"", 0, False),
        (b"RIFF", 0, False),
        (header(0), 0, False),
        (header(0) + b"\1\0" * 100, 100, False),  # its writer was killed
        (header(4000) + b"\1\0" * 100, 100, False),  # cut off
        (header(0) + b"\1\0" * 100 + b"\1", 100, False),  # in the middle of a sample
        (header(200) + b"\1\0" * 100, 100, True),
        (header(200, rate=44_100) + b"\1\0" * 100, 0, False),
        (header(200, channels=2) + b"\1\0" * 100, 0, False),
        (b"#!/bin/sh\n" * 100, 0, False),
        (header(0)[:36] + b"LIST\xff\xff\xff\xff", 0, False),
    ],
)
def test_damaged_files_are_kept_as_far_as_they_go(
    tmp_path: Path, content: bytes, samples: int, closed: bool
) -> None:
    path = tmp_path / "in.wav"
    path.write_bytes(content)
    wav = flac.Wav(path)
    assert (wav.samples, wav.closed) == (samples, closed)
    assert len(wav.read(1000)) == samples
    wav.close()
    stored = flac.join(path, None, tmp_path / "a.flac")
    assert stored.duration_ms == max(20, round(samples / 8))


@pytest.mark.unit
def test_a_long_call_needs_little_memory(tmp_path: Path) -> None:
    minutes = 45
    with (tmp_path / "in.wav").open("wb") as file:
        file.write(header(minutes * 60 * RATE * 2))
        block = np.random.default_rng(1).integers(-99, 99, 60 * RATE, np.int16).tobytes()
        for _ in range(minutes):
            file.write(block)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    stored = flac.join(tmp_path / "in.wav", None, tmp_path / "a.flac")
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert stored.duration_ms == minutes * 60_000
    assert grown < 20_000  # KiB; the samples alone are 84 MiB


@pytest.mark.unit
def test_stopping_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="stop"):
        flac.join(tone(tmp_path / "in.wav", 440), None, tmp_path / "d" / "a.flac", lambda: True)
    assert list((tmp_path / "d").iterdir()) == []


# --- rows and files ------------------------------------------------------------------------------


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path / "raw", tmp_path / "archive")


@pytest.fixture
def recordings(
    database: Database,  # noqa: F811 - the fixture
    clock: ManualClock,
    folders: Folders,
) -> Recordings:
    return Recordings(database, clock, folders.archive)


@pytest.fixture
def sweep(
    database: Database,  # noqa: F811 - the fixture
    clock: ManualClock,
    folders: Folders,
    recordings: Recordings,
) -> Sweep:
    async def nothing_lives() -> frozenset[str]:
        return frozenset()

    return Sweep(
        database, clock, folders, recordings, nothing_lives, settle_seconds=0, unknown_seconds=0
    )


async def stored_recording(of: Database) -> Recording:
    async with of.reading() as session:
        [row] = await session.scalars(select(Recording))
        return row


async def test_a_recording_is_kept_by_day_until_its_queue_says(
    database: Database,  # noqa: F811 - the fixture
    people: People,
    clock: ManualClock,
    folders: Folders,
    recordings: Recordings,
    sweep: Sweep,
) -> None:
    async with database.writing() as work:
        (await work.session.get_one(Queue, "96345")).recording_days = 30
    began = leave_raw(folders.raw, ID)
    await sweep.sweep()
    row = await stored_recording(database)
    assert row.path == f"2026/03/01/{row.call_id}.flac"
    assert (row.began_at, row.duration_ms) == (began, 2000)
    assert row.delete_after == datetime(2026, 3, 31, 12, 0, 2, tzinfo=UTC)
    _, path = await recordings.file_of(row.call_id)
    assert flac.sha256_of(path) == row.sha256

    clock.advance(timedelta(days=30, seconds=1))
    await recordings.delete_due()
    assert path.exists()
    clock.advance(timedelta(seconds=1))
    await recordings.delete_due()
    assert not path.exists()
    row = await stored_recording(database)
    assert row.deleted_at == clock.now()
    with pytest.raises(Gone):
        await recordings.file_of(row.call_id)
    with pytest.raises(Gone):
        await recordings.verify(row.call_id)
    await recordings.delete_due()


async def test_a_call_after_midnight_in_china_is_of_the_next_day(
    database: Database,  # noqa: F811 - the fixture
    people: People,
    folders: Folders,
    sweep: Sweep,
) -> None:
    leave_raw(folders.raw, f"yihu-{BEGAN + 4 * 3600}.1")
    await sweep.sweep()
    assert (await stored_recording(database)).path.startswith("2026/03/02/")


async def test_stopped_between_row_and_removal(
    database: Database,  # noqa: F811 - the fixture
    people: People,
    folders: Folders,
    sweep: Sweep,
) -> None:
    leave_raw(folders.raw, ID)
    await sweep.sweep()
    before = await stored_recording(database)
    leave_raw(folders.raw, ID)
    await sweep.sweep()
    assert (await stored_recording(database)).id == before.id
    assert list(folders.raw.iterdir()) == []


async def test_a_second_recording_of_one_call_is_set_aside(
    database: Database,  # noqa: F811 - the fixture
    people: People,
    folders: Folders,
    sweep: Sweep,
) -> None:
    leave_raw(folders.raw, ID)
    await sweep.sweep()
    other = f"yihu-{BEGAN + 300}.9"
    leave_raw(folders.raw, other)
    journal = folders.raw / f"{other}.call"
    journal.write_text(journal.read_text().replace(f"linkedid={other}", f"linkedid={ID}"))
    await sweep.sweep()
    await stored_recording(database)
    assert len(list((folders.raw / "aside").iterdir())) == 3


async def test_a_full_disk_keeps_the_raw_files_and_is_said_once(
    database: Database,  # noqa: F811 - the fixture
    people: People,
    folders: Folders,
    sweep: Sweep,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    leave_raw(folders.raw, ID)
    noise = np.random.default_rng(1).integers(-9999, 9999, 200 * RATE, np.int16).tobytes()
    (folders.raw / f"{ID}.in.wav").write_bytes(header(len(noise)) + noise)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    # No file may grow beyond this: writing fails as it does on a full disk.
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, before[1]))
    try:
        assert await sweep.sweep() is True
        assert await sweep.sweep() is True
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert len(list(folders.raw.iterdir())) == 3
    assert [path for path in folders.archive.rglob("*") if path.is_file()] == []
    assert sum("cannot be stored" in record.message for record in caplog.records) == 1
    assert await sweep.sweep() is False
    assert (await stored_recording(database)).duration_ms == 200_000
    assert "stored again" in caplog.text
    assert "13800001234" not in caplog.text


async def test_an_archive_that_cannot_be_written(
    database: Database,  # noqa: F811 - the fixture
    people: People,
    folders: Folders,
    sweep: Sweep,
) -> None:
    leave_raw(folders.raw, ID)
    folders.archive.write_text("a file in the folder's place")
    assert await sweep.sweep() is True
    assert len(list(folders.raw.iterdir())) == 3


async def test_accesses_and_checks(
    database: Database,  # noqa: F811 - the fixture
    people: People,
    clock: ManualClock,
    folders: Folders,
    recordings: Recordings,
    sweep: Sweep,
) -> None:
    leave_raw(folders.raw, ID)
    await sweep.sweep()
    row = await stored_recording(database)

    async def count() -> int:
        async with database.reading() as session:
            return len(list(await session.scalars(select(RecordingAccess))))

    for after, first_byte, wanted in (
        (0, True, 1),
        (1, True, 1),  # the player asks twice
        (60, False, 1),  # seeks
        (10, True, 2),  # from the beginning again
        (13 * 3600, False, 3),
    ):
        clock.advance(timedelta(seconds=after))
        await recordings.note_access(row, people.one.id, first_byte=first_byte)
        assert await count() == wanted
    await recordings.note_access(row, people.two.id, first_byte=False)
    assert await count() == 4

    assert await recordings.verify(row.call_id)
    path = folders.archive / row.path
    path.write_bytes(path.read_bytes() + b"\0")
    assert not await recordings.verify(row.call_id)
    path.unlink()
    with pytest.raises(NotFound):
        await recordings.verify(row.call_id)
    with pytest.raises(NotFound):
        await recordings.file_of(UUID(int=0))


async def test_when_a_living_calls_recording_began(
    database: Database,  # noqa: F811 - the fixture
    people: People,
    folders: Folders,
    sweep: Sweep,
) -> None:
    began = leave_raw(folders.raw, ID, ended=None)
    assert await sweep.began_at(UUID(int=0), ID) == began
    assert await sweep.began_at(UUID(int=0), "another") is None
    leave_raw(folders.raw, ID)
    await sweep.sweep()
    async with database.reading() as session:
        [call] = await session.scalars(select(Call))
    assert await sweep.began_at(call.id, ID) == began
