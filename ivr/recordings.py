"""Recordings that are stored: played, checked by their hash, deleted when their time is over."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final, TypeVar
from uuid import UUID

import anyio
import anyio.to_thread

from ivr import flac, recording_rows
from models.clock import Clock
from models.database import Database
from models.errors import Gone, NotFound
from models.telephony_tables import Recording, RecordingAccess

log = logging.getLogger(__name__)

T = TypeVar("T")

SAME_PLAYBACK: Final = timedelta(seconds=10)
SEEKING: Final = timedelta(hours=12)
MOST_DELETED: Final = 100  # at once


@dataclass(frozen=True, slots=True)
class Folders:
    """Where Asterisk records (``raw``), and where recordings are kept (``archive``)."""

    raw: Path
    archive: Path


class Recordings:
    """The stored recordings of the instance; without ``archive`` there are none to play."""

    def __init__(self, database: Database, clock: Clock, archive: Path | None) -> None:
        self._database = database
        self._clock = clock
        self._archive = archive
        self._threads = anyio.CapacityLimiter(2)

    async def file_of(self, call_id: UUID) -> tuple[Recording, Path]:
        """A call's recording and its file. Raises ``NotFound`` where there is none, ``Gone``
        where it was deleted."""
        async with self._database.reading() as session:
            row = await recording_rows.recording_of(session, call_id)
        if row is None or self._archive is None:
            raise NotFound("这通电话还没有录音；通话刚结束时请稍候再试。")
        if row.deleted_at is not None:
            raise Gone("录音已超过保存期限，按规定删除，无法收听。")
        path = self._archive / row.path
        if not await self._do(path.is_file):
            log.error("the file of recording %s is missing", row.id)
            raise NotFound("录音文件缺失，请通知管理员检查存储。")
        return row, path

    async def note_access(self, recording: Recording, user_id: UUID, *, first_byte: bool) -> None:
        """Record that somebody listens.

        A player asks for many pieces: one that begins the file counts as a playback, further
        ones only for somebody who has not listened within the last hours.
        """
        now = self._clock.now()
        async with self._database.writing() as work:
            last = await recording_rows.last_access(work.session, recording.id, user_id)
            if last is not None and now - last < (SAME_PLAYBACK if first_byte else SEEKING):
                return
            work.session.add(RecordingAccess(recording_id=recording.id, user_id=user_id, at=now))

    async def verify(self, call_id: UUID) -> bool:
        """Whether a recording's file still has the hash it was stored with. Raises as
        ``file_of``."""
        row, path = await self.file_of(call_id)
        try:
            same = await self._do(flac.sha256_of, path) == row.sha256
        except OSError:
            same = False
        if not same:
            log.error("recording %s differs from what was stored", row.id)
        return same

    async def delete_due(self) -> None:
        """Delete the files whose time is over; their rows stay and say when."""
        archive = self._archive
        if archive is None:
            return
        now = self._clock.now()
        async with self._database.reading() as session:
            due = await recording_rows.due(session, now, MOST_DELETED)
        for row in due:
            path = archive / row.path
            try:
                await self._do(partial(path.unlink, missing_ok=True))
            except OSError as error:
                log.error("recording %s cannot be deleted: %s", row.id, error.strerror)
                continue
            async with self._database.writing() as work:
                (await work.session.get_one(Recording, row.id)).deleted_at = now
            log.info("recording %s deleted at the end of its time", row.id)

    async def _do(self, work: Callable[..., T], *arguments: object) -> T:
        return await anyio.to_thread.run_sync(work, *arguments, limiter=self._threads)
