"""Texts for calls of the machine: spoken by a process that stays, is replaced, and goes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest

from ivr.speak import Speaker
from ivr.voice import DEFAULT_VOICE, RATE
from tests.support.asterisk import eventually
from yihu.simulate.audio import read_audio

pytestmark = pytest.mark.integration

ORDER = "地点，北湖路12号。"


@asynccontextmanager
async def speaking(
    models_dir: Path, folder: Path, keep_seconds: float = 60
) -> AsyncIterator[Speaker]:
    speaker = Speaker(models_dir, folder, speak_seconds=200, keep_seconds=keep_seconds)
    async with anyio.create_task_group() as group:
        await group.start(speaker.run)
        yield speaker
        group.cancel_scope.cancel()


def voices(folder: Path) -> list[int]:
    """The processes that speak into ``folder``."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:  # it has ended meanwhile
            continue
        if b"ivr.speak" in words and os.fsencode(folder) in words:
            found.append(int(path.parent.name))
    return found


async def test_an_order_is_spoken_once_and_its_voice_stays_for_the_next(
    models_dir: Path, tmp_path: Path
) -> None:
    paths: list[Path | None] = []

    async def ask(speaker: Speaker) -> None:
        paths.append(await speaker.speak(ORDER))

    async with speaking(models_dir, tmp_path) as speaker:
        async with anyio.create_task_group() as group:
            for _ in range(2):  # two units get the same order
                group.start_soon(ask, speaker)
        first, second = paths
        assert first is not None
        assert first == second
        assert 1 < len(read_audio(first)) / RATE < 6
        [voice] = voices(tmp_path)
        assert await speaker.speak(ORDER, "nobody") is None
        assert await speaker.speak("您好", DEFAULT_VOICE) not in (None, first)
        assert voices(tmp_path) == [voice]
    assert voices(tmp_path) == []
    assert await Speaker(models_dir, tmp_path).speak(ORDER) == first  # without any process


async def test_a_text_is_spoken_to_its_end_for_who_comes_again(tmp_path: Path) -> None:
    spoken = tmp_path / "spoken"

    async def begun() -> bool:
        return voices(spoken) != []

    async def there() -> bool:
        return list(spoken.glob("*.wav")) != []

    async with speaking(tmp_path, spoken) as speaker:
        async with anyio.create_task_group() as group:
            group.start_soon(speaker.speak, ORDER)
            await eventually(begun, "a voice", 120)
            group.cancel_scope.cancel()
        await eventually(there, "the text", 120)
    assert await Speaker(tmp_path, spoken).speak(ORDER) is not None


async def test_a_voice_that_died_is_replaced(tmp_path: Path) -> None:
    spoken = tmp_path / "spoken"
    async with speaking(tmp_path, spoken) as speaker:
        assert await speaker.speak("您好") is not None
        [voice] = voices(spoken)
        os.kill(voice, signal.SIGKILL)
        assert await speaker.speak(ORDER) is not None
        assert voices(spoken) != [voice]


async def test_a_voice_that_nobody_needs_goes(tmp_path: Path) -> None:
    spoken = tmp_path / "spoken"

    async def gone() -> bool:
        return voices(spoken) == []

    async with speaking(tmp_path, spoken, keep_seconds=0.05) as speaker:
        assert await speaker.speak("您好") is not None
        await eventually(gone, "the end of the voice", 120)
        assert await speaker.speak(ORDER) is not None


async def test_a_voice_that_cannot_start_is_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with speaking(tmp_path, tmp_path / "spoken") as speaker:
        monkeypatch.setenv("PATH", str(tmp_path))  # neither `nice` nor espeak-ng
        assert await speaker.speak(ORDER) is None
        monkeypatch.undo()
        assert await speaker.speak(ORDER) is not None


def test_a_voice_does_not_count_the_memory_of_who_started_it() -> None:
    child = "from ivr.speak import memory; print(memory())"
    parent = (
        "import subprocess, sys; held = b'x' * (400 << 20); "
        f"subprocess.run([sys.executable, '-c', {child!r}], check=True)"
    )
    said = subprocess.run([sys.executable, "-c", parent], check=True, capture_output=True)
    assert 0 < int(said.stdout) < 300 << 20
