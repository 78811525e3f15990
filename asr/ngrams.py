"""How likely a word is behind the two before it, counted in sentences of callers.

Absolute discounting, each order mixed with the shorter one (Ney, Essen, Kneser 1994).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

BEGIN = "<s>"
DISCOUNT = 0.7
ORDER = 3
LEAST_TO_REMEMBER = 2  # times that two words must have followed each other to be a history

History = tuple[str, ...]


class NGrams:
    """Counts of ``sentences``, which are sequences of words or classes such as ``<place>``."""

    def __init__(self, sentences: Iterable[Sequence[str]]) -> None:
        counts: dict[History, Counter[str]] = defaultdict(Counter)
        for sentence in sentences:
            words = (BEGIN, *sentence)
            for at in range(1, len(words)):
                for length in range(min(ORDER, at + 1)):
                    counts[words[at - length : at]][words[at]] += 1
        self._counts = {
            history: followed
            for history, followed in counts.items()
            if len(history) < 2 or followed.total() >= LEAST_TO_REMEMBER
        }

    def __bool__(self) -> bool:
        return bool(self._counts)

    def histories(self) -> Iterator[History]:
        """Every history that words are told of, the empty one first."""
        return iter(sorted(self._counts, key=lambda history: (len(history), history)))

    def following(self, history: History) -> Iterator[tuple[str, float]]:
        """The words seen behind ``history``, each with its cost."""
        for word in sorted(self._counts[history]):
            yield word, -math.log(self._probability(history, word))

    def backing_off(self, history: History) -> float:
        """What it costs to forget a history's first word."""
        followed = self._counts[history]
        return -math.log(DISCOUNT * len(followed) / followed.total())

    def remembered(self, words: History) -> History:
        """The longest end of ``words`` that is a history."""
        kept = words[-(ORDER - 1) :]
        while kept and kept not in self._counts:
            kept = kept[1:]
        return kept

    def _probability(self, history: History, word: str) -> float:
        followed = self._counts[history]
        total = followed.total()
        if not history:
            return followed[word] / total
        rest = DISCOUNT * len(followed) / total
        shorter = self._probability(self.remembered(history[1:]), word)
        return max(0.0, followed[word] - DISCOUNT) / total + rest * shorter
