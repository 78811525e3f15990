"""Asterisk in a process of its own, what ends it and what does not, and ``yihu stop``."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import psutil
import pytest

from ivr.asterisk import find
from models.errors import SetupError
from tests.support.ports import port_base
from yihu.asterisk import end_left_over
from yihu.cli import running
from yihu.settings import Settings

pytestmark = pytest.mark.asterisk


@dataclass
class Site:
    """A data directory with its ports, and the process that runs Asterisk there."""

    folder: Path
    base: int
    env: dict[str, str] = field(default_factory=dict)
    keeper: subprocess.Popen[str] | None = None

    def command(self, *words: str, **env: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "yihu", *words],
            env={
                **os.environ,
                "YIHU_DATA_DIR": str(self.folder),
                "YIHU_PORT_BASE": str(self.base),
                **self.env,
                **env,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def told(self, *words: str, **env: str) -> tuple[int, str]:
        """A command's exit status and what it said."""
        with self.command(*words, **env) as process:
            said, _ = process.communicate(timeout=90)
        return process.returncode, said

    def keep(self, **env: str) -> list[str]:
        """``yihu run --roles asterisk``, up; what it said so far."""
        self.keeper = self.command("run", "--roles", "asterisk", **env)
        assert self.keeper.stdout is not None
        said = []
        for line in self.keeper.stdout:
            said.append(line)
            if "Ctrl-C stops everything" in line:
                return said
        raise AssertionError("".join(said))

    def end(self, number: signal.Signals) -> None:
        """Signal the keeper and see it end."""
        assert self.keeper is not None
        self.keeper.send_signal(number)
        self.keeper.wait(30)
        assert self.keeper.stdout is not None
        self.keeper.stdout.close()

    def asterisk(self) -> int | None:
        """The process id of this data directory's Asterisk."""
        found = find(self.folder.resolve() / "asterisk")
        if found is None:
            return None
        found.close()
        return found.pid


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with port_base() as base:
        made = Site(tmp_path / "data", base)
        try:
            yield made
        finally:
            if made.keeper is not None and made.keeper.poll() is None:
                made.end(signal.SIGKILL)
            left = made.asterisk()
            if left is not None:
                process = psutil.Process(left)
                process.kill()
                psutil.wait_procs([process], timeout=10)


def test_what_ends_asterisk_and_what_does_not(site: Site) -> None:
    settings = Settings(data_dir=site.folder, port_base=site.base)
    assert "nothing to stop" in anyio.run(end_left_over, settings)
    site.keep()
    first = site.asterisk()
    assert first is not None
    with pytest.raises(SetupError, match="has the role asterisk"):
        anyio.run(end_left_over, settings)
    assert site.asterisk() == first

    site.end(signal.SIGKILL)
    assert site.asterisk() == first
    site.keep(YIHU_KEEP_ASTERISK="true")
    assert site.asterisk() == first
    site.end(signal.SIGTERM)
    assert site.asterisk() == first
    site.keep()
    assert site.asterisk() == first
    site.end(signal.SIGTERM)
    assert site.asterisk() is None
    assert "nothing to stop" in anyio.run(end_left_over, settings)


def test_without_its_rows_asterisk_starts_with_its_former_files(site: Site) -> None:
    away = {"YIHU_DATABASE_URL": "postgresql+asyncpg://nobody@127.0.0.1:1/none"}
    status, said = site.told("run", "--roles", "asterisk", **away)
    assert status == 2
    assert "cannot be used" in said
    site.keep()
    site.end(signal.SIGINT)
    said = "".join(site.keep(**away))
    assert "Asterisk starts with its former files" in said
    assert "[seat01]" in (site.folder / "asterisk/etc/pjsip.conf").read_text()


def test_one_that_ends_by_itself_is_started_again_and_one_left_is_stopped(site: Site) -> None:
    site.keep()
    site.end(signal.SIGKILL)
    first = site.asterisk()
    assert first is not None
    site.keep()
    psutil.Process(first).kill()
    deadline = time.monotonic() + 60
    while (second := site.asterisk()) in (None, first):
        assert time.monotonic() < deadline, "no new Asterisk"
        time.sleep(0.05)
    site.end(signal.SIGKILL)
    status, said = site.told("stop")
    assert (status, said) == (0, f"Asterisk (process {second}) is ended.\n")
    assert site.asterisk() is None


@pytest.mark.parametrize("roles", ["", "desk", "asterisk,", "Centre", "x" * 1000, "一呼"])
def test_an_unknown_role_is_one_sentence(roles: str) -> None:
    with pytest.raises(SetupError, match=r"^--roles .* give asterisk or centre, .*\.$") as refused:
        running.run(roles)
    assert len(str(refused.value)) < 200
