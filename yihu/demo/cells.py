"""Plane geometry for drawn maps: convex cells, evenly spread points, shortest ways. Kilometres."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, hypot, pi, sin, sqrt
from typing import Final

Point = tuple[float, float]
Cell = list[Point]  # a convex polygon, its corners in order

CORNERS: Final = 72
ROUNDS: Final = 30
GRID: Final = 28
GOLDEN: Final = pi * (3 - sqrt(5))


def ellipse(east: float, north: float) -> Cell:
    """An ellipse around the middle."""
    turns = [2 * pi * corner / CORNERS for corner in range(CORNERS)]
    return [(east * cos(turn), north * sin(turn)) for turn in turns]


def within_ellipse(line: Sequence[Point], reach: Point) -> list[Point]:
    """The points of a line that lie in the ellipse, to its first gap."""
    inside = [(x / reach[0]) ** 2 + (y / reach[1]) ** 2 <= 1 for x, y in line]
    first = inside.index(True) if True in inside else len(line)
    found: list[Point] = []
    for point, kept in zip(line[first:], inside[first:], strict=True):
        if not kept:
            break
        found.append(point)
    return found


def ellipse_chord(reach: Point, toward: Point) -> list[Point]:
    """A line across the ellipse, a little beside its middle."""
    aside = (-0.18 * toward[1] * reach[0] / reach[1], 0.18 * toward[0] * reach[1] / reach[0])
    ends = [(s * toward[0] + aside[0], s * toward[1] + aside[1]) for s in (-1.0, -0.3, 0.4, 1.0)]
    return within_ellipse(ends, (reach[0] * 1.02, reach[1] * 1.02)) or ends


def divide(cell: Cell, spots: Sequence[Point]) -> list[Cell]:
    """The part of a convex cell that is nearest to each spot."""
    found = []
    for spot in spots:
        piece = cell
        for other in spots:
            if other != spot:
                piece = _nearer(piece, spot, other)
        found.append(piece)
    return found


def _nearer(cell: Cell, spot: Point, other: Point) -> Cell:
    """What of a cell is nearer to ``spot`` than to ``other``."""
    east, north = other[0] - spot[0], other[1] - spot[1]
    edge = (other[0] ** 2 + other[1] ** 2 - spot[0] ** 2 - spot[1] ** 2) / 2
    kept: Cell = []
    for one, two in zip(cell, [*cell[1:], *cell[:1]], strict=True):
        at_one = one[0] * east + one[1] * north - edge
        at_two = two[0] * east + two[1] * north - edge
        if at_one <= 0:
            kept.append(one)
        if (at_one < 0 < at_two) or (at_two < 0 < at_one):
            share = at_one / (at_one - at_two)
            kept.append((one[0] + (two[0] - one[0]) * share, one[1] + (two[1] - one[1]) * share))
    return kept


def apart(spots: Sequence[Point], least: float) -> list[Point]:
    """The spots, those too near to one another pushed apart along the line between them."""
    moved = list(spots)
    for _ in range(ROUNDS):
        for one in range(len(moved)):
            for two in range(one):
                east, north = moved[one][0] - moved[two][0], moved[one][1] - moved[two][1]
                far = hypot(east, north)
                if 0 < far < least:
                    push = (least - far) / 2 / far
                    moved[one] = (moved[one][0] + east * push, moved[one][1] + north * push)
                    moved[two] = (moved[two][0] - east * push, moved[two][1] - north * push)
    return moved


def even(cell: Cell, count: int, *, seat: float) -> list[Point]:
    """Points spread evenly in a convex cell (Lloyd's method); ``seat`` turns where they begin."""
    xs, ys = [x for x, _ in cell], [y for _, y in cell]
    wide, high = max(xs) - min(xs), max(ys) - min(ys)
    samples = [
        point
        for column in range(GRID)
        for row in range(GRID)
        if contains(
            cell,
            point := (
                min(xs) + wide * (column + 0.5) / GRID,
                min(ys) + high * (row + 0.5) / GRID,
            ),
        )
    ]
    middle = (sum(x for x, _ in samples) / len(samples), sum(y for _, y in samples) / len(samples))
    spots = []
    for number in range(count):
        turn, far = 2 * pi * seat + number * GOLDEN, sqrt((number + 0.5) / count)
        reach = min(wide, high) / 2.4
        spots.append((middle[0] + far * reach * cos(turn), middle[1] + far * reach * sin(turn)))
    for _ in range(ROUNDS):
        sums = [[0.0, 0.0, 0.0] for _ in spots]
        for x, y in samples:
            nearest = min(
                range(count), key=lambda one: (spots[one][0] - x) ** 2 + (spots[one][1] - y) ** 2
            )
            sums[nearest][0] += x
            sums[nearest][1] += y
            sums[nearest][2] += 1
        spots = [
            (east / many, north / many) if many else spot
            for (east, north, many), spot in zip(sums, spots, strict=True)
        ]
    return spots


def contains(cell: Cell, point: Point) -> bool:
    """Whether a point lies in a convex cell whose corners go round to the left."""
    return all(
        (two[0] - one[0]) * (point[1] - one[1]) - (two[1] - one[1]) * (point[0] - one[0]) >= 0
        for one, two in zip(cell, [*cell[1:], *cell[:1]], strict=True)
    )


def nearest_inside(cell: Cell, point: Point) -> Point:
    """The point itself, or a point of the cell on the way from it to the cell's middle."""
    middle = (sum(x for x, _ in cell) / len(cell), sum(y for _, y in cell) / len(cell))
    for step in range(11):
        share = step / 10
        at = (point[0] + (middle[0] - point[0]) * share, point[1] + (middle[1] - point[1]) * share)
        if contains(cell, at):
            return at
    return middle


def shortest_tree(spots: Sequence[Point]) -> list[tuple[Point, Point]]:
    """The shortest lines that join all spots."""
    left, joined, found = list(spots[1:]), list(spots[:1]), []
    while left:
        one, other = min(
            ((one, other) for one in joined for other in left),
            key=lambda pair: hypot(pair[0][0] - pair[1][0], pair[0][1] - pair[1][1]),
        )
        found.append((one, other))
        joined.append(other)
        left.remove(other)
    return found
