"""Everything that checks and marks by itself, as one part that runs."""

from __future__ import annotations

import logging
from datetime import date
from typing import Final

import anyio
from sqlalchemy import func, select

from dispatch.marks import figures
from dispatch.marks.collector import Collector
from dispatch.marks.periods import ONE_DAY, day_of
from dispatch.marks.rules import ensure_rules
from dispatch.marks.spot_checks import SpotChecks
from models.bus import EventBus
from models.clock import Clock
from models.database import Database
from models.events import AutoCallChanged
from models.marks_tables import MarkCursor
from models.order_tables import WorkOrder
from models.tables import LinkageUnit

log = logging.getLogger(__name__)

TICK_SECONDS: Final = 5.0
HISTORY: Final = "history"


class Marking:
    """Spot checks as they fall due, marks for what orders leave behind, and units' figures."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self.spot_checks = SpotChecks(database, clock)
        self.collector = Collector(database, clock)
        self._wake = anyio.Event()

    def subscribe(self, bus: EventBus) -> None:
        """Conclude a check as soon as its call is over."""
        bus.subscribe(AutoCallChanged, self._changed)

    async def _changed(self, _: AutoCallChanged) -> None:
        self._wake.set()

    async def begin(self) -> None:
        """Lay down what has to be there before anything is checked or marked."""
        await ensure_rules(self._database, self._clock)
        await self.collector.begin()

    async def run(self) -> None:
        """Check and mark until cancelled; what failed is done again, and hinders nothing else."""
        while True:
            self._wake = anyio.Event()
            for part in (self.spot_checks.sweep, self._collect):
                try:
                    await part()
                except Exception:
                    log.exception("checks and marks could not be made")
            with anyio.move_on_after(TICK_SECONDS):
                await self._wake.wait()
                await anyio.sleep(TICK_SECONDS / 10)  # several calls end together

    async def _collect(self) -> int:
        collected = await self.collector.collect()
        if collected == 0:
            await self.count_back()
        return collected

    async def count_back(self) -> bool:
        """Count one more day from before there were figures, the newest first, back to the
        beginning of last year; whether there was one."""
        today = day_of(self._clock.now())
        async with self._database.reading() as session:
            place = await session.get(MarkCursor, HISTORY)
            if place is not None and place.position:
                return False
            first = await session.scalar(select(func.min(WorkOrder.created_at)))
            units = set(await session.scalars(select(LinkageUnit.id)))
        last = day_of(place.at) if place is not None else today + ONE_DAY
        oldest = max(date(today.year - 1, 1, 1), day_of(first) if first is not None else today)
        day = last - ONE_DAY
        async with self._database.writing() as work:
            row = await work.session.get(MarkCursor, HISTORY)
            if row is None:
                row = MarkCursor(name=HISTORY, at=self._clock.now() + ONE_DAY)
                work.session.add(row)
            row.at -= ONE_DAY
            row.position = int(day <= oldest)
            await figures.recount(work.session, day, units)
        return True
