"""Audio that waits to be decoded: in memory, and on disk where decoding falls far behind."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import anyio
from anyio import to_thread
from anyio.abc import TaskStatus

log = logging.getLogger(__name__)

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class SpoolLimits:
    """Bytes of waiting audio; 16,000 are a second.

    Over ``memory`` finished utterances go to disk, agents' first, the latest first. Where the disk
    takes no more, agents' are left out. Over ``most`` the senders are slowed down.
    """

    memory: int = 24 * MIB
    most: int = 96 * MIB
    disk: int = 512 * MIB


class Sound:
    """The audio of one utterance, kept until its words are told."""

    def __init__(self, spool: Spool, first: bool) -> None:
        self.first = first
        self.sealed = False
        self.left_out = False  # the disk was full
        self.wanted = False
        self.stays = False  # in memory, because the disk was full
        self.number = spool.number()
        self.size = 0
        self.file: Path | None = None
        self._spool = spool
        self._audio = bytearray()

    def append(self, audio: bytes) -> None:
        """More of it; not after ``seal``."""
        self._audio += audio
        self.size += len(audio)
        self._spool.grew(len(audio))

    def seal(self) -> None:
        """It is complete, and may go to disk until it is wanted."""
        self.sealed = True
        self._spool.sealed(self)

    def read(self, begin: int, most: int) -> bytes:
        """Up to ``most`` bytes from ``begin`` on; after ``load``."""
        return bytes(self._audio[begin : begin + most])

    async def load(self) -> bool:
        """Bring it into memory, to be decoded; ``False`` where it was left out or is unreadable."""
        self.wanted = True
        self._spool.waiting.discard(self)
        if self.file is not None:
            try:
                audio = await to_thread.run_sync(self.file.read_bytes)
            except OSError as error:
                log.error("audio that waited on disk cannot be read: %s", error)
                return False
            if len(audio) != self.size:
                log.error("audio that waited on disk is damaged")
                return False
            self._spool.grew(self.size)
            self._audio = bytearray(audio)
            await self._spool.remove(self)
        return not self.left_out

    def free(self) -> bytearray:
        """Take the audio out of memory."""
        audio, self._audio = self._audio, bytearray()
        self._spool.grew(-len(audio))
        return audio

    async def discard(self) -> None:
        """It is needed no more."""
        self.wanted = True
        self._spool.waiting.discard(self)
        self.free()
        await self._spool.remove(self)


class Spool:
    """All waiting audio of the process. ``folder`` is this object's alone, and emptied first."""

    def __init__(
        self, folder: Path | None, limits: SpoolLimits, on_trouble: Callable[[str], None]
    ) -> None:
        self.waiting: set[Sound] = set()  # sealed, not wanted yet
        self.in_memory = 0
        self.on_disk = 0
        self.left_out = 0  # utterances, since the start
        self._folder = folder
        self._limits = limits
        self._on_trouble = on_trouble
        self._trouble = False
        self._last = 0
        self._news = anyio.Event()

    def sound(self, *, first: bool) -> Sound:
        """Room for a new utterance."""
        return Sound(self, first)

    async def room(self) -> None:
        """Until there is room for more audio."""
        while self.in_memory > self._limits.most:
            await self._news.wait()

    def grew(self, size: int) -> None:
        """Audio came into memory or left it."""
        self.in_memory += size
        if size < 0:
            self._tell()

    def sealed(self, sound: Sound) -> None:
        """A finished utterance waits."""
        self.waiting.add(sound)
        if self.in_memory > self._limits.memory:
            self._tell()

    def _tell(self) -> None:
        self._news.set()
        self._news = anyio.Event()

    async def run(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Move waiting audio to disk while there is too much of it, until cancelled."""
        await to_thread.run_sync(self._prepare)
        task_status.started()
        while True:
            news = self._news
            while self.in_memory > self._limits.memory and (sound := self._least_urgent()):
                await self._put_away(sound)
            await news.wait()

    def _prepare(self) -> None:
        if self._folder is None:
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            for left in self._folder.glob("*.pcm"):
                left.unlink()
        except OSError as error:
            log.error("the folder for waiting audio cannot be used: %s", error)

    def _least_urgent(self) -> Sound | None:
        movable = [one for one in self.waiting if one.file is None and not one.stays]
        return max(movable, key=lambda one: (not one.first, one.number), default=None)

    async def _put_away(self, sound: Sound) -> None:
        problem = await self._write(sound)
        if not problem:
            self._trouble = False
            return
        if sound.first:
            sound.stays = True
        else:
            sound.left_out = True
            self.waiting.discard(sound)
            sound.free()
            self.left_out += 1
        if not self._trouble:
            self._trouble = True
            self._on_trouble(
                f"Recognition is behind and the disk takes no more waiting audio ({problem}): "
                "what seats say is left out until it has caught up, callers are kept."
            )

    async def _write(self, sound: Sound) -> str:
        """Move a sound to disk; returns why that cannot be, empty where it can."""
        if self._folder is None:
            return "no folder is set"
        if self.on_disk + sound.size > self._limits.disk:
            return f"{self._limits.disk // MIB} MiB are the most"
        file = self._folder / f"{sound.number}.pcm"
        self.on_disk += sound.size
        try:
            await to_thread.run_sync(_write_private, file, sound.read(0, sound.size))
        except OSError as error:
            self.on_disk -= sound.size
            return error.strerror or str(error)
        if sound.wanted:  # meanwhile
            self.on_disk -= sound.size
            await to_thread.run_sync(_remove, file)
        else:
            sound.file = file
            sound.free()
        return ""

    async def remove(self, sound: Sound) -> None:
        """Remove a sound's file."""
        file, sound.file = sound.file, None
        if file is not None:
            self.on_disk -= sound.size
            await to_thread.run_sync(_remove, file)

    def number(self) -> int:
        """The next sound's number."""
        self._last += 1
        return self._last


def _write_private(file: Path, audio: bytes) -> None:
    """Write a file that only its owner can read; what a full disk left of it is removed."""
    try:
        with open(file, "xb", opener=_private) as handle:
            handle.write(audio)
    except OSError:
        _remove(file)
        raise


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _remove(file: Path) -> None:
    with suppress(OSError):
        file.unlink()
