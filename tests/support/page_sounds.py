"""A recording of a call of page tests."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import numpy as np
import soundfile

from models.tables import Call
from models.telephony_tables import Recording
from tests.support.page_desk import Site

RATE = 8000
SECONDS = 20


async def keep_recording(site: Site, folder: Path, call_id: UUID) -> None:
    """Store a recording of a hum, as telephony does after a call."""
    path = folder / "recordings" / f"{call_id}.flac"
    path.parent.mkdir(exist_ok=True)
    hum = 0.1 * np.sin(2 * np.pi * 440 * np.arange(RATE * SECONDS) / RATE)
    soundfile.write(path, np.stack([hum, hum], axis=1), RATE, format="FLAC")
    now = site.clock.now()
    async with site.database.writing() as work:
        call = await work.session.get_one(Call, call_id)
        work.session.add(
            Recording(
                call_id=call.id,
                path=path.name,
                sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
                size_bytes=path.stat().st_size,
                duration_ms=SECONDS * 1000,
                began_at=call.received_at,
                stored_at=now,
                delete_after=now + timedelta(days=180),
            )
        )
