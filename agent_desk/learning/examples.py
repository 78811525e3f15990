"""Labelled examples from orders: made when an order goes out, kept up with what becomes of it.

Everything is read from rows, so a notice that is lost is made up for by ``reconcile``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import anyio
import anyio.to_thread
from anyio.abc import TaskStatus
from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from agent_desk.learning import judging
from agent_desk.problems import where
from models.bus import EventBus
from models.clock import Clock
from models.database import Database
from models.events import DispatchOrderChanged, WorkOrderChanged
from models.kinds import LegRole
from models.learning_tables import Judged, JudgedCall, LabelledExample
from models.order_tables import DispatchOrder, WorkOrder
from models.states import WorkOrderStatus
from models.tables import CallSuggestion, Transition, Utterance

log = logging.getLogger(__name__)

LONGEST_TEXT: Final = 2_000  # characters of a caller's newest words
REACH: Final = timedelta(days=30)
GATHER_SECONDS: Final = 0.5  # several notices of an order are read once
ROUND: Final = timedelta(hours=1)
BLOCK: Final = 500
MOST_PENDING: Final = 500  # of one query

# The share of a text's words that the model of the moment never met; may block.
Unknown = Callable[[str], float | None]


class Examples:
    """Keeps ``judged_calls`` and ``labelled_examples`` equal to what the orders say. The words
    go after ``keep_for``; the labels stay."""

    def __init__(
        self, database: Database, clock: Clock, keep_for: timedelta, unknown: Unknown
    ) -> None:
        self._database = database
        self._clock = clock
        self.keep_for = keep_for
        self._unknown = unknown
        self._pending: set[UUID] = set()
        self._news = anyio.Event()

    def subscribe(self, bus: EventBus) -> None:
        """Follow every order."""
        bus.subscribe(WorkOrderChanged, self._changed)
        bus.subscribe(DispatchOrderChanged, self._changed)

    async def _changed(self, event: WorkOrderChanged | DispatchOrderChanged) -> None:
        if len(self._pending) < MOST_PENDING:  # the next round finds what is left out
            self._pending.add(event.work_order_id)
        self._news.set()

    async def run(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Make up for what was missed, then follow, until cancelled."""
        task_status.started()
        async with anyio.create_task_group() as group:
            group.start_soon(self._rounds)
            while True:
                await self._news.wait()
                self._news = anyio.Event()
                await anyio.sleep(GATHER_SECONDS)
                pending, self._pending = self._pending, set()
                try:
                    for order_id in await self._gone_out(pending):
                        await self.take(order_id)
                except Exception as error:  # the next round makes up for it
                    log.error("orders were not learned from: %s", where(error))

    async def _gone_out(self, order_ids: set[UUID]) -> Sequence[UUID]:
        """Those of the orders that went out; drafts change with every word, so in one query."""
        query = select(WorkOrder.id).where(
            WorkOrder.id.in_(order_ids),
            or_(WorkOrder.sent_at.is_not(None), WorkOrder.status == WorkOrderStatus.CLOSED),
        )
        async with self._database.reading() as session:
            return (await session.scalars(query)).all()

    async def _rounds(self) -> None:
        while True:
            try:
                await self.reconcile()
                await self.erase_expired()
            except Exception as error:
                log.error("a round of learning failed: %s", where(error))
            await anyio.sleep(ROUND.total_seconds())

    async def reconcile(self) -> int:
        """Take the orders of the last 30 days that have moved on unread; gives how many."""
        since = self._clock.now() - REACH
        moved = (
            select(Transition.id)
            .join(DispatchOrder, DispatchOrder.id == Transition.entity_id)
            .where(
                Transition.entity == DispatchOrder.machine.name,
                DispatchOrder.work_order_id == WorkOrder.id,
                Transition.at > JudgedCall.seen_at,
            )
        )
        query = (
            select(WorkOrder.id)
            .outerjoin(JudgedCall, JudgedCall.work_order_id == WorkOrder.id)
            .where(
                WorkOrder.created_at >= since,
                WorkOrder.call_id.is_not(None),
                or_(WorkOrder.sent_at.is_not(None), WorkOrder.status == WorkOrderStatus.CLOSED),
                or_(
                    JudgedCall.id.is_(None),
                    JudgedCall.order_version != WorkOrder.version,
                    moved.exists(),
                ),
            )
            .order_by(WorkOrder.created_at)
        )
        async with self._database.reading() as session:
            missed = (await session.scalars(query)).all()
        for order_id in missed:
            await self.take(order_id)
        return len(missed)

    async def take(self, work_order_id: UUID) -> None:
        """Make the rows of one order, or bring them up to date; twice does the same as once."""
        async with self._database.reading() as session:
            order = await session.get(WorkOrder, work_order_id)
            if order is None or order.call_id is None or not _went_out(order):
                return
            known = await session.scalar(
                select(JudgedCall.id).where(JudgedCall.work_order_id == work_order_id)
            )
            text = "" if known else await _words(session, order)
        unknown = await anyio.to_thread.run_sync(self._unknown, text) if text else None
        async with self._database.writing() as work:
            await self._write(work.session, work_order_id, unknown)

    async def _write(
        self, session: AsyncSession, work_order_id: UUID, unknown: float | None
    ) -> None:
        query = (
            select(WorkOrder)
            .where(WorkOrder.id == work_order_id)
            .options(selectinload(WorkOrder.dispatch_orders).selectinload(DispatchOrder.unit))
            .with_for_update(of=WorkOrder)
        )
        order = (await session.scalars(query)).one_or_none()
        if order is None or order.call_id is None or not _went_out(order):
            return
        now = self._clock.now()
        row = (
            await session.scalars(
                select(JudgedCall)
                .where(JudgedCall.work_order_id == work_order_id)
                .options(selectinload(JudgedCall.examples))
            )
        ).one_or_none()
        suggestion = await session.get(CallSuggestion, order.call_id)
        payload = suggestion.payload if suggestion else {}
        if row is None:
            row = await self._new(session, order, suggestion, unknown)
            session.add(row)
        row.order_version, row.seen_at = order.version, now
        row.emergency = order.fields.get("emergency")
        row.category_code = order.fields.get("category_code") or ""
        row.level = order.fields.get("level") or ""
        self._label(row, judging.opinions(order, payload, await _moves(session, order), now))

    async def _new(
        self,
        session: AsyncSession,
        order: WorkOrder,
        suggestion: CallSuggestion | None,
        unknown: float | None,
    ) -> JudgedCall:
        payload: dict[str, Any] = suggestion.payload if suggestion else {}
        assert order.call_id is not None  # noqa: S101 - looked at by the caller
        said = await _utterances(session, order)
        sure = [one.confidence for one in said]
        judged_at = order.sent_at or order.closed_at or self._clock.now()
        return JudgedCall(
            work_order_id=order.id,
            call_id=order.call_id,
            judged_at=judged_at,
            text=_joined(said),
            confidence=sum(sure) / len(sure) if sure else None,
            model_version=suggestion.model_version if suggestion else "",
            suggested=suggestion is not None,
            abstained=bool(payload.get("abstain", True)),
            emergency_p=payload["emergency"]["p"] if payload else None,
            proposed_code=judging.likeliest(payload),
            unknown=unknown,
            held_out=judging.held_out(order.call_id),
            delete_after=judged_at + self.keep_for,
            erased_at=None,
            examples=[],
        )

    def _label(self, row: JudgedCall, found: Sequence[judging.Opinion]) -> None:
        """Store opinions; what was proposed stays as it was when the order went out."""
        known = {(one.field, one.subject): one for one in row.examples}
        for opinion in found:
            if row.erased_at is not None and opinion.field is Judged.ADDRESS:
                continue
            judgement = opinion.judgement
            made = known.get((opinion.field, opinion.subject))
            if made is None:
                made = LabelledExample(field=opinion.field, subject=opinion.subject)
                made.proposed = {"value": opinion.proposed}
                row.examples.append(made)
            else:
                if judgement in judging.BY_VALUE:
                    offered = made.proposed.get("value")
                    judgement = judging.compared(opinion.field, offered, opinion.chosen)
                if made.judgement is judgement and made.chosen == {"value": opinion.chosen}:
                    continue
            made.judgement, made.by, made.at = judgement, opinion.by, opinion.at
            made.chosen = {"value": opinion.chosen}
            made.reason = "" if row.erased_at is not None else opinion.reason

    async def erase_expired(self) -> int:
        """Erase words, addresses and reasons whose time is over; gives of how many calls."""
        now, count = self._clock.now(), 0
        while True:
            async with self._database.writing() as work:
                query = (
                    select(JudgedCall)
                    .where(JudgedCall.delete_after <= now, JudgedCall.erased_at.is_(None))
                    .options(selectinload(JudgedCall.examples))
                    .limit(BLOCK)
                )
                rows = (await work.session.scalars(query)).all()
                for row in rows:
                    row.text, row.erased_at = "", now
                    for example in row.examples:
                        example.reason = ""
                        if example.field is Judged.ADDRESS:
                            example.proposed, example.chosen = {}, {}
            count += len(rows)
            if len(rows) < BLOCK:
                return count


