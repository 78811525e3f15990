"""Sounds of prompts: cutting speech, tones, hold music, studio recordings; 8 kHz, mono."""

from __future__ import annotations

import tempfile
import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from ivr.voice import RATE, Floats, Samples, level, resample
from models.errors import SetupError

LONGEST_SECONDS = 60
LONGEST_MUSIC_SECONDS = 600
MOST_RATE = 192_000
QUIET = 0.01  # of the peak; what is below at either end is cut off
LEAD_SECONDS, TRAIL_SECONDS = 0.02, 0.06  # of what is quiet, kept so that no sound is clipped
NEARBY_SECONDS = 0.03
FADE_SECONDS = 0.006
MUSIC_SECONDS = 40.0
MUSIC_LEVEL = 0.02  # root mean square, -34 dB of full scale; speech has -20

# Chords of the music as semitones above A2; each lasts an equal part of the loop.
CHORDS = ((3, 10, 15, 19), (0, 7, 15, 19), (-4, 8, 12, 20), (-2, 10, 14, 17))
# Plucked notes, semitones above A4, two to a beat; None is a rest.
MELODY = (3, None, 7, 10, None, 7, None, 5, 3, None, 0, None, 3, 7, None, None)


def unpacked(samples: Samples) -> Floats:
    """16-bit samples as numbers of -1..1."""
    return (samples / np.float32(32_768)).astype(np.float32)


def _strength(samples: Floats) -> npt.NDArray[np.float64]:
    """Loudness over 10 ms around every sample."""
    width = RATE // 100
    power = np.convolve(np.square(samples, dtype=np.float64), np.ones(width) / width, "same")
    return np.asarray(np.sqrt(np.maximum(power, 0.0)), np.float64)


def trim(samples: Samples) -> Samples:
    """Without the silence around; raises ``SetupError`` where all is silence."""
    strength = _strength(unpacked(samples))
    loud = np.flatnonzero(strength > max(QUIET * float(strength.max(initial=0.0)), 1e-4))
    if not loud.size:
        raise SetupError("There is nothing to hear in it.")
    first = max(0, int(loud[0]) - round(LEAD_SECONDS * RATE))
    return samples[first : int(loud[-1]) + round(TRAIL_SECONDS * RATE)]


def cut(samples: Samples, head: float, tail: float) -> Samples:
    """What is left without ``head`` seconds before and ``tail`` after, faded and levelled.

    Each cut is moved to the quietest point within 30 ms. Raises ``SetupError`` where less than
    a tenth of a second would be left.
    """
    loud = unpacked(samples)
    strength = _strength(loud)
    first = _quietest(strength, round(head * RATE)) if head else 0
    last = _quietest(strength, len(loud) - round(tail * RATE)) if tail else len(loud)
    if last - first < RATE // 10:
        raise SetupError(f"Nothing is left of {len(loud) / RATE:.2f} s after cutting.")
    fade = round(FADE_SECONDS * RATE)
    part = loud[first:last].copy()
    part[:fade] *= np.linspace(0.0, 1.0, fade, dtype=np.float32)
    part[-fade:] *= np.linspace(1.0, 0.0, fade, dtype=np.float32)
    return resample(level(part), RATE, RATE)


def _quietest(strength: npt.NDArray[np.float64], at: int) -> int:
    near = round(NEARBY_SECONDS * RATE)
    low, high = max(0, at - near), max(0, at + near)
    window = strength[low:high]
    return low + int(np.argmin(window)) if window.size else min(low, len(strength))


def tone(hertz: float, seconds: float) -> Samples:
    """A soft sine tone."""
    time = np.arange(round(seconds * RATE)) / RATE
    fade = np.clip(np.minimum(time, seconds - time) / 0.02, 0.0, 1.0)
    return resample((0.2 * np.sin(2 * np.pi * hertz * time) * fade).astype(np.float32), RATE, RATE)


