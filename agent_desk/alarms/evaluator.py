"""Looks every few seconds whether a rule's threshold is passed, and keeps the alarms' rows.

An alarm is a row, unique per rule and subject while it is open: a restart finds it there and
raises nothing again. It is over when its rule has found it calm for ``CALM_TIME``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import anyio
from sqlalchemy import select

from agent_desk.alarms import facts as reading
from agent_desk.alarms.judging import Condition, Facts, Finding, judge
from agent_desk.alarms.kinds import CALM_TIME
from agent_desk.alarms.rules import ensure
from agent_desk.problems import where
from dispatch.routing import within_hours
from models.alarm_states import AlarmStatus
from models.alarm_tables import Alarm, AlarmKind, AlarmRule
from models.clock import Clock
from models.database import Database, UnitOfWork
from models.events import AlarmChanged
from models.transitions import SYSTEM, advance

log = logging.getLogger(__name__)

TICK_SECONDS: Final = 2.0
ENSURE_EVERY: Final = 30  # ticks between two looks for new queues and centres
MOST_OPEN: Final = 50  # of one rule
MOST_ALARMS: Final = 2_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What has to change in the rows."""

    raised: Sequence[tuple[AlarmRule, Finding]]
    calm: Sequence[UUID]
    warm: Sequence[UUID]
    grown: Mapping[UUID, Finding]
    cleared: Sequence[UUID]

    def __bool__(self) -> bool:
        return bool(self.raised or self.calm or self.warm or self.grown or self.cleared)


class Evaluator:
    """``helpers`` tells which helpers work, ``category_names`` what matters are called."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        helpers: Callable[[], Mapping[str, bool]],
        category_names: Callable[[], Mapping[str, str]],
    ) -> None:
        self._database = database
        self._clock = clock
        self._helpers = helpers
        self._category_names = category_names
        # Since when no seat is free, or a helper is away: no row says so.
        self._busy: dict[str, datetime] = {}
        self._down: dict[str, datetime] = {}

    async def run(self) -> None:
        """Evaluate until cancelled; what failed is looked at again."""
        tick = 0
        while True:
            try:
                if tick % ENSURE_EVERY == 0:
                    await ensure(self._database, self._clock)
                await self.evaluate()
            except Exception as error:
                log.error("alarms could not be evaluated: %s", where(error))
            tick += 1
            await anyio.sleep(TICK_SECONDS)

    async def evaluate(self) -> int:
        """Look once; how many alarms were raised."""
        now = self._clock.now()
        async with self._database.reading() as session:
            rules = list(await session.scalars(select(AlarmRule)))
            query = select(Alarm).where(Alarm.cleared_at.is_(None)).limit(MOST_ALARMS)
            alarms = list(await session.scalars(query))
            active = [rule for rule in rules if _speaks(rule, now)]
            known = Facts(category_names=self._category_names())
            lines, busy = await reading.lines(session, now)
            self._busy = _since(self._busy, busy, now)
            known.lines = {
                code: replace(line, busy_since=self._busy.get(code)) for code, line in lines.items()
            }
            known.orders = await reading.orders(session, active, now)
            surges = [rule.window_minutes for rule in active if rule.kind is AlarmKind.SURGE]
            if surges:
                known.calls = await reading.calls(session, now - timedelta(minutes=max(surges)))
        down = [name for name, works in self._helpers().items() if not works]
        self._down = known.down_since = _since(self._down, down, now)
        found = {rule.id: judge(rule, known, now) for rule in active}
        plan = planned(active, alarms, found, now)
        if plan:
            await self._carry_out(plan, now)
        return len(plan.raised)

    async def _carry_out(self, plan: Plan, now: datetime) -> None:
        async with self._database.writing() as work:
            for rule, finding in plan.raised:
                _raise(work, rule, finding, now)
            for ids, since in ((plan.calm, now), (plan.warm, None)):
                for alarm_id in ids:
                    alarm = await work.session.get_one(Alarm, alarm_id)
                    alarm.calm_since = since
            for alarm_id, finding in plan.grown.items():
                alarm = await work.session.get_one(Alarm, alarm_id)
                alarm.value, alarm.name = finding.value, finding.name
                work.emit(AlarmChanged(alarm_id))
            for alarm_id in plan.cleared:
                alarm = await work.session.get_one(Alarm, alarm_id, with_for_update=True)
                if alarm.status is not AlarmStatus.CLEARED:
                    advance(work.session, alarm, "clear", actor=SYSTEM, at=now)
                    alarm.cleared_at = now
                work.emit(AlarmChanged(alarm_id))


def planned(
    rules: Sequence[AlarmRule],
    alarms: Iterable[Alarm],
    found: Mapping[UUID, Condition],
    now: datetime,
) -> Plan:
    """What has to change of the open ``alarms`` by what the rules found. An alarm whose rule
    was switched off, or is outside its hours, is over at once."""
    open_of: dict[UUID, dict[str, Alarm]] = {rule.id: {} for rule in rules}
    cleared: list[UUID] = []
    for alarm in alarms:
        if alarm.rule_id in open_of:
            open_of[alarm.rule_id][alarm.subject] = alarm
        else:
            cleared.append(alarm.id)
    raised: list[tuple[AlarmRule, Finding]] = []
    calm: list[UUID] = []
    warm: list[UUID] = []
    grown: dict[UUID, Finding] = {}
    for rule in rules:
        mine, condition = open_of[rule.id], found[rule.id]
        over = {finding.subject: finding for finding in condition.over}
        for subject, alarm in mine.items():
            if subject in over or subject in condition.warm:
                if alarm.calm_since is not None:
                    warm.append(alarm.id)
                if subject in over and over[subject].value > alarm.value:
                    grown[alarm.id] = over[subject]
            elif alarm.calm_since is None:
                calm.append(alarm.id)
            elif now - alarm.calm_since >= CALM_TIME:
                cleared.append(alarm.id)
        new = [finding for subject, finding in over.items() if subject not in mine]
        raised += [(rule, finding) for finding in new[: max(0, MOST_OPEN - len(mine))]]
    return Plan(raised, calm, warm, grown, cleared)


def _raise(work: UnitOfWork, rule: AlarmRule, finding: Finding, now: datetime) -> None:
    alarm = Alarm(
        rule_id=rule.id,
        kind=rule.kind,
        centre_code=rule.centre_code,
        subject=finding.subject[:64],
        name=finding.name[:128],
        value=finding.value,
        threshold=rule.threshold,
        sound=rule.sound,
        work_order_id=finding.work_order_id,
        began_at=finding.began_at,
        raised_at=now,
        calm_since=None,
        cleared_at=None,
        acknowledged_at=None,
        acknowledged_by=None,
    )
    work.session.add(alarm)
    work.emit(AlarmChanged(alarm.id))
    log.info("alarm %s raised: %s", alarm.id, rule.kind.value)


def _speaks(rule: AlarmRule, now: datetime) -> bool:
    return rule.active and within_hours(rule.hours, now)


def _since(
    before: Mapping[str, datetime], those: Iterable[str], now: datetime
) -> dict[str, datetime]:
    """Since when each of ``those`` has been there."""
    return {name: before.get(name, now) for name in those}
