"""What a status that moves sets off, in the same transaction: deadlines, and telling the units.

``Reactions.follow`` sees every unit of work before its commit (``Database.follow``), so whatever
moves an order also moves its clocks: there is no second place that could forget to.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch import deliveries, reach, timers, voice, wording
from dispatch.limits import Item, Rules
from dispatch.offers import told_to
from dispatch.timers import Calendars
from models.database import UnitOfWork
from models.deadline_states import DeliveryStatus
from models.deadline_tables import DeadlineKind, Delivery, Purpose, SlaTimer
from models.dispatch_tables import ChannelKind
from models.events import DeadlinesChanged, DeliveryChanged
from models.order_tables import DispatchOrder, WorkOrder
from models.states import DispatchStatus, WorkOrderStatus
from models.tables import LinkageUnit
from models.telephony_states import AutoCallStatus
from models.telephony_tables import AutoCall, AutoCallKind
from models.transitions import SYSTEM, Move, take_moves

log = logging.getLogger(__name__)

# Which deadlines of a unit a trigger ends; every other trigger of a dispatch order ends none.
ENDED: Final[Mapping[str, frozenset[DeadlineKind]]] = {
    "receive": frozenset({DeadlineKind.RECEIVED}),
    "depart": frozenset({DeadlineKind.RECEIVED, DeadlineKind.EN_ROUTE}),
    "arrive": frozenset({DeadlineKind.RECEIVED, DeadlineKind.EN_ROUTE, DeadlineKind.ON_SITE}),
    "feed_back": frozenset(DeadlineKind),
    "reject": frozenset(DeadlineKind),
    "recall": frozenset(DeadlineKind),
}
SENDING: Final = frozenset({"send", "redo"})
SETTLING: Final = frozenset({"receive", "reject", "recall"})
OVER: Final = frozenset({WorkOrderStatus.CLOSED, WorkOrderStatus.CANCELLED, WorkOrderStatus.MERGED})
WITH_UNIT: Final = (
    DispatchStatus.SENT,
    DispatchStatus.RECEIVED,
    DispatchStatus.EN_ROUTE,
    DispatchStatus.ON_SITE,
)


class Reactions:
    """``item_of`` gives a category's name and own times by its code."""

    def __init__(self, rules: Rules, item_of: Callable[[str], Item | None]) -> None:
        self._rules = rules
        self._item_of = item_of

    async def follow(self, work: UnitOfWork) -> None:
        """Let the clocks and the channels follow what has moved in ``work``."""
        moves = take_moves(work.session)
        of_orders = [move for move in moves if isinstance(move.row, WorkOrder)]
        of_units = [move for move in moves if isinstance(move.row, DispatchOrder)]
        if not of_orders and not of_units:
            return
        await work.session.flush()  # new rows have their keys from here on
        changed = {move.row.id for move in of_orders}
        changed |= {move.row.work_order_id for move in of_units}
        known = await timers.calendars(work.session, self._rules.hours)
        for work_order_id in changed:
            order = await work.session.get_one(WorkOrder, work_order_id)
            running = await open_timers(work.session, work_order_id)
            mine = [move for move in of_units if move.row.work_order_id == work_order_id]
            running += await self._follow_units(work, order, mine, running, known)
            for move in of_orders:
                if move.row is order:
                    self._follow_order(work, order, move, running, known)
            work.emit(DeadlinesChanged(work_order_id))

    # --- a unit's part -----------------------------------------------------------------------

    async def _follow_units(
        self,
        work: UnitOfWork,
        order: WorkOrder,
        moves: Sequence[Move],
        running: Sequence[SlaTimer],
        known: Calendars,
    ) -> list[SlaTimer]:
        made: list[SlaTimer] = []
        for move in moves:
            for timer in (*running, *made):
                if timer.dispatch_order_id == move.row.id and timer.kind in ENDED.get(
                    move.trigger, ()
                ):
                    timers.stop(timer, move.trigger, move.at)
        units = await _units(work.session, [move.row.unit_id for move in moves])
        for move in moves:
            if move.trigger in SENDING or move.trigger == "receive":
                made += self._limits_begin(work, order, move, units[move.row.unit_id], known)
        sent = [move for move in moves if move.trigger in SENDING]
        if sent:
            await self._tell(work, order, sent, units)
        settled = [move for move in moves if move.trigger in SETTLING]
        if settled:
            await self._settle(work, order, settled)
        return made

    def _limits_begin(
        self, work: UnitOfWork, order: WorkOrder, move: Move, unit: LinkageUnit, known: Calendars
    ) -> list[SlaTimer]:
        made = [
            timers.started(
                limit,
                known,
                move.at,
                work_order_id=order.id,
                dispatch_order_id=move.row.id,
                unit_id=unit.id,
            )
            for limit in self._rules.of_unit(
                unit,
                emergency=bool(order.fields.get("emergency")),
                item=self._item_of(str(order.fields.get("category_code") or "")),
                sent=move.trigger in SENDING,
            )
        ]
        if order.status is WorkOrderStatus.SUSPENDED:
            for timer in made:
                timers.pause(timer, known, move.at)
        work.session.add_all(made)
        return made

    async def _tell(
        self,
        work: UnitOfWork,
        order: WorkOrder,
        moves: Sequence[Move],
        units: Mapping[UUID, LinkageUnit],
    ) -> None:
        """One delivery per unit and channel; a call that was asked for already carries its own."""
        item = self._item_of(str(order.fields.get("category_code") or ""))
        now = moves[0].at
        ways = await reach.ways(work.session, list(units.values()), now)
        calls = await _calls(work.session, [move.row.id for move in moves])
        for move in moves:
            row: DispatchOrder = move.row
            message = wording.order_message(order, row, item.name if item else "")
            for way in ways[row.unit_id]:
                delivery = deliveries.add(
                    work,
                    way.kind,
                    Purpose.ORDER,
                    now,
                    work_order_id=order.id,
                    payload=message,
                    address=way.address,
                    dispatch_order_id=row.id,
                    unit_id=row.unit_id,
                )
                if way.kind is not ChannelKind.PHONE:
                    continue
                if row.id in calls:
                    delivery.carrier_id = calls[row.id].id
                else:
                    said = voice.read_out(told_to(row, order))
                    deliveries.call(work, delivery, AutoCallKind.DISPATCH, said, now)
            work.emit(DeliveryChanged(row.id, order.id))

    async def _settle(self, work: UnitOfWork, order: WorkOrder, moves: Sequence[Move]) -> None:
        """The first answer wins: what has not gone out stays here, the rest is told so."""
        by_item = {move.row.id: move for move in moves}
        query = select(Delivery).where(
            Delivery.dispatch_order_id.in_(by_item),
            Delivery.status.in_((DeliveryStatus.WAITING, DeliveryStatus.SENT)),
            Delivery.purpose != Purpose.SETTLED,
        )
        told = select(Delivery).where(
            Delivery.dispatch_order_id.in_(by_item),
            Delivery.status == DeliveryStatus.DELIVERED,
            Delivery.purpose == Purpose.ORDER,
        )
        for delivery in (await work.session.scalars(query)).all():
            move = by_item[delivery.dispatch_order_id]
            if answered_by(move) is delivery.channel:
                deliveries.move(work, delivery, "deliver", move.at)
            elif delivery.status is DeliveryStatus.WAITING:
                deliveries.move(work, delivery, "cancel", move.at)
            elif delivery.channel is ChannelKind.WEB:
                continue  # its page shows what became of the order
            elif delivery.purpose is Purpose.ORDER:
                self._say_settled(work, order, delivery, move)
        for delivery in (await work.session.scalars(told)).all():
            move = by_item[delivery.dispatch_order_id]
            if answered_by(move) is not delivery.channel:
                self._say_settled(work, order, delivery, move)

    def _say_settled(
        self, work: UnitOfWork, order: WorkOrder, delivery: Delivery, move: Move
    ) -> None:
        if delivery.channel not in (ChannelKind.SMS, ChannelKind.WEBHOOK, ChannelKind.EMAIL):
            return
        deliveries.add(
            work,
            delivery.channel,
            Purpose.SETTLED,
            move.at,
            work_order_id=order.id,
            payload=wording.settled_message(order, move.row, move.trigger),
            address=delivery.address,
            dispatch_order_id=delivery.dispatch_order_id,
            unit_id=delivery.unit_id,
        )

    # --- the order as a whole ----------------------------------------------------------------

    def _follow_order(
        self,
        work: UnitOfWork,
        order: WorkOrder,
        move: Move,
        running: Sequence[SlaTimer],
        known: Calendars,
    ) -> None:
        if move.new in OVER:
            for timer in running:
                timers.stop(timer, move.trigger, move.at)
            return
        if move.new is WorkOrderStatus.SUSPENDED:
            for timer in running:
                timers.pause(timer, known, move.at)
            return
        if move.old is WorkOrderStatus.SUSPENDED:
            for timer in running:
                timers.go_on(timer, known, move.at)
        under_way = move.new in (WorkOrderStatus.DISPATCHED, WorkOrderStatus.AWAITING_CHECK)
        whole = [timer for timer in running if timer.kind is DeadlineKind.CLOSED]
        if under_way and not timers.open_of(whole):
            limit = self._rules.of_order(emergency=bool(order.fields.get("emergency")))
            work.session.add(timers.started(limit, known, move.at, work_order_id=order.id))


