"""Marks of units: given by the machine or a person, appealed against, decided.

One rule marks one piece of evidence once (unique in the table), however often a stream of rows is
read again or a request is repeated.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from anyio import to_thread
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from dispatch.calendars import OfficeHours
from dispatch.fields import required
from dispatch.marks.periods import ONE_DAY, begin_of, day_of
from dispatch.marks.rules import BY_PEOPLE, defaults, wrong_points
from dispatch.refusals import recorded
from models.clock import CHINA_TIME, Clock
from models.database import Database, UnitOfWork
from models.deadline_tables import CalendarDay
from models.errors import Conflict, Forbidden, InvalidInput, NotFound
from models.events import MarkChanged
from models.marks_states import MarkStatus
from models.marks_tables import EvidenceKind, Mark, MarkRule, MarkWay
from models.order_tables import WorkOrder
from models.tables import LinkageUnit
from models.transitions import advance

REASON_LIMIT: Final = 500
APPEAL_LIMIT: Final = 1000
LONGEST_AGO: Final = timedelta(days=366)
NO_MARK: Final = "没有这条考核记录，或它不属于本单位、本中心。"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a mark rests on: a row, when it happened, which order it is about, in words."""

    kind: EvidenceKind
    id: str
    at: datetime
    reason: str
    work_order_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What a person found. ``once`` is the request's own id: the same one marks once."""

    once: UUID
    unit_id: UUID
    rule_code: str
    way: MarkWay
    reason: str
    order_number: str = ""
    points: int | None = None


async def appeal_until(session: AsyncSession, at: datetime) -> datetime:
    """The end of the last working day on which a mark given at ``at`` may be appealed against."""
    days = await session.execute(select(CalendarDay.day, CalendarDay.kind))
    return end_of_working_days(at, OfficeHours((), dict(days.all())), defaults().working_days)


def end_of_working_days(at: datetime, calendar: OfficeHours, count: int) -> datetime:
    """The midnight that ends the ``count``-th working day after the day of ``at``; a calendar
    without working days is left after a year."""
    day: date = day_of(at)
    left, last = count, day + LONGEST_AGO
    while left > 0 and day < last:
        day += ONE_DAY
        left -= calendar.is_workday(day)
    return begin_of(day + ONE_DAY)


async def by_machine(
    work: UnitOfWork, rule: MarkRule, unit_id: UUID, evidence: Evidence, now: datetime
) -> Mark | None:
    """Mark a unit, once; ``None`` where that was done before."""
    known = select(Mark.id).where(Mark.rule_code == rule.code, Mark.evidence_id == evidence.id)
    if await work.session.scalar(known) is not None:
        return None
    return _give(
        work, rule, unit_id, evidence, now, rule.points, await appeal_until(work.session, now)
    )


def _give(
    work: UnitOfWork,
    rule: MarkRule,
    unit_id: UUID,
    evidence: Evidence,
    now: datetime,
    points: int,
    until: datetime,
    given_by: UUID | None = None,
    way: MarkWay = MarkWay.MACHINE,
) -> Mark:
    mark = Mark(
        unit_id=unit_id,
        rule_code=rule.code,
        rule_name=rule.name,
        points=points,
        evidence=evidence.kind,
        evidence_id=evidence.id,
        work_order_id=evidence.work_order_id,
        way=way,
        reason=evidence.reason[:REASON_LIMIT],
        at=evidence.at,
        day=day_of(evidence.at),
        given_at=now,
        given_by=given_by,
        appeal_until=until,
        appealed_at=None,
        appealed_by=None,
        decided_at=None,
        decided_by=None,
    )
    work.session.add(mark)
    work.emit(MarkChanged(mark.id, unit_id))
    return mark


