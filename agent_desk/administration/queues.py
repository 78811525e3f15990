"""队列: the waiting lines of public numbers. A change is known to Asterisk at once."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from agent_desk.accounts import Person
from agent_desk.administration.hall_names import check_name
from agent_desk.administration.record import check_version, note
from agent_desk.wire_hall import AddQueue, PutQueue, QueueDetail
from ivr import repository
from ivr.service import Telephony
from models.clock import Clock
from models.database import Database, UnitOfWork
from models.errors import Conflict, InvalidInput, NotFound
from models.tables import AgentSession, Queue, Seat
from models.telephony_tables import HotlineNumber

SUBJECT: Final = "queue"
MOST_QUEUES: Final = 50


class Queues:
    """Queues are added and changed; calls, recordings and orders refer to them for ever."""

    def __init__(self, database: Database, clock: Clock, telephony: Telephony) -> None:
        self._database = database
        self._clock = clock
        self._telephony = telephony

    async def listed(self) -> list[QueueDetail]:
        """All queues, emergencies first."""
        async with self._database.reading() as session:
            query = select(Queue).order_by(Queue.emergency.desc(), Queue.code)
            rows = (await session.scalars(query)).all()
            seats = (await session.execute(_SEATS)).all()
            numbers = dict((await session.execute(_NUMBERS)).all())
            waiting = Counter(
                call.queue_code for call, _ in await repository.waiting_calls(session)
            )
        serving = [(set(codes), taken is not None) for codes, taken in seats]
        return [
            QueueDetail(
                version=row.version,
                code=row.code,
                name=row.name,
                emergency=row.emergency,
                duty_phone=row.duty_phone,
                recording_days=row.recording_days,
                answer_goal_seconds=row.answer_goal_seconds,
                seats=sum(row.code in codes for codes, _ in serving),
                signed_in=sum(row.code in codes and taken for codes, taken in serving),
                waiting=waiting[row.code],
                numbers=numbers.get(row.code, 0),
            )
            for row in rows
        ]

    async def info(self, code: str) -> QueueDetail:
        """One queue; raises ``NotFound``."""
        found = [row for row in await self.listed() if row.code == code]
        if not found:
            raise NotFound("没有这个队列，请刷新页面。")
        return found[0]

    async def add(self, wanted: AddQueue, by: Person) -> None:
        """A new queue with a number of its own, which no seat serves yet.

        Raises ``Conflict`` for a number taken, and ``Unavailable`` where it is stored and
        Asterisk could not be told.
        """
        taken = f"号码“{wanted.code}”已经在用，请换一个。"
        queue = Queue(code=wanted.code, emergency=wanted.emergency)
        try:
            async with self._database.writing() as work:
                held = await repository.queue_codes(work.session)
                if wanted.code in held:
                    raise Conflict(taken)
                if await work.session.get(HotlineNumber, wanted.code) is not None:
                    raise Conflict(f"“{wanted.code}”是受理号码，请先在“受理号码”里停用它。")
                if len(held) >= MOST_QUEUES:
                    raise Conflict(f"队列已达上限 {MOST_QUEUES} 个。")
                _fill(queue, wanted)
                work.session.add(queue)
                self._note(work, "add", queue, by, None)
        except IntegrityError as error:
            raise Conflict(taken) from error
        await self._telephony.rows_changed("队列")

    async def change(self, code: str, wanted: PutQueue, by: Person) -> None:
        """Change what a queue is like; callers who wait keep their places.

        Raises ``NotFound``, ``EditedMeanwhile``, and ``Unavailable`` as ``add``.
        """
        async with self._database.writing() as work:
            queue = await work.session.get(Queue, code, with_for_update=True)
            if queue is None:
                raise NotFound("没有这个队列，请刷新页面。")
            await check_version(work.session, queue, wanted.version, SUBJECT, code)
            before = _shown(queue)
            _fill(queue, wanted)
            if self._note(work, "change", queue, by, before):
                queue.version += 1
        await self._telephony.rows_changed("队列")

    def _note(
        self, work: UnitOfWork, action: str, queue: Queue, by: Person, before: dict[str, Any] | None
    ) -> bool:
        name = f"{queue.name}（{queue.code}）"
        return note(
            work, self._clock, by.user_id, action, SUBJECT, queue.code, name, before, _shown(queue)
        )


_SEATS = (
    select(Seat.queue_codes, func.min(AgentSession.signed_in_at))
    .outerjoin(
        AgentSession, (AgentSession.seat_id == Seat.id) & AgentSession.signed_out_at.is_(None)
    )
    .where(Seat.active)
    .group_by(Seat.id, Seat.queue_codes)
)
_NUMBERS = select(HotlineNumber.queue_code, func.count()).group_by(HotlineNumber.queue_code)


def _fill(queue: Queue, wanted: PutQueue) -> None:
    check_name(wanted.name)
    if wanted.duty_phone.startswith("+"):
        raise InvalidInput("值班电话请填本地可拨的号码，不带 + 号。")
    queue.name, queue.duty_phone = wanted.name, wanted.duty_phone
    queue.recording_days = wanted.recording_days
    queue.answer_goal_seconds = wanted.answer_goal_seconds


def _shown(queue: Queue) -> dict[str, Any]:
    return {
        "code": queue.code,
        "name": queue.name,
        "emergency": queue.emergency,
        "duty_phone": queue.duty_phone,
        "recording_days": queue.recording_days,
        "answer_goal_seconds": queue.answer_goal_seconds,
    }
