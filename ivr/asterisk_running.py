"""An Asterisk that runs with an instance's files, whichever process started it.

It is found by its command line, not by a pid file: such a file can be stale, or name a process
that has nothing to do with us. It is watched and signalled through a pidfd, which never means
another process.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import logging
import os
import re
import select
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import anyio

from ivr.asterisk_config import AsteriskConfig
from ivr.asterisk_program import Program

log = logging.getLogger(__name__)

STOP_SECONDS = 10.0
CONSOLE_SECONDS = 10.0
PROCESSES = Path("/proc")


class Running:
    """A process that runs Asterisk. ``close`` it when it need not be watched any more."""

    def __init__(self, pid: int, child: subprocess.Popen[bytes] | None = None) -> None:
        self.pid = pid
        self._child = child
        self._handle = os.pidfd_open(pid)

    def close(self) -> None:
        """Stop watching; the process goes on."""
        os.close(self._handle)

    @property
    def has_ended(self) -> bool:
        poll = select.poll()
        poll.register(self._handle, select.POLLIN)
        return bool(poll.poll(0))

    async def ended(self) -> int | None:
        """Wait for its end; the exit status where it was this process's child."""
        await anyio.wait_readable(self._handle)
        return None if self._child is None else self._child.wait()

    async def stop(self) -> None:
        """End it, and with it every call it holds: politely, after 10 s by force."""
        with anyio.CancelScope(shield=True):
            for number in (signal.SIGTERM, signal.SIGKILL):
                with suppress(ProcessLookupError):
                    signal.pidfd_send_signal(self._handle, number)
                with anyio.move_on_after(STOP_SECONDS):
                    await self.ended()
                    return
                log.warning("Asterisk (pid %d) did not end on %s", self.pid, number.name)


def conf_of(instance_dir: Path) -> Path:
    """The file an instance's Asterisk is started with."""
    return instance_dir / "etc" / "asterisk.conf"


def find(instance_dir: Path) -> Running | None:
    """The Asterisk of this user that runs with the files below ``instance_dir``, if any."""
    wanted = os.fsencode(conf_of(instance_dir))
    pids = [int(path.name) for path in PROCESSES.glob("[1-9]*") if _runs_with(path, wanted)]
    # A program that Asterisk is about to start is, for a moment, a copy of it.
    for pid in [pid for pid in pids if _parent(pid) not in pids]:
        with suppress(ProcessLookupError):
            running = Running(pid)
            if _runs_with(PROCESSES / str(pid), wanted):
                return running
            running.close()
    return None


def _runs_with(process: Path, conf: bytes) -> bool:
    try:
        words = (process / "cmdline").read_bytes().split(b"\0")
        mine = process.stat().st_uid == os.geteuid()
    except OSError:
        return False
    return mine and b"-f" in words and (b"-C", conf) in itertools.pairwise(words)


def _parent(pid: int) -> int:
    try:
        return int((PROCESSES / str(pid) / "stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return 0


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a running Asterisk was started with: its addresses, and the SHA-256 of each file.

    Kept beside its control socket, so that the next start can tell what has changed.
    """

    bound: tuple[str, ...]
    files: dict[str, str]

    @classmethod
    def of(cls, config: AsteriskConfig) -> Loaded:
        """What ``config`` asks for, its files as they lie there."""
        return cls(
            bound=(
                f"SIP {config.sip_address}:{config.sip_port}",
                f"AMI 127.0.0.1:{config.ami_port}",
                f"HTTP 127.0.0.1:{config.http_port}",
            ),
            files={
                path.name: hashlib.sha256(path.read_bytes()).hexdigest()
                for path in config.etc.glob("*.conf")
            },
        )

    @classmethod
    def read(cls, config: AsteriskConfig) -> Loaded | None:
        """What was kept; ``None`` where nothing usable was."""
        try:
            kept = json.loads(_note(config).read_text())
            return cls(tuple(map(str, kept["bound"])), dict(kept["files"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def keep(self, config: AsteriskConfig) -> None:
        fresh = _note(config).with_suffix(".new")
        fresh.write_text(json.dumps({"bound": self.bound, "files": self.files}))
        fresh.replace(_note(config))

    def changed(self, older: Loaded | None) -> set[str]:
        """The names of files that differ from ``older``, or are in one of both only."""
        known = older.files if older is not None else {}
        return {name for name, _ in self.files.items() ^ known.items()}


def _note(config: AsteriskConfig) -> Path:
    return config.instance_dir / "run" / "loaded.json"


@dataclass(frozen=True, slots=True)
class Console:
    """The command line of the Asterisk that runs with the files below ``instance_dir``."""

    program: Program
    instance_dir: Path

    async def ask(self, command: str) -> str | None:
        """What it answers; ``None`` where it does not within ``CONSOLE_SECONDS``."""
        conf = str(conf_of(self.instance_dir))
        words = [*self.program.command, "-C", conf, "-rx", command]
        try:
            with anyio.fail_after(CONSOLE_SECONDS):
                done = await anyio.run_process(words, stderr=subprocess.STDOUT, check=False)
        except (OSError, TimeoutError):
            return None
        said = done.stdout.decode(errors="replace")
        return None if "Unable to connect to remote asterisk" in said else said

    async def channels(self) -> int | None:
        """How many channels it holds; ``None`` where it does not answer."""
        told = await self.ask("core show channels count") or ""
        found = re.search(r"(\d+) active channel", told)
        return int(found[1]) if found else None

    async def same_version(self) -> bool | None:
        """Whether it runs ``program``'s version; ``None`` where it does not answer."""
        running = re.match(r"Asterisk (\S+)", await self.ask("core show version") or "")
        if running is None:
            return None
        try:
            with anyio.fail_after(CONSOLE_SECONDS):
                told = await anyio.run_process([*self.program.command, "-V"], check=False)
        except (OSError, TimeoutError):
            return False
        return told.stdout.decode(errors="replace").split()[1:2] == [running[1]]

    async def load_missing(self, modules: Sequence[str]) -> None:
        """Load the modules that it does not have yet; a failure is logged."""
        shown = await self.ask("module show") or ""
        present = set(re.findall(r"^(\w+)\.so ", shown, re.MULTILINE))
        for name in modules:
            if name not in present:
                said = await self.ask(f"module load {name}.so") or "no answer"
                if "Loaded" not in said:
                    log.error("the running Asterisk cannot load %s: %s", name, said.split("\n")[0])