class Marks:
    """What people do with marks. ``centre_code`` is the acting person's; the highest centre's,
    written empty, may mark every unit, another's only its own. Refusals are recorded."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def give(self, found: Found, user_id: UUID, centre_code: str) -> Mark:
        """Mark a unit by hand. Without ``points`` the rule's count; those given replace them for
        this time. Raises ``InvalidInput``, ``NotFound``."""
        await to_thread.run_sync(defaults)
        trace = recorded(self._database, "give_mark", "linkage_unit", found.unit_id, user_id)
        async with trace, self._database.writing() as work:
            unit = await work.session.get(LinkageUnit, found.unit_id)
            if unit is None or centre_code not in ("", unit.centre_code):
                raise NotFound("没有这个联动单位，或它不归本中心考核。")
            rule = await work.session.get(MarkRule, found.rule_code)
            if rule is None or rule.occasion not in BY_PEOPLE or not rule.active:
                raise InvalidInput("请选择一条可以人工记分、且已启用的规则。")
            points = rule.points if found.points is None else found.points
            if wrong := wrong_points(rule.occasion, points):
                raise InvalidInput(wrong)
            reason = required("事由", found.reason, REASON_LIMIT)
            known = await work.session.scalar(
                select(Mark).where(Mark.rule_code == rule.code, Mark.evidence_id == str(found.once))
            )
            if known is not None:
                if known.unit_id != unit.id or known.given_by != user_id:
                    raise Conflict("这条记录的编号已被使用，请刷新页面后重新填写。")
                mark_id = known.id
            else:
                order = await _order(work.session, found.order_number, centre_code)
                now = self._clock.now()
                evidence = Evidence(
                    EvidenceKind.PERSON, str(found.once), now, reason, order.id if order else None
                )
                until = await appeal_until(work.session, now)
                mark_id = _give(
                    work, rule, unit.id, evidence, now, points, until, user_id, found.way
                ).id
        return await self.mark(mark_id)

    async def appeal(self, mark_id: UUID, unit_id: UUID, user_id: UUID, text: str) -> Mark:
        """A unit contests one of its marks, once, with its reasons. Raises ``NotFound`` for
        another unit's, ``Conflict`` where it is too late, ``IllegalTransition`` where it was
        contested before."""
        trace = recorded(self._database, "appeal", "mark", mark_id, user_id)
        async with trace, self._database.writing() as work:
            mark = await _locked(work.session, mark_id)
            if mark is None or mark.unit_id != unit_id:
                raise NotFound(NO_MARK)
            said = required("申诉理由", text, APPEAL_LIMIT)
            if mark.points > 0:
                raise Conflict("返分记录不需要申诉。")
            now = self._clock.now()
            mark.machine.target(mark.status, "appeal")  # what is over is over, late or not
            if now >= mark.appeal_until:
                last = (mark.appeal_until - ONE_DAY).astimezone(CHINA_TIME)
                raise Conflict(
                    f"申诉期已于 {last:%m月%d日} 结束，不能再申诉；如有异议请联系指挥中心。"
                )
            advance(work.session, mark, "appeal", actor=str(user_id), at=now, reason=said)
            mark.appealed_at, mark.appealed_by, mark.appeal = now, user_id, said
            work.emit(MarkChanged(mark.id, mark.unit_id))
        return await self.mark(mark_id)

    async def decide(
        self, mark_id: UUID, user_id: UUID, centre_code: str, *, uphold: bool, note: str
    ) -> Mark:
        """Decide an appeal: the mark stays or is withdrawn; a note says why."""
        said = required("处理意见", note, REASON_LIMIT)
        async with recorded(self._database, "decide", "mark", mark_id, user_id):
            trigger = "uphold" if uphold else "withdraw"
            await self._end(mark_id, user_id, centre_code, trigger, said, only_appealed=True)
        return await self.mark(mark_id)

    async def withdraw(self, mark_id: UUID, user_id: UUID, centre_code: str, note: str) -> Mark:
        """Take a mark back that was given wrongly; a note says why."""
        said = required("撤销原因", note, REASON_LIMIT)
        async with recorded(self._database, "withdraw", "mark", mark_id, user_id):
            await self._end(mark_id, user_id, centre_code, "withdraw", said)
        return await self.mark(mark_id)

    async def _end(
        self,
        mark_id: UUID,
        user_id: UUID,
        centre_code: str,
        trigger: str,
        note: str,
        *,
        only_appealed: bool = False,
    ) -> None:
        async with self._database.writing() as work:
            mark = await _locked(work.session, mark_id)
            if mark is None or centre_code not in ("", mark.unit.centre_code):
                raise NotFound(NO_MARK)
            if only_appealed and mark.status is not MarkStatus.APPEALED:
                raise Conflict("这条记录没有待处理的申诉，请刷新页面查看最新状态。")
            if mark.appealed_by == user_id:
                raise Forbidden("不能处理自己提出的申诉，请由其他班长处理。")
            now = self._clock.now()
            advance(work.session, mark, trigger, actor=str(user_id), at=now, reason=note)
            mark.decided_at, mark.decided_by, mark.decision = now, user_id, note
            work.emit(MarkChanged(mark.id, mark.unit_id))

    async def mark(self, mark_id: UUID) -> Mark:
        """A mark with its unit; raises ``NotFound``."""
        query = select(Mark).where(Mark.id == mark_id).options(joinedload(Mark.unit))
        async with self._database.reading() as session:
            found = (await session.scalars(query)).one_or_none()
        if found is None:
            raise NotFound(NO_MARK)
        return found


async def _locked(session: AsyncSession, mark_id: UUID) -> Mark | None:
    query = select(Mark).where(Mark.id == mark_id).options(joinedload(Mark.unit))
    return (await session.scalars(query.with_for_update(of=Mark))).one_or_none()


async def _order(session: AsyncSession, number: str, centre_code: str) -> WorkOrder | None:
    if not number:
        return None
    order = await session.scalar(select(WorkOrder).where(WorkOrder.number == number.strip()))
    if order is None or centre_code not in ("", order.centre_code):
        raise InvalidInput(f"没有编号为 {number[:32]} 的工单，请核对编号，或留空。")
    return order
