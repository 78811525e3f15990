"""A period's table as a file for a spreadsheet: CSV, or XLSX with a title and frozen headings."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import xlsxwriter  # type: ignore[import-untyped]  # the package has no types

from agent_desk.spreadsheets import harmless
from agent_desk.wire_marks import StandingInfo, StandingTable
from dispatch.marks.periods import Stretch
from models.clock import CHINA_TIME

TIERS: Final = {1: "一级", 2: "二级", 3: "三级"}
NARROW, WIDE = 10, 28

Value = str | int | float | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, what stands in it, whether as a share."""

    name: str
    value: Callable[[StandingInfo], Value]
    share: bool = False
    periods_only: bool = False


COLUMNS: Final = (
    Column("名次", lambda one: one.rank, periods_only=True),
    Column("单位", lambda one: one.name),
    Column("层级", lambda one: "加盟企业" if one.firm else TIERS.get(one.tier, str(one.tier))),
    Column("得分", lambda one: one.score, periods_only=True),
    Column("扣分", lambda one: one.deducted),
    Column("返分", lambda one: one.praised),
    Column("派单数", lambda one: one.orders),
    Column("已反馈", lambda one: one.fed_back),
    Column("接收及时率", lambda one: one.received_on_time, share=True),
    Column("到场及时率", lambda one: one.on_site_on_time, share=True),
    Column("反馈及时率", lambda one: one.feedback_on_time, share=True),
    Column("退单", lambda one: one.returns),
    Column("退回重办", lambda one: one.redone),
    Column("满意", lambda one: one.satisfied),
    Column("不满意", lambda one: one.unsatisfied),
    Column("满意率", lambda one: one.satisfaction, share=True),
    Column("评价（星）", lambda one: round(one.stars, 2) if one.stars is not None else None),
    Column("抽查", lambda one: one.checks),
    Column("抽查应答", lambda one: one.checks_answered),
    Column("备注", lambda one: note(one)),
)


def note(one: StandingInfo) -> str:
    """What a reader of the table has to know of a line."""
    said = []
    if one.few:
        said.append("工单较少")
    if one.tied:
        said.append("并列")
    if not one.active:
        said.append("已停用")
    return "，".join(said)


def title(table: StandingTable) -> str:
    """The file's heading; also its name."""
    word = {Stretch.DAY: "考核日报", Stretch.QUARTER: "考核通报", Stretch.YEAR: "考核排名"}
    return f"{table.centre_name}{table.name}联动单位{word[table.stretch]}"


def subtitle(table: StandingTable) -> str:
    """As of when, and what may still change."""
    at = table.at.astimezone(CHINA_TIME)
    said = f"数据截至 {at:%Y-%m-%d %H:%M}"
    if not table.complete:
        said += "，本期尚未结束"
    if table.open_appeals:
        said += f"，另有 {table.open_appeals} 件申诉未处理"
    return said


def _columns(table: StandingTable) -> Sequence[Column]:
    whole = table.stretch is not Stretch.DAY
    return [column for column in COLUMNS if whole or not column.periods_only]


def as_csv(table: StandingTable) -> bytes:
    """UTF-8 with a mark that spreadsheets recognise it by; shares as ``97.5%``."""
    text = io.StringIO()
    writer = csv.writer(text)
    columns = _columns(table)
    writer.writerow([title(table)])
    writer.writerow([subtitle(table)])
    writer.writerow([column.name for column in columns])
    for one in table.standings:
        writer.writerow([_cell(column, column.value(one)) for column in columns])
    return text.getvalue().encode("utf-8-sig")


def _cell(column: Column, value: Value) -> Value:
    if value is None:
        return ""
    if column.share and isinstance(value, float):
        return f"{value:.1%}"
    return harmless(value) if isinstance(value, str) else value


def as_xlsx(table: StandingTable) -> bytes:
    """A workbook of one sheet. Takes some processor: not for the event loop."""
    made = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(made, options) as book:
        sheet = book.add_worksheet(table.name)
        heading = book.add_format({"bold": True, "font_size": 16})
        names = book.add_format({"bold": True, "bg_color": "#DCE6F1", "border": 1})
        plain = book.add_format({"border": 1})
        share = book.add_format({"border": 1, "num_format": "0.0%"})
        columns = _columns(table)
        sheet.write_string(0, 0, title(table), heading)
        sheet.write_string(1, 0, subtitle(table))
        for place, column in enumerate(columns):
            sheet.write_string(2, place, column.name, names)
            sheet.set_column(place, place, WIDE if column.name == "单位" else NARROW)
            for line, one in enumerate(table.standings, 3):
                value, form = column.value(one), share if column.share else plain
                if value is None:
                    sheet.write_blank(line, place, None, form)
                elif isinstance(value, str):
                    sheet.write_string(line, place, value, form)
                else:
                    sheet.write_number(line, place, value, form)
        sheet.freeze_panes(3, 2)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(2)
    return made.getvalue()
