"""Sound files read piece by piece as the recogniser wants them: 8 kHz, 16 bits, any channels.

However long a file is, no more than some seconds of it are in memory.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from math import gcd
from pathlib import Path
from types import TracebackType
from typing import Final

import numpy as np
import numpy.typing as npt
import soundfile

from asr.audiosocket import SAMPLE_RATE
from models.errors import SetupError

PIECE_SECONDS: Final = 2  # read at once
EDGE_SECONDS: Final = 0.1  # of a neighbouring piece, for the filter that resamples
SLOWEST, FASTEST = 4_000, 192_000  # Hz
MOST_CHANNELS: Final = 2
UNKNOWN_SIZE: Final = 0xFFFF_FF00  # what writers that cannot seek put into a WAV file's header

Samples = npt.NDArray[np.int16]
Floats = npt.NDArray[np.float32]


class Sound:
    """An open sound file. Used as a context manager; its methods block."""

    def __init__(self, path: Path) -> None:
        """Open ``path``. Raises ``SetupError`` where it is no sound file, holds no sound, or has
        more than two channels or an odd rate."""
        self.path = path
        try:
            self._file = soundfile.SoundFile(path)
        except FileNotFoundError:
            raise SetupError(f"There is no file {path}.") from None
        except (soundfile.LibsndfileError, OSError, TypeError) as error:
            if not path.exists():
                raise SetupError(f"There is no file {path}.") from None
            if path.is_dir():
                raise SetupError(f"{path} is a folder: give a recording in it.") from None
            reason = str(error).rpartition(": ")[2].strip().rstrip(".")
            raise SetupError(
                f"{path} cannot be read as sound ({reason}): give a FLAC or WAV file."
            ) from None
        self.rate = int(self._file.samplerate)
        self.channels = int(self._file.channels)
        self.cut_off = _header_promises_more(path)
        self._frames = max(0, int(self._file.frames))
        wrong = ""
        if self._frames == 0:
            wrong = "holds no sound: give a recording with speech in it."
        elif self.channels > MOST_CHANNELS:
            wrong = f"has {self.channels} channels: give one or two."
        elif not SLOWEST <= self.rate <= FASTEST:
            wrong = f"has {self.rate} Hz: give 8 kHz, or anything from 4 to 192 kHz."
        if wrong:
            self.close()
            raise SetupError(f"{path} {wrong}")

    def __enter__(self) -> Sound:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    @property
    def duration_ms(self) -> int:
        """How long it is by its header; a file that is cut off ends earlier."""
        return self._frames * 1000 // self.rate

    def same_on_both(self) -> bool:
        """Whether its two channels hold the same sound, as a mono file saved as stereo does."""
        if self.channels == 1:
            return False
        return all(np.array_equal(part[:, 0], part[:, 1]) for part in self._read(0, self._frames))

    def pieces(self, from_ms: int = 0, to_ms: int | None = None) -> Iterator[Samples]:
        """The sound between two moments in pieces of two seconds: samples by channels, 8 kHz.

        Ends early, and sets ``cut_off``, where the file breaks off.
        """
        begin = min(self._frames, max(0, from_ms) * self.rate // 1000)
        end = self._frames if to_ms is None else min(self._frames, to_ms * self.rate // 1000)
        if self.rate == SAMPLE_RATE:
            yield from self._read(begin, end)
        else:
            yield from _resampled(self._read(begin, end), self.rate)

    def _read(self, begin: int, end: int) -> Iterator[Samples]:
        try:
            self._file.seek(begin)
            while begin < end:
                wanted = min(PIECE_SECONDS * self.rate, end - begin)
                part: Samples = self._file.read(wanted, dtype="int16", always_2d=True)
                if len(part):
                    yield part
                begin += len(part)
                if len(part) < wanted:
                    self.cut_off = True
                    return
        except soundfile.LibsndfileError:
            self.cut_off = True  # damaged from here on


def _header_promises_more(path: Path) -> bool:
    """Whether a WAV file is shorter than its header says."""
    try:
        with path.open("rb") as file:
            head = file.read(12)
            size = os.fstat(file.fileno()).st_size
    except OSError:
        return False
    told = int.from_bytes(head[4:8], "little")
    return head[:4] == b"RIFF" and head[8:] == b"WAVE" and size < told + 8 < UNKNOWN_SIZE


def _resampled(parts: Iterator[Samples], rate: int) -> Iterator[Samples]:
    """Bring pieces to 8 kHz without seams: each is filtered with its neighbours' edges."""
    from scipy.signal import resample_poly  # slow to import

    divisor = gcd(rate, SAMPLE_RATE)
    up, down = SAMPLE_RATE // divisor, rate // divisor
    edge = round(EDGE_SECONDS * rate / down + 1) * down
    block = max(1, PIECE_SECONDS * rate // down) * down
    waiting: list[Samples] = []
    held = 0  # frames of `waiting`, which begin with `kept` frames that are told already
    kept = 0

    def tell(last: bool) -> Samples:
        nonlocal waiting, held, kept
        data = np.concatenate(waiting)
        upto = len(data) if last else kept + block
        look = data[: min(len(data), upto + edge)].astype(np.float32) / 32_768
        out = resample_poly(look, up, down, axis=0)
        first = kept * up // down
        told = out[first : -(-upto * up // down)]
        start = max(0, upto - edge) // down * down
        waiting, held, kept = [data[start:]], len(data) - start, upto - start
        return np.asarray(np.clip(told, -1.0, 1.0) * 32_767.0).round().astype(np.int16)

    for part in parts:
        waiting.append(part)
        held += len(part)
        while held - kept >= block + edge:
            yield tell(last=False)
    if held > kept:
        yield tell(last=True)
