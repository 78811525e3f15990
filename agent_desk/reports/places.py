"""Which township or county an address names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from models.dispatch_tables import Area, AreaLevel

LEVELS: Final = (AreaLevel.TOWNSHIP, AreaLevel.COUNTY)
SHORTEST: Final = 2


class Places:
    """Looks addresses up among the areas: a township before a county, a longer name first."""

    def __init__(self, areas: Iterable[Area]) -> None:
        named = [area for area in areas if area.level in LEVELS and len(area.name) >= SHORTEST]
        named.sort(key=lambda area: (LEVELS.index(area.level), -len(area.name), area.code))
        self._names = list(dict.fromkeys(area.name for area in named))
        self._known: dict[str, str] = {}

    def of(self, address: str) -> str:
        """The area's name; empty where the address names none."""
        if address not in self._known:
            found = next((name for name in self._names if name in address), "")
            self._known[address] = found
        return self._known[address]
