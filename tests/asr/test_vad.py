"""Voice activity on silence, noise and tones; ``test_vad_speech.py`` has it on speech."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from asr.audiosocket import BYTES_PER_MS
from asr.music import MusicMeter
from asr.vad import Closed, Continued, Opened, Segmenter, Step, VadLimits

pytestmark = pytest.mark.unit


def noise(ms: int, level: float) -> bytes:
    """White noise with a root mean square of ``level``."""
    return np.random.default_rng(7).normal(0, level, ms * 8).astype("<i2").tobytes()


def silence(ms: int) -> bytes:
    return bytes(ms * BYTES_PER_MS)


def run(audio: bytes, limits: VadLimits | None = None, piece: int = 320) -> list[Step]:
    segmenter = Segmenter(limits)
    steps = [
        step
        for start in range(0, len(audio), piece)
        for step in segmenter.feed(audio[start : start + piece])
    ]
    return steps + segmenter.flush()


def stretches(steps: list[Step]) -> list[tuple[int, int]]:
    """Begin and end of each utterance; checks that its audio fills that time exactly."""
    found: list[tuple[int, int]] = []
    begin, size = 0, 0
    for step in steps:
        match step:
            case Opened(at_ms=at_ms, audio=audio):
                begin, size = at_ms, len(audio)
            case Continued(audio=audio):
                size += len(audio)
            case Closed(at_ms=at_ms):
                assert size == (at_ms - begin) * BYTES_PER_MS
                found.append((begin, at_ms))
    return found


def test_silence_is_not_decoded() -> None:
    assert run(silence(60_000)) == []


@pytest.mark.parametrize("level", [3, 30, 300])
def test_steady_noise_is_hardly_decoded(level: float) -> None:
    decoded = sum(end - begin for begin, end in stretches(run(noise(60_000, level))))
    assert decoded <= 3_000  # before the noise is known


def test_a_hum_is_not_decoded() -> None:
    time = np.arange(30 * 8000) / 8000
    hum = (1000 * np.sin(2 * np.pi * 50 * time)).astype("<i2").tobytes()
    decoded = sum(end - begin for begin, end in stretches(run(hum)))
    assert decoded <= 3_000


def test_time_goes_on_over_flushes() -> None:
    segmenter = Segmenter()
    segmenter.feed(silence(50))
    segmenter.flush()
    segmenter.feed(silence(1_000))
    assert segmenter.now_ms == 1_050


def held(seconds: int) -> npt.NDArray[np.float64]:
    """A chord."""
    time = np.arange(seconds * 8000) / 8000
    chord = np.zeros(time.size)
    for hertz in (220, 277, 330, 440, 880):
        chord += np.sin(2 * np.pi * hertz * time)
    return chord


def test_held_tones_are_told_from_noise() -> None:
    chord = held(4)
    for sound, least, most in (
        ((1500 * chord).astype("<i2").tobytes(), 4.0, 5.0),
        (noise(4_000, 1_000), 0.0, 2.5),
        (silence(4_000), 0.0, 0.5),
    ):
        meter = MusicMeter()
        for start in range(0, len(sound), 962):
            meter.feed(sound[start : start + 962])
        assert least <= meter.tones <= most


def test_music_without_words_is_left_and_looked_at_again() -> None:
    chord, time = held(60), np.arange(60 * 8000) / 8000
    swell = 1 + 0.9 * np.sin(2 * np.pi * 3.0 * time)  # else it is no voice to begin with
    sound = (1_000 * chord * swell).astype("<i2").tobytes()

    def decoded(*, words: bool) -> int:
        segmenter, size = Segmenter(), 0
        for start in range(0, len(sound), 3_200):
            for step in segmenter.feed(sound[start : start + 3_200]):
                size += 0 if isinstance(step, Closed) else len(step.audio)
            if segmenter.speaking:
                segmenter.heard(start if words else 0, 100_000 + start)
        return size // BYTES_PER_MS

    assert decoded(words=True) > 50_000
    assert decoded(words=False) < 25_000
