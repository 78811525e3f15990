"""Telephone audio: 8 kHz mono samples and G.711 A-law bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile

from ivr.voice import resample
from models.errors import SetupError

RATE = 8_000  # samples, and A-law bytes, in a second
SILENCE = b"\xd5"  # the A-law byte of a zero sample
LONGEST_SECONDS = 3_600

Samples = npt.NDArray[np.int16]


def encode_alaw(samples: Samples) -> bytes:
    """G.711 A-law (ITU-T G.711, table 1a, even bits inverted), one byte for a 16-bit sample."""
    thirteen = samples.astype(np.int32) >> 3
    mask = np.where(thirteen >= 0, 0xD5, 0x55)
    size = np.where(thirteen >= 0, thirteen, -thirteen - 1)
    segment = np.searchsorted([0x1F, 0x3F, 0x7F, 0xFF, 0x1FF, 0x3FF, 0x7FF], size)
    step = (size >> np.maximum(segment, 1)) & 0x0F
    coded: npt.NDArray[Any] = ((segment << 4) | step) ^ mask
    return coded.astype(np.uint8).tobytes()


def decode_alaw(data: bytes) -> Samples:
    """The 16-bit samples that A-law bytes stand for."""
    plain = np.frombuffer(data, np.uint8).astype(np.int32) ^ 0x55
    segment = (plain >> 4) & 0x07
    size = ((plain & 0x0F) << 4) + np.where(segment == 0, 0x08, 0x108)
    size = size << np.maximum(segment - 1, 0)
    decoded: Samples = np.where(plain & 0x80, size, -size).astype(np.int16)
    return decoded


def read_audio(path: Path) -> Samples:
    """The first channel of a sound file of any rate, as 8 kHz samples.

    Raises ``SetupError`` where the file is missing, not sound, empty or longer than an hour.
    """
    try:
        with soundfile.SoundFile(path) as sound:
            rate = int(sound.samplerate)
            if sound.frames > LONGEST_SECONDS * rate:
                raise SetupError(f"{path} is longer than an hour: give a shorter sound file.")
            loaded = sound.read(dtype="float32", always_2d=True)[:, 0]
    except (soundfile.LibsndfileError, OSError) as error:
        raise SetupError(f"{path} cannot be read as a sound file ({error}).") from None
    if not loaded.size:
        raise SetupError(f"{path} holds no sound: give a file with speech in it.")
    return resample(loaded, rate, RATE)


def silence(seconds: float) -> bytes:
    """A-law bytes of silence."""
    return SILENCE * max(0, round(seconds * RATE))
