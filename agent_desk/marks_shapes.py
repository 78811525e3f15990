"""Rows of checks and marks as they go over the wire."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from agent_desk.wire_marks import MarkInfo, RuleInfo, SpotCheckInfo, StandingInfo
from dispatch.marks.rules import BY_PEOPLE, OCCASION_NAMES
from dispatch.marks.standings import Standing
from models.marks_states import MARK, SPOT_CHECK, MarkStatus, SpotCheckStatus
from models.marks_tables import EvidenceKind, Mark, MarkRule, MarkWay, SpotCheck
from models.telephony_tables import AutoCall
from models.unit_forms import UnitForm

EVIDENCE_NAMES: Final[Mapping[EvidenceKind, str]] = {
    EvidenceKind.DEADLINE: "时限记录",
    EvidenceKind.SPOT_CHECK: "抽查记录",
    EvidenceKind.STEP: "办理记录",
    EvidenceKind.DISPATCH_ORDER: "派单记录",
    EvidenceKind.PERSON: "人工核查",
}
WAY_NAMES: Final[Mapping[MarkWay, str]] = {
    MarkWay.MACHINE: "系统",
    MarkWay.PHONE: "电话核查",
    MarkWay.SMS: "短信核查",
    MarkWay.VISIT: "走访核查",
    MarkWay.OTHER: "其他",
}

Names = Mapping[UUID, str]


def spot_check_info(row: SpotCheck, call: AutoCall | None, names: Names) -> SpotCheckInfo:
    """A check, loaded with its unit, and its call."""
    seconds = None
    if row.status is SpotCheckStatus.ANSWERED and call is not None and call.ended_at is not None:
        began = row.called_at or row.due_at
        seconds = max(0, round((call.ended_at - began).total_seconds()))
    return SpotCheckInfo(
        id=row.id,
        unit_id=row.unit_id,
        unit_name=row.unit.name,
        tier=row.unit.tier,
        kind=row.kind,
        status=row.status,
        status_name=SPOT_CHECK.names[row.status],
        due_at=row.due_at,
        called_at=row.called_at,
        ended_at=row.ended_at,
        answered_seconds=seconds,
        tries=call.tries if call is not None else 0,
        on_duty=row.on_duty,
        asked_by=names.get(row.asked_by, "") if row.asked_by is not None else "",
        note=row.note,
    )


def mark_info(row: Mark, names: Names, numbers: Names, now: datetime) -> MarkInfo:
    """A mark, loaded with its unit."""
    return MarkInfo(
        id=row.id,
        unit_id=row.unit_id,
        unit_name=row.unit.name,
        tier=row.unit.tier,
        rule_code=row.rule_code,
        rule_name=row.rule_name,
        points=row.points,
        status=row.status,
        status_name=MARK.names[row.status],
        evidence=row.evidence,
        evidence_name=EVIDENCE_NAMES[row.evidence],
        evidence_id=row.evidence_id,
        work_order_id=row.work_order_id,
        work_order_number=numbers.get(row.work_order_id, "") if row.work_order_id else "",
        way=row.way,
        way_name=WAY_NAMES[row.way],
        reason=row.reason,
        at=row.at,
        given_by=names.get(row.given_by, "") if row.given_by is not None else "",
        appeal_until=row.appeal_until,
        may_appeal=row.status is MarkStatus.GIVEN and row.points < 0 and now < row.appeal_until,
        appealed_at=row.appealed_at,
        appeal=row.appeal,
        decided_at=row.decided_at,
        decided_by=names.get(row.decided_by, "") if row.decided_by is not None else "",
        decision=row.decision,
    )


def rule_info(row: MarkRule, names: Names) -> RuleInfo:
    """A rule as it stands."""
    return RuleInfo(
        code=row.code,
        occasion=row.occasion,
        occasion_name=OCCASION_NAMES[row.occasion],
        name=row.name,
        about=row.about,
        points=row.points,
        active=row.active,
        by_hand=row.occasion in BY_PEOPLE,
        changed_at=row.changed_at,
        changed_by=names.get(row.changed_by, "") if row.changed_by is not None else "",
    )


def standing_info(one: Standing) -> StandingInfo:
    """A unit's line of a table."""
    counts = one.counts
    return StandingInfo(
        unit_id=one.unit.id,
        code=one.unit.code,
        name=one.unit.name,
        tier=one.unit.tier,
        firm=one.unit.form is UnitForm.FIRM,
        active=one.unit.active,
        rank=one.rank,
        tied=one.tied,
        few=one.few,
        score=one.score,
        marks=one.points.marks,
        deducted=one.points.deducted,
        praised=one.points.praised,
        orders=counts["orders"],
        fed_back=counts["fed_back"],
        received_on_time=one.share("received_kept", "received_missed"),
        on_site_on_time=one.share("on_site_kept", "on_site_missed"),
        feedback_on_time=one.share("feedback_kept", "feedback_missed"),
        returns=counts["returns"],
        redone=counts["redone"],
        satisfied=counts["satisfied"],
        unsatisfied=counts["unsatisfied"],
        satisfaction=one.share("satisfied", "unsatisfied"),
        stars=counts["stars"] / counts["rated"] if counts["rated"] else None,
        checks=counts["checks_answered"] + counts["checks_missed"],
        checks_answered=counts["checks_answered"],
    )
