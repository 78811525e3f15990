"""What goes over the wire about reports."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from agent_desk.reports.days import Report
from agent_desk.reports.tables import Kind
from agent_desk.wire import Wire


class ReportNote(Wire):
    """A figure and how it is defined."""

    name: str
    text: str


class ReportChoice(Wire):
    """A value to choose, and what people call it."""

    value: str
    name: str


class ReportAbout(Wire):
    """A report: what its lines can be about and by which times; the first is the usual one."""

    report: Report
    name: str
    bys: list[ReportChoice]
    steps: list[ReportChoice]
    notes: list[ReportNote]


class Reports(Wire):
    """Every report, and the centres the reader may choose (empty: only the own one).
    ``today`` is the centre's day; ``first_day`` the first with figures."""

    reports: list[ReportAbout]
    centres: list[ReportChoice]
    today: date
    first_day: date | None


class ReportColumn(Wire):
    key: str
    name: str
    kind: Kind


class ReportTable(Wire):
    """A report of a period, both days included. Cells are as their column's kind says: days as
    ISO dates, seconds, shares from 0 to 1, ``None`` where there is nothing.

    ``as_of`` is when today's figures were made, where today counts; ``missing_days`` have not
    been made yet, and ``rows_left_out`` did not fit.
    """

    report: Report
    by: str
    step: str
    from_day: date
    to_day: date
    as_of: datetime | None
    missing_days: int
    columns: list[ReportColumn]
    rows: list[list[str | int | float | None]]
    total: list[str | int | float | None]
    rows_left_out: int


ExportFormat = Literal["xlsx", "csv"]
