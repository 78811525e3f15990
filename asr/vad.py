"""Voice activity on telephone audio: which stretches are decoded, and where they end.

A 20 ms frame counts as voice when WebRTC's detector says so *and* it stands out of the line's
own noise; each alone is fooled, the detector by hiss and hum, the level by clicks and traffic.
Music and much noise pass both; ``asr.music`` keeps them out once no word is heard in them.
Everything is counted in audio time.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
import webrtcvad

from asr.audiosocket import BYTES_PER_MS, SAMPLE_RATE
from asr.music import MusicGate

FRAME_MS = 20
FRAME = FRAME_MS * BYTES_PER_MS


@dataclass(frozen=True, slots=True)
class VadLimits:
    """Times in milliseconds of audio, levels in decibels below full scale."""

    pre_roll_ms: int = 400  # decoded before the first voiced frame
    end_silence_ms: int = 700  # ends an utterance
    soft_after_ms: int = 15_000  # from here on a shorter pause ends it
    soft_silence_ms: int = 240
    longest_ms: int = 20_000  # cut here, even inside a word
    aggressiveness: int = 2  # of WebRTC's detector, 0 to 3
    margin_db: float = 6.0  # over the line's noise
    quietest_db: float = -55.0  # below this nothing is voice
    after_music_ms: int = 1_500  # decoded before the first voiced frame while music plays


@dataclass(frozen=True, slots=True)
class Opened:
    """An utterance begins at ``at_ms``; ``audio`` is its pre-roll and first frames."""

    at_ms: int
    audio: bytes


@dataclass(frozen=True, slots=True)
class Continued:
    """More audio of the open utterance."""

    audio: bytes


@dataclass(frozen=True, slots=True)
class Closed:
    """The open utterance ends at ``at_ms``, after ``silent_ms`` without voice."""

    at_ms: int
    silent_ms: int = 0


Step = Opened | Continued | Closed


class NoiseFloor:
    """The line's noise level: the quietest smoothed frame of the last three to four seconds.

    Even fluent speech pauses within that time, so speech itself does not raise the floor.
    """

    BLOCK = 50  # frames, i.e. one second
    BLOCKS = 3

    def __init__(self, start_db: float) -> None:
        self._smooth: float | None = None
        self._current = 0.0
        self._count = 0
        # Holds for the first second only, in which a caller may already be speaking.
        self._past: deque[float] = deque([start_db], maxlen=self.BLOCKS)

    def update(self, level_db: float) -> float:
        """Take a frame's level; returns the floor."""
        former = level_db if self._smooth is None else self._smooth
        self._smooth = 0.6 * former + 0.4 * level_db
        self._current = min(self._current, self._smooth)
        floor = min(*self._past, self._current)
        self._count += 1
        if self._count % self.BLOCK == 0:
            if self._count == self.BLOCK:
                self._past.clear()
            self._past.append(self._current)
            self._current = 0.0
        return floor


