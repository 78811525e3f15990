"""What waits to be written to one socket."""

from __future__ import annotations

from collections import deque
from uuid import UUID

import anyio

from agent_desk.accounts import Person
from agent_desk.messages import ResyncMessage

MOST_WAITING = 256
RESYNC = ResyncMessage().model_dump_json()


class Listener:
    """An open connection of a signed-in person: its messages, and when to close it.

    At most ``MOST_WAITING`` messages wait. A page slower than that loses them all and is told
    to fetch everything again, which is less than what it missed.
    """

    def __init__(self, person: Person, *, hears: bool) -> None:
        self.person = person
        self.hears = hears
        self.close_code: int | None = None
        self._waiting: deque[str] = deque()
        self._changed = anyio.Event()

    @property
    def user_id(self) -> UUID:
        return self.person.user_id

    def put(self, message: str) -> None:
        """Let ``message`` wait its turn; never blocks."""
        if len(self._waiting) >= MOST_WAITING:
            self._waiting.clear()
            self._waiting.append(RESYNC)
        self._waiting.append(message)
        self._changed.set()

    def resync(self) -> None:
        """Drop what waits: the page fetches everything again."""
        self._waiting.clear()
        self._waiting.append(RESYNC)
        self._changed.set()

    def close(self, code: int) -> None:
        """Ask for the connection's end; what waits is not sent any more."""
        if self.close_code is None:
            self.close_code = code
        self._changed.set()

    async def next(self) -> str | None:
        """The next message; ``None`` once the connection is to be closed."""
        while self.close_code is None and not self._waiting:
            self._changed = anyio.Event()
            await self._changed.wait()
        return None if self.close_code is not None else self._waiting.popleft()

    async def closing(self) -> int:
        """Wait for ``close`` and return its code."""
        while self.close_code is None:
            self._changed = anyio.Event()
            await self._changed.wait()
        return self.close_code
