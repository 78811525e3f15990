"""Sentences as the recogniser leaves them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from models.kinds import LegRole
from models.tables import Utterance


def utterance(call_id: UUID, text: str, at: datetime, **values: Any) -> Utterance:
    """A finished sentence of a caller, not stored yet; ``values`` are columns that differ."""
    usual: dict[str, Any] = {
        "role": LegRole.CALLER,
        "stream_id": uuid4(),
        "sequence": 0,
        "raw_text": text,
        "words": [],
        "start_ms": 0,
        "end_ms": 900,
        "confidence": 0.9,
        "engine": "test",
    }
    return Utterance(call_id=call_id, text=text, created_at=at, **{**usual, **values})
