"""Alarms and their rules, for supervisors."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, status

from agent_desk.accounts import Person
from agent_desk.dependencies import Desk, require
from agent_desk.permissions import Permission
from agent_desk.wire_alarms import (
    AcknowledgeAlarms,
    AlarmHistory,
    AlarmList,
    AlarmRuleInfo,
    PutAlarmRule,
)

router = APIRouter(prefix="/api", tags=["alarms"])

Supervisor = Annotated[Person, Depends(require(Permission.SUPERVISE))]


@router.get("/alarms")
async def open_alarms(person: Supervisor, desk: Desk) -> AlarmList:
    """The alarms of the own centre and of the hall that are not over."""
    return await desk.alarms.open(person.centre_code)


@router.get("/alarms/history")
async def alarm_history(
    person: Supervisor, desk: Desk, page: Annotated[int, Query(ge=0, le=1000)] = 0
) -> AlarmHistory:
    """All of them, newest first, 50 a page."""
    return await desk.alarms.history(person.centre_code, page)


@router.post("/alarms/acknowledge", status_code=status.HTTP_204_NO_CONTENT)
async def acknowledge_alarms(body: AcknowledgeAlarms, person: Supervisor, desk: Desk) -> None:
    """Take note of alarms: their sound ends."""
    await desk.alarms.acknowledge(person, body.ids, desk.parts.clock.now())


@router.get("/alarm-rules")
async def alarm_rules(person: Supervisor, desk: Desk) -> list[AlarmRuleInfo]:
    """The rules of the own centre, and those of the hall."""
    return await desk.alarm_rules.of(person)


@router.put("/alarm-rules/{rule_id}")
async def put_alarm_rule(
    rule_id: UUID, body: PutAlarmRule, person: Supervisor, desk: Desk
) -> AlarmRuleInfo:
    """Change a rule of the own centre; refused where somebody changed it since it was shown."""
    return await desk.alarm_rules.change(person, rule_id, body)
