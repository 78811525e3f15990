"""What a waiting caller's recording holds: announcements, word for word, and a seat's tone."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

RATE = 8_000
SAME = 0.8  # of a perfect match, after A-law
PIECE = 3_200  # samples of a prompt that are looked for: a busy machine leaves gaps in between
NEAR = 4_000  # samples within which pieces are of one prompt
CLOSE = 1_200  # samples that a word may lie apart from the one before
BLOCK = 160  # samples within which a tone is looked for
STEADY = 10  # blocks a tone lasts
LONGEST = 20  # seconds that an announcement may take
NEXT, PLACE, PLACE_ENDS, ENDS = (
    "queue-youarenext",
    "queue-thereare",
    "queue-callswaiting",
    "queue-thankyou",
)
DIGITS = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "20", "30", "40", "50")

Samples = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Announcement:
    """A place in the line that was announced, 0 where a gap makes it unclear. Times are seconds
    from the recording's start; ``end`` is ``None`` where the last words are not found."""

    begin: float
    end: float | None
    position: int


def prompt(sounds: Path, name: str) -> Samples:
    """A prompt as Asterisk plays it."""
    with wave.open(str(sounds / "zh" / f"{name}.wav")) as file:
        assert file.getframerate() == RATE
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(float)


def places_of(sound: Samples, heard: Samples) -> list[int]:
    """The samples at which ``sound`` begins in ``heard``."""
    if len(heard) < len(sound):
        return []
    size = 1 << (len(heard) + len(sound)).bit_length()
    products = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(sound, size)), size)
    sums = np.concatenate([[0.0], np.cumsum(heard**2)])
    energy = sums[len(sound) :] - sums[: -len(sound)]
    likeness = products[: len(energy)] / np.sqrt(energy * (sound**2).sum() + 1e4)
    found: list[int] = []
    for place in np.flatnonzero(likeness >= SAME):
        if not found or place >= found[-1] + len(sound):
            near = likeness[place : place + len(sound)]
            found.append(int(place + np.argmax(near)))
    return found


def pieces(sound: Samples) -> Iterator[tuple[int, Samples]]:
    """The first and the last piece of a sound, each with its place in it."""
    for at in {0, max(len(sound) - PIECE, 0)}:
        yield at, sound[at : at + PIECE]


def begins_of(sound: Samples, heard: Samples) -> list[int]:
    """The samples at which ``sound`` begins in ``heard``, of which a piece may be missing."""
    places = sorted(place - at for at, piece in pieces(sound) for place in places_of(piece, heard))
    return [
        max(place, 0)
        for index, place in enumerate(places)
        if index == 0 or place > places[index - 1] + NEAR
    ]


class Prompts:
    """The announcements of a waiting line, to be found in what callers hear."""

    def __init__(self, sounds: Path) -> None:
        self._sounds = sounds
        self._line = {name: prompt(sounds, name) for name in (NEXT, PLACE, PLACE_ENDS, ENDS)}
        self._digits = {int(name): prompt(sounds, f"digits/{name}") for name in DIGITS}

    def times_of(self, name: str, heard: Samples) -> list[tuple[float, float]]:
        """When this prompt was played: seconds from the recording's start, begin and end."""
        sound = prompt(self._sounds, name)
        return [(place / RATE, (place + len(sound)) / RATE) for place in begins_of(sound, heard)]

    def announcements(self, heard: Samples) -> list[Announcement]:
        """Every place that was announced, in order."""
        found = [(place, NEXT) for place in begins_of(self._line[NEXT], heard)]
        found += [(place, PLACE) for place in begins_of(self._line[PLACE], heard)]
        told = []
        for index, (begin, name) in enumerate(sorted(found)):
            until = sorted(found)[index + 1][0] if index + 1 < len(found) else len(heard)
            part = heard[begin : min(until, begin + LONGEST * RATE)]
            ends = begins_of(self._line[ENDS], part)
            end = begin + ends[0] + len(self._line[ENDS]) if ends else None
            position = 1 if name == NEXT else self._number(part)
            told.append(Announcement(begin / RATE, end / RATE if end else None, position))
        return told

    def _number(self, heard: Samples) -> int:
        """The number said after the first words, up to the word that follows it."""
        number, at = 0, len(self._line[PLACE]) - CLOSE
        while True:
            window = heard[at : at + 3 * NEAR]
            follows = [
                (place, value, len(sound))
                for value, sound in ((0, self._line[PLACE_ENDS]), *self._digits.items())
                for place in places_of(sound, window)[:1]
            ]
            if not follows or min(follows)[0] > 2 * CLOSE:
                return 0
            place, value, length = min(follows)
            if value == 0:
                return number
            number += value
            at += place + length - CLOSE


def tone_from(samples: Samples, hertz: float) -> float | None:
    """The second at which a steady tone begins; ``None`` where there is none."""
    run = np.convolve(_pure(samples, hertz), np.ones(STEADY), "valid")
    found = np.flatnonzero(run == STEADY)
    return float(found[0]) * BLOCK / RATE if len(found) else None


def tone_share(samples: Samples, hertz: float) -> float:
    """How much of the time a tone is heard and little else, 0 to 1."""
    return float(np.mean(_pure(samples, hertz)))


def _pure(samples: Samples, hertz: float) -> npt.NDArray[np.bool_]:
    """Of each block, whether it is that tone and little else."""
    blocks = samples[: len(samples) // BLOCK * BLOCK].reshape(-1, BLOCK)
    turning = np.exp(-2j * np.pi * hertz * np.arange(BLOCK) / RATE)
    strength = 2 * np.abs(blocks @ turning) ** 2 / BLOCK
    pure: npt.NDArray[np.bool_] = strength > 0.5 * (blocks**2).sum(axis=1) + 1.0
    return pure