def hold_music() -> Samples:
    """A calm loop of 40 s made of sines: slow chords and a few soft bells.

    Its end runs over into its beginning. It is quiet, so that a caller's loudspeaker does not
    bring it to the recogniser as speech.
    """
    size = round(MUSIC_SECONDS * RATE)
    loop = np.zeros(size)
    chord_seconds = MUSIC_SECONDS / (2 * len(CHORDS))
    for place, chord in enumerate(CHORDS * 2):
        time = np.arange(round(chord_seconds * 2 * RATE)) / RATE
        swell = np.sin(np.pi * time / time[-1])  # with its neighbours, of one loudness throughout
        for note in chord:
            hertz = 110.0 * 2 ** (note / 12)
            for detuned in (-0.05, 0.05):  # two slightly different ones beat slowly
                wave_ = np.sin(2 * np.pi * (hertz + detuned) * time)
                wave_ += 0.25 * np.sin(4 * np.pi * (hertz + detuned) * time)
                _add(loop, wave_ * swell * 0.25, place * chord_seconds)
    step = MUSIC_SECONDS / (2 * len(MELODY))
    for place, pitch in enumerate(MELODY * 2):
        if pitch is None:
            continue
        time = np.arange(round(3.0 * RATE)) / RATE
        hertz = 440.0 * 2 ** (pitch / 12)
        pluck = sum(
            np.sin(2 * np.pi * hertz * n * time) * np.exp(-time * (0.8 + n)) / n**2
            for n in (1, 2, 3)
        )
        _add(loop, pluck * np.clip(time / 0.15, 0.0, 1.0) * 0.2, place * step)
    loop *= MUSIC_LEVEL / float(np.sqrt(np.mean(np.square(loop))))
    return resample(loop.astype(np.float32), RATE, RATE)


def _add(loop: npt.NDArray[np.float64], sound: npt.NDArray[np.float64], seconds: float) -> None:
    """Mix ``sound`` in from ``seconds`` on; what is over the end goes to the beginning."""
    places = (round(seconds * RATE) + np.arange(len(sound))) % len(loop)
    np.add.at(loop, places, sound)


def studio(path: Path, longest_seconds: float = LONGEST_SECONDS) -> Samples:
    """A recording made by people, as 8 kHz samples at the level of the other prompts.

    Raises ``SetupError`` naming the file where it is no mono sound file, is silent or too long.
    """
    try:
        with soundfile.SoundFile(path) as sound:
            rate, channels, frames = int(sound.samplerate), int(sound.channels), int(sound.frames)
            if channels != 1:
                raise SetupError(f"{path} has {channels} channels: give a mono recording.")
            if not RATE <= rate <= MOST_RATE:
                raise SetupError(f"{path} has {rate} Hz: give {RATE} to {MOST_RATE} Hz.")
            if frames > longest_seconds * rate:
                raise SetupError(
                    f"{path} lasts {frames / rate:.0f} s: give {longest_seconds:g} s at most."
                )
            loaded = sound.read(frames=round(longest_seconds * rate), dtype="float32")
    except (soundfile.LibsndfileError, OSError) as error:
        raise SetupError(f"{path} cannot be read as a sound file ({error}).") from None
    if not loaded.size or float(np.abs(loaded).max()) < 0.001:
        raise SetupError(f"{path} holds no sound: record it again.")
    return resample(level(loaded), rate, RATE)


def read(path: Path) -> Samples:
    """What ``write`` wrote; raises ``SetupError`` where the file is damaged."""
    try:
        with wave.open(str(path)) as sound:
            return np.frombuffer(sound.readframes(sound.getnframes()), np.int16)
    except (OSError, EOFError, wave.Error) as error:
        raise SetupError(f"{path} is damaged ({error}): delete it and start again.") from None


def write(path: Path, samples: Samples) -> None:
    """A WAV file in one step, so that who plays it never meets half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as partial:
        part = Path(partial.name)
        try:
            with wave.open(partial, "wb") as sound:
                sound.setnchannels(1)
                sound.setsampwidth(2)
                sound.setframerate(RATE)
                sound.writeframes(samples.tobytes())
            part.chmod(0o644)
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
