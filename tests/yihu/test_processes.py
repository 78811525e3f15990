"""Children are started again when they end and are gone when their owner stops."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

import anyio
import psutil
import pytest

from models.errors import SetupError
from yihu.processes import Child, run_step

pytestmark = pytest.mark.integration


async def until_new_pid(child: Child, old: int | None) -> int:
    with anyio.fail_after(30):
        while child.pid is None or child.pid == old:
            await anyio.sleep(0.02)
    return child.pid


async def test_a_killed_child_is_started_again_and_ends_with_its_owner(tmp_path: Path) -> None:
    child = Child("sleeper", ["sleep", "60"], tmp_path / "log", restart_seconds=0.05)
    async with anyio.create_task_group() as group:
        await group.start(child.run)
        first = await until_new_pid(child, None)
        psutil.Process(first).kill()
        second = await until_new_pid(child, first)
        group.cancel_scope.cancel()
    assert not psutil.pid_exists(first)
    assert not psutil.pid_exists(second)


async def test_a_child_that_cannot_start_says_why(tmp_path: Path) -> None:
    program = [sys.executable, "-c", "import sys; sys.exit('no model in /nowhere')"]
    child = Child("speech", program, tmp_path / "log", restart_seconds=0.05)
    with pytest.raises(SetupError, match="speech does not start: no model in /nowhere"):
        await child.run()


async def test_a_step_gives_what_it_printed_or_its_last_complaint() -> None:
    assert await run_step(["echo", "done"], "echo failed") == "done\n"
    program = [sys.executable, "-c", "import sys; sys.exit('no room')"]
    with pytest.raises(SetupError, match="the step failed: no room"):
        await run_step(program, "the step failed")


async def test_cancelling_a_step_ends_all_it_started(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    program = ["bash", "-c", f"sleep 60 & echo $! > {note}; wait"]
    async with anyio.create_task_group() as group:
        group.start_soon(run_step, program, "the step failed")
        with anyio.fail_after(30):
            while not (note.exists() and note.read_text().strip()):
                await anyio.sleep(0.02)
        group.cancel_scope.cancel()
    sleeper = int(note.read_text())
    with anyio.fail_after(30), suppress(psutil.NoSuchProcess):
        while psutil.Process(sleeper).status() != "zombie":
            await anyio.sleep(0.02)
