"""The rules of every centre: there from the beginning, changed by its supervisors, audited."""

from __future__ import annotations

import re
from datetime import time
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from agent_desk import repository
from agent_desk.accounts import Person
from agent_desk.alarms.kinds import MOST_WINDOW_MINUTES, SPECS
from agent_desk.wire_alarms import AlarmRuleInfo, PutAlarmRule
from dispatch.levels import HIGHEST
from models.alarm_tables import AlarmKind, AlarmRule
from models.clock import Clock
from models.database import Database
from models.dispatch_tables import Centre
from models.errors import Conflict, InvalidInput, NotFound
from models.tables import User
from models.telephony_tables import Audit

HOURS: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d")
CHANGED: Final = ("threshold", "window_minutes", "near", "active", "sound", "hours")
UNIT_WORDS: Final = {"seconds": "秒", "minutes": "分钟", "calls": "起", "step": "级"}


async def ensure(database: Database, clock: Clock) -> int:
    """Give every centre and queue the rules it has none of; how many those were."""
    async with database.reading() as session:
        missing = await _missing(session)
    if not missing:
        return 0
    async with database.writing() as work:
        missing = await _missing(work.session)
        for centre_code, kind, queue_code, emergency in missing:
            spec = SPECS[kind]
            work.session.add(
                AlarmRule(
                    centre_code=centre_code,
                    kind=kind,
                    queue_code=queue_code,
                    threshold=spec.emergency if emergency else spec.first,
                    window_minutes=spec.window_minutes,
                    updated_at=clock.now(),
                    updated_by=None,
                )
            )
    return len(missing)


async def _missing(session: AsyncSession) -> list[tuple[str, AlarmKind, str, bool]]:
    """Centre, kind, queue, and whether that takes emergencies."""
    rows = await session.execute(
        select(AlarmRule.centre_code, AlarmRule.kind, AlarmRule.queue_code)
    )
    there = {tuple(row) for row in rows}
    queues = await repository.queues(session)
    below = await session.scalars(
        select(Centre.code).where(Centre.parent_code.is_not(None)).order_by(Centre.code)
    )
    wanted = [
        (HIGHEST, kind, queue.code, queue.emergency)
        for kind, spec in SPECS.items()
        if spec.per_queue
        for queue in queues
    ]
    wanted += [(HIGHEST, kind, "", False) for kind, spec in SPECS.items() if not spec.per_queue]
    for code in below:
        wanted += [(code, kind, "", False) for kind, spec in SPECS.items() if not spec.of_hall]
    return [line for line in wanted if line[:3] not in there]


class Rules:
    """What supervisors see of the rules, and change."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def of(self, person: Person) -> list[AlarmRuleInfo]:
        """The rules of the person's centre, and those of the hall."""
        await ensure(self._database, self._clock)
        async with self._database.reading() as session:
            query = select(AlarmRule).where(
                AlarmRule.centre_code.in_({person.centre_code, HIGHEST})
            )
            rows = [
                row
                for row in await session.scalars(query)
                if row.centre_code == person.centre_code or SPECS[row.kind].of_hall
            ]
            names = await repository.display_names(
                session, {row.updated_by for row in rows if row.updated_by is not None}
            )
            queues = [queue.code for queue in await repository.queues(session)]
        order = {code: place for place, code in enumerate(queues)}
        kinds = list(SPECS)
        rows.sort(key=lambda row: (kinds.index(row.kind), order.get(row.queue_code, 0)))
        return [
            _info(row, person, names.get(row.updated_by, "") if row.updated_by else "")
            for row in rows
        ]

    async def change(self, person: Person, rule_id: UUID, body: PutAlarmRule) -> AlarmRuleInfo:
        """Change a rule of the person's centre, and leave a trace of it.

        Raises ``NotFound``, ``InvalidInput``, and ``Conflict`` where somebody changed it since.
        """
        async with self._database.writing() as work:
            row = await work.session.get(AlarmRule, rule_id, with_for_update=True)
            if row is None or row.centre_code != person.centre_code:
                raise NotFound("没有这条告警规则，或它由上级中心维护，请刷新页面后重试。")
            if row.version != body.version:
                user = await work.session.get(User, row.updated_by) if row.updated_by else None
                who = user.display_name if user is not None else "其他人"
                raise Conflict(f"这条规则刚被{who}修改，请刷新后核对，再修改一次。")
            _check(row.kind, body)
            before = _values(row)
            row.threshold, row.window_minutes = body.threshold, body.window_minutes
            row.near, row.active, row.sound = body.near, body.active, body.sound
            row.hours = body.hours
            after = _values(row)
            if after != before:
                now = self._clock.now()
                row.updated_at, row.updated_by = now, person.user_id
                work.session.add(
                    Audit(
                        user_id=person.user_id,
                        action="alarm_rule",
                        subject="alarm_rule",
                        subject_id=str(row.id),
                        detail={
                            "kind": row.kind.value,
                            "queue": row.queue_code,
                            "before": before,
                            "after": after,
                        },
                        at=now,
                    )
                )
        return _info(row, person, person.user.display_name)


def _values(row: AlarmRule) -> dict[str, Any]:
    return {name: getattr(row, name) for name in CHANGED}


def _check(kind: AlarmKind, body: PutAlarmRule) -> None:
    spec = SPECS[kind]
    if not spec.least <= body.threshold <= spec.most:
        word = UNIT_WORDS[spec.unit]
        raise InvalidInput(
            f"“{spec.name}”的界限应在 {spec.least} 到 {spec.most} {word}之间，请修改后再保存。"
        )
    windows = (1, MOST_WINDOW_MINUTES) if spec.window_minutes else (0, 0)
    if not windows[0] <= body.window_minutes <= windows[1]:
        raise InvalidInput(f"统计时长应在 {windows[0]} 到 {windows[1]} 分钟之间，请修改后再保存。")
    if body.near and not spec.window_minutes:
        raise InvalidInput("只有“同类来电激增”可以限定在相近地点。")
    if not body.hours:
        return
    if not HOURS.fullmatch(body.hours):
        raise InvalidInput("生效时段应写成 22:00-06:00 的样子，全天请留空。")
    begins, ends = (time.fromisoformat(part) for part in body.hours.split("-"))
    if begins == ends:
        raise InvalidInput("生效时段的起止时间不能相同，全天请留空。")


def _info(row: AlarmRule, person: Person, by: str) -> AlarmRuleInfo:
    spec = SPECS[row.kind]
    return AlarmRuleInfo(
        id=row.id,
        kind=row.kind,
        name=spec.name,
        queue_code=row.queue_code,
        threshold=row.threshold,
        unit=spec.unit,
        least=spec.least,
        most=spec.most,
        window_minutes=row.window_minutes,
        near=row.near,
        active=row.active,
        sound=row.sound,
        hours=row.hours,
        version=row.version,
        updated_at=row.updated_at,
        updated_by=by,
        editable=row.centre_code == person.centre_code,
    )
