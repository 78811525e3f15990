"""Who goes: the nearest fit unit and the specialist (就近处置、专业救助), and why.

A pure function of the case and what is known of the units, so the seat sees the reasons that
really counted. The seat may choose otherwise.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum
from functools import cache
from math import asin, cos, radians, sin, sqrt
from pathlib import Path
from typing import Final

from dispatch.duty import ALWAYS, OnDuty
from models.clock import CHINA_TIME
from models.dispatch_tables import Area, AreaLevel, Duty, DutyRole, Force
from models.errors import SetupError
from models.tables import LinkageUnit
from models.unit_forms import UnitForm

NEEDS: Final = Path(__file__).with_name("needs.toml")
BUSY: Final = 10  # open orders from which a unit yields to another of its kind
WIDE: Final = (AreaLevel.CITY, AreaLevel.COUNTY)
EARTH_METRES: Final = 6_371_000.0
NO_UNIT: Final = "没有可派的单位，请人工选择"


class Part(StrEnum):
    """What a unit goes for."""

    NEAREST = "就近处置"
    SPECIALIST = "专业救助"
    LOCAL = "属地"
    LEAD = "主办"
    SUPPORT = "协同"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A kind of unit that should come (供水), with its probability."""

    kind: str
    p: float


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of the matter. ``areas`` are those whose names the address holds, from the
    largest to the smallest; ``lon`` and ``lat`` degrees (GCJ-02) where they are known."""

    wanted: Sequence[Wanted]
    address: str = ""
    category_code: str = ""
    at: datetime | None = None
    areas: Sequence[Area] = ()
    lon: float | None = None
    lat: float | None = None
    emergency: bool = False

    @property
    def place(self) -> tuple[float, float] | None:
        """Where it is: the point, else that of a township or smaller area; the middle of a
        county says nothing of the way."""
        if self.lon is not None and self.lat is not None:
            return self.lon, self.lat
        for area in reversed(self.areas):
            if area.level not in WIDE and area.lon is not None and area.lat is not None:
                return area.lon, area.lat
        return None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A unit and what is known of it now. ``load`` counts its open orders, ``forces`` are its
    ready teams and vehicles, ``gave_back`` says that it returned or lost this very order."""

    unit: LinkageUnit
    duty: OnDuty = ALWAYS
    load: int = 0
    reachable: bool = True
    terminal: bool = True
    forces: Sequence[Force] = ()
    gave_back: bool = False


@dataclass(frozen=True, slots=True)
class Proposed:
    """A unit with its part and the reasons that counted, in words for the seat. ``chosen``: it
    should go; the others are the next best of the same kind."""

    unit: LinkageUnit
    part: Part
    p: float
    reasons: tuple[str, ...]
    chosen: bool = True


@dataclass(frozen=True, slots=True)
class Route:
    """Who should go, in the order of the kinds wanted, and who could go instead.

    ``missing`` has a sentence per kind that nobody covers. ``p`` is the lowest of the kinds
    that got a unit, since all of them go together.
    """

    proposed: tuple[Proposed, ...] = ()
    missing: tuple[str, ...] = ()
    p: float = 0.0

    @property
    def chosen(self) -> tuple[Proposed, ...]:
        return tuple(item for item in self.proposed if item.chosen)

    @property
    def units(self) -> tuple[LinkageUnit, ...]:
        return tuple(item.unit for item in self.chosen)

    @property
    def reasons(self) -> tuple[str, ...]:
        said = (
            f"{item.unit.name}（{item.part}）：{'，'.join(item.reasons)}" for item in self.chosen
        )
        return (*said, *self.missing)


@cache
def needs(path: Path = NEEDS) -> tuple[Mapping[str, tuple[str, ...]], tuple[str, ...]]:
    """Skills wanted by category, and the categories for which the township comes; raises
    ``SetupError`` for a file that is not usable."""
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
        skills = {
            code: tuple(str(skill) for skill in names) for code, names in found["needs"].items()
        }
        return skills, tuple(str(code) for code in found["local"]["categories"])
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise SetupError(f"{path}: {error}; compare it with the one that was delivered.") from None


def is_local(category_code: str) -> bool:
    """Whether the township goes too."""
    return category_code.startswith(needs()[1])


def skills_for(category_code: str) -> tuple[str, ...]:
    """The skills that a category wants."""
    known, _ = needs()
    fit = [code for code in known if category_code.startswith(code)]
    return known[max(fit, key=len)] if fit else ()


