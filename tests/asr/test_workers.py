"""Workers that die, hang or are busy, with the real model: nothing lost, nothing told twice."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import anyio
import psutil
import pytest

from asr.audiosocket import BYTES_PER_MS
from asr.events import FinalHeard, PartialHeard
from asr.jobs import Job
from asr.listening import Listener
from asr.spool import Spool, SpoolLimits
from asr.vad import VadLimits
from asr.workers import WorkerLost, Workers
from ivr.prompt_sounds import hold_music
from models.errors import SetupError
from tests.asr.conftest import Spoken
from tests.asr.test_vad import noise, silence

pytestmark = pytest.mark.integration

PIECE = 100 * BYTES_PER_MS
HOUR_MS = 3_600_000


@asynccontextmanager
async def working(model_dir: Path, job_seconds: float = 60.0) -> AsyncIterator[Workers]:
    workers = Workers(model_dir, 1, nice=0, job_seconds=job_seconds)
    async with anyio.create_task_group() as tasks:
        await tasks.start(workers.run)
        with anyio.fail_after(120):
            while not workers.pids:
                await anyio.sleep(0.01)
        yield workers
        tasks.cancel_scope.cancel()


class Stream:
    """One stream's listener and what it tells."""

    def __init__(self, workers: Workers) -> None:
        self.partials: list[PartialHeard] = []
        self.finals: list[FinalHeard] = []
        self.spool = Spool(None, SpoolLimits(), print)
        self.listener = Listener(
            uuid4(), workers, self.spool, self._take, vad=VadLimits(), first=True
        )

    async def _take(self, event: PartialHeard | FinalHeard) -> None:
        if isinstance(event, FinalHeard):
            self.finals.append(event)
        else:
            self.partials.append(event)

    async def feed(self, audio: bytes) -> None:
        for start in range(0, len(audio), PIECE):
            await self.listener.take(audio[start : start + PIECE])
            await anyio.sleep(0.002)

    async def told(self, finals: int = 0, partials: int = 0) -> None:
        """Until so much was told."""
        with anyio.fail_after(120):
            while len(self.finals) < finals or len(self.partials) < partials:
                await anyio.sleep(0.01)


async def test_a_killed_worker_costs_no_word_and_repeats_none(
    model_dir: Path, spoken: Spoken
) -> None:
    question, repair = spoken(*Spoken.QUESTION), spoken(*Spoken.REPAIR)
    half = len(repair) // 4 * 2
    async with working(model_dir) as workers, anyio.create_task_group() as tasks:
        stream = Stream(workers)
        tasks.start_soon(stream.listener.run)
        await stream.feed(question + silence(1_500))
        await stream.told(finals=1)
        before = workers.pids
        await stream.feed(repair[:half])
        await stream.told(partials=len(stream.partials) + 1)
        os.kill(before[0], signal.SIGKILL)
        await stream.feed(repair[half:] + silence(1_500))
        await stream.told(finals=2)
        assert workers.pids != before

        # Its parent, which holds the model, is killed: all workers go with it.
        shown = len(stream.partials)
        await stream.feed(question[: len(question) // 4 * 2])
        await stream.told(partials=shown + 1)
        nursery = psutil.Process(workers.pids[0]).parent()
        assert nursery is not None
        nursery.kill()
        await stream.feed(question[len(question) // 4 * 2 :])
        await stream.listener.end()
        await stream.told(finals=3)
    assert [final.sequence for final in stream.finals] == [0, 1, 2]
    assert "身份证" in stream.finals[0].text
    assert "水管" in stream.finals[1].text
    assert "修" in stream.finals[1].text
    assert "身份证" in stream.finals[2].text
    for sequence in range(3):  # nothing that was shown is shown again
        shown_ms = [p.audio_ms for p in stream.partials if p.sequence == sequence]
        assert shown_ms == sorted(set(shown_ms))
    assert stream.spool.in_memory == 0


async def test_a_hanging_worker_is_replaced_and_callers_go_first(
    model_dir: Path, spoken: Spoken
) -> None:
    audio = spoken(*Spoken.QUESTION)[: 400 * BYTES_PER_MS]
    order: list[str] = []
    async with working(model_dir, job_seconds=5.0) as workers:

        async def decode(name: str, first: bool) -> None:
            try:
                with workers.lease(first=first) as lease:
                    await workers.decode(lease, lambda number: Job(number, audio, partial=True))
                order.append(name)
            except WorkerLost:
                order.append(f"{name} lost")

        (pid,) = workers.pids
        os.kill(pid, signal.SIGSTOP)
        async with anyio.create_task_group() as tasks:
            for name, first in (("running", True), ("seat", False), ("caller", True)):
                tasks.start_soon(decode, name, first)
                await anyio.wait_all_tasks_blocked()
            os.kill(pid, signal.SIGCONT)
        assert order == ["running", "caller", "seat"]

        os.kill(pid, signal.SIGSTOP)
        await decode("stuck", True)
        assert order[-1] in ("stuck lost", "stuck")  # the latter where it came to the next one
        await decode("next", True)
        assert order[-1] == "next"
        assert pid not in workers.pids


async def test_noise_music_silence_and_three_hours(model_dir: Path, spoken: Spoken) -> None:
    question = spoken(*Spoken.QUESTION)
    loud = noise(15_000, 2_000)
    async with working(model_dir) as workers, anyio.create_task_group() as tasks:
        stream = Stream(workers)
        tasks.start_soon(stream.listener.run)
        for nothing in (silence(20_000), loud, silence(5_000), hold_music().tobytes()):
            await stream.feed(nothing)
        await stream.feed(silence(3_000))
        assert stream.finals == []
        before = psutil.Process().memory_info().rss
        hour = silence(HOUR_MS // 60)
        while stream.listener.audio_ms < 3 * HOUR_MS:
            await stream.listener.take(hour)
        assert psutil.Process().memory_info().rss - before < 20 << 20
        await stream.feed(question)
        await stream.listener.end()
        await stream.told(finals=1)
    (final,) = stream.finals
    assert "身份证" in final.text
    assert 3 * HOUR_MS <= final.start_ms < final.end_ms < 3 * HOUR_MS + 120_000
    assert stream.spool.in_memory == 0


async def test_a_folder_that_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="is not a Vosk model"):
        await Workers(tmp_path, 1).run()
    with pytest.raises(ValueError, match="at least one"):
        Workers(tmp_path, 0)
