"""Drafts are filled beside the calls: whoever tells of new words does not wait for a form."""

from __future__ import annotations

import logging
from typing import Final
from uuid import UUID

import anyio
from anyio.abc import TaskStatus

from dispatch.orders import Orders

log = logging.getLogger(__name__)

MOST_WAITING: Final = 5_000


class Filling:
    """Fills the drafts of calls of which something new is known, one call after another.

    What is noted several times before its turn is done once, from the rows as they then are; what
    is lost in a crash, ``Orders.reconcile`` makes up for.
    """

    def __init__(self, orders: Orders) -> None:
        self._orders = orders
        self._noted: dict[UUID, None] = {}
        self._wake = anyio.Event()

    def note(self, call_id: UUID) -> None:
        """Something new is known of a call; never blocks."""
        if len(self._noted) < MOST_WAITING:
            self._noted[call_id] = None
        self._wake.set()

    async def run(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Fill until cancelled."""
        task_status.started()
        while True:
            await self._wake.wait()
            self._wake = anyio.Event()
            while self._noted:
                call_id = next(iter(self._noted))
                del self._noted[call_id]
                try:
                    await self._orders.apply_suggestion(call_id)
                except Exception:
                    log.exception("the draft of call %s could not be filled", call_id)
