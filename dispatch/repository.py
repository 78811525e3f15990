"""Every query of dispatch. Work orders come with their dispatch orders (and those with their
unit), their incident and their owner; dispatch orders come with their work order and unit.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from models.dispatch_tables import OrderShare
from models.errors import NotFound
from models.kinds import LegRole
from models.order_tables import DispatchOrder, WorkOrder
from models.states import CallStatus, DispatchStatus, WorkOrderStatus
from models.tables import AgentSession, Call, CallSuggestion, LinkageUnit, User, Utterance
from models.telephony_states import AutoCallStatus
from models.telephony_tables import AutoCall, AutoCallKind

MOST_LISTED = 100
WITH_UNIT = (
    DispatchStatus.SENT,
    DispatchStatus.RECEIVED,
    DispatchStatus.EN_ROUTE,
    DispatchStatus.ON_SITE,
)


async def order(session: AsyncSession, work_order_id: UUID, *, lock: bool = False) -> WorkOrder:
    """A work order; raises ``NotFound``. ``lock`` keeps every other writer out until the
    transaction ends, and is taken before any of its dispatch orders is looked at."""
    found = await _one(session, _orders().where(WorkOrder.id == work_order_id), lock)
    if found is None:
        raise NotFound("没有这张工单，或它已被移除。")
    return found


async def order_of_call(
    session: AsyncSession, call_id: UUID, *, lock: bool = False
) -> WorkOrder | None:
    """The first work order opened for a call."""
    query = _orders().where(WorkOrder.call_id == call_id)
    return await _one(session, query.order_by(WorkOrder.created_at, WorkOrder.number), lock)


async def orders(
    session: AsyncSession,
    owner_id: UUID | None,
    centre_code: str = "",
    limit: int = MOST_LISTED,
) -> Sequence[WorkOrder]:
    """The newest work orders of an owner and those that wait for somebody of the owner's centre,
    or, when ``owner_id`` is ``None``, all of a centre's and those shared with it. The highest
    centre, written empty, has everybody's."""
    query = _orders().order_by(WorkOrder.created_at.desc(), WorkOrder.number.desc()).limit(limit)
    if owner_id is not None:
        mine = WorkOrder.owner_id == owner_id
        if centre_code:
            colleagues = select(User.id).where(User.centre_code == centre_code)
            waits = or_(WorkOrder.owner_id.is_(None), WorkOrder.owner_id.not_in(colleagues))
            mine = or_(mine, and_(WorkOrder.centre_code == centre_code, waits))
        query = query.where(mine)
    elif centre_code:
        shared = select(OrderShare.work_order_id).where(OrderShare.centre_code == centre_code)
        own = WorkOrder.centre_code == centre_code
        query = query.where(or_(own, WorkOrder.id.in_(shared)))
    return (await session.scalars(query)).all()


async def dispatch_order(
    session: AsyncSession, dispatch_order_id: UUID, *, unit_id: UUID | None = None
) -> DispatchOrder:
    """A dispatch order; raises ``NotFound``, also when it is not one of ``unit_id``."""
    query = _dispatch_orders().where(DispatchOrder.id == dispatch_order_id)
    if unit_id is not None:
        query = query.where(DispatchOrder.unit_id == unit_id)
    found = (await session.scalars(query)).one_or_none()
    if found is None:
        raise NotFound(NO_DISPATCH_ORDER)
    return found


async def dispatch_orders(
    session: AsyncSession, dispatch_order_ids: Collection[UUID]
) -> Sequence[DispatchOrder]:
    """Those of these dispatch orders that there are."""
    query = _dispatch_orders().where(DispatchOrder.id.in_(dispatch_order_ids))
    return (await session.scalars(query)).all()


async def unit_orders(
    session: AsyncSession, unit_id: UUID, limit: int = MOST_LISTED
) -> Sequence[DispatchOrder]:
    """A unit's dispatch orders that are under way, and the newest others, newest first."""
    mine = select(DispatchOrder.id).where(DispatchOrder.unit_id == unit_id)
    newest = mine.order_by(DispatchOrder.created_at.desc(), DispatchOrder.id).limit(limit)
    open_ones = mine.where(DispatchOrder.status.in_(WITH_UNIT)).limit(limit)
    ids = {*await session.scalars(newest), *await session.scalars(open_ones)}
    query = _dispatch_orders().where(DispatchOrder.id.in_(ids))
    found = query.order_by(DispatchOrder.created_at.desc(), DispatchOrder.id)
    return (await session.scalars(found)).all()


@dataclass(frozen=True, slots=True)
class ToldByPhone:
    """A call of the machine that is over; ``unit_id`` is whose order was read to them."""

    call: AutoCall
    unit_id: UUID | None


async def told_by_phone(session: AsyncSession, auto_call_id: UUID) -> ToldByPhone | None:
    """A call of the machine about an order that has come to its end; ``None`` for any other."""
    call = await session.get(AutoCall, auto_call_id)
    over = (AutoCallStatus.DONE, AutoCallStatus.FAILED)
    if call is None or call.status not in over:
        return None
    unit_id = None
    if call.kind is AutoCallKind.DISPATCH:
        # One that was sent again since then is another matter.
        query = select(DispatchOrder.unit_id).where(
            DispatchOrder.id == call.subject_id, DispatchOrder.sent_at <= call.created_at
        )
        unit_id = (await session.scalars(query)).first()
    return ToldByPhone(call, unit_id)


