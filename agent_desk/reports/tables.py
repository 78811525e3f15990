"""From day sheets to the table that a page shows and a file holds."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from agent_desk.reports.days import SEPARATOR, Report
from agent_desk.reports.notes import BY_NAMES
from agent_desk.reports.times import Line
from dispatch import matters

UNKNOWN_CATEGORY: Final = "未分类"
UNKNOWN_AREA: Final = "未识别"
TIER_NAMES: Final[Mapping[int, str]] = {1: "一级", 2: "二级", 3: "三级"}
TIME_NAMES: Final[Mapping[str, str]] = {
    "half_hour": "时段",
    "day": "日期",
    "week": "周（周一）",
    "month": "月（首日）",
}

Value = str | int | float | None


class Kind(StrEnum):
    """What a column's cells are."""

    TEXT = "text"
    DAY = "day"  # an ISO date
    COUNT = "count"
    SECONDS = "seconds"
    SHARE = "share"  # 0 to 1


@dataclass(frozen=True, slots=True)
class Column:
    key: str
    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Asked:
    """A table that is wanted. ``centre_code`` ``None`` means every centre; both days count."""

    report: Report
    from_day: date
    to_day: date
    by: str
    step: str
    queue_code: str = ""
    centre_code: str | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """A sheet as it is stored; ``lines`` is JSON."""

    day: date
    queue_code: str
    lines: str


@dataclass(frozen=True, slots=True)
class UnitName:
    name: str
    tier: int


