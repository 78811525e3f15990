"""Rows and Asterisk disagree: they are compared again, soon at first, then ever more seldom."""

from __future__ import annotations

from typing import Final

import anyio

from ivr.ami import Ami

FIRST_RECONCILE_SECONDS: Final = 1.0
LAST_RECONCILE_SECONDS: Final = 60.0


class Repair:
    """Has rows compared with Asterisk after something could not be stored or was refused."""

    def __init__(self, ami: Ami) -> None:
        self._ami = ami
        self._mismatched = anyio.Event()

    def mismatch(self) -> None:
        """Rows and Asterisk may disagree."""
        self._mismatched.set()

    async def run(self) -> None:
        """Repair until cancelled."""
        delay = FIRST_RECONCILE_SECONDS
        while True:
            with anyio.move_on_after(LAST_RECONCILE_SECONDS):
                await self._mismatched.wait()
            if not self._mismatched.is_set():
                delay = FIRST_RECONCILE_SECONDS
                continue
            await anyio.sleep(delay)
            delay = min(delay * 2, LAST_RECONCILE_SECONDS)
            self._mismatched = anyio.Event()
            await self._ami.compare_again()
