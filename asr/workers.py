"""The decoding processes as the speech process sees them: jobs by priority, the dead replaced."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import anyio
from anyio.abc import Process, TaskStatus

from asr import engines
from asr.jobs import (
    MOST_ANSWER,
    Answer,
    Job,
    pack_job,
    unpack_answer,
    unpack_greeting,
)
from models.errors import SetupError

log = logging.getLogger(__name__)

NICE = 3  # behind signalling, pages and the speech process itself, but no worker starves
JOB_SECONDS = 20.0  # a job is a few tens of milliseconds; one that hangs costs its worker
LOOK_SECONDS = 1.0  # between two looks at a job that takes longer
TICKS = os.sysconf("SC_CLK_TCK")  # of processor time, a second
LOAD_SECONDS = 180.0
HIRE_SECONDS = 10.0
PAUSE_SECONDS = 0.5  # before the next try where the last one failed at once
STOP_SECONDS = 5.0


class WorkerLost(Exception):
    """The worker that was decoding an utterance is gone; it must be decoded from its begin."""


class _Worker:
    """One fork, alive until its process ends or ``close``."""

    def __init__(self, pid: int, jobs: socket.socket) -> None:
        self.pid = pid
        self.leases: set[Lease] = set()
        self.forgotten: list[int] = []
        self.busy_since: float | None = None
        self._jobs = jobs
        self.pidfd = os.pidfd_open(pid)

    async def do(self, job: Job) -> Answer:
        """Raises ``OSError``, ``EOFError`` or ``ValueError`` when the worker is of no more use."""
        message = pack_job(job)
        while True:
            try:
                self._jobs.send(message)
                break
            except BlockingIOError:
                await anyio.wait_writable(self._jobs)
        while True:
            await anyio.wait_readable(self._jobs)
            with suppress(BlockingIOError):
                answer = self._jobs.recv(MOST_ANSWER)
                break
        if not answer:
            raise EOFError("it closed its socket")
        return unpack_answer(answer)

    def spent(self) -> tuple[float, bool]:
        """The processor seconds it took, and whether it would go on if it got a processor."""
        try:
            fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:  # it is gone
            return 0.0, False
        return (int(fields[11]) + int(fields[12])) / TICKS, fields[0] == "R"

    def close(self) -> None:
        """End the process, at once."""
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
        os.close(self.pidfd)
        self._jobs.close()


@dataclass(slots=True, eq=False)
class Lease:
    """One utterance's place at a worker, from its first job on. ``first`` goes before others."""

    number: int
    first: bool
    worker: _Worker | None = None
    lost: bool = False


@dataclass(slots=True, eq=False)
class _Waiting:
    lease: Lease
    make: Callable[[int], Job]
    since: float
    done: anyio.Event = field(default_factory=anyio.Event)
    answer: Answer | None = None