@dataclass(slots=True)
class Names:
    """What people call the things that lines are about."""

    queues: Mapping[str, str] = field(default_factory=dict)
    people: Mapping[str, str] = field(default_factory=dict)
    seats: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, UnitName] = field(default_factory=dict)
    categories: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Table:
    """Columns and rows; ``total`` is the last line, its first cells being texts."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Value]]
    total: Sequence[Value]


Figure = tuple[str, str, Kind, Callable[[Line], Value]]


def _count(key: str, name: str) -> Figure:
    return (key, name, Kind.COUNT, lambda line: line.counts[key])


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None


def _seconds(key: str, name: str, of: str, what: str) -> Figure:
    def value(line: Line) -> Value:
        times = line.of(of)
        match what:
            case "mean":
                found = times.mean
            case "total":
                found = times.total
            case "longest":
                found = times.longest if times.count else None
            case "median":
                found = times.within(0.5)
            case _:
                found = times.within(0.9)
        return None if found is None else round(found, 1)

    return (key, name, Kind.SECONDS, value)


def _number(key: str, name: str, of: str) -> Figure:
    return (key, name, Kind.COUNT, lambda line: line.of(of).count)


def _on_time(kind: str, name: str) -> Figure:
    def value(line: Line) -> Value:
        kept, late = line.counts[f"{kind}_kept"], line.counts[f"{kind}_late"]
        return _share(kept, kept + late)

    return (f"{kind}_on_time", name, Kind.SHARE, value)


def _service_level(line: Line) -> Value:
    counts = line.counts
    return _share(counts["in_goal"], counts["offered"] - counts["short"] - counts["undecided"])


def _occupancy(line: Line) -> Value:
    busy = line.counts["talking"] + line.counts["wrapping"]
    return _share(busy, busy + line.counts["ready"])


def _state(key: str, name: str) -> Figure:
    return (key, name, Kind.SECONDS, lambda line: line.counts[key])


def _unit_times(kind: str, name: str) -> list[Figure]:
    return [
        _number(f"{kind}_count", f"{name}数", kind),
        _seconds(f"{kind}_median", f"{name}中位数", kind, "median"),
        _seconds(f"{kind}_within", f"90% {name}", kind, "within"),
        _on_time(kind, f"{name}及时率"),
    ]


FIGURES: Final[Mapping[Report, Sequence[Figure]]] = {
    Report.ANSWERS: (
        _count("offered", "呼入数"),
        _count("answered", "接听数"),
        _count("abandoned", "放弃数"),
        _count("short", "其中短挂"),
        _count("in_goal", "时限内接听"),
        ("service_level", "服务水平", Kind.SHARE, _service_level),
        _seconds("mean_wait", "平均等候", "wait", "mean"),
        _seconds("within_wait", "90% 等候", "wait", "within"),
        _seconds("longest_wait", "最长等候", "any_wait", "longest"),
    ),
    Report.HANDLES: (
        _number("talks", "通话数", "talk"),
        _seconds("talk", "平均通话", "talk", "mean"),
        _seconds("hold", "平均保持", "hold", "mean"),
        _seconds("hold_total", "保持合计", "hold", "total"),
        _seconds("wrap_up", "平均整理", "wrap_up", "mean"),
        _seconds("handle", "平均处理", "handle", "mean"),
        _seconds("handle_within", "90% 处理", "handle", "within"),
        _state("talking", "通话合计"),
        _state("wrapping", "整理合计"),
        _state("ready", "就绪合计"),
        _state("paused", "示忙合计"),
        ("occupancy", "利用率", Kind.SHARE, _occupancy),
    ),
    Report.SENDING: (
        _count("sent", "派单数"),
        _number("timed", "有时长", "sending"),
        _seconds("median", "中位数", "sending", "median"),
        _seconds("within", "90%", "sending", "within"),
        _seconds("mean", "平均", "sending", "mean"),
        _seconds("longest", "最长", "sending", "longest"),
    ),
    Report.UNITS: (
        _count("orders", "派单数"),
        _count("returned", "退单数"),
        *_unit_times("received", "接收"),
        *_unit_times("on_site", "到场"),
        *_unit_times("feedback", "反馈"),
    ),
    Report.MATTERS: (
        _count("calls", "来电数"),
        _count("orders", "工单数"),
        _count("emergencies", "其中紧急"),
        _count("sent", "派出数"),
    ),
}


def table(asked: Asked, kept: Iterable[Kept], names: Names) -> Table:
    """The table ``asked`` for, of the sheets of its days. For a thread: a year takes a while."""
    merged: dict[tuple[str, ...], Line] = defaultdict(Line)
    whole = Line()
    for sheet in kept:
        for subject, line in json.loads(sheet.lines).items():
            read = Line.read(line)
            whole.merge(read)
            merged[_key(asked, sheet, subject, names)].merge(read)
    figures = FIGURES[asked.report]
    heads = _heads(asked)
    rows = [
        [*key, *(value(line) for _, _, _, value in figures)]
        for key, line in sorted(merged.items(), key=lambda item: _place(asked, *item))
    ]
    columns = [*heads, *(Column(key, name, kind) for key, name, kind, _ in figures)]
    texts: list[Value] = ["合计", *([""] * (len(heads) - 1))]
    return Table(columns, rows, [*texts, *(value(whole) for _, _, _, value in figures)])


def _heads(asked: Asked) -> list[Column]:
    about = Column(asked.by, BY_NAMES[asked.by], Kind.TEXT)
    extra = [Column("tier", "单位级别", Kind.TEXT)] if asked.by == "unit" else []
    if asked.step == "all":
        return [about, *extra]
    kind = Kind.TEXT if asked.step == "half_hour" else Kind.DAY
    return [Column("time", TIME_NAMES[asked.step], kind), about, *extra]


def _key(asked: Asked, sheet: Kept, subject: str, names: Names) -> tuple[str, ...]:
    time = [] if asked.step == "all" else [_time(asked.step, sheet.day, subject)]
    first, _, second = subject.partition(SEPARATOR)
    match asked.by:
        case "queue":
            about = [names.queues.get(sheet.queue_code, sheet.queue_code)]
        case "person":
            about = [names.people.get(first, "已删除的账号")]
        case "seat":
            about = [names.seats.get(second, second)]
        case "matter":
            about = [matters.kinds()[matters.Matter(first)].name]
        case "category" if asked.report is Report.SENDING:
            about = [_category(second, names)]
        case "category":
            about = [_category(first, names)]
        case "group":
            about = [names.groups.get(first, "其他") if first else UNKNOWN_CATEGORY]
        case "area":
            about = [second or UNKNOWN_AREA]
        case "tier":
            about = [_tier(subject, names)]
        case _:
            unit = names.units.get(subject)
            about = [unit.name if unit else "已删除的单位", _tier(subject, names)]
    return (*time, *about)


def _category(code: str, names: Names) -> str:
    return names.categories.get(code, code) or UNKNOWN_CATEGORY


def _tier(unit_id: str, names: Names) -> str:
    unit = names.units.get(unit_id)
    return TIER_NAMES.get(unit.tier, str(unit.tier)) if unit else ""


def _time(step: str, day: date, subject: str) -> str:
    match step:
        case "half_hour":
            return half_hour(int(subject))
        case "week":
            return (day - timedelta(days=day.weekday())).isoformat()
        case "month":
            return day.replace(day=1).isoformat()
        case _:
            return day.isoformat()


def half_hour(number: int) -> str:
    """``08:30-09:00`` for 17."""
    begin, end = number * 30, number * 30 + 30
    return f"{begin // 60:02}:{begin % 60:02}-{end // 60:02}:{end % 60:02}"


def _place(asked: Asked, key: tuple[str, ...], line: Line) -> tuple[str, int, int, tuple[str, ...]]:
    """Times in order; at one time the tiers in order, then the larger before the smaller."""
    counts = line.counts
    size = max(counts["offered"], counts["orders"], counts["sent"], line.of("talk").count)
    tiers = list(TIER_NAMES.values())
    tier = tiers.index(key[-1]) if key[-1] in tiers else len(tiers)
    return ("" if asked.step == "all" else key[0], tier, 0 if asked.by == "queue" else -size, key)