async def open_timers(session: AsyncSession, work_order_id: UUID) -> list[SlaTimer]:
    """The deadlines of a work order and of its units that have not ended."""
    query = select(SlaTimer).where(
        SlaTimer.work_order_id == work_order_id, SlaTimer.stopped_at.is_(None)
    )
    return list(await session.scalars(query.order_by(SlaTimer.started_at, SlaTimer.id)))


def answered_by(move: Move) -> ChannelKind | None:
    """Through which channel a unit answered; ``None`` where it was not the unit."""
    if move.trigger == "recall":
        return None
    if move.actor == SYSTEM:
        return ChannelKind.PHONE
    return ChannelKind.WEBHOOK if move.actor == str(move.row.unit_id) else ChannelKind.WEB


async def _units(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, LinkageUnit]:
    query = select(LinkageUnit).where(LinkageUnit.id.in_(ids))
    return {unit.id: unit for unit in await session.scalars(query)} if ids else {}


async def _calls(session: AsyncSession, item_ids: Sequence[UUID]) -> dict[UUID, AutoCall]:
    """The calls that wait to be placed about these orders."""
    query = select(AutoCall).where(
        AutoCall.subject_id.in_(item_ids), AutoCall.status == AutoCallStatus.DUE
    )
    return {call.subject_id: call for call in await session.scalars(query)}
