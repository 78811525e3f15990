"""Seat and unit write to each other about one dispatch order (补充说明)."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select

from dispatch import fields as form
from dispatch import repository
from dispatch.acting import OVER, Act
from dispatch.offers import WITH_FIRM
from dispatch.refusals import recorded
from models.clock import Clock
from models.database import Database
from models.errors import Conflict
from models.events import TalkChanged
from models.order_tables import DispatchOrder
from models.states import DispatchStatus
from models.telephony_tables import Audit
from models.terminal_tables import UnitMessage

TEXT_LIMIT: Final = 500
MOST_MESSAGES: Final = 100
OPEN: Final = (DispatchStatus.SENT, *WITH_FIRM)


async def say(
    act: Act, item: DispatchOrder, user_id: UUID, text: str, done_at: datetime, *, from_unit: bool
) -> UnitMessage:
    """Store a line about ``item``, whose work order is locked, and that it was written.

    Raises ``InvalidInput`` for an empty or over-long text, ``Conflict`` where the unit has not
    got the order (any more), where the order is over, and after a hundred lines.
    """
    said = form.required("留言", text, TEXT_LIMIT)
    allowed = WITH_FIRM if item.offer else OPEN
    if item.status not in allowed:
        raise Conflict("该派单已退回、撤回或尚未承接，不能留言；请电话联系。")
    if item.work_order.status in OVER:
        raise Conflict("工单已结束，不能再留言；请电话联系。")
    counted = select(func.count()).where(UnitMessage.dispatch_order_id == item.id)
    if (await act.session.scalar(counted) or 0) >= MOST_MESSAGES:
        raise Conflict(f"这张派单的留言已达 {MOST_MESSAGES} 条，请改用电话联系。")
    row = UnitMessage(
        dispatch_order_id=item.id,
        user_id=user_id,
        from_unit=from_unit,
        text=said,
        done_at=done_at,
        at=act.now,
    )
    act.session.add(row)
    act.session.add(
        Audit(
            user_id=user_id,
            action="message",
            subject="dispatch_order",
            subject_id=str(item.id),
            detail={"message_id": str(row.id), "from": "unit" if from_unit else "seat"},
            at=act.now,
        )
    )
    act.work.emit(TalkChanged(item.id, item.work_order.id, item.unit_id))
    return row


class SeatTalk:
    """The seat's side of the talk."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def say(self, dispatch_order_id: UUID, user_id: UUID, text: str) -> None:
        """Write to the unit that has the dispatch order: see ``say``."""
        trace = recorded(self._database, "message", "dispatch_order", dispatch_order_id, user_id)
        async with trace, self._database.writing() as work:
            item = await repository.locked_with_order(work.session, dispatch_order_id, None)
            now = self._clock.now()
            await say(Act(work, str(user_id), now), item, user_id, text, now, from_unit=False)
