"""Reports of a period for a person: what may be asked, and the table from the stored sheets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

import anyio.to_thread
from sqlalchemy import Text, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from agent_desk.accounts import Person
from agent_desk.parts import Parts
from agent_desk.reports.days import Report
from agent_desk.reports.notes import ABOUT, BY_NAMES, STEP_NAMES
from agent_desk.reports.tables import Asked, Kept, Names, Table, UnitName, table
from agent_desk.wire_reports import (
    ReportAbout,
    ReportChoice,
    ReportColumn,
    ReportNote,
    Reports,
    ReportTable,
)
from dispatch.levels import HIGHEST
from models.alarm_tables import ReportDay, ReportSheet
from models.clock import CHINA_TIME
from models.dispatch_tables import Centre
from models.errors import Forbidden, InvalidInput
from models.tables import LinkageUnit, Queue, Seat, User
from models.telephony_tables import Audit

LONGEST: Final = timedelta(days=366)
MOST_ROWS: Final = 1_000
MOST_EXPORTED: Final = 50_000
EVERY_CENTRE: Final = "*"
OWN_CENTRE: Final = "."  # the highest one's code is empty, as is a choice that was not made


@dataclass(frozen=True, slots=True)
class Made:
    """A table with what it rests on."""

    asked: Asked
    table: Table
    as_of: datetime | None
    missing_days: int
    queue_name: str
    centre_name: str


class ReportReader:
    """Reads reports for supervisors."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._database = parts.database
        # One at a time: a year's merging is work that must not take every worker thread.
        self._threads = anyio.CapacityLimiter(1)

    def today(self) -> date:
        """The day of the centre that it is now."""
        return self._parts.clock.now().astimezone(CHINA_TIME).date()

    async def about(self, person: Person) -> Reports:
        """Every report and what may be chosen."""
        async with self._database.reading() as session:
            first = await session.scalar(select(func.min(ReportDay.day)))
            centres = await _centres(session) if person.centre_code == HIGHEST else {}
        choices = []
        if len(centres) > 1:
            choices = [ReportChoice(value=EVERY_CENTRE, name="全部中心")]
            choices += [
                ReportChoice(value=code or OWN_CENTRE, name=name) for code, name in centres.items()
            ]
        return Reports(
            reports=[
                ReportAbout(
                    report=report,
                    name=about.name,
                    bys=[ReportChoice(value=by, name=BY_NAMES[by]) for by in about.bys],
                    steps=[ReportChoice(value=step, name=STEP_NAMES[step]) for step in about.steps],
                    notes=[ReportNote(name=name, text=text) for name, text in about.notes],
                )
                for report, about in ABOUT.items()
            ],
            centres=choices,
            today=self.today(),
            first_day=first,
        )

    def asked(
        self,
        person: Person,
        report: Report,
        from_day: date,
        to_day: date,
        *,
        by: str = "",
        step: str = "",
        queue_code: str = "",
        centre: str = "",
    ) -> Asked:
        """What a request asks for. Raises ``InvalidInput`` for a period or a break-down there is
        none of, ``Forbidden`` for another centre's figures."""
        about = ABOUT[report]
        by, step = by or about.bys[0], step or about.steps[0]
        if by not in about.bys or step not in about.steps:
            raise InvalidInput("这张报表没有这种分组，请刷新页面后重新选择。")
        if from_day > to_day:
            raise InvalidInput("开始日期晚于结束日期，请重新选择。")
        if to_day - from_day >= LONGEST:
            raise InvalidInput("报表时段最长一年，请缩短后重试。")
        own = person.centre_code
        wanted: str | None = own
        if own == HIGHEST:
            wanted = {"": None, EVERY_CENTRE: None, OWN_CENTRE: HIGHEST}.get(centre, centre)
        elif centre not in ("", OWN_CENTRE, own):
            raise Forbidden("只能查看本中心的报表。")
        if report is Report.ANSWERS:
            wanted = None  # the lines are the hall's
        return Asked(report, from_day, to_day, by, step, queue_code, wanted)

    async def made(self, asked: Asked) -> Made:
        """The table, from the sheets there are."""
        query = select(
            ReportSheet.day, ReportSheet.queue_code, cast(ReportSheet.lines, Text)
        ).where(
            ReportSheet.report == asked.report.value,
            ReportSheet.day >= asked.from_day,
            ReportSheet.day <= asked.to_day,
        )
        if asked.queue_code and asked.report is not Report.HANDLES:
            query = query.where(ReportSheet.queue_code == asked.queue_code)
        if asked.centre_code is not None:
            query = query.where(ReportSheet.centre_code == asked.centre_code)
        today = self.today()
        async with self._database.reading() as session:
            kept = [Kept(*row) for row in await session.execute(query)]
            names = await self._names(session, asked.report)
            centres = await _centres(session)
            missing = await session.scalar(
                select(func.count())
                .select_from(ReportDay)
                .where(
                    ReportDay.day >= asked.from_day,
                    ReportDay.day <= min(asked.to_day, today),
                    ReportDay.made_at.is_(None),
                )
            )
            latest = await session.get(ReportDay, today)
        found = await anyio.to_thread.run_sync(table, asked, kept, names, limiter=self._threads)
        counts_today = asked.from_day <= today <= asked.to_day
        return Made(
            asked=asked,
            table=found,
            as_of=latest.made_at if counts_today and latest is not None else None,
            missing_days=missing or 0,
            queue_name=names.queues.get(asked.queue_code, asked.queue_code) or "全部队列",
            centre_name="全部"
            if asked.centre_code is None
            else centres.get(asked.centre_code, "本中心"),
        )

    async def note_export(self, person: Person, made: Made, file_format: str) -> None:
        """Leave a trace of who took which figures away."""
        asked = made.asked
        async with self._database.writing() as work:
            work.session.add(
                Audit(
                    user_id=person.user_id,
                    action="report_export",
                    subject="report",
                    subject_id=asked.report.value,
                    detail={
                        "from": asked.from_day.isoformat(),
                        "to": asked.to_day.isoformat(),
                        "by": asked.by,
                        "step": asked.step,
                        "queue": asked.queue_code,
                        "centre": asked.centre_code,
                        "format": file_format,
                        "rows": len(made.table.rows),
                    },
                    at=self._parts.clock.now(),
                )
            )

    async def _names(self, session: AsyncSession, report: Report) -> Names:
        names = Names()
        queues = await session.execute(select(Queue.code, Queue.name))
        names.queues = {code: name if code in name else f"{code} {name}" for code, name in queues}
        if report is Report.HANDLES:
            people = await session.execute(select(User.id, User.display_name))
            names.people = {str(user_id): name for user_id, name in people}
            seats = await session.execute(select(Seat.code, Seat.name))
            names.seats = {code: name if code in name else f"{code} {name}" for code, name in seats}
        if report is Report.UNITS:
            units = await session.execute(
                select(LinkageUnit.id, LinkageUnit.name, LinkageUnit.tier)
            )
            names.units = {str(unit_id): UnitName(name, tier) for unit_id, name, tier in units}
        if report in (Report.SENDING, Report.MATTERS):
            names.categories = dict(self._parts.category_names())
            names.groups = {item.code: item.group for item in self._parts.categories}
        return names


async def _centres(session: AsyncSession) -> dict[str, str]:
    """The centres' names by code, the highest first."""
    rows = await session.scalars(select(Centre).order_by(Centre.code))
    found = {HIGHEST if row.parent_code is None else row.code: row.name for row in rows}
    return {HIGHEST: found.pop(HIGHEST, "本级中心"), **found}


def shown(made: Made) -> ReportTable:
    """A table for a page, cut where it is too long to read."""
    rows: Any = made.table.rows
    return ReportTable(
        report=made.asked.report,
        by=made.asked.by,
        step=made.asked.step,
        from_day=made.asked.from_day,
        to_day=made.asked.to_day,
        as_of=made.as_of,
        missing_days=made.missing_days,
        columns=[
            ReportColumn(key=column.key, name=column.name, kind=column.kind)
            for column in made.table.columns
        ],
        rows=rows[:MOST_ROWS],
        total=list(made.table.total),
        rows_left_out=max(0, len(rows) - MOST_ROWS),
    )
