"""From the parts of an address to the slot: as one writes it, how sure, and where it lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from classifier.gazetteer import Gazetteer, Place
from classifier.types import SURE, AddressSlot

ORDER = (
    "county", "town", "community", "village", "group", "highway", "direction", "kilometre", "road",
    "number", "crossing", "compound", "building", "unit", "floor", "room", "landmark", "relation",
)  # fmt: skip
_NARROW_FIRST = ("landmark", "compound", "road", "village", "community", "town", "county")


@dataclass(frozen=True, slots=True)
class Found:
    """An address and the stretches of text it was read from."""

    slot: AddressSlot
    spans: tuple[tuple[int, int], ...]


def composed(
    parts: Mapping[str, str],
    p: float,
    source: str,
    spans: Sequence[tuple[int, int]],
    places: Mapping[str, Place],
    gazetteer: Gazetteer,
) -> Found:
    """``places`` are the gazetteer's, by part; the narrowest that has coordinates gives them, or
    the nearest area around it that does."""
    ordered = {key: parts[key] for key in ORDER if key in parts}
    text = as_written(ordered)
    lon, lat, located = None, None, ""
    for part in _NARROW_FIRST:
        place = places.get(part)
        if place is not None:
            around = gazetteer.around(place)
            if around is not None and around.lon is not None:
                lon, lat, located = around.lon, around.lat, around.part
                break
    read_back = f"您说的是{text}，对吗？" if p < SURE else ""
    slot = AddressSlot(text, ordered, round(p, 3), source, read_back, lon, lat, located)
    return Found(slot, tuple(sorted(spans)))


def as_written(parts: Mapping[str, str]) -> str:
    """The parts in one line: 新建路与石龙街交叉口, G25高速长深方向32公里处."""
    line = ""
    for key in ORDER:
        value = parts.get(key, "")
        if not value:
            continue
        if key == "crossing":
            line += f"与{value}交叉口"
        elif key == "kilometre":
            line += f"{value}处"
        else:
            line += value
    return line
