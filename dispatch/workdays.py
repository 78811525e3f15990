"""The days that are not what their weekday says, as rows that a centre edits."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from anyio import to_thread
from sqlalchemy import func, select

from dispatch.calendars import SATURDAY
from models.clock import Clock
from models.database import Database
from models.deadline_tables import CalendarDay, DayKind
from models.errors import InvalidInput, NotFound
from models.telephony_tables import Audit

FILE: Final = Path(__file__).with_name("holidays.toml")
MOST_LISTED: Final = 400


async def ensure_days(database: Database) -> None:
    """Put the announced days in where there are none at all."""
    lines = await to_thread.run_sync(lambda: list(announced(FILE)))
    async with database.writing() as work:
        if await work.session.scalar(select(func.count()).select_from(CalendarDay)):
            return
        work.session.add_all(lines)


def announced(path: Path) -> Iterator[CalendarDay]:
    """The days of a file such as ``holidays.toml``."""
    with path.open("rb") as handle:
        data = tomllib.load(handle)
    for year in data["year"]:
        for line in year["holidays"]:
            day: date = line["from"]
            while day <= line["to"]:
                yield CalendarDay(day=day, kind=DayKind.HOLIDAY, name=line["name"])
                day += timedelta(days=1)
        for line in year["workdays"]:
            yield CalendarDay(day=line["on"], kind=DayKind.WORKDAY, name=line["name"])


async def days_of(database: Database, year: int) -> Sequence[CalendarDay]:
    """A year's days in order."""
    query = select(CalendarDay).where(
        CalendarDay.day >= date(year, 1, 1), CalendarDay.day <= date(year, 12, 31)
    )
    async with database.reading() as session:
        return (await session.scalars(query.order_by(CalendarDay.day).limit(MOST_LISTED))).all()


async def put_day(
    database: Database, clock: Clock, user_id: UUID, day: date, kind: DayKind, name: str
) -> CalendarDay:
    """Say what a day is; whoever did so is recorded.

    A weekend day may be entered as part of a holiday. Raises ``InvalidInput`` for a workday that
    is one already.
    """
    if kind is DayKind.WORKDAY and day.weekday() < SATURDAY:
        raise InvalidInput(
            f"{day:%Y-%m-%d} 本来就是工作日，无需登记；如需取消放假，请删除原有登记。"
        )
    async with database.writing() as work:
        known = await work.session.get(CalendarDay, day)
        before = {"kind": known.kind.value, "name": known.name} if known else None
        row = known or CalendarDay(day=day, kind=kind)
        row.kind, row.name = kind, name
        work.session.add(row)
        work.session.add(
            _audit(clock, user_id, "put", day, before, {"kind": kind.value, "name": name})
        )
    return row


async def remove_day(database: Database, clock: Clock, user_id: UUID, day: date) -> None:
    """Let a day be what its weekday says; raises ``NotFound`` where it is already."""
    async with database.writing() as work:
        row = await work.session.get(CalendarDay, day)
        if row is None:
            raise NotFound("没有登记这一天，请刷新列表后重试。")
        before = {"kind": row.kind.value, "name": row.name}
        await work.session.delete(row)
        work.session.add(_audit(clock, user_id, "remove", day, before, None))


def _audit(
    clock: Clock,
    user_id: UUID,
    action: str,
    day: date,
    before: dict[str, str] | None,
    after: dict[str, str] | None,
) -> Audit:
    return Audit(
        user_id=user_id,
        action=action,
        subject="calendar_day",
        subject_id=day.isoformat(),
        detail={"before": before, "after": after},
        at=clock.now(),
    )
