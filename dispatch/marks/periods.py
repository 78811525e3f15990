"""Days, quarters and years of the centre: from midnight to midnight of its time zone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from models.clock import CHINA_TIME
from models.errors import InvalidInput

ONE_DAY: Final = timedelta(days=1)
FIRST_YEAR, LAST_YEAR = 2000, 2100
WORDS: Final = ("一", "二", "三", "四")


class Stretch(StrEnum):
    """What a table is about."""

    DAY = "day"
    QUARTER = "quarter"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Period:
    """From ``first`` until before ``end``; ``name`` is what people call it."""

    stretch: Stretch
    first: date
    end: date
    name: str

    @property
    def ends_at(self) -> datetime:
        return begin_of(self.end)

    def months(self) -> Sequence[date]:
        """The first days of its months, none for a day."""
        if self.stretch is Stretch.DAY:
            return ()
        count = 3 if self.stretch is Stretch.QUARTER else 12
        return tuple(date(self.first.year, self.first.month + n, 1) for n in range(count))

    def quarters(self) -> Sequence[Period]:
        """A year's four quarters; otherwise itself."""
        if self.stretch is not Stretch.YEAR:
            return (self,)
        return tuple(quarter(self.first.year, number) for number in (1, 2, 3, 4))


def day_of(at: datetime) -> date:
    """The centre's day of a moment."""
    return at.astimezone(CHINA_TIME).date()


def begin_of(day: date) -> datetime:
    """The moment at which a day of the centre begins, as UTC."""
    return datetime.combine(day, time(), CHINA_TIME).astimezone(UTC)


def month_of(day: date) -> date:
    """The first day of a day's month."""
    return day.replace(day=1)


def one_day(day: date) -> Period:
    return Period(Stretch.DAY, day, day + ONE_DAY, f"{day.year}年{day.month}月{day.day}日")


def quarter(year: int, number: int) -> Period:
    """The ``number``-th quarter, 1 to 4, of a year."""
    first = date(year, 3 * number - 2, 1)
    end = date(year + 1, 1, 1) if number == 4 else date(year, 3 * number + 1, 1)
    return Period(Stretch.QUARTER, first, end, f"{year}年第{WORDS[number - 1]}季度")


def year(number: int) -> Period:
    return Period(Stretch.YEAR, date(number, 1, 1), date(number + 1, 1, 1), f"{number}年")


def present(stretch: Stretch, now: datetime) -> Period:
    """The period that ``now`` is in."""
    today = day_of(now)
    match stretch:
        case Stretch.DAY:
            return one_day(today)
        case Stretch.QUARTER:
            return quarter(today.year, (today.month + 2) // 3)
        case Stretch.YEAR:
            return year(today.year)


def parse(stretch: Stretch, text: str, now: datetime) -> Period:
    """``2026-11-22``, ``2026Q4`` or ``2026``; empty for the present one. Raises
    ``InvalidInput``."""
    if not text:
        return present(stretch, now)
    try:
        match stretch:
            case Stretch.DAY:
                return _known(one_day(date.fromisoformat(text)))
            case Stretch.QUARTER:
                found = re.fullmatch(r"(\d{4})Q([1-4])", text, re.ASCII)
                return _known(quarter(int(found[1]), int(found[2]))) if found else _refuse(text)
            case Stretch.YEAR:
                found = re.fullmatch(r"\d{4}", text, re.ASCII)
                return _known(year(int(found[0]))) if found else _refuse(text)
    except (ValueError, OverflowError):
        return _refuse(text)


def _known(period: Period) -> Period:
    if not FIRST_YEAR <= period.first.year <= LAST_YEAR:
        raise ValueError(period.name)
    return period


def _refuse(text: str) -> Period:
    raise InvalidInput(
        f"“{text[:20]}”不是有效的时段，请写成 2026-11-22、2026Q4 或 2026 这样的形式。"
    )