class Segmenter:
    """Cuts a stream into utterances. Feed any number of bytes; steps come out in order."""

    ONSET_WINDOW = 6
    ONSET_VOICED = 4  # of the window's frames open an utterance
    HOLD_WINDOW = 5
    HOLD_VOICED = 2  # of the window's frames keep it open

    def __init__(self, limits: VadLimits | None = None) -> None:
        self.limits = limits or VadLimits()
        self._detector = webrtcvad.Vad(self.limits.aggressiveness)
        self._floor = NoiseFloor(start_db=self.limits.quietest_db - self.limits.margin_db)
        self._rest = b""
        self._now_ms = 0
        self._opened_ms: int | None = None
        self._silent_ms = 0
        self._gate = MusicGate(FRAME_MS)
        longest = max(self.limits.pre_roll_ms, self.limits.after_music_ms)
        self._before: deque[bytes] = deque(maxlen=longest // FRAME_MS + self.ONSET_WINDOW)
        self._voiced: deque[bool] = deque(maxlen=max(self.ONSET_WINDOW, self.HOLD_WINDOW))

    @property
    def now_ms(self) -> int:
        """How much audio was fed."""
        return self._now_ms + len(self._rest) // BYTES_PER_MS

    @property
    def speaking(self) -> bool:
        """Whether an utterance is open."""
        return self._opened_ms is not None

    @property
    def silent_ms(self) -> int:
        """For how long the open utterance has been without voice."""
        return self._silent_ms

    def heard(self, words: int, decoded_ms: int) -> None:
        """The recogniser has ``words`` in the first ``decoded_ms`` of the open utterance. Whoever
        tells nothing has music and noise decoded like speech."""
        self._gate.heard(words, decoded_ms)

    def feed(self, audio: bytes) -> list[Step]:
        """Take audio; returns what it begins, continues and ends."""
        data = self._rest + audio
        whole = len(data) // FRAME * FRAME
        self._rest = data[whole:]
        steps: list[Step] = []
        for start in range(0, whole, FRAME):
            self._frame(data[start : start + FRAME], steps)
        return steps

    def flush(self) -> list[Step]:
        """End the open utterance, because the stream ended or paused."""
        steps: list[Step] = []
        if self._opened_ms is not None:
            if self._rest:
                steps.append(Continued(self._rest))
            self._close(self.now_ms, steps)
        self._now_ms = self.now_ms
        self._rest = b""
        self._before.clear()
        return steps

    def _frame(self, frame: bytes, steps: list[Step]) -> None:
        self._now_ms += FRAME_MS
        level = level_db(frame)
        voice = self._is_voice(frame, level)
        if self._opened_ms is None:
            shut = self._gate.shut
            if shut:
                voice = self._gate.passes(frame, level) and voice
            self._voiced.append(voice)
            self._before.append(frame)
            recent = list(self._voiced)[-self.ONSET_WINDOW :]
            if sum(recent) >= self.ONSET_VOICED:
                self._open(shut, steps)
            return
        self._voiced.append(voice)
        _continue(frame, steps)
        recent = list(self._voiced)[-self.HOLD_WINDOW :]
        self._silent_ms = 0 if sum(recent) >= self.HOLD_VOICED else self._silent_ms + FRAME_MS
        if self._gate.ends(frame, level):
            self._close(self._now_ms, steps)
            return
        length = self._now_ms - self._opened_ms
        soft = length >= self.limits.soft_after_ms
        end = self.limits.soft_silence_ms if soft else self.limits.end_silence_ms
        if self._silent_ms >= end:
            self._close(self._now_ms, steps)
        elif length >= self.limits.longest_ms:
            self._close(self._now_ms, steps)
            self._gate.begin()
            self._opened_ms = self._now_ms
            steps.append(Opened(self._now_ms, b""))

    def _open(self, after_music: bool, steps: list[Step]) -> None:
        pre_roll = self.limits.after_music_ms if after_music else self.limits.pre_roll_ms
        frames = list(self._before)[-(pre_roll // FRAME_MS + self.ONSET_WINDOW) :]
        self._opened_ms = self._now_ms - len(frames) * FRAME_MS
        self._silent_ms = 0
        self._before.clear()
        self._gate.begin()
        steps.append(Opened(self._opened_ms, b"".join(frames)))

    def _close(self, at_ms: int, steps: list[Step]) -> None:
        steps.append(Closed(at_ms, self._silent_ms))
        self._opened_ms = None
        self._silent_ms = 0
        self._voiced.clear()

    def _is_voice(self, frame: bytes, level: float) -> bool:
        floor = self._floor.update(level)
        loud = level > max(self.limits.quietest_db, floor + self.limits.margin_db)
        # The detector adapts to the line, so it hears every frame.
        return bool(self._detector.is_speech(frame, SAMPLE_RATE)) and loud


def level_db(audio: bytes) -> float:
    """Root mean square of 16-bit samples, in decibels below full scale; -100 for silence."""
    samples = np.frombuffer(audio, dtype="<i2").astype(np.float32)
    power = float(np.dot(samples, samples)) / max(1, samples.size)
    return max(-100.0, 10.0 * float(np.log10(power + 1e-6)) - 90.31)


def _continue(audio: bytes, steps: list[Step]) -> None:
    """Append to the last step where it carries audio, so that one feed makes few steps."""
    match steps[-1] if steps else None:
        case Continued(audio=former):
            steps[-1] = Continued(former + audio)
        case Opened(at_ms=at_ms, audio=former):
            steps[-1] = Opened(at_ms, former + audio)
        case _:
            steps.append(Continued(audio))
