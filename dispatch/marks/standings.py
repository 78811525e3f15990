"""Tables of units by day, quarter and year: points, what became of their orders, who stands where.

All of it is read from sums: ``unit_figures`` by day or month, and the index of marks by day. None
of these queries looks at orders.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from sqlalchemy import Select, case, func, literal, literal_column, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.marks.figures import COUNTS
from dispatch.marks.periods import Period, Stretch
from models.marks_states import MarkStatus
from models.marks_tables import Mark, Span, UnitFigures
from models.tables import LinkageUnit
from models.unit_forms import UnitForm

FULL: Final = 100
QUARTER: Final = "quarter_number"
# Written out, as the index of open appeals is: with a parameter no database would use it.
STILL_APPEALED: Final = text("marks.status = 'appealed'")
# A share of fewer orders says little; such a unit stands behind those of the same score.
FEW: Final[Mapping[Stretch, int]] = {Stretch.DAY: 0, Stretch.QUARTER: 10, Stretch.YEAR: 40}


@dataclass(frozen=True, slots=True)
class Points:
    """Of the marks that were not withdrawn: how many, what was deducted and given back (both
    0 or more)."""

    marks: int = 0
    deducted: int = 0
    praised: int = 0

    def __add__(self, other: Points) -> Points:
        return Points(
            self.marks + other.marks,
            self.deducted + other.deducted,
            self.praised + other.praised,
        )


@dataclass(slots=True)
class Standing:
    """A unit in a period. ``score`` is ``None`` for a day; ``rank`` as ``ranked`` gives it."""

    unit: LinkageUnit
    points: Points
    counts: Mapping[str, int]
    score: float | None = None
    few: bool = False
    rank: int | None = None
    tied: bool = False

    def share(self, kept: str, missed: str) -> float | None:
        """What part was kept; ``None`` where there was nothing."""
        whole = self.counts[kept] + self.counts[missed]
        return self.counts[kept] / whole if whole else None

    @property
    def on_time(self) -> float | None:
        """What part of all limits was kept."""
        kept = sum(self.counts[f"{name}_kept"] for name in ("received", "on_site", "feedback"))
        missed = sum(self.counts[f"{name}_missed"] for name in ("received", "on_site", "feedback"))
        return kept / (kept + missed) if kept + missed else None


@dataclass(frozen=True, slots=True)
class RuleCount:
    """How often a rule was applied in a period, and the points of it."""

    code: str
    marks: int
    points: int


@dataclass(frozen=True, slots=True)
class Table:
    """A period's table: the units in their order, how often which rule was applied, and how many
    appeals are not decided yet."""

    period: Period
    standings: Sequence[Standing]
    rules: Sequence[RuleCount] = ()
    open_appeals: int = 0
    totals: Mapping[str, int] = field(default_factory=dict)


def score(parts: Iterable[Points]) -> float:
    """The mean of the quarters' scores. Each quarter begins with 100; praise gives back what was
    deducted in it and no more."""
    found = [max(0, FULL - max(0, part.deducted - part.praised)) for part in parts] or [FULL]
    return round(sum(found) / len(found), 2)


def ranked(standings: Sequence[Standing]) -> list[Standing]:
    """In the order of their standing, ``rank`` set.

    The higher score stands first. Of the same score a unit with too few orders for its shares to
    say much stands behind the others; of those the larger share of limits kept, in tenths of a
    percent, stands first. What is then equal has the same rank, and the next rank is left out.
    """

    def key(one: Standing) -> tuple[float, bool, int]:
        on_time = None if one.few else one.on_time
        return (-(one.score or 0), one.few, -round(1000 * on_time) if on_time is not None else 1)

    found = sorted(standings, key=lambda one: (*key(one), one.unit.code))
    sizes: dict[tuple[float, bool, int], int] = defaultdict(int)
    for one in found:
        sizes[key(one)] += 1
    for place, one in enumerate(found, 1):
        before = found[place - 2] if place > 1 else None
        one.rank = before.rank if before is not None and key(before) == key(one) else place
        one.tied = sizes[key(one)] > 1
    return found


async def table(
    session: AsyncSession, period: Period, centre_code: str, group: str, today_quarter: Period
) -> Table:
    """The table of a centre's units (the highest's, written empty, are all) of one ``group``: a
    tier as ``1``, ``2``, ``3``, ``firm`` for enrolled firms, or empty for all but firms.

    ``today_quarter`` is the present one: later quarters of a year do not count yet.
    """
    units = await _units(session, centre_code, group)
    counts = await _counts(session, period)
    applied = await _applied(session, period, {unit.id for unit in units})
    points = _by_unit(applied)
    standings = [
        Standing(
            unit=unit,
            points=points.get(unit.id, Points()),
            counts=counts.get(unit.id, dict.fromkeys(COUNTS, 0)),
        )
        for unit in units
        # One that takes no orders any more is listed while it still had some.
        if unit.active or unit.id in counts or unit.id in points
    ]
    if period.stretch is Stretch.DAY:
        standings.sort(
            key=lambda one: (
                one.points.praised - one.points.deducted,
                -one.counts["orders"],
                one.unit.code,
            )
        )
    else:
        begun = [part for part in period.quarters() if part.first <= today_quarter.first]
        by_quarter = [
            _by_unit(line for line in applied if line.quarter == number)
            for number in range(len(begun))
        ]
        for one in standings:
            one.score = score(part.get(one.unit.id, Points()) for part in by_quarter)
            one.few = one.counts["orders"] < FEW[period.stretch]
        standings = ranked(standings)
    inside = {one.unit.id for one in standings}
    return Table(
        period=period,
        standings=standings,
        rules=_by_rule(applied),
        open_appeals=await _open_appeals(session, period, inside),
        totals={name: sum(one.counts[name] for one in standings) for name in COUNTS},
    )


async def _units(session: AsyncSession, centre_code: str, group: str) -> Sequence[LinkageUnit]:
    query = select(LinkageUnit).order_by(LinkageUnit.code)
    if centre_code:
        query = query.where(LinkageUnit.centre_code == centre_code)
    if group == "firm":
        query = query.where(LinkageUnit.form == UnitForm.FIRM)
    else:
        query = query.where(LinkageUnit.form != UnitForm.FIRM)
        if group:
            query = query.where(LinkageUnit.tier == int(group))
    return (await session.scalars(query)).all()


async def _counts(session: AsyncSession, period: Period) -> dict[UUID, dict[str, int]]:
    span, begins = (
        (Span.DAY, (period.first,))
        if period.stretch is Stretch.DAY
        else (Span.MONTH, period.months())
    )
    sums = [func.sum(getattr(UnitFigures, name)) for name in COUNTS]
    rows = await session.execute(
        select(UnitFigures.unit_id, *sums)
        .where(UnitFigures.span == span, UnitFigures.begins_on.in_(begins))
        .group_by(UnitFigures.unit_id)
    )
    return {unit_id: dict(zip(COUNTS, map(int, found), strict=True)) for unit_id, *found in rows}


async def points_of_unit(session: AsyncSession, period: Period, unit_id: UUID) -> Points:
    """One unit's points of a period."""
    query = _sums(period).where(Mark.unit_id == unit_id)
    return next((Points(*map(int, found)) for _, *found in await session.execute(query)), Points())


