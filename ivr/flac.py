"""Two telephone recordings joined into one stereo FLAC, in blocks.

Only the joining knows sound files; everything here is for a worker thread.
"""

from __future__ import annotations

import errno
import hashlib
import os
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
import numpy.typing as npt
import soundfile

RATE: Final = 8_000  # Hz
LEAST: Final = RATE // 50  # samples; a file of none cannot be read back
BLOCK: Final = 60 * RATE  # samples: 1 MB of memory, however long the call
MOST_CHUNKS: Final = 16  # before the samples of a WAV file

Samples = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Stored:
    """A joined recording on the disk."""

    sha256: str
    size_bytes: int
    duration_ms: int


class Wav:
    """The samples of one 8 kHz, 16 bit, mono WAV file, as far as it goes.

    ``closed`` tells whether its writer has finished it. A file without a usable header, or
    none at all, holds no samples.
    """

    def __init__(self, path: Path | None) -> None:
        self.closed = False
        self._file: BinaryIO | None = None
        self._left = 0  # bytes
        if path is None:
            return
        self._file = path.open("rb")
        told = _find_samples(self._file)
        present = max(os.fstat(self._file.fileno()).st_size - self._file.tell(), 0)
        if told is not None:
            # The writer fills in the length when it closes the file; one it was killed in says 0.
            self.closed = 0 < told <= present
            self._left = (told if self.closed else present) // 2 * 2

    @property
    def samples(self) -> int:
        """How many are left to read."""
        return self._left // 2

    def read(self, most: int) -> Samples:
        """Up to ``most`` samples; none at the end."""
        if self._file is None:
            return np.zeros(0, np.int16)
        data = self._file.read(min(most * 2, self._left))
        self._left = self._left - len(data) if data else 0
        return np.frombuffer(data[: len(data) // 2 * 2], "<i2").astype(np.int16)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


def _find_samples(file: BinaryIO) -> int | None:
    """Go to the samples; their bytes as the header tells them, ``None`` without a usable one."""
    head = file.read(12)
    if head[:4] != b"RIFF" or head[8:] != b"WAVE":
        return None
    fits = False
    for _ in range(MOST_CHUNKS):
        name, size = file.read(4), int.from_bytes(file.read(4), "little")
        if name == b"data":
            return size if fits else None
        if name == b"fmt " and 16 <= size <= 64:
            form = file.read(size)
            kind, channels = form[0:2], form[2:4]
            rate, bits = form[4:8], form[14:16]
            fits = (kind, channels, rate, bits) == (
                b"\1\0",
                b"\1\0",
                RATE.to_bytes(4, "little"),
                b"\x10\0",
            )
        elif len(name) < 4:
            return None
        else:
            file.seek(size, os.SEEK_CUR)
    return None


def is_closed(path: Path) -> bool:
    """Whether the writer of a WAV file has finished it. Raises ``OSError``."""
    wav = Wav(path)
    wav.close()
    return wav.closed


def join(
    caller: Path | None,
    heard: Path | None,
    target: Path,
    stopped: Callable[[], bool] = lambda: False,
) -> Stored:
    """Write ``target``: channel 1 the caller, channel 2 what the caller heard.

    The shorter side is filled with silence; 20 ms of it where nothing was recorded. When this
    returns, the file is whole, on the disk, and was read back; its folders are made. Raises
    ``OSError`` where it cannot be written, or was to stop; nothing is left behind then.
    """
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    sides = [Wav(caller), Wav(heard)]
    try:
        frames = max(LEAST, *(side.samples for side in sides))
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        check = _encode(sides, frames, part, stopped)
        if (frames, check) != _decode(part):
            raise OSError(errno.EIO, "it reads back otherwise than it was written")
        digest, size = _sync(part)
        part.replace(target)
        _sync_folder(target.parent)
    except BaseException as error:
        part.unlink(missing_ok=True)
        if isinstance(error, soundfile.LibsndfileError):  # says nothing more than this
            raise OSError(errno.EIO, "it could not be written whole") from error
        raise
    finally:
        for side in sides:
            side.close()
    return Stored(digest, size, round(frames * 1000 / RATE))


def _encode(sides: list[Wav], frames: int, path: Path, stopped: Callable[[], bool]) -> int:
    check = 0
    with soundfile.SoundFile(
        path, "w", samplerate=RATE, channels=2, format="FLAC", subtype="PCM_16"
    ) as file:
        for begin in range(0, frames, BLOCK):
            if stopped():
                raise OSError(errno.ECANCELED, "it was to stop")
            block = np.zeros((min(BLOCK, frames - begin), 2), np.int16)
            for channel, side in enumerate(sides):
                samples = side.read(len(block))
                block[: len(samples), channel] = samples
            file.write(block)
            check = zlib.crc32(block.tobytes(), check)
    return check


def _decode(path: Path) -> tuple[int, int]:
    frames = check = 0
    with soundfile.SoundFile(path) as file:
        for block in file.blocks(BLOCK, dtype="int16"):
            frames += len(block)
            check = zlib.crc32(block.tobytes(), check)
    return frames, check


def _sync(path: Path) -> tuple[str, int]:
    """Bring a file to the disk; its SHA-256 and size."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        return hashlib.file_digest(file, "sha256").hexdigest(), file.tell()


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256_of(path: Path) -> str:
    """The hash of a file's bytes. Raises ``OSError``."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
