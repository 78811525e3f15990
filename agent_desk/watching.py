"""Deadlines and deliveries for the pages: loaded, and told as they change."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

import anyio
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from agent_desk import repository
from agent_desk.accounts import Person
from agent_desk.hub import Hub
from agent_desk.messages_deadlines import LateMessage, OrderWatchMessage
from agent_desk.permissions import Permission, may
from agent_desk.problems import where
from agent_desk.wire_deadlines import (
    DeadlineInfo,
    DeliveryInfo,
    LateDeadline,
    LateList,
    NoticeInfo,
    OrderWatch,
    UnitDeadline,
    UnitWatch,
)
from dispatch.limits import OFFICE
from dispatch.wording import DEADLINE_NAMES, STEP_NAMES
from models.bus import EventBus
from models.database import Database
from models.deadline_states import DELIVERY
from models.deadline_tables import Delivery, NoticeStep, SlaNotice, SlaTimer
from models.dispatch_tables import ChannelKind
from models.errors import NotFound
from models.events import DeadlinesChanged, DeliveryChanged, NoticeMade
from models.order_tables import DispatchOrder, WorkOrder

log = logging.getLogger(__name__)

MOST_LATE: Final = 100
MOST_NOTICES: Final = 50
MOST_PENDING: Final = 1_000
TELL_SECONDS: Final = 0.3
LATE_SECONDS: Final = 1.0
READ_SECONDS: Final = 15

CHANNEL_NAMES: Final[Mapping[ChannelKind, str]] = {
    ChannelKind.WEB: "终端",
    ChannelKind.PHONE: "电话",
    ChannelKind.SMS: "短信",
    ChannelKind.WEBHOOK: "系统接口",
    ChannelKind.EMAIL: "邮件",
}


class WatchView:
    """Loads what pages show of deadlines and deliveries."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def order(self, work_order_id: UUID) -> OrderWatch:
        """Everything watched of one work order."""
        async with self._database.reading() as session:
            return await order_watch(session, work_order_id)

    async def of_unit(self, unit_id: UUID) -> list[UnitDeadline]:
        """The deadlines of a unit's orders that run out first, one per order."""
        query = (
            select(SlaTimer)
            .where(SlaTimer.unit_id == unit_id, SlaTimer.stopped_at.is_(None))
            .order_by(SlaTimer.due_at)
            .limit(3 * MOST_LATE)
        )
        async with self._database.reading() as session:
            found: dict[UUID, SlaTimer] = {}
            for timer in await session.scalars(query):
                if timer.dispatch_order_id is not None:
                    found.setdefault(timer.dispatch_order_id, timer)
        return [UnitDeadline(dispatch_order_id=key, deadline=_info(t)) for key, t in found.items()]

    async def late(self) -> LateList:
        """What is past its limit and still waited for, and the newest escalations."""
        overdue = (SlaTimer.stopped_at.is_(None), SlaTimer.breached_at.is_not(None))
        query = (
            select(SlaTimer)
            .where(*overdue)
            .options(joinedload(SlaTimer.work_order), joinedload(SlaTimer.unit))
            .order_by(SlaTimer.due_at)
            .limit(MOST_LATE)
        )
        made = (
            select(SlaNotice)
            .where(SlaNotice.step != NoticeStep.REMIND)
            .options(joinedload(SlaNotice.work_order), joinedload(SlaNotice.unit))
            .order_by(SlaNotice.at.desc(), SlaNotice.due_at.desc())
            .limit(MOST_NOTICES)
        )
        async with self._database.reading() as session:
            timers = (await session.scalars(query)).all()
            count = await session.scalar(select(func.count()).where(*overdue))
            notices = (await session.scalars(made)).all()
            seen_by = {row.seen_by for row in notices if row.seen_by is not None}
            names = await repository.display_names(session, seen_by)
        return LateList(
            late=[_late(timer) for timer in timers],
            late_count=count or 0,
            notices=[_notice(row, names) for row in notices],
        )

    async def see(self, notice_id: UUID, person: Person) -> None:
        """Somebody has taken note of an escalation; the first one counts."""
        async with self._database.writing() as work:
            notice = await work.session.get(SlaNotice, notice_id, with_for_update=True)
            if notice is None:
                raise NotFound("没有这条上报，请刷新页面后重试。")
            if notice.seen_at is None:
                notice.seen_at, notice.seen_by = self._database.clock.now(), person.user_id
            work.emit(NoticeMade(notice.id, notice.work_order_id))


async def order_watch(session: AsyncSession, work_order_id: UUID) -> OrderWatch:
    """Everything watched of one work order."""
    timers = await session.scalars(
        select(SlaTimer)
        .where(SlaTimer.work_order_id == work_order_id)
        .order_by(SlaTimer.started_at, SlaTimer.due_at)
    )
    by_item: dict[UUID | None, list[SlaTimer]] = defaultdict(list)
    for timer in timers:
        by_item[timer.dispatch_order_id].append(timer)
    items = list(
        await session.scalars(
            select(DispatchOrder.id)
            .where(DispatchOrder.work_order_id == work_order_id)
            .order_by(DispatchOrder.position)
        )
    )
    rows = await session.scalars(
        select(Delivery)
        .where(Delivery.dispatch_order_id.in_(items))
        .order_by(Delivery.created_at, Delivery.channel)
    )
    told: dict[UUID | None, list[Delivery]] = defaultdict(list)
    for row in rows:
        told[row.dispatch_order_id].append(row)
    whole = by_item.get(None, [])
    return OrderWatch(
        work_order_id=work_order_id,
        closed=_info(whole[-1]) if whole else None,
        units=[
            UnitWatch(
                dispatch_order_id=item_id,
                deadline=_first(by_item[item_id]),
                deadlines=[_info(timer) for timer in by_item[item_id]],
                deliveries=[_delivery(row) for row in told[item_id]],
            )
            for item_id in items
        ],
    )


