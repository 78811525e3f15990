"""Orders of callers who have to be called back."""

from __future__ import annotations

from uuid import UUID

from dispatch import repository
from models.database import UnitOfWork
from models.events import WorkOrderChanged
from models.states import CallStatus, WorkOrderStatus
from models.tables import Call, User
from models.telephony_tables import CallBack, CallBackKind


def gave_up(call: Call) -> bool:
    """Whether the caller hung up before a seat answered, without leaving a message."""
    return call.status is CallStatus.ABANDONED and call.end_reason != CallBackKind.MESSAGE


async def own_draft(work: UnitOfWork, call_back_id: UUID) -> None:
    """Whoever calls back owns the draft that the caller's words opened."""
    row = await work.session.get(CallBack, call_back_id)
    if row is None or row.user_id is None:
        return
    order = await repository.order_of_call(work.session, row.call_id, lock=True)
    if order is None or order.status is not WorkOrderStatus.DRAFT or order.owner is not None:
        return
    order.owner = await work.session.get(User, row.user_id)
    work.emit(WorkOrderChanged(order.id))