def skills_of(candidate: Candidate) -> set[str]:
    """What a unit can do itself or with a team or vehicle that is ready."""
    found = set(candidate.unit.capabilities or ())
    return found.union(*(force.capabilities for force in candidate.forces))


def kinds_of(unit: LinkageUnit) -> tuple[str, ...]:
    return (unit.kind, *(unit.kinds or ()))


def propose(case: Case, candidates: Sequence[Candidate], duties: Sequence[Duty] = ()) -> Route:
    """Choose one unit per kind wanted, the one the duty list names first, and the specialist."""
    return _Choice(case, candidates, duties).route()


@dataclass(slots=True)
class _Choice:
    case: Case
    candidates: Sequence[Candidate]
    duties: Sequence[Duty]
    found: dict[str, Proposed] = field(default_factory=dict)
    others: dict[str, Proposed] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    sure: list[float] = field(default_factory=list)

    def route(self) -> Route:
        skills = skills_for(self.case.category_code)
        listed = self._listed()
        wanted = {item.kind: item.p for item in self.case.wanted}
        for position, (kind, p) in enumerate(wanted.items()):
            fit = [one for one in self._active() if kind in kinds_of(one.unit)]
            if not fit:
                self.missing.append(f"{kind}：{NO_UNIT}")
                continue
            ranked = sorted(fit, key=lambda one: self._rank(one, skills, listed))
            first = Part.NEAREST if self.case.emergency else Part.LEAD
            self._take(ranked, first if position == 0 else Part.SUPPORT, p, kind, listed)
        self._take_listed(listed)
        self._take_local()
        self._take_specialist(skills)
        chosen = tuple(self.found.values())
        others = tuple(one for code, one in self.others.items() if code not in self.found)
        return Route(chosen + others, tuple(self.missing), min(self.sure, default=0.0))

    def _active(self) -> Sequence[Candidate]:
        return [one for one in self.candidates if one.unit.active]

    def _take(
        self,
        ranked: Sequence[Candidate],
        part: Part,
        p: float,
        kind: str,
        listed: Mapping[str, Duty],
    ) -> None:
        best, *rest = ranked
        self.sure.append(p)
        passed_over = self._passed_over(best, rest)
        reasons = self._reasons(best, kind, listed) + passed_over
        self.found.setdefault(best.unit.code, Proposed(best.unit, part, p, tuple(reasons)))
        for one in rest[:3]:
            why = tuple(self._reasons(one, kind, listed))
            self.others.setdefault(one.unit.code, Proposed(one.unit, part, p, why, chosen=False))

    def _passed_over(self, best: Candidate, rest: Sequence[Candidate]) -> list[str]:
        """Units that would have been nearer but do not take orders now."""
        fit = _fit(best.unit, self.case)
        nearer = [one for one in rest if _fit(one.unit, self.case) > fit]
        return [
            f"“{one.unit.name}”{'已退单' if one.gave_back else one.duty.sentence()}，顺延至本单位"
            for one in nearer
            if one.gave_back or not one.duty.on
        ][:1]

    def _rank(
        self, one: Candidate, skills: Sequence[str], listed: Mapping[str, Duty]
    ) -> tuple[object, ...]:
        return (
            one.gave_back,
            not one.duty.on,
            not one.reachable,
            one.unit.code not in listed,
            -_fit(one.unit, self.case),
            not (set(skills) & skills_of(one)),
            one.load >= BUSY,
            one.unit.tier,
            one.load,
            _metres(one, self.case) or 0.0,
            one.unit.code,
        )

    def _listed(self) -> dict[str, Duty]:
        """The duties that this case falls under, by the code of their unit."""
        code = self.case.category_code
        fit = [duty for duty in self.duties if code and _falls_under(duty, self.case)]
        longest = max((len(duty.category_code) for duty in fit), default=0)
        return {duty.unit.code: duty for duty in fit if len(duty.category_code) == longest}

    def _take_listed(self, listed: Mapping[str, Duty]) -> None:
        known = {one.unit.code: one for one in self._active()}
        for code, duty in listed.items():
            one = known.get(code)
            if one is None or code in self.found or not one.duty.on or one.gave_back:
                continue
            part = Part.LEAD if duty.role is DutyRole.LEAD and not self.found else Part.SUPPORT
            reasons = tuple(self._reasons(one, one.unit.kind, listed))
            self.found[code] = Proposed(one.unit, part, 1.0, reasons)
            self.sure.append(1.0)

    def _take_local(self) -> None:
        """The township where a disaster is: its people know the place."""
        if not is_local(self.case.category_code):
            return
        for one in self._active():
            here = one.unit.form is UnitForm.TOWNSHIP and _fit(one.unit, self.case) > 0
            if here and one.duty.on and not one.gave_back and one.unit.code not in self.found:
                reasons = tuple(self._reasons(one, one.unit.kind, {}))
                p = min(self.sure, default=0.0)
                self.found[one.unit.code] = Proposed(one.unit, Part.LOCAL, p, reasons)
                return

    def _take_specialist(self, skills: Sequence[str]) -> None:
        if not skills or not self.case.wanted:
            return
        wanted = set(skills)
        for code, item in self.found.items():
            one = next(one for one in self.candidates if one.unit.code == code)
            if wanted & skills_of(one) and self.case.emergency:
                part = item.part if item.part is Part.NEAREST else Part.SPECIALIST
                self.found[code] = Proposed(item.unit, part, item.p, item.reasons)
                return
        able = [one for one in self._active() if wanted & skills_of(one) and one.duty.on]
        if not able or not self.case.emergency:
            return
        best = min(able, key=lambda one: self._rank(one, skills, {}))
        if not best.gave_back:
            reasons = tuple(self._reasons(best, best.unit.kind, {}))
            p = min(self.sure, default=0.0)
            self.found[best.unit.code] = Proposed(best.unit, Part.SPECIALIST, p, reasons)

    def _reasons(self, one: Candidate, kind: str, listed: Mapping[str, Duty]) -> list[str]:
        unit, said = one.unit, []
        duty = listed.get(unit.code)
        if duty is not None:
            said.append(f"职责清单：{duty.class_name}·{duty.name}")
        fit = _fit(unit, self.case)
        if fit > 0:
            said.append(f"辖区“{unit.area}”与地址相符")
        elif fit < 0:
            said.append(f"辖区“{unit.area}”，跨区支援")
        else:
            said.append(f"{kind}类单位，{unit.tier}级")
        able = sorted(set(skills_for(self.case.category_code)) & skills_of(one))
        if able:
            ready = sum(bool(set(able) & set(force.capabilities)) for force in one.forces)
            said.append(f"具备“{'、'.join(able)}”" + (f"，{ready} 支力量待命" if ready else ""))
        metres = _metres(one, self.case)
        if metres is not None:
            said.append(f"距现场约 {metres / 1000:.1f} 公里")
        said.append(one.duty.sentence())
        if one.load:
            said.append(f"在办 {one.load} 件")
        if not one.reachable:
            said.append("没有可用的联系方式")
        elif not one.terminal:
            said.append("终端未登录，请留意接收")
        if one.gave_back:
            said.append("已退回本单")
        return said


