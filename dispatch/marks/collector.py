"""The machine's marks: read from the rows that orders leave behind, by one reader that keeps its
place in a row.

What a status did is a row of ``transitions`` with a growing number; a limit that passed is a row
of ``sla_notices``; stars have their moment. The reader looks at whatever dispatch orders these
name, marks what there is to mark and counts their days again. Both may be done any number of
times, so reading a stretch twice is harmless, and the place is moved on only behind rows old
enough that no transaction before them can still be open.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from dispatch.marks import figures
from dispatch.marks.giving import Evidence, by_machine
from dispatch.marks.periods import day_of
from dispatch.marks.rules import by_occasion
from dispatch.wording import DEADLINE_NAMES
from models.clock import CHINA_TIME, Clock
from models.database import Database, UnitOfWork
from models.deadline_tables import DeadlineKind, NoticeStep, SlaNotice, SlaTimer
from models.marks_tables import EvidenceKind, MarkCursor, MarkRule, Occasion
from models.order_tables import DispatchOrder, WorkOrder
from models.states import DISPATCH, WORK_ORDER, DispatchStatus
from models.tables import Transition
from models.telephony_states import AUTO_CALL
from models.telephony_tables import AutoCall, AutoCallKind

log = logging.getLogger(__name__)

SETTLED: Final = timedelta(minutes=2)  # longer than any transaction can be open
HEARD: Final = timedelta(seconds=3)  # by then an order shows what its review call said
MOST_READ: Final = 10_000
MOST_AT_ONCE: Final = 200
WORST_STARS: Final = 2
STEPS, NOTICES, RATINGS = "steps", "notices", "ratings"
# Of work orders only these say something about the units.
ENDINGS: Final = ("close",)
LATE: Final[Mapping[DeadlineKind, Occasion]] = {
    DeadlineKind.RECEIVED: Occasion.RECEIVED,
    DeadlineKind.EN_ROUTE: Occasion.EN_ROUTE,
    DeadlineKind.ON_SITE: Occasion.ON_SITE,
    DeadlineKind.FEEDBACK: Occasion.FEEDBACK,
}


@dataclass(slots=True)
class _Read:
    """What was read: the dispatch orders to look at, and by what keys it was read."""

    keys: list[tuple[str, object]] = field(default_factory=list)
    items: set[UUID] = field(default_factory=set)
    until: datetime | None = None  # where not everything could be read at once


class Collector:
    """Reads on from where it was, by ``clock``."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._done: dict[str, set[object]] = {STEPS: set(), NOTICES: set(), RATINGS: set()}

    async def begin(self) -> None:
        """Take a place where there is none: what happened before is not marked any more."""
        async with self._database.writing() as work:
            if await work.session.get(MarkCursor, STEPS) is not None:
                return
            last = await work.session.scalar(select(func.max(Transition.id))) or 0
            now = self._clock.now()
            work.session.add(MarkCursor(name=STEPS, position=last, at=now))
            work.session.add(MarkCursor(name=NOTICES, at=now))
            work.session.add(MarkCursor(name=RATINGS, at=now))

    async def collect(self) -> int:
        """Look at everything new; how many dispatch orders that were."""
        looked_at = 0
        while True:
            async with self._database.reading() as session:
                places = await _places(session)
                read = await self._read(session, places)
            items = sorted(read.items)
            for start in range(0, len(items), MOST_AT_ONCE):
                await self._look_at(items[start : start + MOST_AT_ONCE])
            looked_at += len(items)
            for name, key in read.keys:
                self._done[name].add(key)
            if len(read.keys) < MOST_AT_ONCE:
                await self._move_on(places, read.until)
                return looked_at

    # --- reading -----------------------------------------------------------------------------

    async def _read(self, session: AsyncSession, places: Mapping[str, MarkCursor]) -> _Read:
        read = _Read()
        if not places:
            return read
        now = self._clock.now()
        await self._read_steps(session, places[STEPS].position, now, read)
        notices = (
            select(SlaNotice.id, SlaNotice.at, SlaNotice.dispatch_order_id)
            .where(
                SlaNotice.at > places[NOTICES].at,
                SlaNotice.step != NoticeStep.REMIND,
                SlaNotice.dispatch_order_id.is_not(None),
            )
            .order_by(SlaNotice.at)
        )
        found = (await session.execute(notices.limit(MOST_READ))).all()
        for row_id, at, item_id in found:
            if item_id is not None:
                self._take(read, NOTICES, (row_id, at), item_id)
        if len(found) == MOST_READ:
            read.until = found[-1].at
        ratings = (
            select(DispatchOrder.id, DispatchOrder.rated_at)
            .where(DispatchOrder.rated_at > places[RATINGS].at)
            .order_by(DispatchOrder.rated_at)
        )
        for item_id, rated_at in await session.execute(ratings.limit(MOST_READ)):
            self._take(read, RATINGS, (item_id, rated_at), item_id)
        return read

    async def _read_steps(
        self, session: AsyncSession, position: int, now: datetime, read: _Read
    ) -> None:
        heard = or_(Transition.entity != AUTO_CALL.name, Transition.at <= now - HEARD)
        query = (
            select(Transition.id, Transition.entity, Transition.entity_id, Transition.trigger)
            .where(Transition.id > position, heard)
            .order_by(Transition.id)
            .limit(MOST_READ)
        )
        orders: set[UUID] = set()
        calls: set[UUID] = set()
        for number, entity, entity_id, trigger in await session.execute(query):
            if number in self._done[STEPS]:
                continue
            read.keys.append((STEPS, number))
            if entity == DISPATCH.name:
                read.items.add(entity_id)
            elif entity == WORK_ORDER.name and trigger in ENDINGS:
                orders.add(entity_id)
            elif entity == AUTO_CALL.name and trigger == "answered":
                calls.add(entity_id)
            if len(read.keys) >= MOST_AT_ONCE:
                break
        if calls:
            asked = select(AutoCall.subject_id).where(
                AutoCall.id.in_(calls), AutoCall.kind == AutoCallKind.REVIEW
            )
            orders.update(await session.scalars(asked))
        if orders:
            of = select(DispatchOrder.id).where(DispatchOrder.work_order_id.in_(orders))
            read.items.update(await session.scalars(of))

    def _take(self, read: _Read, name: str, key: object, item_id: UUID) -> None:
        if key not in self._done[name] and len(read.keys) < 2 * MOST_AT_ONCE:
            read.keys.append((name, key))
            read.items.add(item_id)

    async def _move_on(self, places: Mapping[str, MarkCursor], until: datetime | None) -> None:
        """Move the place behind what was read and is old enough, where that is anything."""
        if not places:
            return
        settled = self._clock.now() - SETTLED
        async with self._database.reading() as session:
            query = (
                select(Transition.id, Transition.at)
                .where(Transition.id > places[STEPS].position)
                .order_by(Transition.id)
                .limit(MOST_READ)
            )
            position = places[STEPS].position
            for number, at in await session.execute(query):
                if at > settled or number not in self._done[STEPS]:
                    break
                position = number
        moved = position != places[STEPS].position
        behind = settled if until is None else min(settled, until)
        stale = behind - places[NOTICES].at >= SETTLED
        if not moved and not stale:
            return
        async with self._database.writing() as work:
            steps = await work.session.get_one(MarkCursor, STEPS)
            steps.position, steps.at = max(position, steps.position), self._clock.now()
            for name in (NOTICES, RATINGS):
                cursor = await work.session.get_one(MarkCursor, name)
                cursor.at = max(cursor.at, behind)
        self._done[STEPS] = {
            number for number in self._done[STEPS] if isinstance(number, int) and number > position
        }
        for name in (NOTICES, RATINGS):
            self._done[name] = {
                key for key in self._done[name] if isinstance(key, tuple) and key[1] > behind
            }

    # --- marking -----------------------------------------------------------------------------

    async def _look_at(self, item_ids: Sequence[UUID]) -> None:
        async with self._database.writing() as work:
            rules = await by_occasion(work.session)
            items = await _items(work.session, item_ids)
            await self._mark_late(work, rules, items)
            await self._mark_redone(work, rules, items)
            await self._mark_opinions(work, rules, items)
            await work.session.flush()
            pairs: set[tuple[UUID, date]] = {
                (item.unit_id, day_of(item.created_at)) for item in items.values()
            }
            for day, unit_ids in figures.by_day(pairs).items():
                await figures.recount(work.session, day, unit_ids)

    async def _mark_late(
        self,
        work: UnitOfWork,
        rules: Mapping[Occasion, MarkRule],
        items: Mapping[UUID, DispatchOrder],
    ) -> None:
        query = (
            select(SlaTimer)
            .where(SlaTimer.dispatch_order_id.in_(items), SlaTimer.breached_at.is_not(None))
            .order_by(SlaTimer.started_at, SlaTimer.id)
        )
        for timer in await work.session.scalars(query):
            rule = rules.get(LATE[timer.kind])
            if rule is None or timer.dispatch_order_id is None or timer.breached_at is None:
                continue
            item = items[timer.dispatch_order_id]
            if item.offer and timer.kind is DeadlineKind.RECEIVED:
                continue  # a firm need not take what is offered to several
            due = timer.due_at.astimezone(CHINA_TIME)
            reason = (
                f"派单 {item.work_order.number} 应于 {due:%m月%d日 %H:%M:%S} 前"
                f"{DEADLINE_NAMES[timer.kind]}，已超时。"
            )
            await self._give(
                work, rule, item, EvidenceKind.DEADLINE, str(timer.id), timer.breached_at, reason
            )

    async def _mark_redone(
        self,
        work: UnitOfWork,
        rules: Mapping[Occasion, MarkRule],
        items: Mapping[UUID, DispatchOrder],
    ) -> None:
        rule = rules.get(Occasion.REDO)
        if rule is None:
            return
        query = (
            select(Transition)
            .where(
                Transition.entity == DISPATCH.name,
                Transition.entity_id.in_(items),
                Transition.trigger == "redo",
            )
            .order_by(Transition.id)
        )
        for step in await work.session.scalars(query):
            item = items[step.entity_id]
            reason = f"派单 {item.work_order.number} 核查不合格，退回重办：{step.reason}"
            await self._give(work, rule, item, EvidenceKind.STEP, str(step.id), step.at, reason)

    async def _mark_opinions(
        self,
        work: UnitOfWork,
        rules: Mapping[Occasion, MarkRule],
        items: Mapping[UUID, DispatchOrder],
    ) -> None:
        low, unsatisfied = rules.get(Occasion.LOW_RATING), rules.get(Occasion.UNSATISFIED)
        for item in items.values():
            order, kind = item.work_order, EvidenceKind.DISPATCH_ORDER
            if low is not None and item.rating is not None and item.rating <= WORST_STARS:
                at = item.rated_at or self._clock.now()
                reason = f"工单 {order.number} 来电人评价 {item.rating} 星。"
                await self._give(work, low, item, kind, str(item.id), at, reason)
            if (
                unsatisfied is not None
                and order.review == "unsatisfied"
                and item.status is DispatchStatus.FED_BACK
            ):
                at = order.reviewed_at or self._clock.now()
                reason = f"工单 {order.number} 回访，来电人对处理结果不满意。"
                await self._give(work, unsatisfied, item, kind, str(item.id), at, reason)

    async def _give(
        self,
        work: UnitOfWork,
        rule: MarkRule,
        item: DispatchOrder,
        kind: EvidenceKind,
        evidence_id: str,
        at: datetime,
        reason: str,
    ) -> None:
        evidence = Evidence(kind, evidence_id, at, reason, item.work_order_id)
        await by_machine(work, rule, item.unit_id, evidence, self._clock.now())


async def _places(session: AsyncSession) -> dict[str, MarkCursor]:
    return {row.name: row for row in await session.scalars(select(MarkCursor))}


async def _items(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, DispatchOrder]:
    query = (
        select(DispatchOrder)
        .where(DispatchOrder.id.in_(ids))
        .options(
            joinedload(DispatchOrder.work_order).load_only(
                WorkOrder.number, WorkOrder.review, WorkOrder.reviewed_at
            )
        )
        .order_by(DispatchOrder.created_at, DispatchOrder.id)
    )
    return {item.id: item for item in await session.scalars(query)}
