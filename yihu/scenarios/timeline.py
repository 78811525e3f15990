"""What happened when: the lines that a story prints."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from models.clock import CHINA_TIME

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Entry:
    """``after`` is in seconds from the story's beginning."""

    after: float
    at: datetime
    who: str
    what: str

    def line(self) -> str:
        """One line: relative time, clock, who, what."""
        minutes, seconds = divmod(self.after, 60)
        clock = self.at.astimezone(CHINA_TIME).strftime("%H:%M:%S")
        return f"{int(minutes):02d}:{seconds:04.1f}  {clock}  {self.who}  {self.what}"


@dataclass(slots=True)
class Timeline:
    """A story's entries in their order; each is told as it happens."""

    tell: Tell
    entries: list[Entry] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def add(self, who: str, what: str) -> None:
        """Something happened now."""
        entry = Entry(time.monotonic() - self.began, datetime.now(UTC), who, what)
        self.entries.append(entry)
        self.tell(entry.line())
