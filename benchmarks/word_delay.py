"""When each word was shown: what was said, aligned with what a page was sent.

A word's end in the audio comes from decoding the very same sound file beforehand; the moment it
was spoken from when the RTP with its last sample was sent; the moment it was shown from the first
message to the seat's socket whose text holds it. Both moments are of one process's one clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from asr.evaluate import plain
from asr.events import Word
from asr.text import readable

FRAME_MS = 20


@dataclass(frozen=True, slots=True)
class Shown:
    """A text of an utterance as it came to the socket (seconds of the monotonic clock)."""

    at: float
    text: str


@dataclass(slots=True)
class Utterance:
    """One utterance of the caller: its texts as they came, and its words once it was finished."""

    shown: list[Shown] = field(default_factory=list)
    words: list[dict[str, Any]] = field(default_factory=list)
    text: str = ""
    final_at: float | None = None


def spoken_at(end_ms: int, sent: Sequence[float]) -> float | None:
    """When a moment of the audio was spoken: a telephone sends each 20 ms when its last sample
    is there, so what lies in a packet was spoken up to 20 ms before."""
    frame = max(0, end_ms - 1) // FRAME_MS
    if frame >= len(sent):
        return None
    return sent[frame] - ((frame + 1) * FRAME_MS - end_ms) / 1000


def delays(
    said: Sequence[Word], sent: Sequence[float], utterances: Sequence[Utterance]
) -> tuple[list[float], int]:
    """Seconds from each word's end to its being shown, and how many words were compared with.

    ``said`` are the words of the audio with their times in it, ``sent`` when each 20 ms of it
    was sent. A word that never came counts in the second number only.
    """
    heard = [
        (utterance, index, word["text"])
        for utterance in utterances
        for index, word in enumerate(utterance.words)
    ]
    matcher = SequenceMatcher(
        None, [word.text for word in said], [text for _, _, text in heard], autojunk=False
    )
    found: list[float] = []
    for block in matcher.get_matching_blocks():
        for offset in range(block.size):
            end = spoken_at(said[block.a + offset].end_ms, sent)
            utterance, index, _ = heard[block.b + offset]
            shown = first_shown(utterance, index)
            if end is not None and shown is not None:
                found.append(shown - end)
    return found, len(said)


def first_shown(utterance: Utterance, index: int) -> float | None:
    """When the utterance's word at ``index`` stood in what the page was sent."""
    final = plain(utterance.text)
    end = _end_of_word(utterance, index, final)
    for one in utterance.shown:
        matcher = SequenceMatcher(None, final, plain(one.text), autojunk=False)
        for block in matcher.get_matching_blocks():
            if block.a < end <= block.a + block.size:
                return one.at
    return utterance.final_at


def _end_of_word(utterance: Utterance, index: int, final: str) -> int:
    """Where in the finished text the word ends. A word that stands otherwise there (digits, a
    local name) ends where the next one that stands as it was heard does: rather late than early.
    """
    texts = [str(word["text"]) for word in utterance.words]
    for last in range(index, len(texts)):
        prefix = plain(readable(" ".join(texts[: last + 1])))
        matcher = SequenceMatcher(None, prefix, final, autojunk=False)
        blocks = [block for block in matcher.get_matching_blocks() if block.size]
        if blocks and blocks[-1].a + blocks[-1].size == len(prefix):
            return blocks[-1].b + blocks[-1].size
    return len(final)