async def auto_calls_ended_since(session: AsyncSession, since: datetime) -> Sequence[UUID]:
    """The machine's calls about orders that came to their end after ``since``."""
    query = select(AutoCall.id).where(AutoCall.ended_at > since)
    return (await session.scalars(query.order_by(AutoCall.ended_at))).all()


async def locked_with_order(
    session: AsyncSession, dispatch_order_id: UUID, unit_id: UUID | None
) -> DispatchOrder:
    """A dispatch order whose work order is locked: see ``order``. Raises ``NotFound``."""
    query = select(DispatchOrder.work_order_id).where(DispatchOrder.id == dispatch_order_id)
    if unit_id is not None:
        query = query.where(DispatchOrder.unit_id == unit_id)
    work_order_id = await session.scalar(query)
    if work_order_id is None:
        raise NotFound(NO_DISPATCH_ORDER)
    found = await order(session, work_order_id, lock=True)
    return next(item for item in found.dispatch_orders if item.id == dispatch_order_id)


async def call(session: AsyncSession, call_id: UUID, *, lock: bool = False) -> Call:
    """A call; raises ``NotFound``."""
    query = select(Call).where(Call.id == call_id)
    found = (await session.scalars(query.with_for_update() if lock else query)).one_or_none()
    if found is None:
        raise NotFound("没有这个来电的记录。")
    return found


async def answerer(session: AsyncSession, of: Call) -> User | None:
    """Who took the call."""
    if of.agent_session_id is None:
        return None
    query = select(User).join(AgentSession, AgentSession.user_id == User.id)
    found: User | None = await session.scalar(query.where(AgentSession.id == of.agent_session_id))
    return found


async def caller_utterances(session: AsyncSession, call_id: UUID) -> Sequence[Utterance]:
    """The caller's finished segments in the order they were spoken, later transcripts apart."""
    query = select(Utterance).where(
        Utterance.call_id == call_id, Utterance.role == LegRole.CALLER, Utterance.version == 0
    )
    return (await session.scalars(query.order_by(Utterance.created_at, Utterance.sequence))).all()


async def suggestion(session: AsyncSession, call_id: UUID) -> CallSuggestion | None:
    """The newest suggestion of a call."""
    return await session.get(CallSuggestion, call_id)


async def active_units(session: AsyncSession, kinds: Collection[str]) -> Sequence[LinkageUnit]:
    """The units of these kinds that take orders."""
    if not kinds:
        return []
    query = select(LinkageUnit).where(LinkageUnit.kind.in_(kinds), LinkageUnit.active)
    return (await session.scalars(query.order_by(LinkageUnit.code))).all()


async def units(session: AsyncSession, unit_ids: Collection[UUID]) -> dict[UUID, LinkageUnit]:
    """Units by id; ids that nobody has are left out."""
    query = select(LinkageUnit).where(LinkageUnit.id.in_(unit_ids))
    return {unit.id: unit for unit in await session.scalars(query)}


async def calls_without_order(session: AsyncSession, since: datetime) -> Sequence[UUID]:
    """Calls received from ``since`` on that were not abandoned and have no work order."""
    query = select(Call.id).where(
        Call.received_at >= since,
        Call.status != CallStatus.ABANDONED,
        ~select(WorkOrder.id).where(WorkOrder.call_id == Call.id).exists(),
    )
    return (await session.scalars(query.order_by(Call.received_at))).all()


async def calls_abandoned_with_draft(session: AsyncSession) -> Sequence[UUID]:
    """Abandoned calls whose work order is still a draft."""
    query = (
        select(Call.id)
        .join(WorkOrder, WorkOrder.call_id == Call.id)
        .where(WorkOrder.status == WorkOrderStatus.DRAFT, Call.status == CallStatus.ABANDONED)
    )
    return (await session.scalars(query.distinct())).all()


NO_DISPATCH_ORDER = "没有这张派单，或它不属于本单位。"


def _orders() -> Select[WorkOrder]:
    return select(WorkOrder).options(
        selectinload(WorkOrder.dispatch_orders).selectinload(DispatchOrder.unit),
        selectinload(WorkOrder.incident),
        selectinload(WorkOrder.owner),
    )


def _dispatch_orders() -> Select[DispatchOrder]:
    return select(DispatchOrder).options(
        joinedload(DispatchOrder.work_order), joinedload(DispatchOrder.unit)
    )


async def _one(session: AsyncSession, query: Select[WorkOrder], lock: bool) -> WorkOrder | None:
    if lock:
        query = query.with_for_update(of=WorkOrder)
    found = (await session.scalars(query.limit(1))).one_or_none()
    for item in found.dispatch_orders if found else ():
        set_committed_value(item, "work_order", found)
    return found
