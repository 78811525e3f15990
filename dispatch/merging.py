"""The same matter again: one caller's draft merged into the order that is already worked on.

The merged draft stays as the record of its call: who called, what they said, where to call them
back. It moves to the other order's incident and back again when the merge is undone.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from dispatch import fields as form
from dispatch import repository, voice
from models.clock import Clock
from models.database import Database, UnitOfWork
from models.errors import Conflict, InvalidInput
from models.events import AutoCallChanged, DispatchOrderChanged, WorkOrderChanged
from models.knowledge_tables import OrderMerge
from models.order_tables import Incident, WorkOrder
from models.states import DispatchStatus, WorkOrderStatus
from models.telephony_states import AutoCallStatus
from models.telephony_tables import AutoCall, AutoCallKind
from models.transitions import advance

MOST_CALLERS = 100
MOST_NEWEST = 150  # open orders that a call is compared with: the newest
MOST_NAMED = 100  # and the newest that name the same place
MOST_NAMES = 4
REACH = timedelta(days=7)  # an order older than this is not the same matter
NOT_WITH_UNIT = (DispatchStatus.CREATED, DispatchStatus.REJECTED, DispatchStatus.RECALLED)
OVER = (WorkOrderStatus.CLOSED, WorkOrderStatus.CANCELLED, WorkOrderStatus.MERGED)


class Merging:
    """Merging orders and undoing it. ``actor_id`` is the acting user's id."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def merge(
        self, work_order_id: UUID, actor_id: UUID, version: int, into_id: UUID
    ) -> WorkOrder:
        """Merge a draft into another order; asked twice, it is merged once.

        Raises ``Conflict`` where one of the two is over, merged or sent already, or where
        another person changed a field of the draft since ``version``.
        """
        async with self._database.writing() as work:
            order, into = await _both(work.session, work_order_id, into_id)
            merge = await merge_of(work.session, order.id)
            if merge is not None and merge.into_id == into.id:
                return order
            _check(order, into)
            form.refuse_unseen(order, version, str(actor_id))
            now = self._clock.now()
            work.session.add(
                OrderMerge(
                    order_id=order.id,
                    into_id=into.id,
                    from_incident_id=order.incident_id,
                    by_id=actor_id,
                    at=now,
                )
            )
            advance(work.session, order, "merge", actor=str(actor_id), at=now, reason=into.number)
            order.incident = into.incident
            into.merged_calls += 1
            _tell(work, order, into)
        return order

    async def split(self, work_order_id: UUID, actor_id: UUID) -> WorkOrder:
        """Undo a merge: the order is a draft of its own incident again.

        Raises ``Conflict`` for an order that is not merged.
        """
        async with self._database.writing() as work:
            session, now = work.session, self._clock.now()
            merge = await merge_of(session, work_order_id)
            if merge is None:
                raise Conflict("本工单没有并入其他工单，请刷新页面后重试。")
            order, into = await _both(session, work_order_id, merge.into_id)
            if (
                await session.scalar(_merges(work_order_id).with_only_columns(OrderMerge.id))
                is None
            ):
                raise Conflict("本工单的合并刚被他人改动，请刷新页面后重试。")
            advance(session, order, "split", actor=str(actor_id), at=now, reason=into.number)
            merge.undone_at, merge.undone_by_id = now, actor_id
            order.incident = await session.get_one(Incident, merge.from_incident_id)
            into.merged_calls = max(0, into.merged_calls - 1)
            await _call_off(work, order.id, now)
            _tell(work, order, into)
        return order


async def callers(session: AsyncSession, work_order_id: UUID) -> Sequence[WorkOrder]:
    """The orders merged into one, in the order of their calls."""
    query = (
        select(WorkOrder)
        .join(OrderMerge, OrderMerge.order_id == WorkOrder.id)
        .where(OrderMerge.into_id == work_order_id, OrderMerge.undone_at.is_(None))
    )
    ordered = query.order_by(WorkOrder.created_at, WorkOrder.number).limit(MOST_CALLERS)
    return (await session.scalars(ordered)).all()


async def merge_of(session: AsyncSession, work_order_id: UUID) -> OrderMerge | None:
    """The merge that a merged order rests on."""
    return (await session.scalars(_merges(work_order_id))).one_or_none()


async def merged_into(session: AsyncSession, work_order_id: UUID) -> WorkOrder | None:
    """The order that another one was merged into."""
    merge = await merge_of(session, work_order_id)
    return await session.get(WorkOrder, merge.into_id) if merge else None


