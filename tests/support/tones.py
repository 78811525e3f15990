"""Voices that can be told apart: everybody speaks a tone of their own."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

RATE = 8_000
LOUD = 3_000  # of a tone of 8000; what leaks from a neighbouring block stays far below


def write_tone(path: Path, hertz: int, seconds: float = 90) -> Path:
    """A sound file of one tone."""
    time = np.arange(round(RATE * seconds)) / RATE
    soundfile.write(path, (8_000 * np.sin(2 * np.pi * hertz * time)).astype(np.int16), RATE)
    return path


def tones_in(samples: npt.NDArray[np.int16], known: Collection[int]) -> set[int]:
    """Those of the ``known`` frequencies that are spoken throughout ``samples``."""
    window = np.hanning(len(samples))
    spectrum = np.abs(np.fft.rfft(samples * window)) / (window.sum() / 2)
    frequencies = np.fft.rfftfreq(len(samples), 1 / RATE)
    found = set()
    for hertz in known:
        near = (frequencies > hertz - 20) & (frequencies < hertz + 20)
        if spectrum[near].max() > LOUD:
            found.add(hertz)
    return found
