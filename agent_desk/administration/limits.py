"""The limits in force, in words for people."""

from __future__ import annotations

from datetime import time
from typing import Final

from agent_desk.wire_areas import LimitInfo, LimitLine, LimitsInfo, LimitStep
from dispatch.limits import OFFICE, Entry, Rules
from dispatch.wording import DEADLINE_NAMES, STEP_NAMES
from models.deadline_tables import DeadlineKind
from models.unit_forms import DutyRule

DUTY_NAMES: Final = {
    DutyRule.ALWAYS: "全天值守",
    DutyRule.OFFICE: "工作时间值守",
    DutyRule.ROSTER: "按值班表",
}


def limits(rules: Rules) -> LimitsInfo:
    """All of them, in the order in which they run out."""
    return LimitsInfo(
        hours=[f"{_clock(begin)}-{_clock(end)}" for begin, end in rules.hours],
        limits=[
            LimitInfo(
                kind=kind,
                name=DEADLINE_NAMES[kind],
                lines=[
                    LimitLine(
                        fits=_fits(entry), seconds=entry.seconds, office=entry.calendar == OFFICE
                    )
                    for entry in rules.entries[kind]
                ],
                remind_share=rules.remind[kind],
                steps=[
                    LimitStep(name=STEP_NAMES[step], seconds=after)
                    for after, step in rules.escalate[kind]
                ],
            )
            for kind in DeadlineKind
        ],
    )


def _clock(at: time) -> str:
    return f"{at:%H:%M}"


def _fits(entry: Entry) -> str:
    """Whom a line fits, as people say it."""
    words = []
    if entry.emergency is not None:
        words.append("紧急警情" if entry.emergency else "非紧急事项")
    if entry.kinds:
        words.append("、".join(sorted(entry.kinds)))
    if entry.rural is not None:
        words.append("乡镇和村" if entry.rural else "城区")
    if entry.tiers:
        words.append("、".join(f"{tier} 级单位" for tier in sorted(entry.tiers)))
    words += [DUTY_NAMES[rule] for rule in sorted(entry.duty)]
    return "，".join(words) or "其余情况"
