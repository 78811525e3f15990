"""What every report is called, how it can be broken down, and how its figures are defined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from agent_desk.reports.days import Report

WAIT_NOTE: Final = (
    "等候时间",
    "从来电到被接听；还没接听的算到挂断或此刻。平均和 90% 等候只看接听了的来电。",
)
DAY_NOTE: Final = (
    "日期",
    "按中心时间（北京时间）从 0 点到 24 点；来电按呼入日，工单及各单位的办理都按工单受理日。",
)
RANK_NOTE: Final = (
    "中位数、90%",
    "把时长从短到长排列，第一半（或九成）所在的那一个；10 分钟以内精确到秒。",
)


@dataclass(frozen=True, slots=True)
class About:
    """A report for people. ``bys`` are what a line can be about, ``steps`` its times; the first
    is taken where none is named. ``notes`` are figures and their definitions."""

    name: str
    bys: tuple[str, ...]
    steps: tuple[str, ...]
    notes: tuple[tuple[str, str], ...]


BY_NAMES: Final[Mapping[str, str]] = {
    "queue": "队列",
    "person": "接警人员",
    "seat": "座席",
    "matter": "事项性质",
    "category": "类别",
    "group": "大类",
    "area": "辖区",
    "unit": "联动单位",
    "tier": "单位级别",
}
STEP_NAMES: Final[Mapping[str, str]] = {
    "half_hour": "半小时",
    "day": "日",
    "week": "周",
    "month": "月",
    "all": "整个时段",
}
ABOUT: Final[Mapping[Report, About]] = {
    Report.ANSWERS: About(
        "应答与服务水平",
        ("queue",),
        ("half_hour", "day", "week", "month"),
        (
            ("呼入数", "这段时间打进来的全部来电，按最后所在的队列。"),
            ("放弃数", "没接听来电人就挂断；10 秒以内挂断的另记为短挂。"),
            (
                "服务水平",
                "在队列应答时限（管理页设置，通常 15 秒）内接听的，"
                "除以呼入减去短挂和仍在时限内等候的。",
            ),
            WAIT_NOTE,
            ("半小时", "选多天时，把各天同一个半小时的来电合在一起。"),
            ("中心", "队列由各中心座席共同接听，本表不分中心。"),
            DAY_NOTE,
        ),
    ),
    Report.HANDLES: About(
        "处理时长",
        ("person", "seat"),
        ("all",),
        (
            ("通话数", "接警员参与的、已经结束的通话；转接给别人后两人各算一次。"),
            ("通话时间", "接警员在通话中的时间，含保持。"),
            ("保持时间", "来电人听等待音乐的时间，算在最后接听的人名下。"),
            ("整理时间", "通话之后的整理时间，到示闲、示忙或签出为止。"),
            ("处理时间", "通话加整理。"),
            ("利用率", "通话和整理的时间，除以签入后除示忙外的全部时间。"),
            RANK_NOTE,
            DAY_NOTE,
        ),
    ),
    Report.SENDING: About(
        "派单时长",
        ("matter", "category"),
        ("all",),
        (
            ("派单数", "派出过的工单，不论派了几个单位。"),
            ("派单时间", "从接听到第一次派单；没有来电的工单只计数。"),
            ("事项性质", "紧急警情按“是否紧急”，其余按类别。"),
            RANK_NOTE,
            DAY_NOTE,
        ),
    ),
    Report.UNITS: About(
        "接收、到场与反馈",
        ("unit", "tier"),
        ("all",),
        (
            ("派单数", "派给该单位的工单；退单另列。"),
            ("接收、反馈", "从派出到接收、到反馈；到场只看单位报了到场的。"),
            (
                "及时率",
                "在时限内完成的，除以已完成或已超时的；退单、撤回的、"
                "没报到场就反馈的不算，仍在时限内办理的不算。",
            ),
            RANK_NOTE,
            DAY_NOTE,
        ),
    ),
    Report.MATTERS: About(
        "来电与工单",
        ("group", "category", "area"),
        ("day", "week", "month", "all"),
        (
            ("来电数", "开了工单的来电，含作废的和并入别单的。"),
            ("工单数", "除作废和并入别单之外的工单。"),
            ("派出数", "其中派给了单位的。"),
            ("辖区", "地址里写明的乡镇街道，没有乡镇时看区县；都没写的为“未识别”。"),
            ("周", "从周一开始；日期是这一周、这个月的第一天。"),
            DAY_NOTE,
        ),
    ),
}