class Workers:
    """Keeps ``number`` workers for the model in ``folder`` and gives them jobs.

    Callers' jobs go first, then the one that has waited longest. A job is made when its turn
    comes, so what waits longer is decoded in larger pieces.
    """

    def __init__(
        self,
        folder: Path,
        number: int,
        *,
        names_of: Path | None = None,
        nice: int = NICE,
        job_seconds: float = JOB_SECONDS,
        instead: Workers | None = None,
    ) -> None:
        """``names_of`` is another model's folder whose local names an engine without any takes,
        ``nice`` the workers' priority. After ``job_seconds`` a job has failed, unless its worker
        only had no processor. ``instead`` act while these are not ``up``."""
        if number < 1:
            raise ValueError("at least one worker is needed")
        self._folder = folder
        self._names_of = names_of or folder
        self._nice = nice
        self._job_seconds = job_seconds
        self._number = number
        self._waiting: list[_Waiting] = []
        self._news = anyio.Event()
        self._numbers = count()
        self._workers: set[_Worker] = set()
        self._given_up = False
        self.instead = instead
        self.up = instead is None
        self.name = ""  # of engine and model, known once `run` has started
        self.grows = True  # whether the engine tells words before an utterance ends; as above

    @property
    def pids(self) -> list[int]:
        """The processes that decode now."""
        return [worker.pid for worker in self._workers]

    @property
    def acting(self) -> Workers:
        """Who does the work: these, or ``instead`` while these are not up."""
        return self if self.up or self.instead is None else self.instead.acting

    def give_up(self) -> None:
        """Do no more jobs, those that wait included."""
        self.up, self._given_up = False, True
        for waiting in self._waiting:
            waiting.done.set()

    async def run(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Keep the workers alive until cancelled; started once the model is loaded.

        Raises ``SetupError`` where the model cannot be loaded the first time, and later too
        where others can act instead.
        """
        engines.check(self._folder)
        first = True
        while True:
            began = anyio.current_time()
            try:
                async with self._nursery() as (nursery, control):
                    if first:
                        task_status.started()
                        first = False
                    async with anyio.create_task_group() as tasks:
                        hiring = anyio.Lock()
                        for _ in range(self._number):
                            tasks.start_soon(self._keep_worker, control, hiring)
                        await nursery.wait()
                        tasks.cancel_scope.cancel()
                log.warning("the process that holds the model ended: it is started again")
            except SetupError as error:
                if first or self.instead is not None:
                    raise
                log.error("the model is not loaded again: %s", error)
            if anyio.current_time() - began < PAUSE_SECONDS:
                await anyio.sleep(PAUSE_SECONDS)

    @contextmanager
    def lease(self, *, first: bool) -> Iterator[Lease]:
        """A place for one utterance; what is left of it at its worker is forgotten in the end."""
        lease = Lease(next(self._numbers), first)
        try:
            yield lease
        finally:
            if lease.worker is not None:
                lease.worker.leases.discard(lease)
                lease.worker.forgotten.append(lease.number)
                self._tell()

    async def decode(self, lease: Lease, make: Callable[[int], Job]) -> Answer:
        """Do the job that ``make`` makes for the lease's number when its turn comes.

        Raises ``WorkerLost``; the utterance needs a new lease then.
        """
        if lease.lost or self._given_up:
            raise WorkerLost
        waiting = _Waiting(lease, make, anyio.current_time())
        self._waiting.append(waiting)
        self._tell()
        try:
            await waiting.done.wait()
        finally:
            with suppress(ValueError):  # it is a worker's already
                self._waiting.remove(waiting)
        if waiting.answer is None:
            raise WorkerLost
        return waiting.answer

    def _tell(self) -> None:
        self._news.set()
        self._news = anyio.Event()

    @asynccontextmanager
    async def _nursery(self) -> AsyncIterator[tuple[Process, socket.socket]]:
        """The loading process with its control socket, once the model is loaded."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours, theirs:
            ours.setblocking(False)
            process = await anyio.open_process(
                [
                    sys.executable,
                    "-m",
                    "asr.nursery",
                    str(theirs.fileno()),
                    str(self._folder),
                    str(self._names_of),
                    str(self._nice),
                ],
                stdin=None,
                stdout=None,
                stderr=None,
                pass_fds=[theirs.fileno()],
                env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},  # threads do not survive a fork
            )
            try:
                theirs.close()
                greeting = unpack_greeting(await _message(ours, LOAD_SECONDS))
                if "engine" not in greeting:
                    raise SetupError(
                        greeting.get("error")
                        or f"The speech model in {self._folder} cannot be loaded: fetch it again."
                    )
                self.name, self.grows = str(greeting["engine"]), bool(greeting["grows"])
                yield process, ours
            finally:
                ours.close()
                await _stop(process)

    async def _keep_worker(self, control: socket.socket, hiring: anyio.Lock) -> None:
        while True:
            began = anyio.current_time()
            async with hiring:
                worker = await _hire(control)
            if worker is None:  # then the nursery ends, and this task with it
                await anyio.sleep(PAUSE_SECONDS)
                continue
            self._workers.add(worker)
            try:
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(self._work, worker, tasks.cancel_scope)
                    tasks.start_soon(self._guard, worker, tasks.cancel_scope)
                    await anyio.wait_readable(worker.pidfd)  # its process is gone
                    tasks.cancel_scope.cancel()
                log.warning("a worker ended: another one takes its place")
            finally:
                self._workers.discard(worker)
                self._lose(worker)
                worker.close()
            if anyio.current_time() - began < PAUSE_SECONDS:
                await anyio.sleep(PAUSE_SECONDS)

    async def _work(self, worker: _Worker, living: anyio.CancelScope) -> None:
        """Give jobs to a worker until it fails."""
        try:
            while True:
                waiting = await self._next(worker)
                worker.busy_since = anyio.current_time()
                while worker.forgotten:
                    await worker.do(Job(worker.forgotten.pop(), forget=True))
                if waiting is not None:
                    await self._do(worker, waiting)
                worker.busy_since = None
        except (OSError, EOFError, ValueError) as error:
            log.warning("a worker failed: %s", error)
        finally:
            living.cancel()

    async def _guard(self, worker: _Worker, living: anyio.CancelScope) -> None:
        """End a worker whose job hangs. A machine that has no time for it is no reason."""
        since: float | None = None
        begun = before = 0.0
        while True:
            await anyio.sleep(LOOK_SECONDS)
            now = anyio.current_time()
            if worker.busy_since is None or worker.busy_since != since:
                since, begun = worker.busy_since, worker.spent()[0]
                before = begun
            elif now - since >= self._job_seconds:
                (spent, runnable), former = worker.spent(), before
                before = spent
                if spent - begun >= self._job_seconds or not (runnable or spent > former):
                    log.warning("a worker answers no more")
                    living.cancel()

    async def _do(self, worker: _Worker, waiting: _Waiting) -> None:
        try:
            job = waiting.make(waiting.lease.number)
            waiting.answer = await worker.do(job)
            if job.finish:  # nothing is left of it at the worker
                worker.leases.discard(waiting.lease)
                waiting.lease.worker = None
        finally:
            waiting.done.set()

    async def _next(self, worker: _Worker) -> _Waiting | None:
        """The most urgent job that this worker can do; ``None`` to forget utterances."""
        while True:
            possible = [one for one in self._waiting if one.lease.worker in (None, worker)]
            if possible:
                waiting = min(possible, key=lambda one: (not one.lease.first, one.since))
                self._waiting.remove(waiting)
                waiting.lease.worker = worker
                worker.leases.add(waiting.lease)
                return waiting
            if worker.forgotten:
                return None
            await self._news.wait()

    def _lose(self, worker: _Worker) -> None:
        """Tell those who were served by a worker that it is gone."""
        for lease in worker.leases:
            lease.lost, lease.worker = True, None
        for waiting in self._waiting:
            if waiting.lease.lost:
                waiting.done.set()
        worker.leases.clear()


async def _hire(control: socket.socket) -> _Worker | None:
    """A new worker; ``None`` where the loading process does not make one."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setblocking(False)
    try:
        with theirs:
            socket.send_fds(control, [b"w"], [theirs.fileno()])
        pid = int(await _message(control, HIRE_SECONDS))
        return _Worker(pid, ours)
    except (OSError, ValueError) as error:
        ours.close()
        log.warning("no worker could be started: %s", error)
        return None
    except BaseException:
        ours.close()
        raise


async def _message(source: socket.socket, seconds: float) -> bytes:
    """One message; empty where the other side is gone or silent."""
    with anyio.move_on_after(seconds):
        while True:
            await anyio.wait_readable(source)
            with suppress(BlockingIOError):
                try:
                    return source.recv(MOST_ANSWER)
                except ConnectionResetError:
                    return b""
    return b""


async def _stop(process: Process) -> None:
    """End the loading process, and with it its forks."""
    with anyio.CancelScope(shield=True):
        with suppress(ProcessLookupError):
            process.terminate()
        with anyio.move_on_after(STOP_SECONDS):
            await process.wait()
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        await process.aclose()
