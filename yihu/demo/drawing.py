"""Draws the demo sites' maps: ``python -m yihu.demo.drawing SITE...`` rewrites, for each site,
the coordinates that its ``areas.csv`` and ``gazetteer.csv`` leave open, and ``map.geojson``.

Everything drawn is invented. A site's outline is an ellipse, cut into counties and townships by
the nearest of evenly spread points, and then bent by a smooth field that keeps neighbours
neighbours. The same tables give the same map. Degrees, as if GCJ-02.
"""

from __future__ import annotations

import csv
import hashlib
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, cos, hypot, pi, radians, sin, sqrt
from pathlib import Path
from typing import Any, Final

from yihu.demo import cells
from yihu.demo.cells import Cell, Point
from yihu.site_tables import SITES

KM_PER_DEGREE: Final = 111.32
# By site: how far its outline reaches east and north of the middle, in km.
REACH: Final[Mapping[str, Point]] = {
    "qingyuan": (27.0, 22.0),
    "wangcheng": (19.0, 21.0),
    "jinhua": (70.0, 52.0),
}
BENT_KM: Final = 0.11  # of the shorter reach
STEP_KM: Final = 0.05  # of the shorter reach, between two points of a bent line
IN_TOWN: Final = ("街道",)
TOWN_KM: Final = (0.35, 1.7)  # places of a town lie this far from its middle
CITY_KM: Final = (0.4, 4.5)  # and those that name no township, from the county's seat
STREET_KM: Final = 0.55  # half a street
SHOWN_PLACES: Final = frozenset({"landmark", "school", "hospital", "station", "market", "park"})
DIGITS: Final = 5  # of a degree: about a metre

Row = dict[str, str]
Feature = dict[str, Any]


def part(*names: str) -> float:
    """A number from 0 to 1 that the names always give."""
    digest = hashlib.sha256("/".join(names).encode()).digest()
    return int.from_bytes(digest[:6]) / 2**48


@dataclass(slots=True)
class Sheet:
    """A site being drawn: kilometres east and north of ``middle`` (degrees)."""

    name: str
    middle: Point
    reach: Point
    features: list[Feature] = field(default_factory=list)

    def km(self, degrees: Point) -> Point:
        lon, lat = degrees
        return (
            (lon - self.middle[0]) * KM_PER_DEGREE * cos(radians(self.middle[1])),
            (lat - self.middle[1]) * KM_PER_DEGREE,
        )

    def degrees(self, km: Point) -> list[float]:
        return [
            round(self.middle[0] + km[0] / KM_PER_DEGREE / cos(radians(self.middle[1])), DIGITS),
            round(self.middle[1] + km[1] / KM_PER_DEGREE, DIGITS),
        ]

    def bent(self, km: Point) -> Point:
        """A point moved by a smooth field: straight lines become borders that wander."""
        size = min(self.reach)
        x, y = km[0] / size, km[1] / size
        turn = part(self.name, "field") * 2 * pi
        east = sin(3.1 * y + turn) + 0.5 * sin(7.3 * y + 2 * x) + 0.22 * sin(17 * y - 9 * x)
        north = sin(2.7 * x + 2 * turn) + 0.5 * sin(6.1 * x - 3 * y) + 0.22 * sin(15 * x + 11 * y)
        return km[0] + BENT_KM * size * east, km[1] + BENT_KM * size * north

    def line(self, points: Sequence[Point], *, closed: bool = False) -> list[list[float]]:
        """A line through points, bent, in degrees."""
        found: list[list[float]] = []
        ends = [*points[1:], points[0]] if closed else points[1:]
        for one, other in zip(points, ends, strict=False):
            steps = max(1, ceil(hypot(other[0] - one[0], other[1] - one[1]) / self._step))
            for step in range(steps):
                share = step / steps
                at = (one[0] + (other[0] - one[0]) * share, one[1] + (other[1] - one[1]) * share)
                found.append(self.degrees(self.bent(at)))
        found.append(found[0] if closed else self.degrees(self.bent(points[-1])))
        return found

    @property
    def _step(self) -> float:
        return STEP_KM * min(self.reach)

    def add(self, layer: str, name: str, kind: str, coordinates: object) -> None:
        self.features.append(
            {
                "type": "Feature",
                "properties": {"layer": layer, "name": name},
                "geometry": {"type": kind, "coordinates": coordinates},
            }
        )


