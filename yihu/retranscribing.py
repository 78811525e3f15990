"""Recordings transcribed again as a whole by another model, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from uuid import UUID

import anyio.to_thread
from sqlalchemy.exc import DBAPIError

from asr.engine import Engine
from asr.said import Said
from asr.sound import Sound
from asr.transcribe import transcribe, without
from ivr import versions
from ivr.gaps import Gap, channel_of
from ivr.statistics import day
from models.database import Database
from models.errors import SetupError
from models.tables import Utterance
from models.telephony_tables import Recording
from yihu import bootstrap
from yihu.settings import Settings


class StorageFailed(SetupError):
    """The rows cannot be written, of this recording or any other."""


async def retranscribe(
    settings: Settings,
    engine: Engine,
    days: tuple[date, date],
    most: int,
    progress: Callable[[str], None],
) -> tuple[int, int]:
    """Give the recordings of these days (both included) a further transcript each, at most
    ``most``; how many have got it, and how many could not.

    A recording that this engine has transcribed as a whole is passed over, so a run that was
    broken off goes on where it was.
    """
    done = failed = 0
    after: UUID | None = None
    since, until = day(days[0])[0], day(days[1])[1]
    async with bootstrap.opened_database(settings) as database:
        while done + failed < most:
            async with database.reading() as session:
                found = await versions.waiting(session, engine.name, since, until, after)
            if not found:
                break
            for recording in found[: most - done - failed]:
                try:
                    count = await _one(database, settings, engine, recording)
                except StorageFailed:
                    raise
                except (SetupError, OSError) as error:
                    failed += 1
                    progress(f"call {recording.call_id} is left out: {error}")
                else:
                    done += 1
                    progress(f"call {recording.call_id}: {count} utterances")
                after = recording.id
    return done, failed


async def _one(database: Database, settings: Settings, engine: Engine, recording: Recording) -> int:
    async with database.reading() as session:
        spoken = await versions.voices(session, recording)
        kept = await versions.corrected(session, recording.call_id)
    path = settings.data_dir / "recordings" / recording.path
    said = await anyio.to_thread.run_sync(_listen, engine, path, spoken, kept)
    try:
        await versions.store(database, recording, engine.name, spoken, said, kept)
    except DBAPIError as error:
        raise StorageFailed(
            f"Transcripts cannot be stored ({error.orig}): make room for the database and start "
            "again; what is done is kept."
        ) from None
    return len(said)


def _listen(
    engine: Engine, path: Path, spoken: Sequence[Gap], kept: Sequence[Utterance]
) -> list[Said]:
    with Sound(path) as sound:
        said = list(listen(engine, sound, spoken, kept))
        if sound.cut_off:
            raise SetupError("its recording breaks off or is damaged.")
        return said


def listen(
    engine: Engine, sound: Sound, spoken: Sequence[Gap], kept: Sequence[Utterance]
) -> Iterator[Said]:
    """What ``engine`` hears of each voice, but for the places of ``kept``. Blocking."""
    places = [
        (channel_of(row.role), row.call_ms or 0, (row.call_ms or 0) + row.end_ms - row.start_ms)
        for row in kept
    ]
    for said in transcribe(engine, sound, [gap.span for gap in spoken]):
        stretches = [(begin, end) for channel, begin, end in places if channel == said.channel]
        left = without(engine, said, stretches)
        if left is not None:
            yield left
