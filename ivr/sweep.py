"""From Asterisk's raw files to one recording and one row per call.

The folder of raw files is the list of what is to be done: it is swept at the start, after every
comparison with Asterisk, and when a call ends, so a call that ended while this process or the
database was away is stored, or even minted, later.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Final, TypeVar
from uuid import UUID

import anyio
import anyio.to_thread
from sqlalchemy.exc import InterfaceError, OperationalError

from ivr import flac, recording_rows, repository
from ivr.journal import Journal, RawFiles, Unreadable, read, scan
from ivr.past import mint
from ivr.recordings import Folders, Recordings
from models.bus import EventBus
from models.clock import CHINA_TIME, Clock
from models.database import Database
from models.errors import NotFound, Unavailable
from models.events import CallEnded, RecordingStored
from models.speech_tables import Recovery
from models.tables import Call
from models.telephony_tables import Recording

log = logging.getLogger(__name__)

T = TypeVar("T")

ASIDE: Final = "aside"  # folder of raw files that cannot be used
SWEEP_SECONDS: Final = 60.0  # at the latest
SOON_SECONDS: Final = 0.5  # while something is about to be ready; doubles
SETTLE_SECONDS: Final = 10.0
LATE: Final = timedelta(seconds=5)
UNKNOWN_SECONDS: Final = 5.0  # a call without a row may just be getting one

Living = Callable[[], Awaitable[frozenset[str]]]


class Sweep:
    """Turns raw files into recordings; without ``folders`` it does nothing.

    ``living`` gives the ids of the channels that Asterisk holds now, and raises ``Unavailable``
    while it cannot be asked. A dead channel's files that change no more are as they are after
    ``settle_seconds``; a call without a row is minted after ``unknown_seconds``.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        folders: Folders | None,
        recordings: Recordings,
        living: Living,
        *,
        settle_seconds: float = SETTLE_SECONDS,
        unknown_seconds: float = UNKNOWN_SECONDS,
    ) -> None:
        self._database = database
        self._clock = clock
        self._folders = folders
        self._recordings = recordings
        self._living = living
        self.settle_seconds = settle_seconds
        self.unknown_seconds = unknown_seconds
        self._wake = anyio.Event()
        self._threads = anyio.CapacityLimiter(2)
        self._joining = anyio.CapacityLimiter(1)
        self._sweeping = anyio.Lock()
        # Since when (monotonic) a channel's files are as they are, or have no call.
        self._unchanged: dict[str, tuple[object, float]] = {}
        self._unknown: dict[str, float] = {}
        self._failing = False

    def subscribe(self, bus: EventBus) -> None:
        """Store the recording of each call that ends."""
        bus.subscribe(CallEnded, self._ended)

    async def _ended(self, _: CallEnded) -> None:
        self.look()

    def look(self) -> None:
        """Sweep soon."""
        self._wake.set()

    async def run(self) -> None:
        """Sweep until cancelled; recordings whose time is over go too."""
        if self._folders is None:
            return
        delay = SOON_SECONDS
        while True:
            self._wake = anyio.Event()
            try:
                soon = await self.sweep()
                await self._recordings.delete_due()
            except Exception:
                log.exception("recordings were not swept; they stay as they are")
                soon = True
            with anyio.move_on_after(delay if soon else SWEEP_SECONDS):
                await self._wake.wait()
            called = self._wake.is_set()
            delay = SOON_SECONDS if called or not soon else min(delay * 2, SWEEP_SECONDS)

    # --- raw files become recordings ---------------------------------------------------------

    async def sweep(self) -> bool:
        """Store every recording that is complete; whether others will be ready soon.

        A file that cannot be used never stops the others. Raises ``OSError`` where the folder
        cannot be read, and what the database raises while it is away.
        """
        if self._folders is None:
            return False
        async with self._sweeping:
            found = await self._do(scan, self._folders.raw)
            names = {files.uniqueid for files in found}
            self._unchanged = {k: v for k, v in self._unchanged.items() if k in names}
            self._unknown = {k: v for k, v in self._unknown.items() if k in names}
            states = {files.uniqueid: await self._do(_state, files) for files in found}
            alive: frozenset[str] | None = None
            if any(state is not _State.CLOSED for state in states.values()):
                with suppress(Unavailable):
                    alive = await self._living()
            soon = False
            for files in found:
                state = states[files.uniqueid]
                gone = alive is not None and files.uniqueid not in alive
                if state is _State.CLOSED or (gone and await self._do(self._left_alone, files)):
                    soon |= not await self._store_or_log(files)
                else:
                    soon |= gone or state is _State.OVER
            return soon

    def _left_alone(self, files: RawFiles) -> bool:
        """Whether nothing has changed in a dead channel's files for a while."""
        now = time.monotonic()
        try:
            signature = files.signature()
        except OSError:
            return False
        before, since = self._unchanged.get(files.uniqueid, (None, now))
        if before != signature:
            self._unchanged[files.uniqueid] = signature, now
            since = now
        return now - since >= self.settle_seconds

    async def _store_or_log(self, files: RawFiles) -> bool:
        """Whether nothing is left to do for these files."""
        try:
            done = await self._store(files)
        except Unreadable:
            log.error("raw files %s belong to no call; set aside", files.uniqueid)
            await self._set_aside(files)
            return True
        except OSError as error:
            if not self._failing:
                log.error("recordings cannot be stored (%s); their raw files stay", error.strerror)
            self._failing = True
            return False
        except (Unavailable, OperationalError, InterfaceError):
            raise  # the rows are away, for all of them
        except Exception:
            log.exception("recording %s was not stored; its raw files stay", files.uniqueid)
            return False
        if self._failing and done:
            log.info("recordings are stored again")
            self._failing = False
        return done

    async def _store(self, files: RawFiles) -> bool:
        """Join, store and remove; false where the call's row has to come or to end first."""
        journal = await self._do(read, files)
        call = await self._call_of(journal, files)
        if call is None or call.status in repository.OPEN_CALL:
            return False
        async with self._database.reading() as session:
            stored = await recording_rows.recording_of(session, call.id)
        if stored is not None and abs(stored.began_at - journal.began_at) >= timedelta(seconds=1):
            log.error("call %s has a recording already; %s set aside", call.id, files.uniqueid)
            await self._set_aside(files)
            return True
        if stored is None:
            await self._join(files, journal, call)
        if journal.bad_lines:
            log.warning("journal %s: %d lines unreadable", files.uniqueid, journal.bad_lines)
            await self._set_aside(RawFiles(files.uniqueid, files.journal, None, None))
        await self._do(_remove, files)
        return True

    async def _join(self, files: RawFiles, journal: Journal, call: Call) -> None:
        day = journal.began_at.astimezone(CHINA_TIME)
        path = Path(f"{day:%Y/%m/%d}") / f"{call.id}.flac"
        stop = threading.Event()
        try:
            made = await anyio.to_thread.run_sync(
                flac.join,
                files.caller,
                files.heard,
                self._must_have_folders().archive / path,
                stop.is_set,
                limiter=self._joining,
                abandon_on_cancel=True,
            )
        finally:
            stop.set()
        length = timedelta(milliseconds=made.duration_ms)
        ended_at = journal.ended_at or journal.began_at + length
        async with self._database.writing() as work:
            row = await repository.call_to_change(work.session, call.id)
            if row is None:
                raise NotFound("这通来电的登记已不存在。")
            days = await recording_rows.days_kept(work.session, row.queue_code)
            work.session.add(
                Recording(
                    call_id=row.id,
                    path=path.as_posix(),
                    sha256=made.sha256,
                    size_bytes=made.size_bytes,
                    duration_ms=made.duration_ms,
                    began_at=journal.began_at,
                    stored_at=self._clock.now(),
                    delete_after=ended_at + timedelta(days=days),
                )
            )
            now = self._clock.now()
            work.session.add(Recovery(call_id=row.id, due_at=now, created_at=now))
            if row.ended_at is not None and row.ended_at - ended_at > LATE:
                # It was closed when its channel was found gone: Asterisk knows when it went.
                row.ended_at = max(ended_at, row.received_at)
            if row.rating is None:
                row.rating = journal.rating
            work.emit(RecordingStored(row.id))
        log.info("recording of call %s stored, %d ms", call.id, made.duration_ms)

    async def _call_of(self, journal: Journal, files: RawFiles) -> Call | None:
        """The recorded channel's call; one that nobody has seen is minted after a while."""
        ids = journal.linkedid, journal.uniqueid
        async with self._database.reading() as session:
            call = await recording_rows.call_recorded_as(session, *ids)
        if call is not None:
            return call
        now = anyio.current_time()
        if now - self._unknown.setdefault(files.uniqueid, now) < self.unknown_seconds:
            return None
        length = max([await self._do(_length, path) for path in (files.caller, files.heard)])
        async with self._database.writing() as work:
            call = await recording_rows.call_recorded_as(work.session, *ids)
            return call or await mint(work, journal, journal.began_at + length)

    async def _set_aside(self, files: RawFiles) -> None:
        """Move raw files where no sweep finds them."""
        folder = self._must_have_folders().raw / ASIDE

        def move() -> None:
            folder.mkdir(mode=0o700, exist_ok=True)
            for path in files.paths:
                with suppress(FileNotFoundError):
                    path.replace(folder / path.name)

        try:
            await self._do(move)
        except OSError as error:
            log.error("raw files could not be set aside: %s", error.strerror)

    # --- what the journals tell of calls without a recording ---------------------------------

    async def began_at(self, call_id: UUID, linkedid: str) -> datetime | None:
        """When the recording of a call began; ``None`` where that is not known."""
        journal = await self.journal_of(linkedid)
        if journal is not None:
            return journal.began_at
        async with self._database.reading() as session:
            stored = await recording_rows.recording_of(session, call_id)
        return stored.began_at if stored is not None else None

    async def journal_of(self, linkedid: str) -> Journal | None:
        """What Asterisk wrote of a call whose recording is not stored yet."""
        folders = self._folders
        if folders is None:
            return None

        def look() -> Journal | None:
            found = scan(folders.raw)
            # The id of the channel is that of the call, but for people the centre has called.
            for files in sorted(found, key=lambda one: one.uniqueid != linkedid):
                with suppress(Unreadable, OSError):
                    journal = read(files)
                    if linkedid in (journal.linkedid, journal.uniqueid):
                        return journal
            return None

        try:
            return await self._do(look)
        except OSError:
            return None

    def _must_have_folders(self) -> Folders:
        if self._folders is None:
            raise Unavailable("录音存储尚未设置。")
        return self._folders

    async def _do(self, work: Callable[..., T], *arguments: object) -> T:
        return await anyio.to_thread.run_sync(work, *arguments, limiter=self._threads)


class _State(Enum):
    """How far a channel's files are, by themselves."""

    OPEN = "open"
    OVER = "over"  # Asterisk has said that the channel is over
    CLOSED = "closed"  # and has finished both files


def _state(files: RawFiles) -> _State:
    try:
        if read(files).ended_at is None:
            return _State.OPEN
        if files.caller is None or files.heard is None:
            return _State.OVER
        closed = flac.is_closed(files.caller) and flac.is_closed(files.heard)
        return _State.CLOSED if closed else _State.OVER
    except (Unreadable, OSError):
        return _State.OPEN


def _length(path: Path | None) -> timedelta:
    wav = flac.Wav(path)
    wav.close()
    return timedelta(seconds=wav.samples / flac.RATE)


def _remove(files: RawFiles) -> None:
    """The journal last: without it the rest would look like another call's."""
    for path in files.paths:
        path.unlink(missing_ok=True)