def draw(folder: Path) -> None:
    """Draw one site; raises ``ValueError`` for a site without a reach."""
    areas, names = _read(folder / "areas.csv"), _read(folder / "gazetteer.csv")
    counties = [row for row in areas if row["level"] == "county"]
    seats = {row["code"]: (float(row["lon"]), float(row["lat"])) for row in counties}
    if folder.name not in REACH:
        raise ValueError(f"{folder.name}: say in REACH how large the site is.")
    lons, lats = zip(*seats.values(), strict=True)
    middle = ((min(lons) + max(lons)) / 2, (min(lats) + max(lats)) / 2)
    sheet = Sheet(folder.name, middle, REACH[folder.name])

    outline = cells.ellipse(*sheet.reach)
    spread = cells.apart([sheet.km(seat) for seat in seats.values()], min(sheet.reach) / 2.5)
    of_county = dict(zip(seats, cells.divide(outline, spread), strict=True))
    middles: dict[str, Point] = {}
    for row in counties:
        seat = sheet.km(seats[row["code"]])
        towns = [one for one in areas if one["parent"] == row["code"]]
        middles |= _townships(sheet, of_county[row["code"]], seat, towns)
        if len(counties) > 1:
            ring = sheet.line(of_county[row["code"]], closed=True)
            sheet.add("county", row["name"], "Polygon", [ring])
    known = _points(sheet, areas, middles)
    _rivers(sheet, [sheet.km(seat) for seat in seats.values()])
    _roads(sheet, list(middles.values()))
    about = {row["name"]: sheet.km(seats[row["code"]]) for row in counties}
    _places(sheet, names, known, about)
    _write(folder / "areas.csv", areas)
    _write(folder / "gazetteer.csv", names)
    _store(folder / "map.geojson", sheet)


def _townships(sheet: Sheet, county: Cell, seat: Point, towns: Sequence[Row]) -> dict[str, Point]:
    """Cut a county; streets of the seat lie nearest to it. Gives middles by code, not bent."""
    if not towns:
        return {}
    inside = cells.nearest_inside(county, seat)
    spots = cells.even(county, len(towns), seat=part(sheet.name, towns[0]["code"]))
    spots.sort(key=lambda spot: hypot(spot[0] - inside[0], spot[1] - inside[1]))
    inner = [row for row in towns if row["name"].endswith(IN_TOWN)]
    ordered = inner + [row for row in towns if row not in inner]
    # Streets share the seat's town: they are drawn towards it.
    close = []
    for row, spot in zip(ordered, spots, strict=True):
        pull = 0.45 if row in inner else 0.0
        close.append(
            (spot[0] + (inside[0] - spot[0]) * pull, spot[1] + (inside[1] - spot[1]) * pull)
        )
    for row, cell in zip(ordered, cells.divide(county, close), strict=True):
        sheet.add("township", row["name"], "Polygon", [sheet.line(cell, closed=True)])
    return {row["code"]: spot for row, spot in zip(ordered, close, strict=True)}


def _points(sheet: Sheet, areas: Sequence[Row], middles: Mapping[str, Point]) -> dict[str, Point]:
    """Write the areas' points; gives those of townships by name, in km, bent."""
    known: dict[str, Point] = {}
    for row in areas:
        if row["code"] in middles:
            known.setdefault(row["name"], sheet.bent(middles[row["code"]]))
            row["lon"], row["lat"] = _cells_of(sheet, sheet.bent(middles[row["code"]]))
        elif row["parent"] in middles and row["level"] == "village":
            near = sheet.bent(middles[row["parent"]])
            spot = _around(near, row["name"], 0.8, 3.2)
            known.setdefault(row["name"], spot)
            row["lon"], row["lat"] = _cells_of(sheet, spot)
    return known


