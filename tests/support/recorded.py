"""Sounds to record, and what is heard in a recording."""

from __future__ import annotations

import struct
import wave
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sqlalchemy import select

from models.database import Database
from models.tables import Call
from models.telephony_tables import Recording
from tests.support.asterisk import eventually

RATE = 8_000


def tone(path: Path, hertz: float, seconds: float = 1.0) -> Path:
    """A sound file of one tone."""
    samples = np.sin(np.arange(int(RATE * seconds)) * 2 * np.pi * hertz / RATE) * 12000
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples.astype(int)))
    return path


def strength(samples: npt.NDArray[np.float64], hertz: float) -> float:
    """How much of a tone there is, 0 to about 0.5."""
    wave_ = np.exp(-2j * np.pi * hertz * np.arange(len(samples)) / RATE)
    return float(abs(np.dot(samples, wave_)) / max(len(samples), 1))


def onset(samples: npt.NDArray[np.float64]) -> float:
    """The second at which it becomes loud."""
    return float(np.argmax(np.abs(samples) > 0.1)) / RATE


async def recorded(database: Database, call: Call) -> Recording:
    """Wait for a call's recording."""
    found: list[Recording] = []

    async def check() -> bool:
        async with database.reading() as session:
            query = select(Recording).where(Recording.call_id == call.id)
            found[:] = list(await session.scalars(query))
        return bool(found)

    await eventually(check, "a recording", 30)
    return found[0]


def leave_raw(
    folder: Path,
    uniqueid: str,
    *,
    began: str = "number=13800001234 dialled=96345 queue=96345 way=in",
    ended: str | None = "queue=96345 hold= member= dial= talk=0 wish= rating=",
    seconds: tuple[float, float] = (2, 2),
) -> datetime:
    """Raw files as Asterisk leaves them, of a channel whose id tells when it began (epoch);
    returns that moment. ``ended=None`` for a channel that lives or was killed."""
    folder.mkdir(parents=True, exist_ok=True)
    epoch = int(uniqueid.removeprefix("yihu-").partition(".")[0])
    lines = [f"began {epoch}.250 linkedid={uniqueid} {began}"]
    if ended is not None:
        lines.append(f"ended {epoch + max(seconds):.3f} {ended}")
    (folder / f"{uniqueid}.call").write_text("\n".join(lines) + "\n")
    for name, length in zip(("in", "out"), seconds, strict=True):
        tone(folder / f"{uniqueid}.{name}.wav", 440 if name == "in" else 1000, length)
    return datetime.fromtimestamp(epoch + 0.25, UTC)
