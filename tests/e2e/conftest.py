"""A whole instance in its own process, driven from outside as its users do."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psutil
import pytest

from ivr.asterisk import find
from tests.support.ports import port_base

START_SECONDS = 800.0  # the first start trains the classifier and composes the graph
T = TypeVar("T")


def wait_until(what: str, probe: Callable[[], T], seconds: float = 30.0) -> T:
    """Ask again until ``probe`` gives something true; fail naming ``what`` it waited for."""
    deadline = time.monotonic() + seconds
    while not (found := probe()):
        if time.monotonic() > deadline:
            pytest.fail(f"waited {seconds:.0f} s in vain for {what}")
        time.sleep(0.05)
    return found


@dataclass
class Instance:
    """A running centre with the demo site loaded."""

    folder: Path
    port_base: int
    extra: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port_base}"

    @property
    def env(self) -> dict[str, str]:
        return {
            **os.environ,
            "YIHU_DATA_DIR": str(self.folder / "data"),
            "YIHU_PORT_BASE": str(self.port_base),
            **self.extra,
        }

    @property
    def password(self) -> str:
        return (self.folder / "data" / "demo-password").read_text().strip()

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "yihu", *words]

    def yihu(self, *words: str, seconds: float = 120.0) -> str:
        """Run a ``yihu`` command to its end and return what it printed."""
        done = subprocess.run(
            self.command(*words), env=self.env, capture_output=True, text=True, timeout=seconds
        )
        assert done.returncode == 0, f"yihu {' '.join(words)}: {done.stdout}{done.stderr}"
        return done.stdout

    def start(self, *options: str) -> None:
        """``yihu run`` with ``options``; comes back when it serves."""
        with (self.folder / "run.log").open("a") as log:
            self.process = subprocess.Popen(
                self.command("run", *options), env=self.env, stdout=log, stderr=log, text=True
            )
        wait_until("the web server to answer", self._answers, START_SECONDS)

    def _answers(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            pytest.fail(f"yihu run ended: {(self.folder / 'run.log').read_text()[-2000:]}")
        try:
            health = httpx.get(f"{self.url}/api/health", timeout=2).json()
        except (httpx.HTTPError, ValueError):
            return False
        return bool(health.get("telephony") and health.get("speech"))

    def stop(self) -> None:
        """Stop as Ctrl-C does, and see that no child and no Asterisk outlives it."""
        if self.process is None or self.process.poll() is not None:
            return
        started = psutil.Process(self.process.pid).children(recursive=True)
        started += [found for found in [self.asterisk()] if found is not None]
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)
        _, alive = psutil.wait_procs(started, timeout=5)
        assert not alive, f"left running: {alive}"

    def kill(self) -> None:
        """End the Python side as a crash of the machine's kindest sort would: SIGKILL."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def asterisk(self) -> psutil.Process | None:
        """The instance's Asterisk, whoever started it."""
        found = find((self.folder / "data").resolve() / "asterisk")
        if found is None:
            return None
        found.close()
        return psutil.Process(found.pid)

    def clear(self) -> None:
        """Leave no process behind, however the test ended."""
        if self.process is not None and self.process.poll() is None:
            self.kill()
        left = self.asterisk()
        if left is not None:
            left.kill()
            psutil.wait_procs([left], timeout=10)

    def speech_process(self) -> psutil.Process:
        """The running speech process."""
        assert self.process is not None
        for child in psutil.Process(self.process.pid).children(recursive=True):
            line = child.cmdline()
            if "asr" in line and "serve" in line:
                return child
        pytest.fail("no speech process runs")

    def client(self, username: str) -> httpx.Client:
        """An HTTP client signed in as a demo account."""
        client = httpx.Client(base_url=self.url, timeout=20)
        answer = client.post("/api/session", json={"username": username, "password": self.password})
        assert answer.status_code == 200, answer.text
        client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        return client


class Caller:
    """``yihu call`` in the background."""

    def __init__(self, instance: Instance, *words: str) -> None:
        self._process = subprocess.Popen(
            instance.command("call", "--json", *words),
            env=instance.env,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        self._lines.extend(self._process.stdout)

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def report(self, seconds: float = 90.0) -> dict[str, Any]:
        """Wait for the end of the call; what the command printed as JSON."""
        self._process.wait(seconds)
        self._reader.join(5)
        assert self._process.returncode == 0, "".join(self._lines)
        found: dict[str, Any] = json.loads("".join(self._lines))
        return found

    def stop(self) -> None:
        """Hang up, as Ctrl-C does, if the caller is still there."""
        if self.running:
            self._process.send_signal(signal.SIGINT)
        self._process.wait(10)
        self._reader.join(5)
        assert self._process.stdout is not None
        self._process.stdout.close()


def launched(folder: Path, **extra: str) -> Iterator[Instance]:
    """Load the demo site, start, yield, stop."""
    with port_base() as base:
        instance = Instance(folder, base, extra)
        instance.yihu("demo", "load", "qingyuan")
        try:
            instance.start()
            yield instance
            instance.stop()
        finally:
            instance.clear()


@pytest.fixture(scope="session")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """One instance for all tests that leave it whole."""
    yield from launched(tmp_path_factory.mktemp("centre"))


@pytest.fixture
def fragile_centre(tmp_path: Path) -> Iterator[Instance]:
    """An instance of its own whose speech process, once dead, stays so for an hour."""
    yield from launched(tmp_path, YIHU_SPEECH_RESTART_SECONDS="3600")