def _falls_under(duty: Duty, case: Case) -> bool:
    if not duty.category_code or not case.category_code.startswith(duty.category_code):
        return False
    if duty.area_code and duty.area_code not in {area.code for area in case.areas}:
        return False
    return case.at is None or within_hours(duty.hours, case.at)


def within_hours(hours: str, at: datetime) -> bool:
    """Whether ``at`` falls into local ``hours`` such as ``22:00-06:00``; always if empty."""
    if not hours:
        return True
    begins, ends = (time.fromisoformat(part) for part in hours.split("-"))
    now = at.astimezone(CHINA_TIME).time()
    if begins <= ends:
        return begins <= now < ends
    return now >= begins or now < ends


def _fit(unit: LinkageUnit, case: Case) -> int:
    """How closely a unit's area fits the address: more than 0 for an area that holds it, the
    smaller the area the more; 0 for a unit of everywhere or where nothing is known; -1 for
    another area's."""
    if unit.area and unit.area in case.address:
        return 100 + len(unit.area)
    if unit.area_code:
        for depth, area in enumerate(case.areas, start=1):
            if area.code == unit.area_code:
                return depth
        return -1 if case.areas else 0
    return -1 if unit.area and case.areas else 0


def _metres(one: Candidate, case: Case) -> float | None:
    """How far the unit, or the nearest of its ready forces, is from the place."""
    place = case.place
    if place is None:
        return None
    spots = [(force.lon, force.lat) for force in one.forces]
    spots.append((one.unit.lon, one.unit.lat))
    known = [(lon, lat) for lon, lat in spots if lon is not None and lat is not None]
    return min((metres_between(place, spot) for spot in known), default=None)


def metres_between(one: tuple[float, float], other: tuple[float, float]) -> float:
    """The way of the crow between two places in degrees of longitude and latitude."""
    (lon1, lat1), (lon2, lat2) = ((radians(lon), radians(lat)) for lon, lat in (one, other))
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_METRES * asin(sqrt(min(1.0, half)))
