"""座席: workstations. A change is known to Asterisk at once; calls go on."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from agent_desk.accounts import Person
from agent_desk.administration.hall_names import check_name
from agent_desk.administration.record import check_version, note
from agent_desk.wire_hall import AddSeat, PutSeat, SeatDetail
from ivr import repository
from ivr.asterisk_config import RESERVED
from ivr.service import Telephony
from models.clock import Clock
from models.database import Database, UnitOfWork
from models.errors import Conflict, InvalidInput, NotFound
from models.kinds import Device
from models.tables import AgentSession, Queue, Seat, User

SUBJECT: Final = "seat"
MOST_SEATS: Final = 500
SECRET_BYTES: Final = 18


class Seats:
    """A seat that somebody sits at is not taken out of use under them."""

    def __init__(self, database: Database, clock: Clock, telephony: Telephony) -> None:
        self._database = database
        self._clock = clock
        self._telephony = telephony

    async def listed(self) -> list[SeatDetail]:
        """All seats, those out of use too, by code."""
        return await self._infos(None)

    async def info(self, seat_id: UUID) -> SeatDetail:
        """One seat; raises ``NotFound``."""
        found = await self._infos(seat_id)
        if not found:
            raise NotFound("没有这个座席，请刷新页面。")
        return found[0]

    async def add(self, wanted: AddSeat, by: Person) -> UUID:
        """A new seat with SIP accounts of its own.

        Raises ``InvalidInput``, ``Conflict`` for a code taken, and ``Unavailable`` where it is
        stored and Asterisk could not be told.
        """
        code = wanted.code
        if code.lower() in RESERVED or code.lower().endswith("_web"):
            raise InvalidInput(f"“{code}”是系统保留的编号，请换一个。")
        taken = f"座席编号“{code}”已经有了，请换一个。"
        seat = Seat(code=code, sip_secret=secrets.token_urlsafe(SECRET_BYTES))
        try:
            async with self._database.writing() as work:
                held = (await work.session.scalars(select(Seat.code))).all()
                if code.lower() in {one.lower() for one in held}:
                    raise Conflict(taken)
                if len(held) >= MOST_SEATS:
                    raise Conflict(f"座席已达上限 {MOST_SEATS} 个，请改用停用的座席。")
                await self._fill(work.session, seat, wanted)
                work.session.add(seat)
                self._note(work, "add", seat, by, None, _shown(seat))
        except IntegrityError as error:
            raise Conflict(taken) from error
        await self._telephony.rows_changed("座席")
        return seat.id

    async def change(self, seat_id: UUID, wanted: PutSeat, by: Person) -> None:
        """Change name, queues or use; raises as ``add``, and ``EditedMeanwhile``.

        Whoever sits there is in the new queues at once.
        """
        async with self._database.writing() as work:
            seat = await self._to_change(work, seat_id, wanted.version)
            before = _shown(seat)
            if seat.active and not wanted.active:
                there = await repository.session_of_seat(work.session, seat.id)
                if there is not None:
                    raise Conflict(
                        f"{there.user.display_name}正在这个座席，请先在大厅请其签出再停用。"
                    )
            await self._fill(work.session, seat, wanted)
            if self._note(work, "change", seat, by, before, _shown(seat)):
                seat.version += 1
        await self._telephony.rows_changed("座席")

    async def new_secret(self, seat_id: UUID, version: int, by: Person) -> tuple[str, str]:
        """The telephone's new SIP user and password; the former password is void.

        A browser at the seat gets the new one by itself. Raises as ``change``.
        """
        async with self._database.writing() as work:
            seat = await self._to_change(work, seat_id, version)
            there = await repository.session_of_seat(work.session, seat.id)
            if there is not None:
                raise Conflict(
                    f"{there.user.display_name}正在这个座席，换密码会中断话机；请等其签出后再换。"
                )
            seat.sip_secret = secrets.token_urlsafe(SECRET_BYTES)
            seat.version += 1
            self._note(work, "new_secret", seat, by, None, None)
            made = (seat.code, seat.sip_secret)
        await self._telephony.rows_changed("座席")
        return made

    async def _fill(self, session: AsyncSession, seat: Seat, wanted: PutSeat) -> None:
        check_name(wanted.name)
        known = set(await session.scalars(select(Queue.code)))
        for code in wanted.queue_codes:
            if code not in known:
                raise InvalidInput(f"没有“{code}”这个队列，请从列表中选择。")
        seat.name, seat.active = wanted.name, wanted.active
        seat.queue_codes = list(dict.fromkeys(wanted.queue_codes))

    async def _to_change(self, work: UnitOfWork, seat_id: UUID, version: int) -> Seat:
        seat = await work.session.get(Seat, seat_id, with_for_update=True)
        if seat is None:
            raise NotFound("没有这个座席，请刷新页面。")
        await check_version(work.session, seat, version, SUBJECT, str(seat_id))
        return seat

    def _note(
        self,
        work: UnitOfWork,
        action: str,
        seat: Seat,
        by: Person,
        before: dict[str, Any] | None,
        after: dict[str, Any] | None,
    ) -> bool:
        name = f"{seat.name}（{seat.code}）"
        return note(
            work, self._clock, by.user_id, action, SUBJECT, str(seat.id), name, before, after
        )

    async def _infos(self, seat_id: UUID | None) -> list[SeatDetail]:
        query = (
            select(Seat, User.display_name, AgentSession.device)
            .outerjoin(
                AgentSession,
                (AgentSession.seat_id == Seat.id) & AgentSession.signed_out_at.is_(None),
            )
            .outerjoin(User, User.id == AgentSession.user_id)
            .order_by(Seat.code)
        )
        if seat_id is not None:
            query = query.where(Seat.id == seat_id)
        async with self._database.reading() as session:
            rows: Sequence[Any] = (await session.execute(query)).all()
        return [_info(seat, name, device) for seat, name, device in rows]


def _info(seat: Seat, name: str | None, device: Device | None) -> SeatDetail:
    return SeatDetail(
        id=seat.id,
        version=seat.version,
        code=seat.code,
        name=seat.name,
        queue_codes=seat.queue_codes,
        active=seat.active,
        occupied_by=name or "",
        phone=device is Device.PHONE,
    )


def _shown(seat: Seat) -> dict[str, Any]:
    return {
        "code": seat.code,
        "name": seat.name,
        "queues": list(seat.queue_codes),
        "active": seat.active,
    }
