"""Where an order's address is: by the site's place names, or else by its areas."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Container, Mapping
from typing import Any, Final

import anyio
import anyio.to_thread
from sqlalchemy.ext.asyncio import AsyncSession

from classifier.address import find_address
from classifier.live import LiveClassifier
from classifier.text import clean
from dispatch import candidates
from dispatch.prefill import Proposal
from models.dispatch_tables import AreaLevel
from models.order_tables import WorkOrder

# What a position can rest on that is too large to send somebody to.
TOO_LARGE: Final = frozenset({"county", "city", ""})
COARSE: Final = frozenset({"town", "community", "village"})
COARSE_P: Final = 0.5  # the middle of a township or village: for a person to confirm
MOST_P: Final = 0.9
AREA_P: Final = 0.3
LARGE_AREAS: Final = (AreaLevel.CITY, AreaLevel.COUNTY)

# An address in, its slot of a suggestion out; empty where the names do not know it.
Locate = Callable[[str], Awaitable[Mapping[str, Any]]]


class Locator:
    """Finds an address among the place names of the moment, in a thread."""

    def __init__(self, classifier: LiveClassifier) -> None:
        self._classifier = classifier
        self._threads = anyio.CapacityLimiter(1)

    async def __call__(self, address: str) -> Mapping[str, Any]:
        return await anyio.to_thread.run_sync(self._find, address, limiter=self._threads)

    def _find(self, address: str) -> Mapping[str, Any]:
        found = find_address(clean(address), self._classifier.gazetteer)
        if found is None:
            return {}
        slot = found.slot
        return {
            "text": address,
            "parts": slot.parts,
            "p": slot.p,
            "lon": slot.lon,
            "lat": slot.lat,
            "located": slot.located,
        }


def moved_by(fields: Container[str]) -> bool:
    """Whether an edit of ``fields`` may move a position that follows the address."""
    return "address" in fields or "position" in fields


async def said(session: AsyncSession, order: WorkOrder) -> Mapping[str, Any]:
    """The address as the order's caller said it: a suggestion's slot, or empty."""
    payload = await candidates.prefilled(session, order)
    return (payload.get("slots") or {}).get("address") or {}


async def position_of(
    session: AsyncSession,
    address: str,
    slot: Mapping[str, Any],
    locate: Locate | None,
) -> Proposal | None:
    """The place of ``address``; ``slot`` is what the caller said, which counts where it is that
    address. The middle of a county is no place."""
    if not address:
        return None
    found = _by_name(slot) if slot.get("text") == address else None
    if found is None and locate is not None:
        found = _by_name(await locate(address))
    return found or await _by_area(session, address)


def _by_name(slot: Mapping[str, Any]) -> Proposal | None:
    part = str(slot.get("located") or "")
    lon, lat = slot.get("lon"), slot.get("lat")
    if lon is None or lat is None or part in TOO_LARGE:
        return None
    name = (slot.get("parts") or {}).get(part, "")
    p = min(float(slot.get("p") or 0.0), COARSE_P if part in COARSE else MOST_P)
    return Proposal(_degrees(lon, lat), p, f"按“{name}”定位" if name else "按地址定位")


async def _by_area(session: AsyncSession, address: str) -> Proposal | None:
    for area in reversed(await candidates.areas_named(session, address)):
        if area.lon is not None and area.lat is not None and area.level not in LARGE_AREAS:
            return Proposal(_degrees(area.lon, area.lat), AREA_P, f"按辖区“{area.name}”定位")
    return None


def _degrees(lon: float, lat: float) -> dict[str, float]:
    return {"lon": round(float(lon), 6), "lat": round(float(lat), 6)}
