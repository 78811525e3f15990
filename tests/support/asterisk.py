"""A private Asterisk for tests, and hands to poke it with.

with port_base() as base:
    config = asterisk_config(tmp_path, base)
    async with running(config):
        print(await console(config, "queue show 110"))
"""

from __future__ import annotations

import os
import subprocess
import wave
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import psutil

from ivr.asterisk import AsteriskConfig, AsteriskProcess, Program, QueueConf, SeatConf, locate

AMI_SECRET = "test-ami-secret-0123456789"
SEAT_SECRET = "test-seat-secret-0123"


def program() -> Program:
    """The Asterisk that set-up made available; raises ``SetupError`` when there is none."""
    cache = os.environ.get("YIHU_CACHE_DIR")
    root = Path(cache) if cache else Path.home() / ".cache" / "yihu"
    return locate(os.environ.get("YIHU_ASTERISK_PROGRAM", ""), root / "asterisk")


def asterisk_config(folder: Path, base: int, **changes: Any) -> AsteriskConfig:
    """Queues 110 and 96345, seats 8001 and 8002, ports as ``settings.py`` lays them."""
    values: dict[str, Any] = {
        "program": program(),
        "instance_dir": folder / "asterisk",
        "sip_address": "127.0.0.1",
        "sip_port": base + 1,
        "ami_port": base + 2,
        "ami_secret": AMI_SECRET,
        "agi_port": base + 3,
        "http_port": base + 6,
        "rtp_first": base + 200,
        "rtp_last": base + 599,
        "queues": (QueueConf("110", "报警", True), QueueConf("96345", "便民", False)),
        "seats": (
            SeatConf("8001", "一号席", SEAT_SECRET, ("110", "96345")),
            SeatConf("8002", "二号席", SEAT_SECRET, ("110",)),
        ),
    }
    if "sounds_dir" not in changes:
        values["sounds_dir"] = _music_alone(folder / "sounds")
    return AsteriskConfig(**(values | changes))


def _music_alone(folder: Path) -> Path:
    """Sounds without any prompt: a second of silence to wait with."""
    (folder / "zh").mkdir(parents=True, exist_ok=True)
    (folder / "moh").mkdir(exist_ok=True)
    with wave.open(str(folder / "moh" / "calm.wav"), "wb") as music:
        music.setnchannels(1)
        music.setsampwidth(2)
        music.setframerate(8000)
        music.writeframes(bytes(16_000))
    return folder


@asynccontextmanager
async def running(config: AsteriskConfig) -> AsyncIterator[None]:
    """Asterisk takes calls within the block and is gone after it."""
    async with anyio.create_task_group() as tasks:
        await tasks.start(AsteriskProcess(config).run)
        yield
        tasks.cancel_scope.cancel()


def own_process(config: AsteriskConfig) -> psutil.Process:
    """The Asterisk that runs with ``config``'s files."""
    wanted = str(config.etc / "asterisk.conf")
    for process in psutil.process_iter(["cmdline"]):
        if wanted in (process.info["cmdline"] or ()):
            return process
    raise AssertionError("it does not run")


async def console(config: AsteriskConfig, command: str) -> str:
    """What Asterisk's console answers to ``command``."""
    done = await anyio.run_process(
        [*config.program.command, "-C", str(config.etc / "asterisk.conf"), "-rx", command],
        stderr=subprocess.STDOUT,
    )
    return done.stdout.decode()


async def eventually(
    check: Callable[[], Awaitable[bool]], what: str, within_seconds: float = 30.0
) -> None:
    """Wait until ``check`` holds; fails naming ``what`` after ``within_seconds``."""
    with anyio.move_on_after(within_seconds):
        while not await check():
            await anyio.sleep(0.05)
        return
    raise AssertionError(f"not within {within_seconds:.0f} s: {what}")


async def waiting(config: AsteriskConfig, queue: str) -> int:
    """How many callers wait in ``queue``."""
    shown = await console(config, f"queue show {queue}")
    return int(shown.split(" has ", 1)[1].split(" ", 1)[0])


async def enters(config: AsteriskConfig, queue: str, within_seconds: float = 30.0) -> None:
    """Wait for the first caller in ``queue``."""

    async def check() -> bool:
        return await waiting(config, queue) == 1

    await eventually(check, f"a caller in queue {queue}", within_seconds)