async def ask_callers(
    work: UnitOfWork, order: WorkOrder, now: datetime, rule: voice.ReviewRule = voice.DAYTIME
) -> None:
    """Let every merged caller of a closed order be asked, as the first one is; nobody twice."""
    if not order.merged_calls:
        return
    asked = {str(order.fields.get("contact_phone") or "")}
    for merged in await callers(work.session, order.id):
        number = str(merged.fields.get("contact_phone") or "")
        if number not in asked:
            asked.add(number)
            voice.ask_merged_caller(work, order, merged, now, rule)


def refuse_with_callers(order: WorkOrder) -> None:
    """Raise ``Conflict`` for an order that others' calls depend on."""
    if order.merged_calls:
        raise Conflict(
            f"本工单已有 {order.merged_calls} 起来电并入，不能作废；请先逐一取消合并，或办结本单。"
        )


async def open_orders(
    session: AsyncSession, of: WorkOrder, names: Collection[str], now: datetime
) -> Sequence[WorkOrder]:
    """Orders that ``of`` may be the same matter as: the newest open ones, and those whose
    address holds one of the place ``names``. Loaded with their owner."""
    base = (
        select(WorkOrder)
        .options(selectinload(WorkOrder.owner))
        .where(
            WorkOrder.status.not_in(OVER),
            WorkOrder.created_at >= now - REACH,
            WorkOrder.id != of.id,
            WorkOrder.centre_code == of.centre_code,
        )
        .order_by(WorkOrder.created_at.desc())
    )
    found = {row.id: row for row in await session.scalars(base.limit(MOST_NEWEST))}
    if len(found) == MOST_NEWEST:
        for name in sorted(names, key=len, reverse=True)[:MOST_NAMES]:
            here = WorkOrder.fields["address"].as_string().contains(name, autoescape=True)
            for row in await session.scalars(base.where(here).limit(MOST_NAMED)):
                found.setdefault(row.id, row)
    return list(found.values())


def _check(order: WorkOrder, into: WorkOrder) -> None:
    if order.status is WorkOrderStatus.MERGED:
        raise Conflict("本工单已并入另一张工单；如要改并，请先取消合并。")
    if order.status is not WorkOrderStatus.DRAFT:
        raise Conflict("只有还没有派发的工单可以合并；本工单请单独办结。")
    if order.merged_calls:
        raise Conflict(
            f"本工单已有 {order.merged_calls} 起来电并入，请反过来把对方的工单并入本工单。"
        )
    if into.status is WorkOrderStatus.MERGED:
        raise Conflict(f"工单 {into.number} 刚被并入另一张工单，请在疑似重复里重新选择。")
    if into.status in OVER:
        raise Conflict(f"工单 {into.number} 已经结束，不能再并入；请把本工单按新事件办理。")


async def _both(
    session: AsyncSession, order_id: UUID, into_id: UUID
) -> tuple[WorkOrder, WorkOrder]:
    """Both orders, locked in one and the same order by everybody."""
    if order_id == into_id:
        raise InvalidInput("不能把工单并入它自己。")
    first, second = sorted((order_id, into_id))
    one = await repository.order(session, first, lock=True)
    other = await repository.order(session, second, lock=True)
    return (one, other) if one.id == order_id else (other, one)


def _merges(order_id: UUID) -> Select[OrderMerge]:
    return select(OrderMerge).where(OrderMerge.order_id == order_id, OrderMerge.undone_at.is_(None))


async def _call_off(work: UnitOfWork, order_id: UUID, now: datetime) -> None:
    """The merged caller is not asked about a matter that was another one."""
    query = select(AutoCall).where(
        AutoCall.subject_id == order_id,
        AutoCall.kind == AutoCallKind.REVIEW,
        AutoCall.status == AutoCallStatus.DUE,
    )
    for call in await work.session.scalars(query.with_for_update()):
        advance(work.session, call, "cancel", actor="system", at=now, reason="取消合并")
        call.ended_at = now
        work.emit(AutoCallChanged(call.id, call.subject_id))


def _tell(work: UnitOfWork, order: WorkOrder, into: WorkOrder) -> None:
    work.emit(WorkOrderChanged(order.id))
    work.emit(WorkOrderChanged(into.id))
    for item in into.dispatch_orders:  # units see how many have called
        if item.status not in NOT_WITH_UNIT:
            work.emit(DispatchOrderChanged(item.id, into.id, item.unit_id))
