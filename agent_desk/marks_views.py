"""Checks, marks and tables of units for the pages: loaded, within what the asker may see."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from agent_desk import repository
from agent_desk.accounts import Person
from agent_desk.marks_shapes import mark_info, rule_info, spot_check_info, standing_info
from agent_desk.permissions import Permission, may
from agent_desk.wire_marks import (
    MarkInfo,
    MarkList,
    MarkRules,
    QuotaInfo,
    RuleCountInfo,
    SpotCheckDay,
    SpotCheckInfo,
    StandingTable,
    UnitMarks,
)
from dispatch import levels
from dispatch.marks import rules, spot_checks, standings
from dispatch.marks.periods import ONE_DAY, Period, Stretch, parse, present
from dispatch.marks.standings import STILL_APPEALED
from models.clock import Clock
from models.database import Database
from models.marks_states import MarkStatus, SpotCheckStatus
from models.marks_tables import Mark, SpotCheck
from models.order_tables import WorkOrder
from models.tables import LinkageUnit

PER_PAGE: Final = 50
MOST_OF_UNIT: Final = 200
MOST_COUNTED: Final = 5_000  # as many pages as anybody turns


class MarksView:
    """Loads what pages show of checks and marks."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def checks(self, person: Person, day: str) -> SpotCheckDay:
        """A day's spot checks of the person's centre."""
        period = parse(Stretch.DAY, day, self._clock.now())
        async with self._database.reading() as session:
            rows = await spot_checks.of_day(session, period.first, person.centre_code)
            infos = await self._check_infos(session, rows)
        answered = sum(row.status is SpotCheckStatus.ANSWERED for row in rows)
        missed = sum(row.status is SpotCheckStatus.MISSED for row in rows)
        return SpotCheckDay(
            day=period.first,
            checks=infos,
            counted=answered + missed,
            answered=answered,
            missed=missed,
        )

    async def check(self, row: SpotCheck) -> SpotCheckInfo:
        """One check, loaded with its unit."""
        async with self._database.reading() as session:
            return (await self._check_infos(session, [row]))[0]

    async def _check_infos(
        self, session: AsyncSession, rows: Sequence[SpotCheck]
    ) -> list[SpotCheckInfo]:
        calls = await spot_checks.calls_of(session, rows)
        names = await _names(session, (row.asked_by for row in rows))
        return [spot_check_info(row, calls.get(row.id), names) for row in rows]

    async def marks(
        self,
        person: Person,
        *,
        status: MarkStatus | None = None,
        unit_id: UUID | None = None,
        page: int = 0,
    ) -> MarkList:
        """A page of the marks of the person's centre, the newest first."""
        wanted: list[Any] = []
        if person.centre_code:
            async with self._database.reading() as session:
                wanted.append(Mark.unit_id.in_(await _own_units(session, person)))
        appeals = select(func.count()).select_from(Mark).where(STILL_APPEALED, *wanted)
        if status is MarkStatus.APPEALED:
            wanted.append(STILL_APPEALED)
        elif status is not None:
            wanted.append(Mark.status == status)
        if unit_id is not None:
            wanted.append(Mark.unit_id == unit_id)
        query = (
            select(Mark)
            .where(*wanted)
            .options(joinedload(Mark.unit))
            .order_by(Mark.at.desc(), Mark.id)
            .limit(PER_PAGE)
            .offset(PER_PAGE * page)
        )
        async with self._database.reading() as session:
            rows = (await session.scalars(query)).all()
            some = select(Mark.id).where(*wanted).limit(MOST_COUNTED).subquery()
            total = await session.scalar(select(func.count()).select_from(some))
            return MarkList(
                marks=await self._mark_infos(session, rows),
                total=total or 0,
                open_appeals=await session.scalar(appeals) or 0,
            )

    async def mark(self, row: Mark) -> MarkInfo:
        """One mark, loaded with its unit."""
        async with self._database.reading() as session:
            return (await self._mark_infos(session, [row]))[0]

    async def of_unit(self, unit_id: UUID) -> UnitMarks:
        """A unit's own newest marks, and its points of this quarter."""
        quarter = present(Stretch.QUARTER, self._clock.now())
        query = (
            select(Mark)
            .where(Mark.unit_id == unit_id)
            .options(joinedload(Mark.unit))
            .order_by(Mark.at.desc(), Mark.id)
            .limit(MOST_OF_UNIT)
        )
        checks = (
            select(SpotCheck.status, func.count())
            .where(SpotCheck.unit_id == unit_id, SpotCheck.day >= quarter.first)
            .group_by(SpotCheck.status)
        )
        async with self._database.reading() as session:
            rows = (await session.scalars(query)).all()
            points = await standings.points_of_unit(session, quarter, unit_id)
            found: dict[SpotCheckStatus, int] = dict((await session.execute(checks)).all())
            infos = await self._mark_infos(session, rows)
        answered = found.get(SpotCheckStatus.ANSWERED, 0)
        return UnitMarks(
            quarter=quarter.name,
            marks=infos,
            deducted=points.deducted,
            praised=points.praised,
            score=standings.score([points]),
            checks=answered + found.get(SpotCheckStatus.MISSED, 0),
            checks_answered=answered,
        )

    async def _mark_infos(self, session: AsyncSession, rows: Sequence[Mark]) -> list[MarkInfo]:
        people = (who for row in rows for who in (row.given_by, row.decided_by))
        names = await _names(session, people)
        ids = {row.work_order_id for row in rows if row.work_order_id is not None}
        numbers: dict[UUID, str] = {}
        if ids:
            query = select(WorkOrder.id, WorkOrder.number).where(WorkOrder.id.in_(ids))
            numbers = dict((await session.execute(query)).all())
        return [mark_info(row, names, numbers, self._clock.now()) for row in rows]

    async def rules(self, person: Person) -> MarkRules:
        """The rules and the daily draw."""
        async with self._database.reading() as session:
            rows = await rules.rules(session)
            names = await _names(session, (row.changed_by for row in rows))
            quotas = await rules.quotas(session)
        return MarkRules(
            rules=[rule_info(row, names) for row in rows],
            quotas=[
                QuotaInfo(tier=row.tier, units=row.units, begins=row.begins, ends=row.ends)
                for row in quotas
            ],
            working_days=rules.defaults().working_days,
            editable=may(person.role, Permission.CHANGE_CENTRE) and not person.centre_code,
        )

    async def table(
        self, person: Person, stretch: Stretch, which: str, group: str
    ) -> StandingTable:
        """The table of a period, of the units of the person's centre."""
        now = self._clock.now()
        period = parse(stretch, which, now)
        async with self._database.reading() as session:
            found = await standings.table(
                session, period, person.centre_code, group, present(Stretch.QUARTER, now)
            )
            rows = {row.code: row.name for row in await rules.rules(session)}
            centre = (await levels.centres(session)).name(person.centre_code)
        totals = found.totals
        return StandingTable(
            stretch=stretch,
            key=key_of(period),
            name=period.name,
            first=period.first,
            last=period.end - ONE_DAY,
            complete=period.ends_at <= now,
            at=now,
            centre_name=centre,
            group=group,
            few_below=standings.FEW[stretch],
            standings=[standing_info(one) for one in found.standings],
            rules=[
                RuleCountInfo(
                    code=one.code,
                    name=rows.get(one.code, one.code),
                    marks=one.marks,
                    points=one.points,
                )
                for one in found.rules
            ],
            open_appeals=found.open_appeals,
            orders=totals["orders"],
            checks=totals["checks_answered"] + totals["checks_missed"],
            checks_answered=totals["checks_answered"],
            received_on_time=_share(totals, "received_kept", "received_missed"),
            on_site_on_time=_share(totals, "on_site_kept", "on_site_missed"),
            feedback_on_time=_share(totals, "feedback_kept", "feedback_missed"),
            satisfaction=_share(totals, "satisfied", "unsatisfied"),
        )


def key_of(period: Period) -> str:
    """How requests name a period."""
    match period.stretch:
        case Stretch.DAY:
            return period.first.isoformat()
        case Stretch.QUARTER:
            return f"{period.first.year}Q{(period.first.month + 2) // 3}"
        case Stretch.YEAR:
            return str(period.first.year)


def _share(totals: Mapping[str, int], kept: str, missed: str) -> float | None:
    whole = totals[kept] + totals[missed]
    return totals[kept] / whole if whole else None


async def _own_units(session: AsyncSession, person: Person) -> Sequence[UUID]:
    """The units that the centre of a person of a lower one checks."""
    query = select(LinkageUnit.id).where(LinkageUnit.centre_code == person.centre_code)
    return (await session.scalars(query)).all()


async def _names(session: AsyncSession, ids: Collection[UUID | None] | Any) -> Mapping[UUID, str]:
    return await repository.display_names(session, {one for one in ids if one is not None})