class WatchTeller:
    """Tells pages of changed deadlines and deliveries: an order's page at most every 0.3 s,
    supervisors' lists at most every second."""

    def __init__(self, hub: Hub, view: WatchView, database: Database) -> None:
        self._hub = hub
        self._view = view
        self._database = database
        self._orders: dict[UUID, None] = {}
        self._wake = anyio.Event()
        self._late = anyio.Event()

    def subscribe(self, bus: EventBus) -> None:
        """Follow the events."""
        bus.subscribe(DeadlinesChanged, self._on_change)
        bus.subscribe(DeliveryChanged, self._on_change)
        bus.subscribe(NoticeMade, self._on_change)

    async def run(self) -> None:
        """Tell until cancelled."""
        async with anyio.create_task_group() as group:
            group.start_soon(self._tell_orders)
            group.start_soon(self._tell_late)

    async def _on_change(self, event: DeadlinesChanged | DeliveryChanged | NoticeMade) -> None:
        if len(self._orders) < MOST_PENDING:
            self._orders[event.work_order_id] = None
        self._wake.set()
        if not isinstance(event, DeliveryChanged):
            self._late.set()

    async def _tell_orders(self) -> None:
        while True:
            await self._wake.wait()
            self._wake = anyio.Event()
            await anyio.sleep(TELL_SECONDS)
            pending, self._orders = list(self._orders), {}
            for work_order_id in pending:
                try:
                    with anyio.fail_after(READ_SECONDS):
                        await self._tell_order(work_order_id)
                except Exception as error:
                    log.error("deadlines of an order not told: %s", where(error))

    async def _tell_order(self, work_order_id: UUID) -> None:
        async with self._database.reading() as session:
            row = await session.get(WorkOrder, work_order_id)
            if row is None:
                return
            users = {row.owner_id}
            if row.call_id:
                users |= await repository.users_of_call(session, row.call_id)

            def wanted(person: Person) -> bool:
                return person.user_id in users or may(person.role, Permission.READ_ALL_ORDERS)

            if not self._hub.anybody(wanted):
                return
            message = OrderWatchMessage(watch=await order_watch(session, work_order_id))
        self._hub.send(wanted, message)

    async def _tell_late(self) -> None:
        while True:
            await self._late.wait()
            self._late = anyio.Event()
            try:
                if self._hub.anybody(_supervises):
                    with anyio.fail_after(READ_SECONDS):
                        message = LateMessage(overdue=await self._view.late())
                    self._hub.send(_supervises, message)
            except Exception as error:
                log.error("late orders not told: %s", where(error))
            await anyio.sleep(LATE_SECONDS)


def _supervises(person: Person) -> bool:
    return may(person.role, Permission.SUPERVISE)


def _first(timers: Sequence[SlaTimer]) -> DeadlineInfo | None:
    """The running one that is due first."""
    running = [timer for timer in timers if timer.stopped_at is None]
    return _info(min(running, key=lambda timer: timer.due_at)) if running else None


def _info(timer: SlaTimer) -> DeadlineInfo:
    return DeadlineInfo(
        kind=timer.kind,
        name=DEADLINE_NAMES[timer.kind],
        started_at=timer.started_at,
        due_at=timer.due_at,
        limit_seconds=timer.limit_seconds,
        office=timer.calendar == OFFICE,
        paused=timer.paused_at is not None and timer.stopped_at is None,
        reminded=timer.reminded_at is not None,
        late=timer.breached_at is not None,
        stopped_at=timer.stopped_at,
        escalated=[STEP_NAMES[step] for step in _steps(timer) if step is not NoticeStep.REMIND],
    )


def _steps(timer: SlaTimer) -> Iterable[NoticeStep]:
    """What was made of the timer's plan so far."""
    return (NoticeStep(line["step"]) for line in timer.plan[: timer.position])


def _late(timer: SlaTimer) -> LateDeadline:
    made = [step for step in _steps(timer) if step is not NoticeStep.REMIND]
    fields = timer.work_order.fields
    return LateDeadline(
        timer_id=timer.id,
        work_order_id=timer.work_order_id,
        dispatch_order_id=timer.dispatch_order_id,
        number=timer.work_order.number,
        unit_name=timer.unit.name if timer.unit is not None else "",
        emergency=bool(fields.get("emergency")),
        address=str(fields.get("address") or ""),
        kind=timer.kind,
        name=DEADLINE_NAMES[timer.kind],
        due_at=timer.due_at,
        step=made[-1] if made else None,
        step_name=STEP_NAMES[made[-1]] if made else "",
    )


def _notice(row: SlaNotice, names: Mapping[UUID, str]) -> NoticeInfo:
    return NoticeInfo(
        id=row.id,
        step=row.step,
        step_name=STEP_NAMES[row.step],
        kind=row.kind,
        name=DEADLINE_NAMES[row.kind],
        work_order_id=row.work_order_id,
        number=row.work_order.number,
        unit_name=row.unit.name if row.unit is not None else "",
        due_at=row.due_at,
        at=row.at,
        seen_at=row.seen_at,
        seen_by=names.get(row.seen_by, "") if row.seen_by is not None else "",
    )


def _delivery(row: Delivery) -> DeliveryInfo:
    return DeliveryInfo(
        channel=row.channel,
        channel_name=CHANNEL_NAMES[row.channel],
        purpose=row.purpose,
        status=row.status,
        status_name=DELIVERY.names[row.status],
        at=row.delivered_at or row.sent_at or row.created_at,
        tries=row.tries,
        error=row.error,
    )
