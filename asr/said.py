"""What is asked of a recording, and what was said in it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from asr.events import Change, Word


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one channel (from 0), in milliseconds of the recording."""

    channel: int
    from_ms: int
    to_ms: int


@dataclass(frozen=True, slots=True)
class Said:
    """An utterance of a recording. Times are milliseconds of the recording, as its words'."""

    channel: int
    text: str
    raw_text: str
    words: tuple[Word, ...]
    start_ms: int
    end_ms: int
    confidence: float
    engine: str
    changes: tuple[Change, ...] = ()

    @classmethod
    def from_line(cls, line: str) -> Said | None:
        """What a line of the program says; ``None`` for its last. Raises ``ValueError``."""
        row: dict[str, Any] = json.loads(line)
        if "text" not in row:
            return None
        try:
            words = tuple(Word(**word) for word in row.pop("words"))
            changes = tuple(Change(**change) for change in row.pop("changes", ()))
            return cls(words=words, changes=changes, **row)
        except (TypeError, KeyError) as error:
            raise ValueError(f"not an utterance: {error}") from None
