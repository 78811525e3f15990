"""Orders of calls that one seat has handed to another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch import repository
from models.database import UnitOfWork
from models.events import WorkOrderChanged
from models.states import WorkOrderStatus
from models.tables import AgentSession, User
from models.telephony_states import HandOverStatus
from models.telephony_tables import HandOver

OVER = (WorkOrderStatus.CLOSED, WorkOrderStatus.CANCELLED, WorkOrderStatus.MERGED)


async def own_order(work: UnitOfWork, hand_over_id: UUID) -> None:
    """Whoever took a call over owns its order from then on.

    Until then, and where the first receiver keeps the call, the order stays with them. An order
    that has gone to somebody else meanwhile, or is over, stays where it is.
    """
    row = await work.session.get(HandOver, hand_over_id)
    if row is None or row.status is not HandOverStatus.COMPLETED or row.to_session_id is None:
        return
    giver = await work.session.get_one(AgentSession, row.from_session_id)
    taker = await work.session.get_one(AgentSession, row.to_session_id)
    order = await repository.order_of_call(work.session, row.call_id, lock=True)
    if order is None or order.status in OVER or order.owner_id not in (None, giver.user_id):
        return
    if order.owner_id != taker.user_id:
        order.owner = await work.session.get(User, taker.user_id)
        work.emit(WorkOrderChanged(order.id))


async def completed_since(session: AsyncSession, since: datetime) -> Sequence[UUID]:
    """The hand-overs completed after ``since``, in their order."""
    query = select(HandOver.id).where(
        HandOver.status == HandOverStatus.COMPLETED, HandOver.ended_at > since
    )
    return (await session.scalars(query.order_by(HandOver.ended_at))).all()
