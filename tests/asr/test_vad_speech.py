"""Voice activity on speech: found whole, divided at pauses, cut when it does not end."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from asr.audiosocket import BYTES_PER_MS
from asr.vad import VadLimits, level_db
from tests.asr.conftest import Spoken
from tests.asr.test_vad import noise, run, silence, stretches

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("level", [0, 10, 60])
def test_speech_is_found_whole_with_pre_roll(spoken: Spoken, level: int) -> None:
    said = spoken(*Spoken.QUESTION)
    begin, length = 5_000, len(said) // BYTES_PER_MS
    background = np.frombuffer(noise(10_000 + length, level), dtype="<i2").copy()
    background[begin * 8 : begin * 8 + len(said) // 2] += np.frombuffer(said, dtype="<i2")
    found = stretches(run(background.tobytes()))
    assert len(found) == 1
    opened, closed = found[0]
    loud = [at for at in range(0, length - 20, 20) if level_db(said[at * 16 :][:320]) > -38]
    assert begin - 800 <= opened <= begin + loud[0] - 300
    assert begin + loud[-1] + 500 <= closed <= begin + length + 1_000


def test_a_pause_divides_and_a_breath_does_not(spoken: Spoken) -> None:
    one, two = spoken(*Spoken.QUESTION), spoken(*Spoken.REPAIR)
    assert len(stretches(run(one + silence(1_500) + two + silence(1_000)))) == 2
    limits = VadLimits(end_silence_ms=1_200)
    assert len(stretches(run(one + silence(200) + two + silence(2_000), limits))) == 1


def test_endless_speech_is_cut_without_a_gap(spoken: Spoken) -> None:
    limits = VadLimits(longest_ms=3_000, soft_after_ms=2_900, end_silence_ms=5_000)
    audio = spoken(*Spoken.QUESTION) * 6
    found = stretches(run(audio, limits))
    assert len(found) >= 3
    assert all(end - begin <= 3_000 for begin, end in found)
    hard = [(a, b) for a, b in pairwise(found) if a[1] - a[0] == 3_000]
    assert hard
    assert all(before[1] == after[0] for before, after in hard)


def test_a_long_utterance_ends_at_a_short_pause(spoken: Spoken) -> None:
    one = spoken(*Spoken.QUESTION)
    audio = one + silence(300) + one + silence(300) + one
    limits = VadLimits(soft_after_ms=1_000, soft_silence_ms=240, end_silence_ms=5_000)
    assert len(stretches(run(audio, limits))) >= 3


def test_the_size_of_pieces_does_not_matter(spoken: Spoken) -> None:
    audio = silence(1_000) + spoken(*Spoken.CRASH) + silence(1_500)
    wanted = stretches(run(audio, piece=320))
    assert wanted
    for piece in (2, 962, 16_000):
        assert stretches(run(audio, piece=piece)) == wanted
