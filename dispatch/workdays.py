"""The announced days that are not what their weekday says; a centre edits their rows."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from anyio import to_thread
from sqlalchemy import func, select

from models.database import Database
from models.deadline_tables import CalendarDay, DayKind

FILE: Final = Path(__file__).with_name("holidays.toml")


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
