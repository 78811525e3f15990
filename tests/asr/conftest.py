"""Speech, the model and a running speech process for the tests of ``asr``."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import anyio
import pytest

from asr.client import SpeechClient, SpeechEvent
from asr.engine import VoskEngine
from asr.evaluate import read_wav
from ivr.voice import Voice

TOKEN = "a token for tests"
E = TypeVar("E", bound=SpeechEvent)
PROJECT = Path(__file__).resolve().parents[2]


def until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait for ``condition``, in a thread's way."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.02)


class Spoken:
    """Texts of ours in the voices of the project, as 8 kHz speech; each is spoken once.

    Every sentence here is one that the model understands in that voice, so that what a test
    finds wrong is not the voice.
    """

    QUESTION = ("我想问一下，身份证去哪里办理", "zm_yunxi")
    REPAIR = ("水管破了，水一直往外流，请派人来修", "zf_xiaobei")
    CRASH = ("路口有两辆车撞了，有人受伤", "zm_yunxia")

    def __init__(self, models_dir: Path, folder: Path) -> None:
        self._models_dir = models_dir
        self._folder = folder
        self._voice: Voice | None = None

    def wav(self, text: str, voice: str) -> Path:
        """The WAV file of a text."""
        if self._voice is None:
            self._voice = Voice.load(self._models_dir)
            assert self._voice.engine == "kokoro", "the voice files are missing"
        return self._voice.speak_to(text, voice, self._folder)

    def __call__(self, text: str, voice: str) -> bytes:
        """The samples of a text."""
        return read_wav(self.wav(text, voice))


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
def model_dir(models_dir: Path) -> Path:
    folder = models_dir / "vosk-small-cn"
    if not (folder / "am").is_dir():
        pytest.fail(f"the speech model is missing in {folder}: run `yihu models fetch`")
    return folder


@pytest.fixture(scope="session")
def engine(model_dir: Path) -> VoskEngine:
    return VoskEngine(model_dir)


@pytest.fixture(scope="session")
def spoken(models_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Spoken:
    return Spoken(models_dir, tmp_path_factory.mktemp("spoken"))


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

    def start(
        audio_port: int = 0,
        control_port: int = 0,
        model: Path = model_dir,
        more: Sequence[str] = (),
    ) -> SpeechProcess:
        command = [sys.executable, "-m", "asr", "serve", "--model", str(model), *more]
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
        process.wait(timeout=30)
        if process.stdout is not None:
            process.stdout.close()
