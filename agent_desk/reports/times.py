"""Durations, counted so that those of many days can be added up and still be ranked."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

# Up to (seconds), rounded to (seconds): what is shown is as exact as anybody can act on.
STEPS: Final = ((600, 1), (7_200, 10), (86_400, 60), (math.inf, 600))


def rounded(seconds: float) -> int:
    """``seconds`` to the second up to ten minutes, then to ten, to a minute, to ten minutes."""
    step = next(step for below, step in STEPS if seconds < below)
    return step * math.floor(seconds / step + 0.5)


@dataclass(slots=True)
class Times:
    """Durations in seconds: how many, their sum and longest, and each as ``rounded``."""

    count: int = 0
    total: float = 0.0
    longest: float = 0.0
    values: Counter[int] = field(default_factory=Counter)

    def add(self, seconds: float) -> None:
        """Count one; what clocks made negative is 0."""
        seconds = max(seconds, 0.0)
        self.count += 1
        self.total += seconds
        self.longest = max(self.longest, seconds)
        self.values[rounded(seconds)] += 1

    def merge(self, other: Times) -> None:
        """Count all of ``other`` too."""
        self.count += other.count
        self.total += other.total
        self.longest = max(self.longest, other.longest)
        self.values.update(other.values)

    @property
    def mean(self) -> float | None:
        """The mean; ``None`` of none."""
        return self.total / self.count if self.count else None

    def within(self, share: float) -> float | None:
        """The shortest time within which ``share`` (0 to 1) of them are: the nearest rank.
        ``None`` of none."""
        if not self.count:
            return None
        wanted, seen = math.ceil(share * self.count), 0
        for value in sorted(self.values):
            seen += self.values[value]
            if seen >= wanted:
                return float(value)
        return self.longest

    def kept(self) -> dict[str, Any]:
        """As a sheet keeps it."""
        return {
            "n": self.count,
            "s": round(self.total, 3),
            "m": round(self.longest, 3),
            "v": {str(value): count for value, count in self.values.items()},
        }

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Self:
        """What ``kept`` gave."""
        values = Counter({int(value): int(count) for value, count in kept["v"].items()})
        return cls(kept["n"], kept["s"], kept["m"], values)


@dataclass(slots=True)
class Line:
    """Counts and times of one thing a report is about."""

    counts: Counter[str] = field(default_factory=Counter)
    times: dict[str, Times] = field(default_factory=dict)

    def took(self, name: str, seconds: float) -> None:
        """Count a duration under ``name``."""
        self.times.setdefault(name, Times()).add(seconds)

    def of(self, name: str) -> Times:
        """The durations under ``name``, perhaps none."""
        return self.times.get(name) or Times()

    def merge(self, other: Line) -> None:
        """Count all of ``other`` too."""
        self.counts.update(other.counts)
        for name, times in other.times.items():
            self.times.setdefault(name, Times()).merge(times)

    def kept(self) -> dict[str, Any]:
        """As a sheet keeps it."""
        return {
            "c": dict(self.counts),
            "t": {name: times.kept() for name, times in self.times.items()},
        }

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Self:
        """What ``kept`` gave."""
        times = {name: Times.read(one) for name, one in kept["t"].items()}
        return cls(Counter(kept["c"]), times)
