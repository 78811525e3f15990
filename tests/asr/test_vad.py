"""Voice activity on silence, noise and tones; ``test_vad_speech.py`` has it on speech."""

from __future__ import annotations

import numpy as np
import pytest

from asr.audiosocket import BYTES_PER_MS
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