async def counts(session: AsyncSession) -> tuple[int, int, int]:
    """Judged calls, those that are held out, and single judgements."""
    calls = await session.scalar(select(func.count()).select_from(JudgedCall)) or 0
    out = await session.scalar(select(func.count()).where(JudgedCall.held_out)) or 0
    single = await session.scalar(select(func.count()).select_from(LabelledExample)) or 0
    return calls, out, single


def _went_out(order: WorkOrder) -> bool:
    return order.sent_at is not None or order.status is WorkOrderStatus.CLOSED


async def _utterances(session: AsyncSession, order: WorkOrder) -> Sequence[Utterance]:
    """What the caller had said when the order went out, as it was recognised then."""
    until = order.sent_at or order.closed_at
    query = select(Utterance).where(
        Utterance.call_id == order.call_id,
        Utterance.role == LegRole.CALLER,
        Utterance.version == 0,
    )
    if until is not None:
        query = query.where(Utterance.created_at <= until)
    return (await session.scalars(query.order_by(Utterance.created_at, Utterance.sequence))).all()


async def _words(session: AsyncSession, order: WorkOrder) -> str:
    return _joined(await _utterances(session, order))


def _joined(said: Sequence[Utterance]) -> str:
    texts = [one.text if one.heard_text is None else one.heard_text for one in said]
    return "，".join(text for text in texts if text)[-LONGEST_TEXT:]


async def _moves(session: AsyncSession, order: WorkOrder) -> Sequence[Transition]:
    ids = [item.id for item in order.dispatch_orders]
    query = select(Transition).where(
        Transition.entity == DispatchOrder.machine.name, Transition.entity_id.in_(ids)
    )
    return (await session.scalars(query.order_by(Transition.id))).all()
