"""What a unit does on its page: each action once, however often the telephone sends it.

A telephone without a network keeps its actions and sends them later, with a key each and the
time at which it was done. The key, both times and the action itself are stored in one
transaction, so that an action whose answer was lost is not done again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch import fields as form
from dispatch import repository, steps, talk, voice
from dispatch.acting import FEEDBACK_LIMIT, REASON_LIMIT, Act
from dispatch.refusals import recorded
from models.clock import CHINA_TIME, Clock
from models.database import Database
from models.errors import Conflict, InvalidInput
from models.events import TalkChanged
from models.order_tables import DispatchOrder
from models.terminal_tables import Photo, TerminalAction

KEY: Final = re.compile(r"[A-Za-z0-9._:-]{8,64}", re.ASCII)
MOST_PHOTOS: Final = 9
LATE: Final = timedelta(seconds=30)  # an action older than that was kept by the telephone

# What a page asks for, and the trigger it pulls.
ACTIONS: Final = {
    "receive": "receive",
    "depart": "depart",
    "arrive": "arrive",
    "reject": "reject",
    "feedback": "feed_back",
    "message": "message",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """An action on a dispatch order. ``text`` is the reason of a return, the feedback, or what
    is said; ``key`` may be empty: then the action is done as often as it is asked for."""

    action: str
    order_id: UUID
    text: str = ""
    photo_ids: Sequence[UUID] = ()
    key: str = ""
    done_at: datetime | None = None

    @property
    def digest(self) -> str:
        """The same for the same request."""
        photos = ",".join(str(one) for one in self.photo_ids)
        parts = f"{self.action}\n{self.order_id}\n{photos}\n{self.text}"
        return hashlib.sha256(parts.encode()).hexdigest()


class Terminal:
    """The actions of units' pages."""

    def __init__(
        self, database: Database, clock: Clock, review: voice.ReviewRule = voice.DAYTIME
    ) -> None:
        self._database = database
        self._clock = clock
        self._review = review

    async def act(self, unit_id: UUID, user_id: UUID, asked: Asked) -> DispatchOrder:
        """Do what is asked; the dispatch order as it then is.

        Raises ``NotFound`` for another unit's order, ``IllegalTransition`` where its status does
        not allow it, ``InvalidInput`` for a wrong text or key, and ``Conflict`` for a key that
        was used for another request.
        """
        if asked.key and not KEY.fullmatch(asked.key):
            raise InvalidInput("Idempotency-Key 应为 8 至 64 个字母、数字或 . _ : - 字符。")
        trace = recorded(
            self._database, ACTIONS[asked.action], "dispatch_order", asked.order_id, user_id
        )
        try:
            async with trace, self._database.writing() as work:
                session, now = work.session, self._clock.now()
                # The lock makes the same request wait until this one is through.
                item = await repository.locked_with_order(session, asked.order_id, unit_id)
                if await _was_done(session, unit_id, asked):
                    return item
                done_at = believed(asked.done_at, item.sent_at, now)
                act = Act(work, str(user_id), now, _note(done_at, now), self._review)
                await _do(act, item, user_id, asked, done_at)
                if asked.key:
                    session.add(
                        TerminalAction(
                            unit_id=unit_id,
                            key=asked.key,
                            dispatch_order_id=item.id,
                            user_id=user_id,
                            action=asked.action,
                            request_hash=asked.digest,
                            done_at=done_at,
                            taken_at=now,
                        )
                    )
        except IntegrityError:
            raise Conflict("该操作编号正用于另一个操作，请刷新页面后重试。") from None
        return item


def believed(told: datetime | None, sent_at: datetime | None, now: datetime) -> datetime:
    """When something was done, as its telephone told: not before the order was sent, and not
    after now, whatever the telephone's clock says."""
    if told is None:
        return now
    return min(max(told, sent_at or told), now)


def _note(done_at: datetime, now: datetime) -> str:
    if now - done_at < LATE:
        return ""
    return f"离线时已操作：{done_at.astimezone(CHINA_TIME):%m月%d日 %H:%M:%S}"


async def _was_done(session: AsyncSession, unit_id: UUID, asked: Asked) -> bool:
    if not asked.key:
        return False
    known = await session.get(TerminalAction, (unit_id, asked.key))
    if known is not None and known.request_hash != asked.digest:
        raise Conflict("该操作编号已用于另一个操作，请刷新页面后重试。")
    return known is not None


async def _do(
    act: Act, item: DispatchOrder, user_id: UUID, asked: Asked, done_at: datetime
) -> None:
    if asked.action == "receive":
        steps.receive(act, item)
    elif asked.action in ("depart", "arrive"):
        steps.move(act, item, asked.action)
    elif asked.action == "reject":
        steps.reject(act, item, form.required("退单原因", asked.text, REASON_LIMIT))
        act.await_check(item.work_order)
    elif asked.action == "feedback":
        steps.feed_back(act, item, form.required("反馈内容", asked.text, FEEDBACK_LIMIT))
        await _attach(act, item, asked.photo_ids)
        act.await_check(item.work_order)
    else:
        await talk.say(act, item, user_id, asked.text, done_at, from_unit=True)


async def _attach(act: Act, item: DispatchOrder, photo_ids: Sequence[UUID]) -> None:
    """Make uploaded photos part of the feedback."""
    if not photo_ids:
        return
    if len(photo_ids) > MOST_PHOTOS or len(set(photo_ids)) != len(photo_ids):
        raise InvalidInput(f"一次反馈最多 {MOST_PHOTOS} 张照片，请去掉多余的照片后再提交。")
    query = select(Photo).where(
        Photo.id.in_(photo_ids), Photo.dispatch_order_id == item.id, Photo.feedback_at.is_(None)
    )
    found = {photo.id: photo for photo in await act.session.scalars(query)}
    if len(found) != len(photo_ids):
        raise InvalidInput("有照片没有上传成功或已用于别的反馈，请重新添加照片后再提交。")
    for position, photo_id in enumerate(photo_ids):
        found[photo_id].position, found[photo_id].feedback_at = position, act.now
    act.work.emit(TalkChanged(item.id, item.work_order.id, item.unit_id))
