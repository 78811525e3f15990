"""Makes the day sheets, and makes those anew whose rows have moved since.

Every move of a status is a row of ``transitions``; reading them in order says which days have
changed, however late that comes and whoever was away meanwhile. Making a day replaces its sheets
in one transaction, so doing it twice, or being killed in the middle, harms nothing.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

import anyio
from sqlalchemy import Row, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from agent_desk.problems import where
from agent_desk.reports.days import sheets
from models.alarm_tables import ReportDay, ReportProgress, ReportSheet
from models.clock import CHINA_TIME, Clock
from models.database import Database
from models.order_tables import DispatchOrder, WorkOrder
from models.states import AGENT, CALL, DISPATCH, WORK_ORDER
from models.tables import Call, Transition

log = logging.getLogger(__name__)

TICK_SECONDS: Final = 2.0
# Today's figures are this old at most while calls come in.
TODAY_AGE: Final = timedelta(seconds=30)
# A transaction that is cut off at last has ended; so none of an earlier id is still to come.
SETTLED: Final = timedelta(minutes=3)
# Rows that change without a status, such as a category, count by the next time a day is made.
AGAIN_AGE: Final = timedelta(days=1)
AGAIN_DAYS: Final = 31
MOST_MOVES: Final = 500
MOST_DAYS: Final = 3_660
PROGRESS: Final = "transitions"


class Roller:
    """Keeps the sheets of every day by ``clock``."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def run(self) -> None:
        """Make what is to be made until cancelled; at most half of the time is spent on it."""
        while True:
            began = anyio.current_time()
            made = False
            try:
                made = await self.step()
            except Exception as error:
                log.error("the day's figures could not be made: %s", where(error))
            took = anyio.current_time() - began
            await anyio.sleep(max(took, 0.05) if made else TICK_SECONDS)

    async def step(self) -> bool:
        """Read what has moved, make the most urgent day; whether there was one."""
        await self._follow()
        wanted = await self._next()
        if wanted is None:
            return False
        await self.make(wanted)
        return True

    async def make(self, of: date) -> None:
        """Make the sheets of a day from the rows as they are now."""
        now = self._clock.now()
        async with self._database.reading() as session:
            found = await sheets(session, of, now)
        async with self._database.writing() as work:
            await work.session.execute(delete(ReportSheet).where(ReportSheet.day == of))
            for (report, queue_code, centre_code), lines in found.items():
                work.session.add(
                    ReportSheet(
                        day=of,
                        report=report.value,
                        queue_code=queue_code,
                        centre_code=centre_code,
                        lines={key: line.kept() for key, line in lines.items()},
                    )
                )
            row = await work.session.get(ReportDay, of)
            if row is None:
                work.session.add(ReportDay(day=of, made_at=now, stale_since=None))
            else:
                row.made_at, row.stale_since = now, None

    async def _next(self) -> date | None:
        """The day to be made next: today, then what is stale, then the newest never made."""
        now = self._clock.now()
        today = now.astimezone(CHINA_TIME).date()
        async with self._database.reading() as session:
            row = await session.get(ReportDay, today)
            if row is None or row.made_at is None:
                return today
            if abs(now - row.made_at) >= TODAY_AGE and await _moved(session, row.made_at, now):
                return today
            stale = (
                select(ReportDay.day)
                .where(
                    ReportDay.day != today,
                    or_(
                        ReportDay.stale_since.is_not(None),
                        ReportDay.made_at.is_(None),
                        (ReportDay.day > today - timedelta(days=AGAIN_DAYS))
                        & (ReportDay.made_at < now - AGAIN_AGE),
                    ),
                )
                .order_by(ReportDay.stale_since.is_(None), ReportDay.day.desc())
                .limit(1)
            )
            found: date | None = await session.scalar(stale)
            return found

    async def _follow(self) -> None:
        """Mark the days stale whose rows have moved, or list all days at the first start."""
        now = self._clock.now()
        async with self._database.reading() as session:
            progress = await session.get(ReportProgress, PROGRESS)
            if progress is not None:
                moves = (
                    await session.execute(
                        select(
                            Transition.id, Transition.entity, Transition.entity_id, Transition.at
                        )
                        .where(Transition.id > progress.last)
                        .order_by(Transition.id)
                        .limit(MOST_MOVES)
                    )
                ).all()
                settled = [row for row in moves if row.at <= now - SETTLED]
                if not settled:
                    return
                days = await _days_of(session, settled)
        if progress is None:
            await self._begin(now)
            return
        async with self._database.writing() as work:
            progress = await work.session.get_one(ReportProgress, PROGRESS)
            progress.last = settled[-1].id
            for of in days:
                row = await work.session.get(ReportDay, of)
                if row is None:
                    work.session.add(ReportDay(day=of, made_at=None, stale_since=now))
                elif row.stale_since is None:
                    row.stale_since = now

    async def _begin(self, now: datetime) -> None:
        """List every day since the first call or order; the newest is made first."""
        async with self._database.writing() as work:
            session = work.session
            last = await session.scalar(
                select(func.max(Transition.id)).where(Transition.at <= now - SETTLED)
            )
            firsts = [
                await session.scalar(select(func.min(Call.received_at))),
                await session.scalar(select(func.min(WorkOrder.created_at))),
            ]
            today = now.astimezone(CHINA_TIME).date()
            first = min((_day(at) for at in firsts if at is not None), default=today)
            there = set(await session.scalars(select(ReportDay.day)))
            for back in range(min((today - first).days, MOST_DAYS) + 1):
                of = today - timedelta(days=back)
                if of not in there:
                    session.add(ReportDay(day=of, made_at=None, stale_since=None))
            session.add(ReportProgress(name=PROGRESS, last=last or 0))


async def _moved(session: AsyncSession, since: datetime, now: datetime) -> bool:
    """Whether anything has moved since, or waits: a waiting call's time grows by itself."""
    newest = select(Transition.at).order_by(Transition.id.desc()).limit(1)
    at = await session.scalar(newest)
    return (at is not None and at >= since) or now - since >= AGAIN_AGE


async def _days_of(
    session: AsyncSession, moves: Sequence[Row[int, str, UUID, datetime]]
) -> set[date]:
    """The days in whose figures the rows count that have moved."""
    ids: dict[str, set[UUID]] = defaultdict(set)
    for move in moves:
        ids[move.entity].add(move.entity_id)
    days = {_day(move.at) for move in moves if move.entity == AGENT.name}
    orders = select(WorkOrder.created_at)
    items = orders.join(DispatchOrder, DispatchOrder.work_order_id == WorkOrder.id)
    for query in (
        select(Call.received_at).where(Call.id.in_(ids[CALL.name])),
        orders.where(WorkOrder.id.in_(ids[WORK_ORDER.name])),
        items.where(DispatchOrder.id.in_(ids[DISPATCH.name])),
    ):
        days |= {_day(at) for at in await session.scalars(query)}
    return days


def _day(at: datetime) -> date:
    return at.astimezone(CHINA_TIME).date()
