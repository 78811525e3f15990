"""Audio that waits: what goes to disk, what stays, and what a full disk does."""

from __future__ import annotations

import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import anyio
import pytest

from asr.spool import Sound, Spool, SpoolLimits

pytestmark = pytest.mark.integration

LIMITS = SpoolLimits(memory=2_500, most=6_000, disk=5_000)


@asynccontextmanager
async def spooling(
    folder: Path | None, troubles: list[str], limits: SpoolLimits = LIMITS
) -> AsyncIterator[Spool]:
    spool = Spool(folder, limits, troubles.append)
    async with anyio.create_task_group() as tasks:
        await tasks.start(spool.run)
        yield spool
        tasks.cancel_scope.cancel()


def waiting(spool: Spool, byte: int, *, first: bool, size: int = 1_000) -> Sound:
    """A finished utterance."""
    sound = spool.sound(first=first)
    sound.append(bytes((byte,)) * size)
    sound.seal()
    return sound


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


async def settled(spool: Spool, memory: int) -> None:
    """Until so much is in memory."""
    with anyio.fail_after(30):
        while spool.in_memory != memory:
            await anyio.sleep(0.01)


async def test_seats_go_to_disk_first_and_come_back_whole(tmp_path: Path) -> None:
    troubles: list[str] = []
    left = tmp_path / "of a former process.pcm"
    left.write_bytes(b"x")
    async with spooling(tmp_path, troubles) as spool:
        assert not left.exists()
        caller = waiting(spool, 1, first=True)
        seats = [waiting(spool, 2 + number, first=False) for number in range(3)]
        await settled(spool, 2_000)
        assert spool.on_disk == 2_000
        (file, other) = files(tmp_path)
        assert file.stat().st_mode & 0o777 == other.stat().st_mode & 0o777 == 0o600
        for number, sound in enumerate([caller, *seats], start=1):
            assert await sound.load()
            assert sound.read(0, 5_000) == bytes((number,)) * 1_000
            assert sound.read(900, 5_000) == bytes((number,)) * 100
            await sound.discard()
        assert spool.in_memory == spool.on_disk == 0
        assert files(tmp_path) == []
    assert troubles == []


@contextmanager
def full_disk() -> Iterator[None]:
    """Every file of this process ends after 100 bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_full_disk_costs_seats_never_callers_and_is_told_once(tmp_path: Path) -> None:
    troubles: list[str] = []
    async with spooling(tmp_path, troubles) as spool:
        with full_disk():
            callers = [waiting(spool, number, first=True) for number in range(3)]
            seats = [waiting(spool, 9, first=False) for _ in range(2)]
            await settled(spool, 3_000)
        assert files(tmp_path) == []
        assert spool.left_out == 2
        assert [await seat.load() for seat in seats] == [False, False]
        for number, caller in enumerate(callers):
            assert await caller.load()
            assert caller.read(0, 5_000) == bytes((number,)) * 1_000
    (sentence,) = troubles
    assert "File too large" in sentence
    assert "callers are kept" in sentence


async def test_the_disk_is_used_up_to_its_limit_then_senders_wait(tmp_path: Path) -> None:
    troubles: list[str] = []
    async with spooling(tmp_path, troubles) as spool:
        sounds = [waiting(spool, 1, first=True) for _ in range(12)]
        await settled(spool, 7_000)
        assert spool.on_disk == 5_000
        with anyio.move_on_after(0.05) as waited:
            await spool.room()
        assert waited.cancelled_caught
        for sound in sounds:
            await sound.discard()
        with anyio.fail_after(30):
            await spool.room()
    assert len(troubles) == 1


async def test_what_waits_on_disk_and_is_damaged_is_told(tmp_path: Path) -> None:
    async with spooling(tmp_path, []) as spool:
        sounds = [waiting(spool, number, first=False) for number in range(4)]
        await settled(spool, 2_000)
        (file, other) = files(tmp_path)
        file.write_bytes(b"short")
        other.unlink()
        assert [await sound.load() for sound in sounds] == [True, True, False, False]
