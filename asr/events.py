"""What the speech process tells: words while they are spoken, then finished utterances.

All ``*_ms`` are milliseconds of the stream's own audio, from its first sample on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Word:
    """A word as the model wrote it. ``confidence`` is 0 to 1."""

    text: str
    start_ms: int
    end_ms: int
    confidence: float


@dataclass(frozen=True, slots=True)
class PartialHeard:
    """The words so far of the utterance being spoken; replaces the former partial.

    ``text`` is for people, ``raw_text`` the model's words with spaces. Both are empty when
    what was shown of this utterance turned out to be no speech.
    """

    stream_id: UUID
    sequence: int
    text: str
    raw_text: str
    audio_ms: int


@dataclass(frozen=True, slots=True)
class Change:
    """``text[start:end]`` of an utterance was put in the place of the words ``heard``, because
    a local name sounds like them."""

    start: int
    end: int
    heard: str


@dataclass(frozen=True, slots=True)
class FinalHeard:
    """A finished utterance. ``sequence`` counts per stream from 0 and is that of its partials.

    ``words`` are raw; ``engine`` names engine and model; ``changes`` are in the order of ``text``.
    """

    stream_id: UUID
    sequence: int
    text: str
    raw_text: str
    words: tuple[Word, ...]
    start_ms: int
    end_ms: int
    confidence: float
    engine: str
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class SecondHeard:
    """What another engine heard of a finished utterance; comes later, or not at all."""

    stream_id: UUID
    sequence: int
    text: str
    confidence: float
    engine: str


@dataclass(frozen=True, slots=True)
class StreamEnded:
    """Nothing more comes from this stream.

    ``reason`` is one of ``REASONS``; what was said before has been told. ``audio_ms`` is how much
    audio came.
    """

    stream_id: UUID
    reason: str
    audio_ms: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class SpeechUp:
    """The speech process is connected, with its model loaded. It knows no stream yet."""


@dataclass(frozen=True, slots=True)
class SpeechDown:
    """The connection is gone, and every stream with it."""

    reason: str


@dataclass(frozen=True, slots=True)
class SpeechTrouble:
    """The speech process goes on, but not whole; ``text`` is one sentence."""

    text: str


SpeechEvent = (
    PartialHeard | FinalHeard | SecondHeard | StreamEnded | SpeechUp | SpeechDown | SpeechTrouble
)

HANG_UP = "hang-up"
LOST = "connection lost"  # end of file or a reset without the hang-up frame
MALFORMED = "malformed"
STALLED = "stalled"
NEVER_CONNECTED = "never connected"
FORGOTTEN = "forgotten"
FAILED = "failed"  # the recogniser broke
REASONS = (HANG_UP, LOST, MALFORMED, STALLED, NEVER_CONNECTED, FORGOTTEN, FAILED)
