"""Telephone audio: 8 kHz mono samples and G.711 A-law bytes."""

from __future__ import annotations

import io
from pathlib import Path

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
    """G.711 A-law, one byte for a 16-bit sample."""
    with io.BytesIO() as sink:
        soundfile.write(sink, samples, RATE, format="RAW", subtype="ALAW")
        return sink.getvalue()


def decode_alaw(data: bytes) -> Samples:
    """The 16-bit samples that A-law bytes stand for."""
    if not data:
        return np.zeros(0, np.int16)
    with io.BytesIO(data) as source:
        samples, _ = soundfile.read(
            source, dtype="int16", format="RAW", subtype="ALAW", samplerate=RATE, channels=1
        )
    decoded: Samples = samples
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
