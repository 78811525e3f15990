"""日历: the days that are not what their weekday says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from agent_desk.accounts import Person
from agent_desk.administration.record import meanwhile, note
from agent_desk.wire_deadlines import CalendarDayInfo, PutCalendarDay
from dispatch.calendars import SATURDAY
from models.clock import Clock
from models.database import Database
from models.deadline_tables import CalendarDay, DayKind
from models.errors import InvalidInput, NotFound

SUBJECT: Final = "calendar_day"
MOST_LISTED: Final = 400
DIGITS: Final = 16


class Days:
    """A day's version is a digest of what is entered for it, empty where nothing is: a row that
    was taken away and entered again as it was is what was seen."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def of_year(self, year: int) -> list[CalendarDayInfo]:
        """A year's days in order."""
        query = select(CalendarDay).where(
            CalendarDay.day >= date(year, 1, 1), CalendarDay.day <= date(year, 12, 31)
        )
        async with self._database.reading() as session:
            rows: Sequence[CalendarDay] = (
                await session.scalars(query.order_by(CalendarDay.day).limit(MOST_LISTED))
            ).all()
        return [_info(row) for row in rows]

    async def put(self, day: date, wanted: PutCalendarDay, by: Person) -> CalendarDayInfo:
        """Say what a day is; whoever did so is recorded.

        A weekend day may be entered as part of a holiday. Raises ``InvalidInput`` for a workday
        that is one already, ``EditedMeanwhile``.
        """
        if wanted.kind is DayKind.WORKDAY and day.weekday() < SATURDAY:
            raise InvalidInput(
                f"{day:%Y-%m-%d} 本来就是工作日，无需登记；如需取消放假，请删除原有登记。"
            )
        try:
            async with self._database.writing() as work:
                row = await work.session.get(CalendarDay, day, with_for_update=True)
                if _version(row) != wanted.version:
                    raise await meanwhile(work.session, SUBJECT, day.isoformat())
                before = _shown(row)
                if row is None:
                    row = CalendarDay(day=day)
                    work.session.add(row)
                row.kind, row.name = wanted.kind, wanted.name
                note(
                    work, self._clock, by.user_id, "put", SUBJECT, day.isoformat(),
                    day.isoformat(), before, _shown(row),
                )  # fmt: skip
        except IntegrityError as error:  # two people entered the same day at the same moment
            async with self._database.reading() as session:
                raise await meanwhile(session, SUBJECT, day.isoformat()) from error
        return _info(row)

    async def remove(self, day: date, version: str, by: Person) -> None:
        """Let a day be what its weekday says.

        Raises ``NotFound`` where it is already, ``EditedMeanwhile``.
        """
        async with self._database.writing() as work:
            row = await work.session.get(CalendarDay, day, with_for_update=True)
            if _version(row) != version:
                raise await meanwhile(work.session, SUBJECT, day.isoformat())
            if row is None:
                raise NotFound("没有登记这一天，请刷新列表后重试。")
            note(
                work, self._clock, by.user_id, "remove", SUBJECT, day.isoformat(),
                day.isoformat(), _shown(row), None,
            )  # fmt: skip
            await work.session.delete(row)


def _version(row: CalendarDay | None) -> str:
    if row is None:
        return ""
    return sha256(f"{row.kind.value}\n{row.name}".encode()).hexdigest()[:DIGITS]


def _shown(row: CalendarDay | None) -> dict[str, Any] | None:
    return None if row is None else {"kind": row.kind.value, "name": row.name}


def _info(row: CalendarDay) -> CalendarDayInfo:
    return CalendarDayInfo(day=row.day, kind=row.kind, name=row.name, version=_version(row))
