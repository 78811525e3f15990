"""Children are started again when they end and are gone when their owner stops."""

from __future__ import annotations

import sys
from pathlib import Path

import anyio
import psutil
import pytest

from models.errors import SetupError
from yihu.processes import Child

pytestmark = pytest.mark.integration


async def until_new_pid(child: Child, old: int | None) -> int:
    with anyio.fail_after(10):
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
