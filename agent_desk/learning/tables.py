"""The tables of the report as CSV, for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence

from agent_desk.spreadsheets import harmless
from agent_desk.wire_learning import HitsInfo, QualityInfo

FIELDS: Mapping[str, str] = {
    "emergency": "是否紧急",
    "category": "类别",
    "level": "等级",
    "address": "地址",
    "units": "联动单位",
}
Cell = str | int | float | None
Rows = list[list[Cell]]


def _classes(report: QualityInfo) -> Rows:
    return _hits("类目", [report.first, *report.classes])


def _units(report: QualityInfo) -> Rows:
    return _hits("单位", report.units)


def _suggested(report: QualityInfo) -> Rows:
    rows: Rows = [["最终类目", "件数", "建议相同", "比例"]]
    rows += [[one.name, one.count, one.right, one.share] for one in report.suggested]
    return rows


def _fields(report: QualityInfo) -> Rows:
    rows: Rows = [["字段", "确认", "未改派出", "改动", "建议缺失由人填写", "采纳率"]]
    for one in report.fields:
        counts = [one.confirmed, one.kept, one.changed, one.chosen]
        rows.append([FIELDS[one.field], *counts, one.share])
    return rows


def _weeks(report: QualityInfo) -> Rows:
    rows: Rows = [["周一", "来电", "拿不准比例", "生词比例", "PSI（对训练）", "PSI（对前四周）"]]
    for week in report.weeks:
        shares = [week.unsure, week.unknown, week.psi_training, week.psi_before]
        rows.append([week.monday.isoformat(), week.calls, *shares])
    return rows


def _gaps(report: QualityInfo) -> Rows:
    rows: Rows = [["共同的词", "来电", "拿不准", "最终类目"]]
    for gap in report.gaps:
        ended = "、".join(f"{one.name} {one.count}" for one in gap.ended_in)
        rows.append(["、".join(gap.words), gap.calls, gap.unsure, ended])
    return rows


def _hits(name: str, lines: Iterable[HitsInfo]) -> Rows:
    rows: Rows = [[name, "件数", "首派正确", "比例", "下限", "上限", "退单", "改派"]]
    for one in lines:
        interval = [one.share, one.low, one.high]
        rows.append([one.name, one.count, one.right, *interval, one.returned, one.rerouted])
    return rows


TABLES: Mapping[str, tuple[str, Callable[[QualityInfo], Rows]]] = {
    "classes": ("首派准确率-按类目", _classes),
    "units": ("首派准确率-按单位", _units),
    "suggested": ("建议准确率-按类目", _suggested),
    "fields": ("建议采纳率", _fields),
    "weeks": ("按周变化", _weeks),
    "gaps": ("类目缺口", _gaps),
}


def as_csv(rows: Sequence[Sequence[Cell]]) -> str:
    """CSV with the mark that lets spreadsheets read it as UTF-8; no cell is a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    for row in rows:
        writer.writerow([_safe(cell) for cell in row])
    return "\ufeff" + out.getvalue()


def _safe(cell: Cell) -> Cell:
    if isinstance(cell, str):
        return harmless(cell)
    return "" if cell is None else cell
