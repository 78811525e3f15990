"""Counting failed sign-ins, so that guessing gets slow."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta

from models.clock import Clock

MOST_KEYS = 10_000


class Attempts:
    """At most ``most`` attempts per key within ``window``; kept in memory, bounded.

    Memory is enough here: a restart forgives at most ``most`` attempts per key. When
    ``MOST_KEYS`` keys are known, the one tried longest ago is forgotten.
    """

    def __init__(self, clock: Clock, most: int, window: timedelta) -> None:
        self._clock = clock
        self._most = most
        self._window = window
        self._tried: dict[str, deque[datetime]] = {}

    def wait(self, key: str) -> timedelta | None:
        """How long until ``key`` may try again; ``None`` when it may now."""
        tried = self._recent(key)
        if len(tried) < self._most:
            return None
        return tried[0] + self._window - self._clock.now()

    def add(self, key: str) -> None:
        """Count an attempt; done before the password is looked at, so that many attempts
        at the same moment do not slip through together."""
        tried = self._recent(key)
        self._tried.pop(key, None)
        if len(self._tried) >= MOST_KEYS:
            del self._tried[next(iter(self._tried))]
        tried.append(self._clock.now())
        self._tried[key] = tried

    def take_back(self, key: str) -> None:
        """Uncount the newest attempt: it was a success."""
        tried = self._tried.get(key)
        if tried:
            tried.pop()
            if not tried:
                del self._tried[key]

    def forget(self, key: str) -> None:
        """Uncount every attempt of ``key``."""
        self._tried.pop(key, None)

    def _recent(self, key: str) -> deque[datetime]:
        tried = self._tried.get(key, deque())
        now = self._clock.now()
        while tried and not now - self._window < tried[0] <= now:
            tried.popleft()
        if not tried:
            self._tried.pop(key, None)
        return tried
