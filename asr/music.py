"""Telling music, and noise, from speech on a telephone line.

Notes are held, voices glide: in a spectrogram music leaves horizontal bars, speech hardly any.
The measure is continuous frequency activation (Seyerlehner, Pohle, Schedl and Widmer, "Automatic
music detection in television productions", DAFx 2007), for 8 kHz and two seconds.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from asr.audiosocket import SAMPLE_RATE

HOP = 256  # samples; 32 ms
SIZE = 1024  # of a spectrum
LOWEST, HIGHEST = 80, 3_500  # hertz that telephones carry
AROUND = 21  # bins that a bin's level is compared with
STANDS_OUT_DB = 3.0
ROWS = 64  # about two seconds
EVERY = 8  # rows between two judgements
PEAKS = 5
REACH = 5  # bins on each side within which a bar's edges are

FIRST, LAST = LOWEST * SIZE // SAMPLE_RATE, HIGHEST * SIZE // SAMPLE_RATE
BINS = LAST - FIRST

Floats = npt.NDArray[np.float32]


class MusicMeter:
    """Measures how much of a stream's last two seconds are held tones."""

    def __init__(self) -> None:
        self.tones = 0.0  # the strengths of the five strongest bars, 0 to 5
        self._window = np.hanning(SIZE).astype(np.float32)
        self._samples = np.zeros(SIZE, dtype=np.float32)
        self._waiting: deque[Floats] = deque()
        self._missing = HOP
        self._rows = np.zeros((ROWS, BINS), dtype=np.float32)
        self._count = 0

    def reset(self) -> None:
        """Forget what was fed; it takes a second or two again until music shows."""
        self.tones = 0.0
        self._rows[:] = 0.0
        self._count = 0

    def feed(self, audio: bytes) -> None:
        """Take audio, any even number of bytes."""
        samples = np.frombuffer(audio, dtype="<i2").astype(np.float32)
        while samples.size >= self._missing:
            self._waiting.append(samples[: self._missing])
            samples = samples[self._missing :]
            self._hop(np.concatenate(self._waiting))
            self._waiting.clear()
            self._missing = HOP
        if samples.size:
            self._waiting.append(samples)
            self._missing -= samples.size

    def _hop(self, new: Floats) -> None:
        self._samples[:-HOP] = self._samples[HOP:]
        self._samples[-HOP:] = new
        self._rows[self._count % ROWS] = self._bars(self._samples)
        self._count += 1
        if self._count % EVERY == 0:
            self.tones = _strength(self._rows.mean(axis=0))

    def _bars(self, samples: Floats) -> npt.NDArray[np.bool_]:
        """Which bins stand out of their surroundings."""
        spectrum = np.abs(np.fft.rfft(samples * self._window))[FIRST:LAST]
        level = 20 * np.log10(spectrum + 1)
        sums = np.concatenate(([0.0], np.cumsum(np.pad(level, AROUND // 2))))
        around = (sums[AROUND:] - sums[:-AROUND]) / AROUND
        stands_out: npt.NDArray[np.bool_] = level - around > STANDS_OUT_DB
        return stands_out


@dataclass(frozen=True, slots=True)
class MusicLimits:
    """Tones are a ``MusicMeter``'s; of 26 minutes of Asterisk's hold music 83 % measure over
    ``on``, of two minutes of speech none does (at most 2.8)."""

    on: float = 3.0
    off: float = 2.5
    wordless_ms: int = 2_000  # decoded with tones and without a new word: music
    noise_ms: int = 6_000  # decoded without a new word: noise, or nothing that can be heard
    jump_db: float = 5.0  # over the music, for a voice
    first_probe_ms: int = 6_000  # until music that goes on is decoded again for a while
    longest_probe_ms: int = 60_000  # each time twice as long as before


class MusicGate:
    """Keeps music and noise out of the recogniser, but nobody who speaks over them.

    Tones alone shut nothing: it takes that the recogniser heard no word in them, or for longer
    no word at all. While it is shut, a voice passes that is louder than the music or noise, or
    anything once the tones are over; and from time to time it is decoded again, in case somebody
    speaks as softly.
    """

    LEVELS = 150  # frames, three seconds
    USUAL = 0.7  # of the levels are at most the music's

    def __init__(self, frame_ms: int, limits: MusicLimits | None = None) -> None:
        self.limits = limits or MusicLimits()
        self.shut = False
        self._frame_ms = frame_ms
        self._meter = MusicMeter()
        self._levels: deque[float] = deque(maxlen=self.LEVELS)
        seconds = ROWS * HOP / SAMPLE_RATE + SIZE / SAMPLE_RATE
        self._unmeasured: deque[bytes] = deque(maxlen=round(seconds * 1000) // frame_ms)
        self._usual_db = 0.0
        self._count = 0
        self._wordless_since_ms = 0  # of the utterance
        self._words = 0
        self._wordless_ms = 0
        self._tonal = False
        self._in_music = False  # since it was shut last, no utterance has opened
        self._wait_ms = self.limits.first_probe_ms
        self._shut_ms = 0

    def begin(self) -> None:
        """An utterance opens."""
        if not self._in_music:
            self._meter.reset()
            self._unmeasured.clear()
        self.shut = self._in_music = False
        self._words = self._wordless_since_ms = self._wordless_ms = 0

    def heard(self, words: int, decoded_ms: int) -> None:
        """The recogniser has ``words`` in the first ``decoded_ms`` of the open utterance."""
        if words > self._words:
            self._wait_ms = self.limits.first_probe_ms
        if words != self._words:
            self._words, self._wordless_since_ms = words, decoded_ms
        self._wordless_ms = decoded_ms - self._wordless_since_ms

    def ends(self, frame: bytes, level_db: float) -> bool:
        """Take a frame of the open utterance; whether to end it, because it is no speech."""
        self._levels.append(level_db)
        if self._wordless_ms < self.limits.wordless_ms:  # as in speech: measuring is for nothing
            self._unmeasured.append(frame)
            return False
        self._meter.feed(b"".join((*self._unmeasured, frame)))
        self._unmeasured.clear()
        self._tonal = self._meter.tones >= self.limits.on
        limit = self.limits.wordless_ms if self._tonal else self.limits.noise_ms
        if self._wordless_ms < limit:
            return False
        wordless = list(self._levels)[-(self.limits.wordless_ms // self._frame_ms) :]
        self._levels.clear()  # a voice before is no measure of the music
        self._levels.extend(wordless)
        self.shut = self._in_music = True
        self._shut_ms = 0
        return True

    def passes(self, frame: bytes, level_db: float) -> bool:
        """Take a frame while shut; whether it may be a voice."""
        self._levels.append(level_db)
        self._meter.feed(frame)
        self._shut_ms += self._frame_ms
        self._count += 1
        if self._count % 5 == 1:
            self._usual_db = sorted(self._levels)[int(len(self._levels) * self.USUAL)]
        if self._tonal and self._meter.tones < self.limits.off:
            self.shut = False
            return True
        if self._shut_ms >= self._wait_ms:
            self._wait_ms = min(2 * self._wait_ms, self.limits.longest_probe_ms)
            self.shut = False
            return True
        return level_db > self._usual_db + self.limits.jump_db


def _strength(active: Floats) -> float:
    """The strengths of the strongest peaks in how often each bin stood out, added up."""
    padded = np.pad(active, REACH, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, REACH)
    left, right = windows[:BINS].min(axis=1), windows[REACH + 1 : REACH + 1 + BINS].min(axis=1)
    peak = (active >= padded[REACH - 1 : -REACH - 1]) & (active >= padded[REACH + 1 :][:BINS])
    heights = np.where(peak, active - np.maximum(left, right), 0.0)
    return float(np.sort(heights)[-PEAKS:].sum())
