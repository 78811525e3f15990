"""The numbers that callers dial: old hotlines lead to the queues they were merged into."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from ivr import repository
from ivr.applying import OnRowsChanged, tell_asterisk
from models.clock import Clock
from models.database import Database, UnitOfWork
from models.errors import Conflict, InvalidInput, NotFound
from models.telephony_tables import Audit, HotlineNumber

NUMBER: Final = re.compile(r"[0-9]{3,32}", re.ASCII)
NAME_LIMIT: Final = 64
SUBJECT: Final = "hotline_number"
MOST_NUMBERS: Final = 5_000
STILL_THERE: Final = "您填写的内容还在，"


class Numbers:
    """The table of numbers. Every change is recorded with before and after, then told to
    Asterisk, whose calls go on; without ``on_changed`` it learns of them at its next start."""

    def __init__(self, database: Database, clock: Clock, on_changed: OnRowsChanged | None) -> None:
        self._database = database
        self._clock = clock
        self._on_changed = on_changed

    async def listed(self) -> Sequence[HotlineNumber]:
        """All numbers, in their order."""
        async with self._database.reading() as session:
            query = select(HotlineNumber).order_by(HotlineNumber.number)
            return (await session.scalars(query)).all()

    async def put(
        self, number: str, queue_code: str, name: str, user_id: UUID, version: int | None = None
    ) -> HotlineNumber:
        """Let ``number`` lead to a queue, as a change of the ``version`` that was seen; new
        without one. What is so already stays as it is.

        Raises ``InvalidInput`` for an unusable number or name, ``NotFound`` for an unknown
        queue, ``Conflict`` for a queue's own number, too many of them or another's change, and
        ``Unavailable`` where the change is stored and Asterisk could not be told.
        """
        name = name.strip()
        if not NUMBER.fullmatch(number):
            raise InvalidInput("号码只能由3到32位数字组成，请检查后重填。")
        if not name.isprintable() or len(name) > NAME_LIMIT:
            raise InvalidInput(f"名称不能超过{NAME_LIMIT}个字，也不能含换行等控制字符。")
        try:
            row = await self._put(number, queue_code, name, user_id, version)
        except IntegrityError as error:  # two people entered the same number at the same moment
            raise Conflict(f"{number}刚被其他人登记。{STILL_THERE}请核对后再保存。") from error
        await self._tell()
        return row

    async def remove(self, number: str, user_id: UUID, version: int) -> None:
        """Answer ``number`` no more, as it was seen.

        Raises ``NotFound``, ``Conflict`` for another's change, and ``Unavailable`` as ``put``.
        """
        async with self._database.writing() as work:
            row = await self._row(work, number)
            if row is None:
                raise NotFound("没有这个号码，可能刚被其他人停用，请刷新页面。")
            if row.version != version:
                raise Conflict(f"{_leads(row)}，没有停用；请核对后再操作。")
            self._audit(work, user_id, "remove", number, _shown(row), None)
            await work.session.delete(row)
        await self._tell()

    async def _put(
        self, number: str, queue_code: str, name: str, user_id: UUID, version: int | None
    ) -> HotlineNumber:
        async with self._database.writing() as work:
            codes = await repository.queue_codes(work.session)
            if queue_code not in codes:
                raise NotFound("没有这个队列，请从列表中选择。")
            if number in codes:
                raise Conflict(f"{number}是队列自己的号码，不能另行指定。")
            row = await self._row(work, number)
            before = _shown(row)
            after = {"queue_code": queue_code, "name": name}
            if row is not None and before == after:
                return row
            if version != (None if row is None else row.version):
                raise Conflict(_meanwhile(number, row))
            if row is None:
                held = (await work.session.scalars(select(HotlineNumber.number))).all()
                if len(held) >= MOST_NUMBERS:
                    raise Conflict(f"号码已达上限{MOST_NUMBERS}个，请先删除不用的号码。")
                # Whoever saw it before it was removed has not seen this one.
                row = HotlineNumber(number=number, version=await _changes(work, number))
                work.session.add(row)
            row.queue_code, row.name = queue_code, name
            row.version += before is not None
            self._audit(work, user_id, "put", number, before, after)
        return row

    async def _tell(self) -> None:
        await tell_asterisk(self._on_changed, "号码")

    async def _row(self, work: UnitOfWork, number: str) -> HotlineNumber | None:
        query = select(HotlineNumber).where(HotlineNumber.number == number).with_for_update()
        return (await work.session.scalars(query)).one_or_none()

    def _audit(
        self,
        work: UnitOfWork,
        user_id: UUID,
        action: str,
        number: str,
        before: dict[str, Any] | None,
        after: dict[str, Any] | None,
    ) -> None:
        work.session.add(
            Audit(
                user_id=user_id,
                action=action,
                subject=SUBJECT,
                subject_id=number,
                detail={"before": before, "after": after},
                at=self._clock.now(),
            )
        )


def _shown(row: HotlineNumber | None) -> dict[str, Any] | None:
    return None if row is None else {"queue_code": row.queue_code, "name": row.name}


async def _changes(work: UnitOfWork, number: str) -> int:
    query = select(func.count()).where(Audit.subject == SUBJECT, Audit.subject_id == number)
    return (await work.session.execute(query)).scalar_one()


def _leads(row: HotlineNumber) -> str:
    name = f"（{row.name}）" if row.name else ""
    return f"其他人已让{row.number}进入{row.queue_code}{name}"


def _meanwhile(number: str, row: HotlineNumber | None) -> str:
    if row is None:
        return f"{number}刚被其他人停用。{STILL_THERE}如需恢复请再保存一次。"
    return f"{_leads(row)}。{STILL_THERE}请核对后再保存。"
