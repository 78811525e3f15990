"""Speech, the model and a running speech process for the tests of ``asr``."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import anyio
import pytest

from asr.client import SpeechClient, SpeechEvent
from asr.engine import VoskEngine
from asr.evaluate import read_wav

DATA = Path(__file__).parent / "data"
TOKEN = "a token for tests"
E = TypeVar("E", bound=SpeechEvent)
PROJECT = Path(__file__).resolve().parents[2]


def until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait for ``condition``, in a thread's way."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.02)


@dataclass
class Heard:
    """Collects a client's events."""

    events: list[SpeechEvent] = field(default_factory=list)

    async def __call__(self, event: SpeechEvent) -> None:
        self.events.append(event)

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    async def wait(self, kind: type[E], count: int = 1, seconds: float = 60) -> E:
        """The ``count``-th event of a kind."""
        with anyio.move_on_after(seconds):
            while len(self.of(kind)) < count:
                await anyio.sleep(0.01)
        found = self.of(kind)
        assert len(found) >= count, f"{kind.__name__} #{count} did not come: {self.events}"
        return found[count - 1]


@pytest.fixture(scope="session")
def model_dir() -> Path:
    cache = os.environ.get("YIHU_CACHE_DIR") or str(Path.home() / ".cache" / "yihu")
    folder = Path(cache) / "models" / "vosk-small-cn"
    if not (folder / "am").is_dir():
        pytest.fail(f"the speech model is missing in {folder}: run `yihu models fetch`")
    return folder


@pytest.fixture(scope="session")
def engine(model_dir: Path) -> VoskEngine:
    return VoskEngine(model_dir)


@pytest.fixture(scope="session")
def speech() -> Callable[[str], bytes]:
    """The samples of one of the utterances in ``data``, by file name."""
    return lambda name: read_wav(DATA / name)


@dataclass
class SpeechProcess:
    """A ``python -m asr serve`` on free ports of the loopback."""

    process: subprocess.Popen[str]
    audio_port: int
    control_port: int

    def client(self, heard: Heard, token: str = TOKEN) -> SpeechClient:
        return SpeechClient("127.0.0.1", self.control_port, token, heard)


Start = Callable[..., SpeechProcess]


@pytest.fixture
def start_speech(model_dir: Path) -> Iterator[Start]:
    """Starts speech processes and ends them after the test."""
    started: list[subprocess.Popen[str]] = []

    def start(audio_port: int = 0, control_port: int = 0) -> SpeechProcess:
        command = [sys.executable, "-m", "asr", "serve", "--model", str(model_dir)]
        command += ["--audio", f"127.0.0.1:{audio_port}", "--control", f"127.0.0.1:{control_port}"]
        process = subprocess.Popen(
            command,
            cwd=PROJECT,
            env={**os.environ, "YIHU_SPEECH_TOKEN": TOKEN},
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        ready = process.stdout.readline()
        assert ready.startswith("ready: "), ready
        first, second = (int(part.rpartition(":")[2]) for part in ready.split(", ")[1:])
        return SpeechProcess(process, first, second)

    yield start
    for process in started:
        process.kill()
        process.wait(timeout=10)
        if process.stdout is not None:
            process.stdout.close()
