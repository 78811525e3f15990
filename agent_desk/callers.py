"""Who is calling: the number's earlier calls with their orders, and what people noted of it."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from agent_desk import shapes
from agent_desk.parts import Parts
from agent_desk.wire_telephony import CallerHistory, CallerMarkInfo, PreviousCall
from ivr.beside import audit
from models.errors import Conflict, InvalidInput, NotFound
from models.kinds import Direction
from models.order_tables import WorkOrder
from models.states import WORK_ORDER
from models.tables import Call, User
from models.telephony_tables import CallerMark

MOST_CALLS: Final = 20
MARKS: Final = {
    "nuisance": "骚扰",
    "vulnerable": "需关照",
    "frequent": "多次来电",
    "other": "其他",
}
NO_CALL: Final = "没有这个来电的记录。"


class Callers:
    """History and marks of callers, found by one of their calls: a withheld number has none.

    A mark is shown to seats and blocks nothing.
    """

    def __init__(self, parts: Parts) -> None:
        self._database = parts.database
        self._clock = parts.clock
        self._category_names = parts.category_names()

    async def history(self, call_id: UUID) -> CallerHistory:
        """The caller's earlier calls, newest first, and marks; raises ``NotFound``."""
        async with self._database.reading() as session:
            call = await self._call(session, call_id)
            return await self._history(session, call)

    async def add_mark(self, call_id: UUID, user_id: UUID, kind: str, note: str) -> CallerHistory:
        """Note something of the caller. Raises ``NotFound``, ``InvalidInput`` for a withheld
        number, ``Conflict`` for a kind that is noted already."""
        async with self._database.writing() as work:
            call = await self._call(work.session, call_id)
            if not call.caller_number:
                raise InvalidInput("来电未显示号码，无法添加标记。")
            if kind in {mark.kind for mark, _ in await _marks(work.session, call.caller_number)}:
                raise Conflict(f"该号码已有“{MARKS.get(kind, kind)}”标记，如需修改请先移除。")
            mark = CallerMark(
                number=call.caller_number,
                kind=kind,
                note=note,
                user_id=user_id,
                created_at=self._clock.now(),
            )
            work.session.add(mark)
            audit(work, self._clock, user_id, "add", "caller_mark", mark.id, kind=kind, note=note)
            await work.session.flush()
            return await self._history(work.session, call)

    async def remove_mark(self, mark_id: UUID, user_id: UUID) -> None:
        """Take a mark back; it stays in the rows. Raises ``NotFound``."""
        async with self._database.writing() as work:
            query = select(CallerMark).where(CallerMark.id == mark_id).with_for_update()
            mark = (await work.session.scalars(query)).one_or_none()
            if mark is None or mark.removed_at is not None:
                raise NotFound("没有这个标记，或它已被移除，请刷新页面。")
            mark.removed_at = self._clock.now()
            audit(
                work,
                self._clock,
                user_id,
                "remove",
                "caller_mark",
                mark.id,
                kind=mark.kind,
                note=mark.note,
            )

    async def _call(self, session: AsyncSession, call_id: UUID) -> Call:
        call = await session.get(Call, call_id)
        if call is None:
            raise NotFound(NO_CALL)
        return call

    async def _history(self, session: AsyncSession, call: Call) -> CallerHistory:
        if not call.caller_number:
            return CallerHistory(number="", calls=[], marks=[])
        query = (
            select(Call, WorkOrder)
            .outerjoin(WorkOrder, WorkOrder.call_id == Call.id)
            .where(Call.caller_number == call.caller_number, Call.id != call.id)
            .where(Call.received_at <= call.received_at, Call.direction == Direction.IN)
            .order_by(Call.received_at.desc(), WorkOrder.created_at)
            .limit(MOST_CALLS)
        )
        found = (await session.execute(query)).all()
        return CallerHistory(
            number=call.caller_number,
            calls=[self._previous(row, order) for row, order in found],
            marks=[
                CallerMarkInfo(
                    id=mark.id, kind=mark.kind, note=mark.note, by=by, created_at=mark.created_at
                )
                for mark, by in await _marks(session, call.caller_number)
            ],
        )

    def _previous(self, row: Call, order: WorkOrder | None) -> PreviousCall:
        fields = shapes.form(order) if order is not None else None
        return PreviousCall(
            call_id=row.id,
            queue_code=row.queue_code,
            status=row.status,
            received_at=row.received_at,
            order_id=order.id if order is not None else None,
            order_number=order.number if order is not None else "",
            order_status=WORK_ORDER.names[order.status] if order is not None else "",
            category_name=self._category_names.get(fields.category_code, "") if fields else "",
            address=fields.address if fields else "",
        )


async def _marks(session: AsyncSession, number: str) -> list[tuple[CallerMark, str]]:
    """A number's marks with the names of who made them, oldest first."""
    query = (
        select(CallerMark, User.display_name)
        .join(User, User.id == CallerMark.user_id)
        .where(CallerMark.number == number, CallerMark.removed_at.is_(None))
        .order_by(CallerMark.created_at)
    )
    return [(mark, name) for mark, name in await session.execute(query)]
