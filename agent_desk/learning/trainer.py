"""Training from the page: one process of low priority at a time, with progress and a stop."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final
from uuid import UUID

import anyio
from anyio.abc import Process, TaskStatus
from anyio.streams.text import TextReceiveStream
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from agent_desk.learning.course import BUSY, only_one
from agent_desk.problems import where
from classifier.text import has_chinese
from models.clock import Clock
from models.database import Database
from models.errors import Conflict
from models.learning_states import TrainingStatus
from models.learning_tables import TrainingRun
from models.telephony_tables import Audit
from models.transitions import SYSTEM, advance

log = logging.getLogger(__name__)

LONGEST_MESSAGE: Final = 300
LONGEST_LINE: Final = 4_000
STOP_SECONDS: Final = 5.0
BROKEN_OFF: Final = "训练中断，没有做完，请重新开始。"
FAILED: Final = "训练没有成功"


class Trainer:
    """Runs ``command --run ID`` for one training run at a time.

    The process reads and writes the rows itself; it prints a JSON object ``{"done": share}`` per
    line. What it leaves unfinished is marked as failed here.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        store: Path,
        command: Sequence[str],
        env: Mapping[str, str] | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._store = store
        self._command = list(command)
        self._env = dict(env) if env is not None else None
        self._wanted: UUID | None = None
        self._wake = anyio.Event()
        self._scope: anyio.CancelScope | None = None
        self._cancelled_by: UUID | None = None
        self.done: float | None = None

    async def run(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Train when asked, until cancelled; a run that a crash broke off is closed first."""
        await self._close_broken_off()
        task_status.started()
        while True:
            await self._wake.wait()
            self._wake = anyio.Event()
            run_id = self._wanted
            if run_id is None:
                continue
            try:
                await self._train(run_id)
            finally:
                self._wanted, self.done = None, None

    async def start(self, user_id: UUID) -> UUID:
        """Begin a run; raises ``Conflict`` while one is under way, here or on a command line."""
        if self._wanted is not None:
            raise Conflict(BUSY)
        with only_one(self._store):
            pass
        run = TrainingRun(started_at=self._clock.now(), user_id=user_id, ended_at=None)
        self._wanted, self.done, self._cancelled_by = run.id, 0.0, None
        try:
            async with self._database.writing() as work:
                work.session.add(run)
                self._audit(work.session, user_id, "train", run.id)
        except BaseException:
            self._wanted = None
            raise
        self._wake.set()
        return run.id

    async def cancel(self, user_id: UUID) -> None:
        """Stop the run; raises ``Conflict`` where there is none."""
        if self._wanted is None:
            raise Conflict("现在没有正在进行的训练。")
        async with self._database.writing() as work:
            self._audit(work.session, user_id, "cancel_training", self._wanted)
        self._cancelled_by = user_id
        if self._scope is not None:
            self._scope.cancel()

    async def _train(self, run_id: UUID) -> None:
        message = BROKEN_OFF
        try:
            with anyio.CancelScope() as self._scope:
                if self._cancelled_by is None:
                    message = await self._watched(run_id)
        except OSError as error:
            log.error("training cannot be started: %s", where(error))
            message = f"{FAILED}：训练程序无法启动，请通知管理员。"
        finally:
            self._scope = None
            with anyio.CancelScope(shield=True):
                await self._settle(run_id, message)

    async def _watched(self, run_id: UUID) -> str:
        """Run the process to its end; gives its last complaint as a message."""
        command = [*self._command, "--run", str(run_id)]
        process = await anyio.open_process(command, env=self._env, start_new_session=True)
        complaint = ""

        async def read_progress() -> None:
            async for line in _lines(process):
                with suppress(ValueError, KeyError, TypeError):
                    self.done = float(json.loads(line)["done"])

        async def read_complaints() -> None:
            nonlocal complaint
            if process.stderr is not None:
                async for text in TextReceiveStream(process.stderr, errors="replace"):
                    complaint = (complaint + text)[-LONGEST_LINE:]

        try:
            async with anyio.create_task_group() as group:
                group.start_soon(read_progress)
                group.start_soon(read_complaints)
            await process.wait()
        finally:
            await _end(process)
        if process.returncode == 0:
            return f"{FAILED}。"
        last = (complaint.strip().splitlines() or [""])[-1].removeprefix("yihu: ")
        log.error("training ended with %s: %s", process.returncode, last.partition(":")[0][:80])
        # What is meant for people is written in Chinese.
        said = last if has_chinese(last) else "请通知管理员查看日志，或在命令行运行 yihu learn。"
        return f"{FAILED}：{said}"[:LONGEST_MESSAGE]

    async def _settle(self, run_id: UUID, message: str) -> None:
        """Close the run's row, unless the process has done so."""
        async with self._database.writing() as work:
            run = await work.session.get_one(TrainingRun, run_id, populate_existing=True)
            if run.status is not TrainingStatus.RUNNING:
                return
            now, by = self._clock.now(), self._cancelled_by
            run.ended_at = now
            if by is not None:
                advance(work.session, run, "cancel", actor=str(by), at=now)
            else:
                run.message = message
                advance(work.session, run, "fail", actor=SYSTEM, at=now)

    async def _close_broken_off(self) -> None:
        try:
            with only_one(self._store):
                async with self._database.writing() as work:
                    query = select(TrainingRun).where(TrainingRun.status == TrainingStatus.RUNNING)
                    for run in await work.session.scalars(query.with_for_update()):
                        run.ended_at, run.message = self._clock.now(), BROKEN_OFF
                        advance(work.session, run, "fail", actor=SYSTEM, at=run.ended_at)
        except Conflict:
            log.info("a training on the command line is under way")

    def _audit(self, session: AsyncSession, user_id: UUID, action: str, run_id: UUID) -> None:
        session.add(
            Audit(
                user_id=user_id,
                action=action,
                subject="model",
                subject_id=str(run_id),
                detail={},
                at=self._clock.now(),
            )
        )


async def _lines(process: Process) -> AsyncIterator[str]:
    """What a process prints, by line; an overlong line is cut."""
    rest = ""
    if process.stdout is None:
        return
    async for text in TextReceiveStream(process.stdout, errors="replace"):
        *lines, rest = (rest + text).split("\n")
        for line in lines:
            yield line
        rest = rest[-LONGEST_LINE:]


async def _end(process: Process) -> None:
    """End a process that is not over: SIGTERM, a bounded wait, SIGKILL."""
    with anyio.CancelScope(shield=True):
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.terminate()
            with anyio.move_on_after(STOP_SECONDS):
                await process.wait()
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        await process.aclose()
