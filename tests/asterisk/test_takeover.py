"""An Asterisk that outlived its owner is taken over with its calls, or replaced."""

from __future__ import annotations

import dataclasses
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import psutil
import pytest

from ivr import asterisk, asterisk_running
from ivr.asterisk import AsteriskConfig, AsteriskGone, AsteriskProcess, SeatConf, find
from models.errors import SetupError
from tests.support.asterisk import (
    SEAT_SECRET,
    asterisk_config,
    console,
    enters,
    eventually,
    own_process,
    running,
    waiting,
)
from tests.support.ports import port_base
from tests.support.sip import ask, caller

pytestmark = pytest.mark.asterisk

PROJECT = Path(__file__).parents[2]

OWNER = """
import sys
from pathlib import Path
import anyio
from ivr.asterisk import AsteriskProcess
from tests.support.asterisk import asterisk_config

async def main() -> None:
    async with anyio.create_task_group() as tasks:
        config = asterisk_config(Path(sys.argv[1]), int(sys.argv[2]))
        await tasks.start(AsteriskProcess(config, outlives=True).run)
        print("up", flush=True)

anyio.run(main)
"""


@pytest.fixture
def left_over(config: AsteriskConfig, tmp_path: Path, base: int) -> Iterator[None]:
    """Whatever runs with ``config``'s files is ended after the test."""
    yield
    found = find(config.instance_dir)
    if found is not None:
        found.close()
        left = psutil.Process(found.pid)
        left.kill()
        psutil.wait_procs([left], timeout=10)


async def orphan(tmp_path: Path, base: int, config: AsteriskConfig) -> psutil.Process:
    """An Asterisk whose owner was killed."""
    async with await anyio.open_process(
        [sys.executable, "-c", OWNER, str(tmp_path), str(base)],
        env=os.environ | {"PYTHONPATH": str(PROJECT)},
        stderr=None,
    ) as owner:
        assert owner.stdout is not None
        with anyio.fail_after(40):
            assert (await owner.stdout.receive()).startswith(b"up")
        owner.kill()
        await owner.wait()
    return own_process(config)


@asynccontextmanager
async def taken_over(config: AsteriskConfig) -> AsyncIterator[AsteriskProcess]:
    """Runs within the block and is ended after it, taken over or not."""
    process = AsteriskProcess(config, outlives=True)
    process.leave = False
    async with anyio.create_task_group() as tasks:
        await tasks.start(process.run)
        yield process
        tasks.cancel_scope.cancel()


async def gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


@pytest.mark.usefixtures("left_over")
async def test_calls_outlive_the_owner_and_new_files_are_loaded(
    config: AsteriskConfig, tmp_path: Path, base: int
) -> None:
    old = await orphan(tmp_path, base, config)
    more = dataclasses.replace(
        config, seats=(*config.seats, SeatConf("8003", "三号席", SEAT_SECRET, ("110",)))
    )
    async with caller(config.sip_port, "110", tmp_path / "sipp"):
        await enters(config, "110")
        await console(config, "queue add member PJSIP/8001 to 96345")
        async with taken_over(more) as process:
            assert process.adopted
            assert own_process(config).pid == old.pid
            assert await waiting(config, "110") == 1
            assert "PJSIP/8001" in await console(config, "queue show 96345")
            answer = await ask(
                config.sip_port, "REGISTER", "8003",
                sender="8003", username="8003", secret=SEAT_SECRET,
            )  # fmt: skip
            assert answer.status == 200
    assert await gone(old)
    assert not config.control_socket.exists()


@pytest.mark.usefixtures("left_over")
async def test_its_own_end_is_told_and_it_may_be_left_again(
    config: AsteriskConfig, tmp_path: Path, base: int
) -> None:
    old = await orphan(tmp_path, base, config)
    process = AsteriskProcess(config)
    async with anyio.create_task_group() as tasks:
        await tasks.start(process.run)
        tasks.cancel_scope.cancel()
    assert old.is_running()  # what was taken over goes on, unless told otherwise

    async def kill_it() -> None:
        async with taken_over(config):
            old.kill()
            await anyio.sleep_forever()

    with pytest.raises(ExceptionGroup) as told:
        await kill_it()
    assert told.group_contains(AsteriskGone)


