"""Which engine hears a stream: the usual one, or one of those kept beside it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path

import anyio

from asr.audiosocket import BYTES_PER_MS
from asr.jobs import Job
from asr.workers import WorkerLost, Workers
from models.errors import SetupError

log = logging.getLogger(__name__)

TRIES = 2
TRIAL = bytes(400 * BYTES_PER_MS)  # whisper loads its model only when it hears
TRIAL_SECONDS = 120.0


class Choice:
    """The engines by name. Each beside the ``usual`` workers has ``number`` workers of its own
    for the model in its folder; while it is not ready, and after it has failed, the usual ones
    act in their place."""

    def __init__(
        self,
        usual: Workers,
        folders: Mapping[str, Path] | None = None,
        *,
        number: int = 1,
        names_of: Path | None = None,
    ) -> None:
        """``names_of`` is where engines without local names take them from."""
        self.usual = usual
        self._further = {
            name: Workers(folder, number, names_of=names_of, instead=usual)
            for name, folder in (folders or {}).items()
        }

    def of(self, name: str | None) -> Workers:
        """The workers of an engine; the usual ones for ``None`` and an unknown name."""
        if name is None:
            return self.usual
        found = self._further.get(name)
        if found is None:
            log.warning("a stream asks for an engine that is not kept: the usual one hears it")
        return found or self.usual

    async def run(self, trouble: Callable[[str], None]) -> None:
        """Load the further engines one after the other and keep them until cancelled.
        ``trouble`` is given one sentence for each that fails."""
        async with anyio.create_task_group() as tasks:
            for name, workers in self._further.items():
                settled = anyio.Event()
                tasks.start_soon(_keep, name, workers, trouble, settled)
                await settled.wait()


async def _keep(
    name: str, workers: Workers, trouble: Callable[[str], None], settled: anyio.Event
) -> None:
    """Keep one engine; ``settled`` is set once it is ready or has failed."""
    try:
        async with anyio.create_task_group() as tasks:
            await tasks.start(workers.run)
            await _try(workers)
            workers.up = True
            log.info("engine %s is ready", name)
            settled.set()
    except* Exception as group:
        error = _first(group)
        if not isinstance(error, SetupError):
            log.error("engine %s failed", name, exc_info=error)
        trouble(f"What {name} should hear is heard by the usual engine: {error}")
    finally:
        workers.give_up()
        settled.set()


async def _try(workers: Workers) -> None:
    """Have a moment of silence decoded. Raises ``SetupError`` where that cannot be."""
    with anyio.move_on_after(TRIAL_SECONDS):
        for _ in range(TRIES):
            try:
                with workers.lease(first=False) as lease:
                    await workers.decode(lease, lambda number: Job(number, TRIAL, finish=True))
                return
            except WorkerLost:
                log.warning("an engine's worker did not survive its first job")
    raise SetupError("The model cannot be used: see the lines above in the log.")


def _first(error: BaseException) -> BaseException:
    return _first(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error
