"""Which units go: from the kinds a suggestion names to the units of this centre."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from models.tables import LinkageUnit


@dataclass(frozen=True, slots=True)
class Wanted:
    """A kind of unit that should come (供水), with its probability."""

    kind: str
    p: float


@dataclass(frozen=True, slots=True)
class Route:
    """The units chosen, in the order of the kinds; ``reasons`` has one sentence per kind.

    ``p`` is the lowest of the kinds that got a unit, since all of them go together.
    """

    units: tuple[LinkageUnit, ...]
    reasons: tuple[str, ...]
    p: float


def choose(wanted: Sequence[Wanted], address: str, units: Sequence[LinkageUnit]) -> Route:
    """One active unit per kind: the one whose area the address names (the longer name wins),
    else the lowest tier, else the lowest code."""
    chosen: dict[str, LinkageUnit] = {}
    reasons: list[str] = []
    sure: list[float] = []
    for kind, p in {item.kind: item.p for item in wanted}.items():
        fit = [unit for unit in units if unit.kind == kind and unit.active]
        if not fit:
            reasons.append(f"{kind}：没有可派的单位，请人工选择")
            continue
        best = min(fit, key=lambda unit: (-_overlap(unit, address), unit.tier, unit.code))
        chosen.setdefault(best.code, best)
        sure.append(p)
        why = (
            f"辖区“{best.area}”与地址相符"
            if _overlap(best, address)
            else f"本类单位中层级最高（{best.tier}级）"
        )
        reasons.append(f"{kind}：{best.name}，{why}")
    return Route(tuple(chosen.values()), tuple(reasons), min(sure, default=0.0))


def _overlap(unit: LinkageUnit, address: str) -> int:
    return len(unit.area) if unit.area and unit.area in address else 0
