"""Children of the main process: started, watched, restarted, and gone with their parent."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import anyio
from anyio.abc import ByteReceiveStream, Process, TaskStatus

from models.errors import SetupError

log = logging.getLogger(__name__)

STOP_SECONDS = 5.0
LOG_BYTES = 20 * 1024 * 1024
MOST_CHUNKS = 64  # of a step's output, the last are kept


def dying_with_parent(command: Sequence[str]) -> list[str]:
    """``command``, told by ``setpriv`` (util-linux) to end when this process ends."""
    program = shutil.which("setpriv")
    return [program, "--pdeathsig", "TERM", *command] if program else list(command)


class Child:
    """A program that is started again, after a pause, whenever it ends by itself."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        log_file: Path,
        restart_seconds: float,
        env: dict[str, str] | None = None,
    ) -> None:
        self.name = name
        self._command = list(command)
        self._log_file = log_file
        self._restart_seconds = restart_seconds
        self._env = {**os.environ, **(env or {})}
        self.pid: int | None = None
        self._restarting = False

    def restart(self) -> None:
        """End the program in order, so that it is started again; does nothing while it is down."""
        if self.pid is not None:
            self._restarting = True
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGTERM)

    async def run(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Keep the program running until cancelled.

        Raises ``SetupError`` with the program's last line when its very first start fails
        by itself (no signal) within a second.
        """
        first = True
        while True:
            started_at = anyio.current_time()
            code = await self._once(task_status if first else anyio.TASK_STATUS_IGNORED)
            lived = anyio.current_time() - started_at
            if self._restarting:
                log.info("%s is started anew", self.name)
                self._restarting = first = False
                continue
            if first and code > 0 and lived < 1.0:
                raise SetupError(f"{self.name} does not start: {self._last_line()}")
            log.warning(
                "%s ended with %s after %.0f s, starting again in %.1f s",
                self.name,
                code,
                lived,
                self._restart_seconds,
            )
            first = False
            await anyio.sleep(self._restart_seconds)

    async def _once(self, task_status: TaskStatus[None]) -> int:
        if self._log_file.exists() and self._log_file.stat().st_size > LOG_BYTES:
            self._log_file.replace(self._log_file.with_suffix(".old.log"))
        with self._log_file.open("ab") as output:
            process = await anyio.open_process(
                dying_with_parent(self._command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=self._env,
                start_new_session=True,
            )
        self.pid = process.pid
        with suppress(RuntimeError):  # started() may be told once only
            task_status.started()
        try:
            return await process.wait()
        finally:
            self.pid = None
            await stop(process)

    def _last_line(self) -> str:
        lines = self._log_file.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else f"see {self._log_file}"


async def run_step(command: Sequence[str], failure: str) -> str:
    """Run a program to its end and return what it printed.

    Cancelling ends it with all it started. Raises ``SetupError``: ``failure`` and its last line.
    """
    process = await anyio.open_process(
        dying_with_parent(command), stdin=subprocess.DEVNULL, start_new_session=True
    )
    printed: list[bytes] = []
    complaints: list[bytes] = []

    async def read(stream: ByteReceiveStream | None, into: list[bytes]) -> None:
        if stream is not None:
            async for chunk in stream:
                into.append(chunk)
                del into[:-MOST_CHUNKS]

    try:
        async with anyio.create_task_group() as group:
            group.start_soon(read, process.stdout, printed)
            group.start_soon(read, process.stderr, complaints)
        await process.wait()
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        await stop(process)
        with anyio.CancelScope(shield=True):
            await process.aclose()
    if process.returncode != 0:
        said = b"".join(complaints).decode(errors="replace").strip().splitlines()
        raise SetupError(f"{failure}: {said[-1] if said else f'status {process.returncode}'}")
    return b"".join(printed).decode(errors="replace")


async def stop(process: Process) -> None:
    """End a child: SIGTERM, a bounded wait, SIGKILL. Returns when it is gone."""
    if process.returncode is not None:
        return
    with anyio.CancelScope(shield=True):
        with suppress(ProcessLookupError):
            process.terminate()
        with anyio.move_on_after(STOP_SECONDS):
            await process.wait()
            return
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
