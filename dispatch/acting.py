"""One person's (or the machine's) action on orders within one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch import checks, merging, voice
from models.database import UnitOfWork
from models.events import DispatchOrderChanged, WorkOrderChanged
from models.order_tables import DispatchOrder, WorkOrder
from models.states import DispatchStatus, WorkOrderStatus
from models.transitions import HasStatus, advance

REASON_LIMIT: Final = 500
ANSWER_LIMIT: Final = 4000
FEEDBACK_LIMIT: Final = 4000

# Dispatch orders that wait for nothing any more and need not be fed back.
GIVEN_UP: Final = (DispatchStatus.REJECTED, DispatchStatus.RECALLED)
NOT_WITH_UNIT: Final = (DispatchStatus.CREATED, *GIVEN_UP)
OVER: Final = merging.OVER
UNDER_WAY: Final = (WorkOrderStatus.DISPATCHED, WorkOrderStatus.SUSPENDED)


@dataclass(frozen=True, slots=True)
class Act:
    """``actor`` (a user's id as text, or the machine) acts at ``now`` within ``work``; ``note``
    is the reason of every move that has none of its own, ``review`` when callers are asked."""

    work: UnitOfWork
    actor: str
    now: datetime
    note: str = ""
    review: voice.ReviewRule = voice.DAYTIME

    @property
    def session(self) -> AsyncSession:
        return self.work.session

    def move(self, row: HasStatus, trigger: str, reason: str = "") -> None:
        """Move a status and record it; raises ``IllegalTransition``."""
        why = reason or self.note
        advance(self.session, row, trigger, actor=self.actor, at=self.now, reason=why)

    def tell(self, order: WorkOrder) -> None:
        """Let pages know of the order."""
        self.work.emit(WorkOrderChanged(order.id))

    def tell_item(self, item: DispatchOrder) -> None:
        """Let pages and the unit know of the dispatch order."""
        self.work.emit(DispatchOrderChanged(item.id, item.work_order.id, item.unit_id))

    def finish(self, order: WorkOrder, trigger: str, reason: str = "") -> None:
        """End the order."""
        self.move(order, trigger, reason)
        order.closed_at, order.suspended_at = self.now, None
        self.tell(order)

    async def close(self, order: WorkOrder, how: checks.CheckedHow, note: str = "") -> None:
        """End an order whose result was checked, and ask its callers what they think."""
        self.finish(order, "close", note)
        order.checked_how = how
        if order.reviewed_at is None and not await voice.is_asked(self.session, order.id):
            voice.ask_opinion(self.work, order, self.now, self.review)
        await merging.ask_callers(self.work, order, self.now, self.review)

    def await_check(self, order: WorkOrder) -> None:
        """Let the order await its check once every unit that has it has fed back."""
        counted = [item for item in order.dispatch_orders if item.status not in GIVEN_UP]
        if (
            order.status in UNDER_WAY
            and counted
            and all(item.status is DispatchStatus.FED_BACK for item in counted)
        ):
            self.move(order, "all_fed_back")
            order.suspended_at = None
            if checks.needed(order) is checks.CheckedHow.REVIEW_CALL and order.reviewed_at is None:
                voice.ask_opinion(self.work, order, self.now, self.review)
            self.tell(order)
