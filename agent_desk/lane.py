"""What open pages are to be told, one after another."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Hashable

import anyio

from agent_desk.problems import where

log = logging.getLogger(__name__)

TELL_SECONDS = 15
LANES = 8

Telling = Callable[[], Awaitable[None]]


class Lane:
    """Tellings that wait their turn. What is noted twice before its turn is told once, as it
    then is. Where one fails, ``failed`` is called and the next one follows."""

    def __init__(self, failed: Callable[[], None]) -> None:
        self._failed = failed
        self._noted: dict[Hashable, Telling] = {}
        self._wake = anyio.Event()

    def __len__(self) -> int:
        return len(self._noted)

    def note(self, key: Hashable, telling: Telling, *, last: bool = False) -> None:
        """Let ``telling`` wait; ``last`` behind everything that waits, else where one with this
        key waits already."""
        if last:
            self._noted.pop(key, None)
        self._noted[key] = telling
        self._wake.set()

    def clear(self) -> None:
        """Forget what waits."""
        self._noted.clear()

    async def run(self) -> None:
        """Tell until cancelled."""
        while True:
            await self._wake.wait()
            self._wake = anyio.Event()
            while self._noted:
                telling = self._noted.pop(next(iter(self._noted)))
                try:
                    with anyio.fail_after(TELL_SECONDS):
                        await telling()
                except Exception as error:
                    # Pages must not stay behind the rows because one reading failed.
                    log.error("open pages fetch everything again: %s", where(error))
                    self._failed()


class Lanes:
    """Several lanes beside one another. What has one ``key`` goes in one lane, in its order, and
    seldom waits for what has another."""

    def __init__(self, failed: Callable[[], None]) -> None:
        self._lanes = [Lane(failed) for _ in range(LANES)]

    def __len__(self) -> int:
        return sum(map(len, self._lanes))

    def of(self, key: Hashable) -> Lane:
        """The lane of ``key``."""
        return self._lanes[hash(key) % LANES]

    def clear(self) -> None:
        """Forget what waits."""
        for lane in self._lanes:
            lane.clear()

    async def run(self) -> None:
        """Tell until cancelled."""
        async with anyio.create_task_group() as group:
            for lane in self._lanes:
                group.start_soon(lane.run)
