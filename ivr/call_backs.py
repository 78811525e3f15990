"""Callers who must be called back: nobody who called is forgotten.

Entries are made from the rows of calls that are over; what an event missed is made up for by
``came_up``.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import timedelta
from typing import Final, TypeAlias
from uuid import UUID

from ivr import call_back_rows as rows
from ivr import repository
from ivr.ami_events import DialplanNotice
from models.bus import EventBus
from models.clock import Clock
from models.database import Database, UnitOfWork
from models.errors import Conflict, InvalidInput, NotFound
from models.events import CallAnswered, CallBackChanged, CallChanged, CallEnded
from models.kinds import Direction, SpeechState
from models.states import CallStatus
from models.tables import Call
from models.telephony_states import CallBackStatus
from models.telephony_tables import CallBack, CallBackKind
from models.transitions import SYSTEM, advance

log = logging.getLogger(__name__)

SHORT: Final = timedelta(seconds=10)  # a hang-up within it is counted apart
CUT_OFF: Final = timedelta(seconds=10)  # an emergency call that ends within it was cut off
LAST_WORDS: Final = timedelta(seconds=10)  # by then a call's words are in the rows
REACH: Final = timedelta(days=1)  # how far back ``came_up`` looks
REASON_LIMIT: Final = 255
BY_AGENT: Final = "agent"  # the end reason of a call that the seat has ended
UNFINISHED: Final = (CallBackStatus.OPEN, CallBackStatus.CALLING)

# What the dialplan tells of a waiting caller, and how the call then ends.
WISHES: Final = {
    "YihuPlace": CallBackKind.PLACE,
    "YihuMessage": CallBackKind.MESSAGE,
}

# Rings the seat of a user and then the number: user, number, call-back.
CallOut: TypeAlias = Callable[[UUID, str, UUID], Awaitable[object]]


class CallBacks:
    """The entries, and what becomes of them. ``call_out`` places a seat's call."""

    def __init__(self, database: Database, clock: Clock, call_out: CallOut) -> None:
        self._database = database
        self._clock = clock
        self._call_out = call_out
        self._placing: set[UUID] = set()

    def subscribe(self, bus: EventBus) -> None:
        """Follow the calls."""
        bus.subscribe(CallEnded, self._ended)
        bus.subscribe(CallAnswered, self._answered)

    async def came_up(self, by_machine: Callable[[], Awaitable[Collection[UUID]]]) -> None:
        """Once the rows of calls agree with Asterisk: enter the calls of the last day that were
        missed meanwhile, and take back entries that nobody calls any more. ``by_machine`` asks
        which entries the machine calls: their calls have no row yet."""
        since = self._clock.now() - REACH
        async with self._database.reading() as session:
            calls = await rows.ended_without_entry(session, since)
            calling = await rows.calling_without_call(session)
        for call_id in calls:
            await self.enter(call_id)
        by_now = set(calling) - set(await by_machine()) - self._placing if calling else set()
        for call_back_id in by_now:
            await self.not_reached(call_back_id)

    # --- what people do ----------------------------------------------------------------------

    async def listed(self, finished: int = 50) -> Sequence[CallBack]:
        """Every entry that waits, oldest first, then the ``finished`` newest of the others;
        with ``user`` and ``call`` loaded."""
        async with self._database.reading() as session:
            waiting = await rows.unfinished(session)
            return [*waiting, *await rows.finished(session, finished)]

    async def call(self, call_back_id: UUID, user_id: UUID) -> None:
        """Call the caller back from the person's seat.

        Raises ``NotFound``, ``IllegalTransition`` for an entry that is over or being called,
        ``InvalidInput`` for a caller without a number, and what placing the call raises; the
        entry then waits as before.
        """
        self._placing.add(call_back_id)
        try:
            await self._call(call_back_id, user_id)
        finally:
            self._placing.discard(call_back_id)

    async def _call(self, call_back_id: UUID, user_id: UUID) -> None:
        async with self._database.writing() as work:
            row = await self._to_change(work, call_back_id)
            if not row.number:
                raise InvalidInput("来电未显示号码，无法回拨；请写明原因后关闭。")
            self._move(work, row, "call_back", actor=str(user_id))
            row.user_id = user_id
            row.tries += 1
            number = row.number
        try:
            await self._call_out(user_id, number, call_back_id)
        except BaseException:
            await self._take_back(call_back_id)
            raise

    async def machine_calls(self, call_back_id: UUID) -> int:
        """The machine calls the caller; how often that has been tried with this time.

        Raises ``NotFound`` and, for an entry that is over or being called, ``IllegalTransition``.
        """
        async with self._database.writing() as work:
            row = await self._to_change(work, call_back_id)
            self._move(work, row, "call_back")
            row.tries += 1
            return row.tries

    async def not_reached(self, call_back_id: UUID, tries: int | None = None) -> None:
        """The call was placed and nobody took it: the entry waits again. With ``tries``, only
        where that try is the latest."""
        async with self._database.writing() as work:
            row = await self._to_change(work, call_back_id)
            if row.status is CallBackStatus.CALLING and tries in (None, row.tries):
                self._move(work, row, "not_reached")

    async def close(self, call_back_id: UUID, user_id: UUID, reason: str) -> None:
        """End an entry without having reached the caller.

        Raises ``InvalidInput`` for an unusable reason, ``NotFound``, ``Conflict`` while somebody
        else calls, ``IllegalTransition`` for an entry that is over.
        """
        reason = reason.strip()
        if not reason or not reason.isprintable() or len(reason) > REASON_LIMIT:
            raise InvalidInput(f"请填写关闭原因，不超过{REASON_LIMIT}个字。")
        async with self._database.writing() as work:
            row = await self._to_change(work, call_back_id)
            if row.status is CallBackStatus.CALLING and row.user_id != user_id:
                raise Conflict("其他座席正在回拨，请等其结束后再关闭。")
            self._move(work, row, "close", actor=str(user_id), reason=reason)
            row.user_id = user_id
            row.closed_at = self._clock.now()
            row.closed_reason = reason

    # --- what calls do -----------------------------------------------------------------------

    async def wished(self, event: DialplanNotice) -> None:
        """A waiting caller keeps the place, or leaves a message: kept as the call's end."""
        kind = WISHES.get(event.name)
        if kind is None:
            return
        async with self._database.writing() as work:
            call = await repository.call_of_linkedid(work.session, event.linkedid)
            if call is not None and call.status is not CallStatus.ANSWERED:
                call.end_reason = kind.value
                work.emit(CallChanged(call.id))

    async def words_stored(self, call_id: UUID) -> None:
        """A call's last words are in the rows: one without any was silent."""
        try:
            await self.enter(call_id, words_stored=True)
        except Exception:
            log.exception("whether call %s needs a call-back is seen at the next start", call_id)

    async def enter(self, call_id: UUID, *, words_stored: bool = False) -> None:
        """Make the entry of a call that is over, if it needs one."""
        async with self._database.writing() as work:
            call = await repository.call_to_change(work.session, call_id)
            if call is None or call.ended_at is None or call.direction is not Direction.IN:
                return
            if await rows.of_call(work.session, call_id) is not None:
                return
            words_stored |= self._clock.now() - call.ended_at > LAST_WORDS
            kind = await self._kind(work, call, words_stored)
            if kind is None or await rows.reached_since(work.session, call):
                return
            row = CallBack(
                call_id=call.id,
                queue_code=call.queue_code,
                number=call.caller_number,
                kind=kind,
                short=kind is CallBackKind.MISSED and call.ended_at - call.received_at < SHORT,
                place_since=call.queued_at if kind is CallBackKind.PLACE else None,
                created_at=call.ended_at,
            )
            work.session.add(row)
            await work.session.flush()
            work.emit(CallBackChanged(row.id))

    async def _kind(self, work: UnitOfWork, call: Call, words_stored: bool) -> CallBackKind | None:
        if call.status is CallStatus.ABANDONED:
            wish = call.end_reason
            known = {kind.value: kind for kind in WISHES.values()}
            return known.get(wish, CallBackKind.MISSED)
        emergency = call.queue_code in await repository.emergency_codes(work.session)
        if call.status is not CallStatus.ENDED or not emergency:
            return None
        if call.answered_at is None or call.ended_at is None:
            return None
        quick = call.ended_at - call.answered_at < CUT_OFF and call.end_reason != BY_AGENT
        silent = (
            words_stored
            and call.speech is SpeechState.LIVE
            and not await repository.caller_utterances(work.session, call.id)
        )
        return CallBackKind.CUT_OFF if quick or silent else None

    async def _ended(self, event: CallEnded) -> None:
        async with self._database.reading() as session:
            call = await session.get(Call, event.call_id)
            outgoing = call is not None and call.direction is Direction.OUT
            calling = await rows.calling(session, call.caller_number) if call and outgoing else []
        if not outgoing:
            await self.enter(event.call_id)
        elif call is not None and call.status is CallStatus.ABANDONED:
            for call_back_id in calling:
                await self.not_reached(call_back_id)

    async def _answered(self, event: CallAnswered) -> None:
        """Whoever speaks with a seat need not be called back any more."""
        async with self._database.writing() as work:
            call = await work.session.get(Call, event.call_id)
            if call is None or not call.caller_number:
                return
            agent = await repository.session_to_change(work.session, event.agent_session_id)
            incoming = call.direction is Direction.IN
            for row in await rows.unfinished_of(work.session, call.caller_number):
                said = "来电人再次来电，已接听" if incoming else "回拨已接通"
                self._move(work, row, "reached", reason=said)
                row.done_call_id = call.id
                row.closed_at = self._clock.now()
                row.closed_reason = said
                if agent is not None:
                    row.user_id = agent.user_id

    async def _take_back(self, call_back_id: UUID) -> None:
        """No call was placed after all."""
        async with self._database.writing() as work:
            row = await self._to_change(work, call_back_id)
            if row.status is CallBackStatus.CALLING:
                self._move(work, row, "not_reached", reason="未能呼出")
                row.tries -= 1

    def _move(
        self,
        work: UnitOfWork,
        row: CallBack,
        trigger: str,
        *,
        actor: str = SYSTEM,
        reason: str = "",
    ) -> None:
        now = self._clock.now()
        advance(work.session, row, trigger, actor=actor, at=now, reason=reason)
        work.emit(CallBackChanged(row.id))

    async def _to_change(self, work: UnitOfWork, call_back_id: UUID) -> CallBack:
        row = await rows.to_change(work.session, call_back_id)
        if row is None:
            raise NotFound("没有这条回电记录，请刷新页面。")
        return row
