"""Work orders and dispatch orders: from the draft of a ringing call to the checked feedback.

Every action is one transaction that first locks the work order (PostgreSQL: the row, SQLite:
the write lock), so seats, units and the machine take turns and none writes over another. What
is refused leaves a record in ``audits``. Work orders and dispatch orders are returned loaded as
``dispatch.repository`` describes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

from dispatch import (
    call_backs,
    checks,
    closing,
    drafts,
    hand_overs,
    levels,
    places,
    repository,
    sending,
    steps,
    voice,
)
from dispatch import fields as form
from dispatch.acting import ANSWER_LIMIT, FEEDBACK_LIMIT, OVER, REASON_LIMIT, Act
from dispatch.refusals import recorded
from models.clock import Clock
from models.database import Database
from models.errors import Conflict, IllegalTransition
from models.order_tables import DispatchOrder, WorkOrder
from models.telephony_tables import AutoCall, AutoCallKind
from models.transitions import SYSTEM

RECONCILE_REACH = timedelta(days=1)
PRICE_LIMIT = 255
SEEN = checks.Checked()


class Orders:
    """The actions on orders. ``actor_id`` is the acting user's id; ``version`` is the version
    of the work order that user saw (see ``dispatch.fields`` for what counts as a conflict)."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        locate: places.Locate | None = None,
        review: voice.ReviewRule = voice.DAYTIME,
    ) -> None:
        """``locate`` finds the place of an address; ``review`` says when callers are asked."""
        self._database = database
        self._clock = clock
        self._locate = locate
        self.review = review

    # --- the machine's side ------------------------------------------------------------------

    async def open_draft(self, call_id: UUID) -> WorkOrder:
        """The call's draft: see ``drafts.open_draft``."""
        async with self._acting(None) as act:
            return await drafts.open_draft(act, call_id)

    async def apply_suggestion(self, call_id: UUID) -> None:
        """Let the draft's untouched fields mirror what the caller said and what is suggested."""
        async with self._acting(None) as act:
            await drafts.apply_suggestion(act, call_id, self._locate)

    async def discard_abandoned(self, call_id: UUID) -> None:
        """Discard the draft of a caller who gave up: see ``drafts.discard_abandoned``."""
        async with self._acting(None) as act:
            await drafts.discard_abandoned(act, call_id)

    async def take_call_back(self, call_back_id: UUID) -> None:
        """Whoever calls back owns the draft that the caller's words opened."""
        async with self._acting(None) as act:
            await call_backs.own_draft(act.work, call_back_id)

    async def take_hand_over(self, hand_over_id: UUID) -> None:
        """Whoever took the call over owns its order."""
        async with self._acting(None) as act:
            await hand_overs.own_order(act.work, hand_over_id)

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
        async with self._changing(work_order_id, actor_id) as (act, order):
            if order.status in OVER:
                raise Conflict("工单已结束，不能再修改。")
            form.refuse_unseen(order, version, act.actor, fields)
            changed = form.fill_by_person(order, fields, act.actor)
            if places.moved_by(fields) and form.position_follows_address(order):
                address = str(order.fields.get("address") or "")
                slot = await places.said(act.session, order)
                found = await places.position_of(act.session, address, slot, self._locate)
                changed = form.fill_position(order, found) or changed
            if changed:
                act.tell(order)
                for item in order.dispatch_orders:  # their pages show these fields
                    act.tell_item(item)
                if order.dispatch_orders:
                    await levels.report_major(act, order)
        return order

    async def accept_sure(self, work_order_id: UUID, actor_id: UUID, version: int) -> WorkOrder:
        """Confirm every machine value that is sure (``models.forms.SURE``) and that the seat
        has seen; the summary, which is still growing, is not among them."""
        async with self._changing(work_order_id, actor_id) as (act, order):
            if order.status in OVER:
                raise Conflict("工单已结束，不能再修改。")
            form.refuse_unseen(order, version, act.actor, ())
            if form.confirm_sure(order, version, act.actor):
                act.tell(order)
        return order

    async def send(
        self,
        work_order_id: UUID,
        actor_id: UUID,
        version: int,
        unit_ids: Sequence[UUID],
        *,
        even_off_duty: bool = False,
    ) -> WorkOrder:
        """Send the order to units at once: see ``sending.send``."""
        async with self._changing(work_order_id, actor_id, "send") as (act, order):
            await sending.send(act, order, version, unit_ids, even_off_duty=even_off_duty)
        return order

    async def offer(self, work_order_id: UUID, actor_id: UUID, version: int) -> WorkOrder:
        """Offer a household service to enrolled firms: see ``sending.offer``."""
        async with self._changing(work_order_id, actor_id, "offer") as (act, order):
            await sending.offer(act, order, version)
        return order

    async def answer(
        self, work_order_id: UUID, actor_id: UUID, version: int, answer: str
    ) -> WorkOrder:
        """Close a draft whose question the seat answered."""
        async with self._changing(work_order_id, actor_id, "answer") as (act, order):
            text = form.required("答复内容", answer, ANSWER_LIMIT)
            form.refuse_unseen(order, version, act.actor)
            closing.answer(act, order, text)
        return order

    async def discard(
        self, work_order_id: UUID, actor_id: UUID, version: int, reason: str
    ) -> WorkOrder:
        """Cancel a draft, or a sent order that no unit is working on any more."""
        async with self._changing(work_order_id, actor_id, "discard") as (act, order):
            why = form.required("作废原因", reason, REASON_LIMIT)
            form.refuse_unseen(order, version, act.actor)
            closing.discard(act, order, why)
        return order

    async def close(
        self, work_order_id: UUID, actor_id: UUID, version: int, said: checks.Checked = SEEN
    ) -> WorkOrder:
        """Close an order after its feedback was checked: see ``checks.passed``."""
        async with self._changing(work_order_id, actor_id, "close") as (act, order):
            form.refuse_unseen(order, version, act.actor)
            await closing.close(act, order, said)
        return order

    async def suspend(
        self, work_order_id: UUID, actor_id: UUID, version: int, reason: str
    ) -> WorkOrder:
        """Let a sent order rest: its time limits stand still."""
        async with self._changing(work_order_id, actor_id, "suspend") as (act, order):
            why = form.required("挂起原因", reason, REASON_LIMIT)
            form.refuse_unseen(order, version, act.actor, ())
            closing.suspend(act, order, why)
        return order

    async def resume(self, work_order_id: UUID, actor_id: UUID, version: int) -> WorkOrder:
        """Let a suspended order go on."""
        async with self._changing(work_order_id, actor_id, "resume") as (act, order):
            form.refuse_unseen(order, version, act.actor, ())
            closing.resume(act, order)
        return order

    async def reopen(
        self, work_order_id: UUID, actor_id: UUID, version: int, reason: str
    ) -> WorkOrder:
        """Take a closed order up again."""
        async with self._changing(work_order_id, actor_id, "reopen") as (act, order):
            why = form.required("重新办理原因", reason, REASON_LIMIT)
            form.refuse_unseen(order, version, act.actor, ())
            closing.reopen(act, order, why)
        return order

    async def hand_over(
        self, work_order_id: UUID, actor_id: UUID, to_user_id: UUID, *, supervisor: bool
    ) -> WorkOrder:
        """Give the order to another person (首问责任 ends): see ``levels.hand_over``."""
        async with self._changing(work_order_id, actor_id, "hand_over") as (act, order):
            await levels.hand_over(act, order, to_user_id, supervisor=supervisor)
        return order

    async def pass_on(
        self, work_order_id: UUID, actor_id: UUID, centre_code: str, own: str, reason: str
    ) -> WorkOrder:
        """Let a lower centre command, or take the order back: see ``levels.pass_on``."""
        async with self._changing(work_order_id, actor_id, "pass_on") as (act, order):
            why = form.required("下派说明", reason, REASON_LIMIT)
            await levels.pass_on(act, order, centre_code, own, why)
        return order

    async def report_up(self, work_order_id: UUID, actor_id: UUID, note: str) -> WorkOrder:
        """Show the order to the centre above."""
        async with self._changing(work_order_id, actor_id, "report_up") as (act, order):
            why = form.required("上报说明", note, REASON_LIMIT)
            await levels.report_up(act, order, why)
        return order

    async def recall(
        self, dispatch_order_id: UUID, *, actor_id: UUID, reason: str
    ) -> DispatchOrder:
        """Take an order back from a unit that is not on site yet."""
        why = form.required("撤回原因", reason, REASON_LIMIT)
        async with self._moving(dispatch_order_id, None, actor_id, "recall") as (act, item):
            sending.recall(act, item, why)
            act.await_check(item.work_order)
        return item

    async def redo(self, dispatch_order_id: UUID, *, actor_id: UUID, reason: str) -> DispatchOrder:
        """Send the order back to a unit whose feedback does not suffice (退回重办)."""
        why = form.required("退回原因", reason, REASON_LIMIT)
        async with self._moving(dispatch_order_id, None, actor_id, "redo") as (act, item):
            sending.redo(act, item, why)
        return item

    async def reroute(
        self,
        dispatch_order_id: UUID,
        *,
        actor_id: UUID,
        unit_id: UUID,
        reason: str,
        even_off_duty: bool = False,
    ) -> DispatchOrder:
        """Give a unit's order to another unit (改派)."""
        why = form.required("改派原因", reason, REASON_LIMIT)
        async with self._moving(dispatch_order_id, None, actor_id, "reroute") as (act, item):
            await sending.reroute(act, item, unit_id, why, even_off_duty=even_off_duty)
        return item

    async def rate(self, dispatch_order_id: UUID, *, actor_id: UUID, stars: int) -> DispatchOrder:
        """Store the citizen's stars, 1 to 5, for what a unit did."""
        async with self._moving(dispatch_order_id, None, actor_id, "rate") as (act, item):
            checks.rate(item, stars, act.now)
            act.tell_item(item)
        return item

    # --- the unit's side: NotFound unless the dispatch order is ``unit_id``'s -----------------

    async def receive(
        self, dispatch_order_id: UUID, *, unit_id: UUID, actor_id: UUID | None
    ) -> DispatchOrder:
        """The unit takes the order: blue. Without ``actor_id``, by a key on the telephone."""
        async with self._moving(dispatch_order_id, unit_id, actor_id, "receive") as (act, item):
            steps.receive(act, item)
        return item

    async def depart(
        self, dispatch_order_id: UUID, *, unit_id: UUID, actor_id: UUID
    ) -> DispatchOrder:
        """The unit is on its way."""
        async with self._moving(dispatch_order_id, unit_id, actor_id, "depart") as (act, item):
            steps.move(act, item, "depart")
        return item

    async def arrive(
        self, dispatch_order_id: UUID, *, unit_id: UUID, actor_id: UUID
    ) -> DispatchOrder:
        """The unit is on site."""
        async with self._moving(dispatch_order_id, unit_id, actor_id, "arrive") as (act, item):
            steps.move(act, item, "arrive")
        return item

    async def reject(
        self, dispatch_order_id: UUID, *, unit_id: UUID, actor_id: UUID | None, reason: str
    ) -> DispatchOrder:
        """The unit hands the order back (退单) and says why: red."""
        why = form.required("退单原因", reason, REASON_LIMIT)
        async with self._moving(dispatch_order_id, unit_id, actor_id, "reject") as (act, item):
            steps.reject(act, item, why)
            act.await_check(item.work_order)
        return item

    async def feed_back(
        self, dispatch_order_id: UUID, *, unit_id: UUID, actor_id: UUID, text: str
    ) -> DispatchOrder:
        """The unit tells what it did: green. With the last one the order awaits its check."""
        said = form.required("反馈内容", text, FEEDBACK_LIMIT)
        async with self._moving(dispatch_order_id, unit_id, actor_id, "feed_back") as (act, item):
            steps.feed_back(act, item, said)
            act.await_check(item.work_order)
        return item

    async def quote(
        self, dispatch_order_id: UUID, *, unit_id: UUID, actor_id: UUID, note: str
    ) -> DispatchOrder:
        """The firm that has the order says what it costs."""
        said = form.required("报价说明", note, PRICE_LIMIT)
        async with self._moving(dispatch_order_id, unit_id, actor_id, "quote") as (act, item):
            steps.quote(act, item, said)
        return item

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
        opinion = checks.Opinion(voice.OPINIONS.get(call.key, voice.NO_ANSWER))
        async with self._changing(call.subject_id, None) as (act, order):
            await closing.take_opinion(act, order, opinion)

    # --- shared ------------------------------------------------------------------------------

    @asynccontextmanager
    async def _acting(self, actor_id: UUID | None) -> AsyncIterator[Act]:
        async with self._database.writing() as work:
            yield Act(work, str(actor_id or SYSTEM), self._clock.now(), review=self.review)

    @asynccontextmanager
    async def _changing(
        self, work_order_id: UUID, actor_id: UUID | None, action: str = ""
    ) -> AsyncIterator[tuple[Act, WorkOrder]]:
        """A locked work order; a refusal of ``action`` is recorded."""
        trace = recorded(self._database, action, "work_order", work_order_id, actor_id)
        async with trace, self._acting(actor_id) as act:
            yield act, await repository.order(act.session, work_order_id, lock=True)

    @asynccontextmanager
    async def _moving(
        self, dispatch_order_id: UUID, unit_id: UUID | None, actor_id: UUID | None, action: str
    ) -> AsyncIterator[tuple[Act, DispatchOrder]]:
        """A dispatch order with its work order locked; a refusal of ``action`` is recorded."""
        trace = recorded(self._database, action, "dispatch_order", dispatch_order_id, actor_id)
        async with trace, self._acting(actor_id) as act:
            session = act.session
            yield act, await repository.locked_with_order(session, dispatch_order_id, unit_id)