@pytest.mark.usefixtures("left_over")
async def test_one_that_does_not_answer_is_replaced(
    config: AsteriskConfig, tmp_path: Path, base: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asterisk, "ADOPT_SECONDS", 2.0)
    monkeypatch.setattr(asterisk_running, "STOP_SECONDS", 1.0)
    old = await orphan(tmp_path, base, config)
    old.send_signal(signal.SIGSTOP)
    assert "does not answer" in await AsteriskProcess(config).refresh()
    async with taken_over(config) as process:
        assert not process.adopted
        assert await gone(old)
        assert (await ask(config.sip_port, "OPTIONS", "110")).status == 200


@pytest.mark.usefixtures("left_over")
async def test_other_addresses_are_taken_only_without_calls(
    config: AsteriskConfig, tmp_path: Path, base: int
) -> None:
    old = await orphan(tmp_path, base, config)
    with port_base() as other_base:
        moved = asterisk_config(tmp_path, other_base)
        assert moved.instance_dir == config.instance_dir
        async with caller(config.sip_port, "110", tmp_path / "sipp"):
            await enters(config, "110")
            sentence = rf"holds calls on SIP 127.0.0.1:{config.sip_port}.*`yihu stop`\.$"
            with pytest.raises(SetupError, match=sentence):
                await AsteriskProcess(moved).run()
            assert await waiting(config, "110") == 1

            async def is_free() -> bool:
                return "0 active channels" in await console(config, "core show channels count")

            await console(config, "channel request hangup all")
            await eventually(is_free, "the call's end")
        async with taken_over(moved) as process:
            assert not process.adopted
            assert (await ask(moved.sip_port, "OPTIONS", "110")).status == 200
    assert await gone(old)


@pytest.mark.usefixtures("left_over")
async def test_what_needs_a_new_start_waits_for_the_last_call(
    config: AsteriskConfig, tmp_path: Path, base: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asterisk, "IDLE_LOOK_SECONDS", 0.2)
    old = await orphan(tmp_path, base, config)
    note = config.instance_dir / "run" / "loaded.json"
    note.write_text(re.sub(r'("asterisk.conf": ")\w', r"\1x", note.read_text()))
    told: list[str] = []

    async def run(process: AsteriskProcess) -> None:
        with pytest.raises(AsteriskGone) as replaced:
            await process.run()
        told.append(str(replaced.value))

    async with (
        anyio.create_task_group() as tasks,
        caller(config.sip_port, "110", tmp_path / "sipp"),
    ):
        await enters(config, "110")
        process = AsteriskProcess(config)
        tasks.start_soon(run, process)

        async def is_adopted() -> bool:
            return process.adopted

        await eventually(is_adopted, "the running one to be taken over")
        assert await waiting(config, "110") == 1
        assert not told
        await console(config, "channel request hangup all")

        async def is_told() -> bool:
            return bool(told)

        await eventually(is_told, "its end once it is idle", 30)
    assert "replaced" in told[0]
    assert await gone(old)


async def test_another_process_brings_its_files_up_to_date(
    config: AsteriskConfig, tmp_path: Path
) -> None:
    more = dataclasses.replace(
        config, seats=(*config.seats, SeatConf("8003", "三号席", SEAT_SECRET, ("110",)))
    )
    assert "does not run yet" in await AsteriskProcess(more).refresh()
    async with running(config), caller(config.sip_port, "110", tmp_path / "sipp"):
        await enters(config, "110")
        assert await AsteriskProcess(more).refresh() == ""
        assert "8003-web" in await console(config, "pjsip show endpoints")
        assert await waiting(config, "110") == 1


async def test_a_stale_or_foreign_pid_file_means_nothing(config: AsteriskConfig) -> None:
    run = config.instance_dir / "run"
    run.mkdir(parents=True)
    (run / "asterisk.pid").write_text(str(os.getpid()))
    (run / "loaded.json").write_text("{damaged")
    async with running(config):
        assert own_process(config).pid != os.getpid()


async def test_only_asterisk_itself_is_found(config: AsteriskConfig) -> None:
    """A command that merely names the file, as a console or an editor does, is none."""
    conf = str(config.etc / "asterisk.conf")
    words = [sys.executable, "-c", "import sys; sys.stdin.read()", "-C", conf, "-rx", "core stop"]
    async with await anyio.open_process(words) as process:
        assert find(config.instance_dir) is None
        process.terminate()
