"""A report as a file for a spreadsheet: typed cells, and no cell that could be a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import xlsxwriter  # type: ignore[import-untyped]  # ships no types

from agent_desk.reports.notes import ABOUT, BY_NAMES, STEP_NAMES
from agent_desk.reports.reading import MOST_EXPORTED, Made
from agent_desk.reports.tables import Column, Kind, Value
from agent_desk.spreadsheets import harmless
from models.clock import CHINA_TIME

BOM: Final = "\ufeff"
SHEET_FIGURES, SHEET_NOTES = "报表", "说明"
WIDTHS: Final = {Kind.TEXT: 22, Kind.DAY: 13, Kind.COUNT: 10, Kind.SECONDS: 13, Kind.SHARE: 11}
FORMATS: Final = {
    Kind.DAY: "yyyy-mm-dd",
    Kind.COUNT: "#,##0",
    Kind.SECONDS: "#,##0.0",
    Kind.SHARE: "0.0%",
}
UNITS: Final = {Kind.SECONDS: "（秒）"}


def file_name(made: Made, ending: str) -> str:
    """``应答与服务水平_2026-11-01_2026-11-22.xlsx``"""
    asked = made.asked
    return f"{ABOUT[asked.report].name}_{asked.from_day}_{asked.to_day}.{ending}"


def as_csv(made: Made) -> bytes:
    """Comma-separated UTF-8 with a byte order mark, which spreadsheets know it by."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    columns = made.table.columns
    writer.writerow([_head(column) for column in columns])
    for row in [*made.table.rows[:MOST_EXPORTED], made.table.total]:
        writer.writerow([_written(value) for value in row])
    return (BOM + out.getvalue()).encode()


def _written(value: Value) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, float):
        return round(value, 4)
    return harmless(value) if isinstance(value, str) else value


def _head(column: Column) -> str:
    return harmless(f"{column.name}{UNITS.get(column.kind, '')}")


def as_xlsx(made: Made) -> bytes:
    """A workbook of the figures, the head frozen, and of how they are defined."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        formats = {kind: book.add_format({"num_format": form}) for kind, form in FORMATS.items()}
        sums = {
            kind: book.add_format({"num_format": form, "bold": True})
            for kind, form in FORMATS.items()
        }
        sheet = book.add_worksheet(SHEET_FIGURES)
        sheet.freeze_panes(1, 0)
        columns = made.table.columns
        for place, column in enumerate(columns):
            sheet.set_column(place, place, WIDTHS[column.kind])
            sheet.write_string(0, place, _head(column), bold)
        rows = made.table.rows[:MOST_EXPORTED]
        for number, row in enumerate(rows, 1):
            _write_row(sheet, number, columns, row, formats, None)
        if rows:
            sheet.autofilter(0, 0, len(rows), len(columns) - 1)
        _write_row(sheet, len(rows) + 1, columns, made.table.total, sums, bold)
        _notes(book, bold, made)
    return out.getvalue()


def _write_row(
    sheet: Any,
    number: int,
    columns: Sequence[Column],
    row: Sequence[Value],
    formats: dict[Kind, Any],
    text: Any,
) -> None:
    for place, (column, value) in enumerate(zip(columns, row, strict=True)):
        if value is None or value == "":
            continue
        if isinstance(value, int | float):
            sheet.write_number(number, place, value, formats[column.kind])
        elif column.kind is Kind.DAY and value[:4].isdigit():
            sheet.write_datetime(number, place, date.fromisoformat(value), formats[Kind.DAY])
        else:
            sheet.write_string(number, place, harmless(value), text)


def _notes(book: Any, bold: Any, made: Made) -> None:
    asked, about = made.asked, ABOUT[made.asked.report]
    sheet = book.add_worksheet(SHEET_NOTES)
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, 90)
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    lines = [
        ("报表", about.name),
        ("时段", f"{asked.from_day} 至 {asked.to_day}"),
        ("分组", f"{BY_NAMES[asked.by]}，{STEP_NAMES[asked.step]}"),
        ("队列", made.queue_name),
        ("中心", made.centre_name),
    ]
    if made.as_of is not None:
        lines.append(("当天数据截至", f"{made.as_of.astimezone(CHINA_TIME):%Y-%m-%d %H:%M:%S}"))
    if made.missing_days:
        lines.append(("注意", f"有 {made.missing_days} 天尚在汇总，未计入。"))
    if len(made.table.rows) > MOST_EXPORTED:
        lines.append(("注意", f"只含前 {MOST_EXPORTED} 行，请缩短时段或改按周、按月。"))
    for number, (name, text) in enumerate([*lines, ("怎么算", ""), *about.notes]):
        sheet.write_string(number, 0, harmless(name), bold)
        sheet.write_string(number, 1, harmless(text), wrapped)
