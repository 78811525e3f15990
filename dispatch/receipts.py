"""Which orders a unit's terminal has shown: told by its page, written together."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Final
from uuid import UUID

import anyio
from sqlalchemy import select

from dispatch import deliveries
from models.clock import Clock
from models.database import Database
from models.deadline_states import DeliveryStatus
from models.deadline_tables import Delivery, Purpose
from models.dispatch_tables import ChannelKind

log = logging.getLogger(__name__)

GATHER_SECONDS: Final = 0.5
MOST_WAITING: Final = 5_000
MOST_AT_ONCE: Final = 200


class Receipts:
    """Gathers what was shown for a moment, so that ninety terminals cost one transaction.

    What is lost in a crash is told again: a page shows its orders anew when it comes back.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._shown: dict[tuple[UUID, UUID], None] = {}
        self._wake = anyio.Event()

    def shown(self, unit_id: UUID, dispatch_order_ids: Iterable[UUID]) -> None:
        """A terminal of the unit shows these orders; those of other units are left alone."""
        for dispatch_order_id in dispatch_order_ids:
            if len(self._shown) < MOST_WAITING:
                self._shown[unit_id, dispatch_order_id] = None
        self._wake.set()

    async def run(self) -> None:
        """Write what was shown, until cancelled."""
        while True:
            await self._wake.wait()
            self._wake = anyio.Event()
            await anyio.sleep(GATHER_SECONDS)
            try:
                while self._shown:
                    await self.store()
            except Exception:
                log.exception("what terminals have shown could not be written down")

    async def store(self) -> None:
        """Write down a part of what was shown."""
        taken = [self._shown.popitem()[0] for _ in range(min(len(self._shown), MOST_AT_ONCE))]
        pairs = set(taken)
        query = select(Delivery).where(
            Delivery.dispatch_order_id.in_([item_id for _, item_id in taken]),
            Delivery.channel == ChannelKind.WEB,
            Delivery.purpose == Purpose.ORDER,
            Delivery.status == DeliveryStatus.SENT,
        )
        async with self._database.writing() as work:
            for delivery in await work.session.scalars(query.with_for_update()):
                if (delivery.unit_id, delivery.dispatch_order_id) in pairs:
                    deliveries.move(work, delivery, "deliver", self._clock.now())