def _places(
    sheet: Sheet, names: Sequence[Row], known: dict[str, Point], seats: Mapping[str, Point]
) -> None:
    """Write the place names' points; roads become streets of their town. What names no township
    lies about its county's seat, ``seats`` by name, the first where it names none."""
    taken: dict[str, list[Point]] = defaultdict(list)
    for row in names:
        name, parent = row["name"], row["parent"]
        if name in seats:
            continue
        if name not in known:
            reach = TOWN_KM if parent in known else CITY_KM
            about = known.get(parent) or seats.get(parent) or next(iter(seats.values()))
            known[name] = _free(about, reach, name, taken[parent])
        spot = known[name]
        row["lon"], row["lat"] = _cells_of(sheet, spot)
        if row["kind"] == "road":
            turn = part(sheet.name, parent) * pi / 2
            turn += (part(name) < 0.5) * pi / 2
            arm = (cos(turn) * STREET_KM, sin(turn) * STREET_KM)
            ends = [(spot[0] - arm[0], spot[1] - arm[1]), (spot[0] + arm[0], spot[1] + arm[1])]
            sheet.add("street", name, "LineString", [sheet.degrees(end) for end in ends])
        elif row["kind"] in SHOWN_PLACES:
            sheet.add("place", name, "Point", sheet.degrees(spot))
    for name, spot in known.items():
        if name.endswith(("社区", "村")):
            sheet.add("place", name, "Point", sheet.degrees(spot))


def _free(middle: Point, reach: Point, name: str, taken: list[Point]) -> Point:
    """A spot about a middle, as far from those taken as a few tries find."""
    tries = [_around(middle, f"{name}{number}", *reach) for number in range(12)]

    def room(spot: Point) -> float:
        return min((hypot(spot[0] - x, spot[1] - y) for x, y in taken), default=1.0)

    best = max(tries, key=room)
    taken.append(best)
    return best


def _around(middle: Point, name: str, least: float, most: float) -> Point:
    turn = part(name, "turn") * 2 * pi
    far = least + (most - least) * sqrt(part(name, "far"))
    return middle[0] + far * cos(turn), middle[1] + far * sin(turn)


def _roads(sheet: Sheet, middles: Sequence[Point]) -> None:
    """Country roads join the townships by the shortest ways, an expressway crosses the site."""
    for one, other in cells.shortest_tree(middles):
        sheet.add("road", "", "LineString", sheet.line([one, other]))
    turn = part(sheet.name, "expressway") * pi
    east, north = cos(turn) * sheet.reach[0], sin(turn) * sheet.reach[1]
    across = cells.ellipse_chord(sheet.reach, (east, north))
    sheet.add("expressway", "演示高速", "LineString", sheet.line(across))


def _rivers(sheet: Sheet, seats: Sequence[Point]) -> None:
    """A river that passes every side of the first seat, with one that flows into it."""
    x, y = seats[0]
    turn = part(sheet.name, "river") * pi
    far = max(sheet.reach)
    along, beside = (cos(turn), sin(turn)), (-sin(turn), cos(turn))
    main = []
    for step in range(-12, 13):
        way, off = far * step / 11, 0.09 * far * sin(step * 0.9) + 1.2
        main.append((x + along[0] * way + beside[0] * off, y + along[1] * way + beside[1] * off))
    main = cells.within_ellipse(main, sheet.reach)
    sheet.add("river", "演示江", "LineString", sheet.line(main))
    mouth = main[len(main) // 3]
    branch = [mouth]
    for step in range(1, 10):
        way, off = far * step / 10, 0.06 * far * sin(step * 1.3)
        branch.append(
            (
                mouth[0] + beside[0] * way + along[0] * off,
                mouth[1] + beside[1] * way + along[1] * off,
            )
        )
    branch = cells.within_ellipse(branch, sheet.reach)
    if len(branch) > 1:
        sheet.add("river", "演示溪", "LineString", sheet.line(branch))


def _cells_of(sheet: Sheet, km: Point) -> tuple[str, str]:
    lon, lat = sheet.degrees(km)
    return f"{lon:.5f}", f"{lat:.5f}"


def _read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _write(path: Path, rows: Sequence[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _store(path: Path, sheet: Sheet) -> None:
    lines = ",\n".join(
        json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in sheet.features
    )
    path.write_text(f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n', encoding="utf-8")


def main(sites: Iterable[str]) -> None:
    for name in sites:
        draw(SITES / name)


if __name__ == "__main__":
    main(sys.argv[1:] or sorted(REACH))
