"""Voice activity on silence, noise, tones and real telephone speech."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from asr.audiosocket import BYTES_PER_MS
from asr.vad import Closed, Continued, Opened, Segmenter, Step, VadLimits, level_db

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


@pytest.mark.parametrize("level", [0, 10, 60])
def test_speech_is_found_whole_with_pre_roll(speech: Callable[[str], bytes], level: int) -> None:
    said = speech("raw1.wav")
    begin, length = 5_000, len(said) // BYTES_PER_MS
    background = np.frombuffer(noise(10_000 + length, level), dtype="<i2").copy()
    background[begin * 8 : begin * 8 + len(said) // 2] += np.frombuffer(said, dtype="<i2")
    found = stretches(run(background.tobytes()))
    assert len(found) == 1
    opened, closed = found[0]
    loud = [at for at in range(0, length - 20, 20) if level_db(said[at * 16 :][:320]) > -38]
    assert begin - 800 <= opened <= begin + loud[0] - 300
    assert begin + loud[-1] + 500 <= closed <= begin + length + 1_000


def test_a_pause_divides_and_a_breath_does_not(speech: Callable[[str], bytes]) -> None:
    one, two = speech("raw1.wav"), speech("SSB00050112.wav")
    assert len(stretches(run(one + silence(1_500) + two + silence(1_000)))) == 2
    limits = VadLimits(end_silence_ms=1_200)
    assert len(stretches(run(one + silence(200) + two + silence(2_000), limits))) == 1


def test_endless_speech_is_cut_without_a_gap(speech: Callable[[str], bytes]) -> None:
    limits = VadLimits(longest_ms=3_000, soft_after_ms=2_900, end_silence_ms=5_000)
    audio = speech("raw1.wav") * 6
    found = stretches(run(audio, limits))
    assert len(found) >= 3
    assert all(end - begin <= 3_000 for begin, end in found)
    hard = [(a, b) for a, b in pairwise(found) if a[1] - a[0] == 3_000]
    assert hard
    assert all(before[1] == after[0] for before, after in hard)


def test_a_long_utterance_ends_at_a_short_pause(speech: Callable[[str], bytes]) -> None:
    one = speech("raw1.wav")
    audio = one + silence(300) + one + silence(300) + one
    limits = VadLimits(soft_after_ms=1_000, soft_silence_ms=240, end_silence_ms=5_000)
    assert len(stretches(run(audio, limits))) >= 3


def test_the_size_of_pieces_does_not_matter(speech: Callable[[str], bytes]) -> None:
    audio = silence(1_000) + speech("SSB01930310.wav") + silence(1_500)
    wanted = stretches(run(audio, piece=320))
    assert wanted
    for piece in (2, 962, 16_000):
        assert stretches(run(audio, piece=piece)) == wanted


def test_time_goes_on_over_flushes() -> None:
    segmenter = Segmenter()
    segmenter.feed(silence(50))
    segmenter.flush()
    segmenter.feed(silence(1_000))
    assert segmenter.now_ms == 1_050
