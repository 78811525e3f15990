"""How late words are shown: from a word's end in the audio to the event that first brings it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles
from uuid import UUID

from asr.events import FinalHeard, PartialHeard


def first_shown(final: Sequence[str], shown: Sequence[tuple[float, Sequence[str]]]) -> list[float]:
    """When each word of an utterance was first shown.

    ``shown`` are the times and words of its partials and of the final itself, in order. A word
    counts as shown by an event whose words, aligned with the final's, have it.
    """
    found: list[float | None] = [None] * len(final)
    for at, words in shown:
        for place in _common(final, words):
            if found[place] is None:
                found[place] = at
    return [at for at in found if at is not None]


def _common(final: Sequence[str], words: Sequence[str]) -> list[int]:
    """The places in ``final`` of a longest common subsequence with ``words``."""
    lengths = [[0] * (len(words) + 1) for _ in range(len(final) + 1)]
    for i in range(len(final) - 1, -1, -1):
        for j in range(len(words) - 1, -1, -1):
            lengths[i][j] = (
                lengths[i + 1][j + 1] + 1
                if final[i] == words[j]
                else max(lengths[i + 1][j], lengths[i][j + 1])
            )
    places, i, j = [], 0, 0
    while i < len(final) and j < len(words):
        if final[i] == words[j]:
            places.append(i)
            i, j = i + 1, j + 1
        elif lengths[i + 1][j] >= lengths[i][j + 1]:
            i += 1
        else:
            j += 1
    return places


@dataclass
class Stopwatch:
    """Collects what one stream shows, and how late its words were; times in seconds.

    ``began`` is when the first sample of the stream was spoken.
    """

    began: float
    delays: list[float] = field(default_factory=list)
    finals: list[FinalHeard] = field(default_factory=list)
    _shown: dict[int, list[tuple[float, list[str]]]] = field(default_factory=dict)

    def take(self, event: PartialHeard | FinalHeard, at: float) -> None:
        """An event that was there at ``at``."""
        words = event.raw_text.split()
        shown = self._shown.setdefault(event.sequence, [])
        shown.append((at, words))
        if isinstance(event, FinalHeard):
            self.finals.append(event)
            del self._shown[event.sequence]
            times = first_shown(words, shown)
            self.delays += [
                time - self.began - word.end_ms / 1000
                for time, word in zip(times, event.words, strict=True)
            ]


def percentiles(values: Sequence[float]) -> tuple[float, float]:
    """The median and the 95th percentile; the only value twice where there is but one."""
    if len(values) < 2:
        return (values[0], values[0]) if values else (float("nan"), float("nan"))
    return median(values), quantiles(values, n=20)[18]


Streams = dict[UUID, Stopwatch]