@dataclass(frozen=True, slots=True)
class _Applied:
    """How often a rule was applied to a unit in the ``quarter``-th quarter of the period."""

    unit_id: UUID
    rule_code: str
    quarter: int
    points: Points


async def _applied(
    session: AsyncSession, period: Period, unit_ids: Container[UUID]
) -> Sequence[_Applied]:
    """Every rule applied to these units, by quarter: one walk along the index of sums."""
    later = [(Mark.day >= part.first, n) for n, part in enumerate(period.quarters()) if n]
    number = (case(*reversed(later), else_=0) if later else literal(0)).label(QUARTER)
    rows = await session.execute(
        _sums(period)
        .add_columns(Mark.rule_code, number)
        # By the column's name: written out twice its values would be other parameters.
        .group_by(Mark.rule_code, literal_column(QUARTER))
    )
    return [
        _Applied(unit_id, code, quarter, Points(*map(int, found)))
        for unit_id, *found, code, quarter in rows
        if unit_id in unit_ids
    ]


def _by_unit(applied: Iterable[_Applied]) -> dict[UUID, Points]:
    found: dict[UUID, Points] = {}
    for line in applied:
        found[line.unit_id] = found.get(line.unit_id, Points()) + line.points
    return found


def _by_rule(applied: Iterable[_Applied]) -> Sequence[RuleCount]:
    found: dict[str, Points] = {}
    for line in applied:
        found[line.rule_code] = found.get(line.rule_code, Points()) + line.points
    counts = [
        RuleCount(code, sums.marks, sums.praised - sums.deducted) for code, sums in found.items()
    ]
    return sorted(counts, key=lambda one: (one.points, one.code))


def _sums(period: Period) -> Select[UUID, int, int, int]:
    return (
        select(
            Mark.unit_id,
            func.count(),
            func.sum(case((Mark.points < 0, -Mark.points), else_=0)),
            func.sum(case((Mark.points > 0, Mark.points), else_=0)),
        )
        .where(Mark.day >= period.first, Mark.day < period.end, Mark.status != MarkStatus.WITHDRAWN)
        .group_by(Mark.unit_id)
    )


async def _open_appeals(session: AsyncSession, period: Period, unit_ids: set[UUID]) -> int:
    rows = await session.execute(
        select(Mark.unit_id).where(STILL_APPEALED, Mark.day >= period.first, Mark.day < period.end)
    )
    return sum(unit_id in unit_ids for (unit_id,) in rows)
