"""Work orders and dispatch orders: from the draft of a ringing call to the checked feedback.

Every action is one transaction that first locks the work order (PostgreSQL: the row, SQLite:
the write lock), so seats, units and the machine take turns and none writes over another.
Work orders and dispatch orders are returned loaded as ``dispatch.repository`` describes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

from dispatch import call_backs, hand_overs, merging, numbers, prefill, repository, voice
from dispatch import fields as form
from models.clock import CHINA_TIME, Clock
from models.database import Database, UnitOfWork
from models.errors import Conflict, IllegalTransition, InvalidInput
from models.events import DispatchOrderChanged, WorkOrderChanged
from models.forms import MOST_UNITS
from models.states import DispatchStatus, WorkOrderStatus
from models.tables import DispatchOrder, Incident, LinkageUnit, WorkOrder
from models.telephony_tables import AutoCall, AutoCallKind
from models.transitions import SYSTEM, advance

REASON_LIMIT = 500
ANSWER_LIMIT = 4000
FEEDBACK_LIMIT = 4000
RECONCILE_REACH = timedelta(days=1)

# Dispatch orders that wait for nothing any more and need not be fed back.
GIVEN_UP = (DispatchStatus.REJECTED, DispatchStatus.RECALLED)
NOT_WITH_UNIT = (DispatchStatus.CREATED, *GIVEN_UP)
OVER = merging.OVER


class Orders:
    """The actions on orders. ``actor_id`` is the acting user's id; ``version`` is the version
    of the work order that user saw (see ``dispatch.fields`` for what counts as a conflict)."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    # --- the machine's side ------------------------------------------------------------------

    async def open_draft(self, call_id: UUID) -> WorkOrder:
        """The call's draft, opened with a new incident if there is none yet.

        Once the call is answered, its owner is whoever took it (首问责任).
        """
        async with self._database.writing() as work:
            session, now = work.session, self._clock.now()
            call = await repository.call(session, call_id, lock=True)
            order = await repository.order_of_call(session, call_id, lock=True)
            answerer = await repository.answerer(session, call)
            if order is None:
                incident = Incident(
                    number=await numbers.next_number(session, numbers.INCIDENT, now),
                    opened_at=now,
                )
                order = WorkOrder(
                    number=await numbers.next_number(session, numbers.WORK_ORDER, now),
                    incident=incident,
                    call_id=call.id,
                    owner=answerer,
                    queue_code=call.queue_code,
                    fields={},
                    field_states={},
                    created_at=now,
                    dispatch_orders=[],
                )
                number = prefill.contact(call.caller_number)
                if number is not None:
                    form.fill_by_machine(order, {"contact_phone": number})
                session.add(order)
                work.emit(WorkOrderChanged(order.id))
            elif order.owner is None and answerer is not None:
                order.owner = answerer
                work.emit(WorkOrderChanged(order.id))
        return order

    async def apply_suggestion(self, call_id: UUID) -> None:
        """Let the draft's untouched fields mirror what the caller said and what is suggested."""
        async with self._database.writing() as work:
            session = work.session
            order = await repository.order_of_call(session, call_id, lock=True)
            if order is None or order.status is not WorkOrderStatus.DRAFT:
                return
            call = await repository.call(session, call_id)
            suggestion = await repository.suggestion(session, call_id)
            payload = suggestion.payload if suggestion else {}
            kinds = [wanted.kind for wanted in prefill.wanted_units(payload)]
            found = prefill.proposals(
                call.caller_number,
                await repository.caller_utterances(session, call_id),
                payload,
                await repository.active_units(session, kinds),
            )
            if form.fill_by_machine(order, found):
                work.emit(WorkOrderChanged(order.id))

    async def discard_abandoned(self, call_id: UUID) -> None:
        """Discard the draft of a caller who gave up waiting, unless a person worked on it or
        the caller left a message: then it is the order of the call-back.

        What was heard stays on the discarded order, and the call's own row stays
        ``abandoned``: a list of people to call back is made from these.
        """
        async with self._database.writing() as work:
            order = await repository.order_of_call(work.session, call_id, lock=True)
            if order is None or order.status is not WorkOrderStatus.DRAFT:
                return
            call = await repository.call(work.session, call_id)
            if call_backs.gave_up(call) and not form.touched_by_person(order):
                self._finish(work, order, "discard", SYSTEM, "来电放弃")

    async def take_call_back(self, call_back_id: UUID) -> None:
        """Whoever calls back owns the draft that the caller's words opened."""
        async with self._database.writing() as work:
            await call_backs.own_draft(work, call_back_id)

    async def take_hand_over(self, hand_over_id: UUID) -> None:
        """Whoever took the call over owns its order."""
        async with self._database.writing() as work:
            await hand_overs.own_order(work, hand_over_id)

    async def reconcile(self) -> None:
        """At start: do for the calls of the last day what events lost in a crash would have."""
        since = self._clock.now() - RECONCILE_REACH
        async with self._database.reading() as session:
            missing = await repository.calls_without_order(session, since)
            abandoned = await repository.calls_abandoned_with_draft(session)
            told = await repository.auto_calls_ended_since(session, since)
            handed_over = await hand_overs.completed_since(session, since)
        for call_id in missing:
            await self.open_draft(call_id)
            await self.apply_suggestion(call_id)
        for call_id in abandoned:
            await self.discard_abandoned(call_id)
        for auto_call_id in told:
            await self.take_auto_call(auto_call_id)
        for hand_over_id in handed_over:
            await self.take_hand_over(hand_over_id)

    # --- the seat's side ---------------------------------------------------------------------

    async def edit(
        self, work_order_id: UUID, actor_id: UUID, version: int, fields: dict[str, Any]
    ) -> WorkOrder:
        """Store what the seat typed or confirmed; the machine leaves these fields alone.

        Raises ``InvalidInput`` for a wrong value and ``Conflict`` where another person changed
        one of ``fields`` since ``version`` or where the order is over.
        """
        async with self._changing(work_order_id) as (work, order):
            if order.status in OVER:
                raise Conflict("工单已结束，不能再修改。")
            form.refuse_unseen(order, version, str(actor_id), fields)
            if form.fill_by_person(order, fields, str(actor_id)):
                work.emit(WorkOrderChanged(order.id))
                for item in order.dispatch_orders:  # their pages show these fields
                    self._changed(work, item)
        return order

    async def accept_sure(self, work_order_id: UUID, actor_id: UUID, version: int) -> WorkOrder:
        """Confirm every machine value that is sure (``models.forms.SURE``) and that the seat
        has seen; the summary, which is still growing, is not among them."""
        async with self._changing(work_order_id) as (work, order):
            if order.status in OVER:
                raise Conflict("工单已结束，不能再修改。")
            form.refuse_unseen(order, version, str(actor_id), ())
            if form.confirm_sure(order, version, str(actor_id)):
                work.emit(WorkOrderChanged(order.id))
        return order

    async def send(
        self, work_order_id: UUID, actor_id: UUID, version: int, unit_ids: Sequence[UUID]
    ) -> WorkOrder:
        """Send the order to units at once; those that have it already are left alone.

        A unit that rejected it or from which it was recalled gets it again. Raises
        ``InvalidInput`` for an unknown or inactive unit or an order that says neither where
        nor what, ``Conflict`` where another person changed a field since ``version``,
        ``IllegalTransition`` for an order that is over.
        """
        async with self._changing(work_order_id) as (work, order):
            session, actor, now = work.session, str(actor_id), self._clock.now()
            units = await self._sendable(work, list(dict.fromkeys(unit_ids)))
            if not (order.fields.get("address") or order.fields.get("summary")):
                raise InvalidInput("请至少填写地址或内容摘要，否则单位不知道去哪里、做什么。")
            known = {item.unit_id: item for item in order.dispatch_orders}
            due = [
                unit
                for unit in units
                if unit.id not in known or known[unit.id].status in NOT_WITH_UNIT
            ]
            if due or order.status in OVER:
                form.refuse_unseen(order, version, actor)
                advance(session, order, "send", actor=actor, at=now)
            else:
                return order
            order.sent_at = order.sent_at or now
            for unit in due:
                item = known.get(unit.id)
                if item is None:
                    item = DispatchOrder(
                        unit=unit,
                        unit_id=unit.id,
                        position=len(order.dispatch_orders),
                        created_at=now,
                    )
                    order.dispatch_orders.append(item)
                advance(session, item, "send", actor=actor, at=now)
                item.sent_at, item.received_at, item.reject_reason = now, None, ""
                voice.ring_unit(work, item, order, now)
                self._changed(work, item)
            sent = [str(item.unit_id) for item in order.dispatch_orders]
            form.fill_by_person(order, {"unit_ids": sent}, actor)
            work.emit(WorkOrderChanged(order.id))
        return order

    async def answer(
        self, work_order_id: UUID, actor_id: UUID, version: int, answer: str
    ) -> WorkOrder:
        """Close a draft whose question the seat answered."""
        async with self._changing(work_order_id) as (work, order):
            text = form.required("答复内容", answer, ANSWER_LIMIT)
            form.refuse_unseen(order, version, str(actor_id))
            self._finish(work, order, "answer", str(actor_id))
            order.answer = text
        return order

    async def discard(
        self, work_order_id: UUID, actor_id: UUID, version: int, reason: str
    ) -> WorkOrder:
        """Cancel a draft, or a sent order that no unit is working on any more."""
        async with self._changing(work_order_id) as (work, order):
            why = form.required("作废原因", reason, REASON_LIMIT)
            form.refuse_unseen(order, version, str(actor_id))
            merging.refuse_with_callers(order)
            busy = [item for item in order.dispatch_orders if item.status not in GIVEN_UP]
            if busy and order.status is WorkOrderStatus.DISPATCHED:
                names = "、".join(item.unit.name for item in busy)
                raise Conflict(f"{names}仍在处理，请联系其退单后再作废，或等其反馈后办结。")
            self._finish(work, order, "discard", str(actor_id), why)
        return order

    async def close(self, work_order_id: UUID, actor_id: UUID, version: int) -> WorkOrder:
        """Close an order after its feedback was checked."""
        async with self._changing(work_order_id) as (work, order):
            form.refuse_unseen(order, version, str(actor_id))
            self._finish(work, order, "close", str(actor_id))
            voice.ask_opinion(work, order, self._clock.now())
            await merging.ask_callers(work, order, self._clock.now())
        return order

    async def recall(
        self, dispatch_order_id: UUID, *, actor_id: UUID, reason: str
    ) -> DispatchOrder:
        """Take an order back from a unit that is not on site yet."""
        why = form.required("撤回原因", reason, REASON_LIMIT)
        return await self._move(dispatch_order_id, None, actor_id, "recall", why)

    # --- the unit's side: NotFound unless the dispatch order is ``unit_id``'s -----------------

    async def receive(
        self, dispatch_order_id: UUID, *, unit_id: UUID, actor_id: UUID | None
    ) -> DispatchOrder:
        """The unit takes the order: blue. Without ``actor_id``, by a key on the telephone."""
        return await self._move(dispatch_order_id, unit_id, actor_id, "receive")

    async def depart(
        self, dispatch_order_id: UUID, *, unit_id: UUID, actor_id: UUID
    ) -> DispatchOrder:
        """The unit is on its way."""
        return await self._move(dispatch_order_id, unit_id, actor_id, "depart")

    async def arrive(
        self, dispatch_order_id: UUID, *, unit_id: UUID, actor_id: UUID
    ) -> DispatchOrder:
        """The unit is on site."""
        return await self._move(dispatch_order_id, unit_id, actor_id, "arrive")

    async def reject(
        self, dispatch_order_id: UUID, *, unit_id: UUID, actor_id: UUID | None, reason: str
    ) -> DispatchOrder:
        """The unit hands the order back (退单) and says why: red."""
        why = form.required("退单原因", reason, REASON_LIMIT)
        return await self._move(dispatch_order_id, unit_id, actor_id, "reject", why)

    async def feed_back(
        self, dispatch_order_id: UUID, *, unit_id: UUID, actor_id: UUID, text: str
    ) -> DispatchOrder:
        """The unit tells what it did: green. With the last one the order awaits its check."""
        said = form.required("反馈内容", text, FEEDBACK_LIMIT)
        return await self._move(dispatch_order_id, unit_id, actor_id, "feed_back", said)

    # --- the telephone's side ----------------------------------------------------------------

    async def take_auto_call(self, auto_call_id: UUID) -> None:
        """Draw what came of a call of the machine into its order; a second time does nothing.

        A key moves the lamp like a click, unless the unit has answered otherwise meanwhile.
        """
        async with self._database.reading() as session:
            told = await repository.told_by_phone(session, auto_call_id)
        if told is None:
            return
        if told.call.kind is AutoCallKind.REVIEW:
            await self._store_opinion(told.call)
        elif told.unit_id is not None and told.call.key in voice.KEYS:
            try:
                if voice.KEYS[told.call.key] == "receive":
                    await self.receive(told.call.subject_id, unit_id=told.unit_id, actor_id=None)
                else:
                    await self.reject(
                        told.call.subject_id,
                        unit_id=told.unit_id,
                        actor_id=None,
                        reason=voice.REJECTED,
                    )
            except IllegalTransition:
                return

    async def _store_opinion(self, call: AutoCall) -> None:
        async with self._changing(call.subject_id) as (work, order):
            if not order.review:
                order.review = voice.OPINIONS.get(call.key, voice.NO_ANSWER)
                order.reviewed_at = self._clock.now()
                work.emit(WorkOrderChanged(order.id))

    # --- shared ------------------------------------------------------------------------------

    @asynccontextmanager
    async def _changing(self, work_order_id: UUID) -> AsyncIterator[tuple[UnitOfWork, WorkOrder]]:
        async with self._database.writing() as work:
            yield work, await repository.order(work.session, work_order_id, lock=True)

    async def _move(
        self,
        dispatch_order_id: UUID,
        unit_id: UUID | None,
        actor_id: UUID | None,
        trigger: str,
        text: str = "",
    ) -> DispatchOrder:
        async with self._database.writing() as work:
            item = await repository.locked_with_order(work.session, dispatch_order_id, unit_id)
            now, actor = self._clock.now(), str(actor_id or SYSTEM)
            if trigger == "feed_back" and item.fed_back_at is not None:
                at = item.fed_back_at.astimezone(CHINA_TIME)
                raise IllegalTransition(
                    f"该派单已于 {at:%m月%d日 %H:%M} 反馈，不能重复反馈；如需补充请联系座席。"
                )
            reason = "" if trigger == "feed_back" else text
            advance(work.session, item, trigger, actor=actor, at=now, reason=reason)
            match trigger:
                case "receive":
                    item.received_at = now
                case "reject":
                    item.reject_reason = text
                case "feed_back":
                    item.feedback, item.fed_back_at = text, now
            self._changed(work, item)
            self._await_check(work, item.work_order, actor)
        return item

    def _await_check(self, work: UnitOfWork, order: WorkOrder, actor: str) -> None:
        counted = [item for item in order.dispatch_orders if item.status not in GIVEN_UP]
        if (
            order.status is WorkOrderStatus.DISPATCHED
            and counted
            and all(item.status is DispatchStatus.FED_BACK for item in counted)
        ):
            advance(work.session, order, "all_fed_back", actor=actor, at=self._clock.now())
            work.emit(WorkOrderChanged(order.id))

    def _finish(
        self, work: UnitOfWork, order: WorkOrder, trigger: str, actor: str, reason: str = ""
    ) -> None:
        now = self._clock.now()
        advance(work.session, order, trigger, actor=actor, at=now, reason=reason)
        order.closed_at = now
        work.emit(WorkOrderChanged(order.id))

    def _changed(self, work: UnitOfWork, item: DispatchOrder) -> None:
        work.emit(DispatchOrderChanged(item.id, item.work_order.id, item.unit_id))

    async def _sendable(self, work: UnitOfWork, unit_ids: list[UUID]) -> list[LinkageUnit]:
        if not 1 <= len(unit_ids) <= MOST_UNITS:
            raise InvalidInput(f"请选择 1 到 {MOST_UNITS} 个联动单位。")
        found = await repository.units(work.session, unit_ids)
        for unit_id in unit_ids:
            if unit_id not in found:
                raise InvalidInput(f"没有编号为 {unit_id} 的联动单位，请刷新页面后重选。")
            if not found[unit_id].active:
                raise InvalidInput(f"“{found[unit_id].name}”已停用，请改选其他单位。")
        return [found[unit_id] for unit_id in unit_ids]
