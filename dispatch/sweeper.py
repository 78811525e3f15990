"""The one sweeper of deadlines: makes each reminder and escalation when its moment has come.

What is due is a row (``SlaTimer.next_at``). One transaction locks the work order, writes down
what was made (``SlaNotice``, unique per timer and place in its plan), lays out who is to be told
(``Delivery``, ``AutoCall``) and sets the next moment. Killed before the commit nothing has
happened and the next start does it; killed after it, it is done and is not done again.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import anyio
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch import deliveries, reach, timers, wording
from dispatch.limits import ALWAYS, Rules
from dispatch.timers import Step
from models.clock import Clock
from models.database import Database, UnitOfWork
from models.deadline_tables import (
    DeadlineKind,
    Delivery,
    NoticeStep,
    Purpose,
    SlaNotice,
    SlaTimer,
)
from models.dispatch_tables import ChannelKind, OrderShare, ShareKind
from models.events import DeadlinesChanged, DeliveryChanged, NoticeMade
from models.order_tables import DispatchOrder, WorkOrder
from models.states import DispatchStatus
from models.tables import LinkageUnit
from models.telephony_states import AutoCallStatus
from models.telephony_tables import Audit, AutoCall, AutoCallKind

log = logging.getLogger(__name__)

TICK_SECONDS: Final = 0.5
MOST_AT_ONCE: Final = 100
JUMP: Final = timedelta(seconds=30)
# Writing a text message or an e-mail about a limit this short comes too late to help.
SHORT: Final = timedelta(minutes=15)
SLOW: Final = (ChannelKind.SMS, ChannelKind.EMAIL)


class Sweeper:
    """Makes what is due by ``clock``."""

    def __init__(self, database: Database, clock: Clock, rules: Rules) -> None:
        self._database = database
        self._clock = clock
        self._rules = rules

    async def run(self) -> None:
        """Sweep until cancelled; a failed sweep is made again."""
        seen, ticked = self._clock.now(), anyio.current_time()
        while True:
            try:
                seen, ticked = await self._note_jump(seen, ticked)
                await self.sweep()
            except Exception:
                log.exception("deadlines could not be swept")
            await anyio.sleep(TICK_SECONDS)

    async def sweep(self) -> int:
        """Make everything that is due; how many reminders and escalations that were."""
        made = 0
        while True:
            now = self._clock.now()
            async with self._database.reading() as session:
                due = await _orders_with_due(session, now)
            for work_order_id in due:
                made += await self._sweep_order(work_order_id, now)
            if len(due) < MOST_AT_ONCE:
                return made

    async def next_at(self) -> datetime | None:
        """The earliest moment at which something will be due."""
        async with self._database.reading() as session:
            found: datetime | None = await session.scalar(
                select(func.min(SlaTimer.next_at)).where(SlaTimer.next_at.is_not(None))
            )
            return found

    async def recalculate(self) -> None:
        """The calendar has changed: every running deadline that follows it moves."""
        async with self._database.writing() as work:
            known = await timers.calendars(work.session, self._rules.hours)
            # One that stands is worked out anew when it goes on.
            query = select(SlaTimer).where(
                SlaTimer.next_at.is_not(None), SlaTimer.calendar != ALWAYS
            )
            for timer in await work.session.scalars(query.with_for_update()):
                timers.set_moments(timer, known)
                work.emit(DeadlinesChanged(timer.work_order_id))

    # --- one order ---------------------------------------------------------------------------

    async def _sweep_order(self, work_order_id: UUID, now: datetime) -> int:
        made = 0
        async with self._database.writing() as work:
            # The same lock first as every action on an order: none waits for the other's.
            locked = select(WorkOrder).where(WorkOrder.id == work_order_id).with_for_update()
            order = (await work.session.scalars(locked)).one()
            query = select(SlaTimer).where(
                SlaTimer.work_order_id == work_order_id, SlaTimer.next_at <= now
            )
            due = list(await work.session.scalars(query.order_by(SlaTimer.next_at)))
            if not due:
                return 0
            known = await timers.calendars(work.session, self._rules.hours)
            told = await _Told.load(work.session, order, due, now)
            for timer in due:
                for step in timers.take_due(timer, known, now):
                    self._make(work, told, timer, step, now)
                    made += 1
            work.emit(DeadlinesChanged(work_order_id))
        return made

    def _make(
        self, work: UnitOfWork, told: _Told, timer: SlaTimer, step: Step, now: datetime
    ) -> None:
        notice = SlaNotice(
            timer_id=timer.id,
            position=step.position,
            step=step.step,
            kind=timer.kind,
            work_order_id=timer.work_order_id,
            dispatch_order_id=timer.dispatch_order_id,
            unit_id=timer.unit_id,
            due_at=step.due_at,
            at=now,
            seen_at=None,
            seen_by=None,
        )
        work.session.add(notice)
        told.tell(work, timer, notice, now)
        work.emit(NoticeMade(notice.id, timer.work_order_id))
        work.emit(DeliveryChanged(notice.id, timer.work_order_id))

    async def _note_jump(self, seen: datetime, ticked: float) -> tuple[datetime, float]:
        """Leave a trace where the clock has not gone as fast as time does."""
        now, tick = self._clock.now(), anyio.current_time()
        jumped = (now - seen) - timedelta(seconds=tick - ticked)
        if abs(jumped) > JUMP:
            log.warning("the clock jumped by %.0f s", jumped.total_seconds())
            async with self._database.writing() as work:
                detail = {"seconds": round(jumped.total_seconds()), "before": seen.isoformat()}
                work.session.add(
                    Audit(
                        user_id=None,
                        action="clock_jumped",
                        subject="clock",
                        subject_id="",
                        detail=detail,
                        at=now,
                    )
                )
        return now, tick


class _Told:
    """Who is to be told about one order's deadlines, loaded once for all that is due."""

    def __init__(
        self,
        order: WorkOrder,
        units: dict[UUID, LinkageUnit],
        items: dict[UUID, DispatchOrder],
    ) -> None:
        self.order = order
        self.units = units
        self.items = items
        self.ways: dict[UUID, Sequence[reach.Way]] = {}
        self.phones: dict[UUID, str] = {}
        self.calling: set[UUID] = set()
        self.higher_phone: str | None = None
        self.higher_code = ""
        self.shared = True

    @classmethod
    async def load(
        cls, session: AsyncSession, order: WorkOrder, due: Sequence[SlaTimer], now: datetime
    ) -> _Told:
        unit_ids = {timer.unit_id for timer in due if timer.unit_id is not None}
        item_ids = {timer.dispatch_order_id for timer in due if timer.dispatch_order_id}
        units = await session.scalars(select(LinkageUnit).where(LinkageUnit.id.in_(unit_ids)))
        items = await session.scalars(select(DispatchOrder).where(DispatchOrder.id.in_(item_ids)))
        told = cls(order, {row.id: row for row in units}, {row.id: row for row in items})
        told.ways = dict(await reach.ways(session, list(told.units.values()), now))
        told.phones = dict(await reach.duty_phones(session, list(told.units.values()), now))
        calls = select(AutoCall.subject_id).where(
            AutoCall.subject_id.in_(item_ids),
            AutoCall.status.in_((AutoCallStatus.DUE, AutoCallStatus.DIALLING)),
        )
        told.calling = set(await session.scalars(calls))
        higher = await reach.higher_centre(session, order.centre_code)
        if higher is not None:
            told.higher_phone, told.higher_code = higher.duty_phone, higher.code
            known = select(OrderShare.id).where(
                OrderShare.work_order_id == order.id, OrderShare.centre_code == higher.code
            )
            told.shared = (await session.scalar(known.limit(1))) is not None
        return told

    def tell(self, work: UnitOfWork, timer: SlaTimer, notice: SlaNotice, now: datetime) -> None:
        match notice.step:
            case NoticeStep.REMIND:
                self._remind(work, timer, notice, now)
            case NoticeStep.DUTY_PHONE:
                self._ring(work, timer, notice, now, self.phones.get(notice.unit_id or timer.id))
            case NoticeStep.LEADER:
                unit = self._unit(timer)
                leader = unit.leader_phone if unit is not None else ""
                self._ring(work, timer, notice, now, leader)
                if leader:
                    self._add(work, timer, notice, ChannelKind.SMS, leader, now)
            case NoticeStep.SUPERVISOR:
                self._add(work, timer, notice, ChannelKind.WEB, "", now)
            case NoticeStep.HIGHER_CENTRE:
                self._add(work, timer, notice, ChannelKind.WEB, "", now)
                if self.higher_phone is not None:
                    self._ring(work, timer, notice, now, self.higher_phone)
                    self._share(work, now)

    def _remind(self, work: UnitOfWork, timer: SlaTimer, notice: SlaNotice, now: datetime) -> None:
        ways = self.ways.get(timer.unit_id) if timer.unit_id else None
        for way in ways or (reach.Way(ChannelKind.WEB, ""),):
            short = timedelta(seconds=timer.limit_seconds) < SHORT
            if way.kind is ChannelKind.PHONE or (short and way.kind in SLOW):
                continue
            self._add(work, timer, notice, way.kind, way.address, now)

    def _ring(
        self,
        work: UnitOfWork,
        timer: SlaTimer,
        notice: SlaNotice,
        now: datetime,
        number: str | None,
    ) -> None:
        item = self.items.get(timer.dispatch_order_id) if timer.dispatch_order_id else None
        if (
            notice.step is NoticeStep.DUTY_PHONE
            and item is not None
            and item.id in self.calling
            and timer.kind is DeadlineKind.RECEIVED
        ):
            return  # the order is being read to this very telephone
        delivery = self._add(work, timer, notice, ChannelKind.PHONE, number or "", now)
        accepts = (
            notice.step is NoticeStep.DUTY_PHONE
            and item is not None
            and item.status is DispatchStatus.SENT
        )
        kind = AutoCallKind.DISPATCH if accepts else AutoCallKind.NOTICE
        deliveries.call(work, delivery, kind, str(delivery.payload["said"]), now)

    def _add(
        self,
        work: UnitOfWork,
        timer: SlaTimer,
        notice: SlaNotice,
        kind: ChannelKind,
        address: str,
        now: datetime,
    ) -> Delivery:
        reminder = notice.step is NoticeStep.REMIND
        return deliveries.add(
            work,
            kind,
            Purpose.REMINDER if reminder else Purpose.ESCALATION,
            now,
            work_order_id=timer.work_order_id,
            payload=wording.notice_message(self.order, self._unit(timer), timer, notice.step),
            address=address,
            dispatch_order_id=timer.dispatch_order_id,
            unit_id=timer.unit_id,
            notice_id=notice.id,
        )

    def _share(self, work: UnitOfWork, now: datetime) -> None:
        """The higher centre sees from now on what was escalated to it."""
        if self.shared:
            return
        self.shared = True
        work.session.add(
            OrderShare(
                work_order_id=self.order.id,
                centre_code=self.higher_code,
                kind=ShareKind.REPORTED,
                note="超时上报",
                user_id=None,
                at=now,
            )
        )

    def _unit(self, timer: SlaTimer) -> LinkageUnit | None:
        return self.units.get(timer.unit_id) if timer.unit_id is not None else None


async def _orders_with_due(session: AsyncSession, now: datetime) -> Sequence[UUID]:
    """The work orders with something due, the longest due first."""
    first = func.min(SlaTimer.next_at)
    query = (
        select(SlaTimer.work_order_id)
        .where(SlaTimer.next_at.is_not(None), SlaTimer.next_at <= now)
        .group_by(SlaTimer.work_order_id)
        .order_by(first)
    )
    return (await session.scalars(query.limit(MOST_AT_ONCE))).all()
