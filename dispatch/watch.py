"""Everything that watches over sent orders, as one part that runs."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import anyio
from anyio.abc import TaskStatus

from dispatch import workdays
from dispatch.limits import Rules
from dispatch.marks.service import Marking
from dispatch.receipts import Receipts
from dispatch.sender import Carrier, Sender
from dispatch.sweeper import Sweeper
from models.clock import Clock
from models.database import Database
from models.dispatch_tables import ChannelKind


class Watch:
    """The sweeper of deadlines, the sender of deliveries, the terminals' receipts, and what checks
    and marks units."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        rules: Rules,
        carriers: Mapping[ChannelKind, Carrier],
        *,
        texts: bool,
    ) -> None:
        self._database = database
        self.sweeper = Sweeper(database, clock, rules)
        self.sender = Sender(database, clock, carriers, texts=texts)
        self.receipts = Receipts(database, clock)
        self.marking = Marking(database, clock)
        self.sender.subscribe(database.bus)
        self.marking.subscribe(database.bus)

    async def run(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Do what was due while nothing ran, then go on until cancelled."""
        await workdays.ensure_days(self._database)
        await self.sweeper.recalculate()  # the calendar may have changed just before a crash
        await self.sender.reconcile()
        await self.marking.begin()
        async with anyio.create_task_group() as group:
            group.start_soon(self.sweeper.run)
            group.start_soon(self.sender.run)
            group.start_soon(self.receipts.run)
            group.start_soon(self.marking.run)
            task_status.started()

    def shown(self, unit_id: UUID, dispatch_order_ids: list[UUID]) -> None:
        """A terminal of the unit shows these orders."""
        self.receipts.shown(unit_id, dispatch_order_ids)
