"""自动外呼: calls the machine places, each a row with its time; what was pressed is its result.

An order is read to a unit, a caller is asked about a result, a unit's duty has to show that it is
there. Whoever wants such a call adds a row
of status ``due``; a number that cannot be dialled cancels it.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final, Protocol
from uuid import UUID

import anyio
from anyio.abc import TaskGroup
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ivr.agents import as_uuid
from ivr.ami import AmiRefused
from ivr.ami_events import AmiUp, ChannelHungUp, DialplanNotice, OriginateEnded
from ivr.switchboard import Switchboard, is_dialable
from models.clock import Clock
from models.database import Database, UnitOfWork
from models.deadline_tables import SlaNotice, SlaTimer
from models.errors import Unavailable
from models.events import AutoCallChanged
from models.marks_states import SpotCheckStatus
from models.marks_tables import SpotCheck
from models.order_tables import DispatchOrder
from models.states import DispatchStatus
from models.telephony_states import AutoCallStatus
from models.telephony_tables import AutoCall, AutoCallKind
from models.transitions import SYSTEM, advance

log = logging.getLogger(__name__)

TICK_SECONDS: Final = 1.0
RING_SECONDS: Final = 40
CHANNEL_SECONDS: Final = 2.0  # within which the end of an unanswered channel is told
# On a very busy machine a text may take a minute to speak; a unit has two to take an order. It is
# called without its words then, and finds them on its other channels.
SPOKEN_WITHIN_SECONDS: Final = 30
MOST_DIALLING: Final = 10
CHANNEL_PREFIX: Final = "yihu-auto-"
TOO_OLD: Final = timedelta(days=1)
NOTICE: Final = "YihuKey"
# Why a try reached nobody, kept with the row's transition: the far side's doing, or this side's.
NO_KEY, NO_ANSWER, LINE = "no key", "no answer", "line"
# Q.850 causes of a call that never came to the other telephone: no route, no circuit, network or
# equipment out of order, congestion, resource unavailable, bearer not available or implemented.
LINE_CAUSES: Final = frozenset({2, 3, 27, 34, 38, 41, 42, 44, 47, 58, 65, 66, 79})


class Speaks(Protocol):
    """Turns a text into a sound file; see ``ivr.speak.Speaker``."""

    async def speak(self, text: str) -> Path | None: ...


@dataclass(frozen=True, slots=True)
class Script:
    """What is played: before and after the row's text, and for each key (``""`` for none).

    ``retry_after`` is waited between two tries, of which there are ``tries``.
    """

    before: Sequence[str]
    after: Sequence[str]
    said: Mapping[str, str]
    tries: int
    retry_after: timedelta


SCRIPTS: Final[Mapping[AutoCallKind, Script]] = {
    AutoCallKind.DISPATCH: Script(
        before=("yihu/order-intro",),
        after=("yihu/order-keys",),
        said={"1": "yihu/order-accepted", "2": "yihu/order-rejected", "": "yihu/order-none"},
        tries=5,
        retry_after=timedelta(seconds=20),
    ),
    AutoCallKind.REVIEW: Script(
        before=("yihu/review",),
        after=(),
        said={"1": "yihu/review-thanks", "2": "yihu/review-thanks", "": "yihu/goodbye"},
        tries=3,
        retry_after=timedelta(hours=2),
    ),
    AutoCallKind.NOTICE: Script(
        before=("yihu/notice-intro",),
        after=("yihu/notice-keys",),
        said={"1": "yihu/notice-thanks", "2": "yihu/notice-thanks", "": "yihu/notice-none"},
        tries=3,
        retry_after=timedelta(seconds=60),
    ),
    AutoCallKind.SPOT_CHECK: Script(
        before=("yihu/check-intro",),
        after=("yihu/check-keys",),
        said={"1": "yihu/check-thanks", "2": "yihu/check-thanks", "": "yihu/check-none"},
        tries=2,
        retry_after=timedelta(seconds=20),
    ),
    AutoCallKind.TEST: Script(
        before=(),
        after=("yihu/notice-keys",),
        said={"1": "yihu/goodbye", "2": "yihu/goodbye", "": "yihu/goodbye"},
        tries=1,
        retry_after=timedelta(seconds=60),
    ),
}


class AutoCalls:
    """Places what is due. ``can_dial`` tells whether a trunk leads out and Asterisk is there."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        switchboard: Switchboard,
        speaker: Speaks | None,
        can_dial: Callable[[], bool],
    ) -> None:
        self._database = database
        self._clock = clock
        self._switchboard = switchboard
        self._speaker = speaker
        self._can_dial = can_dial
        self._wake = anyio.Event()
        self._unanswered: dict[str, float] = {}
        self._placing: set[UUID] = set()
        database.bus.subscribe(AutoCallChanged, self._changed)

    async def _changed(self, _: AutoCallChanged) -> None:
        self._wake.set()

    @property
    def can_dial(self) -> bool:
        """Whether a call could be placed now."""
        return self._can_dial()

    async def run(self) -> None:
        """Place calls as they fall due, until cancelled."""
        async with anyio.create_task_group() as group:
            while True:
                self._wake = anyio.Event()
                try:
                    await self._expire()
                    await self._end_unanswered()
                    if self._can_dial():
                        await self._place_due(group)
                except Exception:
                    log.exception("automatic calls could not be placed")
                with anyio.move_on_after(TICK_SECONDS):
                    await self._wake.wait()

    async def _end_unanswered(self) -> None:
        """Calls that nobody answered and whose channel did not end: there was none."""
        late = anyio.current_time() - CHANNEL_SECONDS
        overdue = [one for one, at in self._unanswered.items() if at < late]
        if overdue:
            await self._switchboard.settled()  # the end may wait to be handled
        for uniqueid in overdue:
            if self._unanswered.pop(uniqueid, None) is not None:
                await self._try_failed(uniqueid, LINE)

    async def _place_due(self, group: TaskGroup) -> None:
        """Begin to place what is due. A text that takes long to speak holds up no other call."""
        async with self._database.reading() as session:
            dialling = await _ids(session, AutoCallStatus.DIALLING)
            query = select(AutoCall.id).where(
                AutoCall.status == AutoCallStatus.DUE,
                AutoCall.due_at <= self._clock.now(),
            )
            room = max(0, MOST_DIALLING - len(self._placing.union(dialling)))
            query = query.where(AutoCall.id.not_in(self._placing))
            due = list(await session.scalars(query.order_by(AutoCall.due_at).limit(room)))
        for call_id in due:
            self._placing.add(call_id)
            group.start_soon(self._place_one, call_id)

    async def _place_one(self, call_id: UUID) -> None:
        try:
            await self._place(call_id)
        except Exception:
            log.exception("automatic call %s could not be placed", call_id)
        finally:
            self._placing.discard(call_id)

    async def _place(self, call_id: UUID) -> None:
        async with self._database.writing() as work:
            call = await _locked(work.session, call_id)
            if call is None or call.status is not AutoCallStatus.DUE:
                return
            if not is_dialable(call.number) or not await _still_wanted(work.session, call):
                self._end(work, call, "cancel")
                return
            self._move(work, call, "dial")
            call.tries += 1
        script = SCRIPTS[call.kind]
        try:
            spoken: list[str] = []
            with anyio.move_on_after(SPOKEN_WITHIN_SECONDS) as limit:
                spoken = await self._spoken(call.text)
            if limit.cancelled_caught:
                log.warning("automatic call %s goes out without its text", call_id)
            await self._switchboard.originate(
                f"PJSIP/{call.number}@trunk",
                "ask",
                "s",
                channel_id=_channel_id(call),
                ring_seconds=RING_SECONDS,
                variables={
                    "YIHU_AUTO_CALL": str(call.id),
                    "YIHU_ASK": "&".join([*script.before, *spoken, *script.after]),
                    **{f"YIHU_SAID_{key}": sound for key, sound in script.said.items()},
                },
            )
        except (Unavailable, AmiRefused, ValueError) as error:
            log.warning("automatic call %s not placed: %s", call_id, error)
            await self._not_reached(call_id, LINE)

    async def _spoken(self, text: str) -> list[str]:
        """The sound of a text, as the dialplan names it: without its suffix."""
        if not text or self._speaker is None:
            return []
        path = await self._speaker.speak(text)
        return [str(path.with_suffix(""))] if path is not None else []

    async def _expire(self) -> None:
        """Give up what nobody could place for a day."""
        query = select(AutoCall.id).where(
            AutoCall.status == AutoCallStatus.DUE, AutoCall.due_at < self._clock.now() - TOO_OLD
        )
        async with self._database.reading() as session:
            old = list(await session.scalars(query.limit(MOST_DIALLING)))
        for call_id in old:
            async with self._database.writing() as work:
                call = await _locked(work.session, call_id)
                if call is not None and call.status is AutoCallStatus.DUE:
                    self._end(work, call, "cancel")

    # --- what Asterisk tells -----------------------------------------------------------------

    async def originate_ended(self, event: OriginateEnded) -> None:
        """Nobody answered, or somebody did and the dialplan goes on."""
        if not event.ok and _id_of(event.uniqueid) is not None:
            # Why, only the end of its channel tells; one that never had a channel has no end.
            self._unanswered[event.uniqueid] = anyio.current_time()

    async def hung_up(self, event: ChannelHungUp) -> None:
        """A call is over; without a notice before nothing was pressed."""
        if _id_of(event.uniqueid) is not None:
            self._unanswered.pop(event.uniqueid, None)
            why = LINE if event.cause in LINE_CAUSES else NO_ANSWER
            await self._try_failed(event.uniqueid, f"{why} ({event.cause})")

    async def noticed(self, event: DialplanNotice) -> None:
        """The dialplan tells what was pressed; nothing pressed counts as not reached."""
        if event.name != NOTICE:
            return
        call_id = as_uuid(event.auto_call)
        if call_id is None:
            return
        if not event.key:
            await self._not_reached(call_id, NO_KEY)
            return
        async with self._database.writing() as work:
            call = await _locked(work.session, call_id)
            if call is not None and call.status is AutoCallStatus.DIALLING:
                call.key = event.key
                self._end(work, call, "answered")

    async def came_up(self, _: AmiUp) -> None:
        """Asterisk is back, or what it holds is compared with the rows."""
        await self.compare(self._switchboard.channel_ids)

    async def compare(self, channel_ids: Callable[[], Awaitable[Collection[str]]]) -> None:
        """Calls that have been placed have a channel of ``channel_ids`` (unique ids) or are
        tried again."""
        # Rows first: what is placed from here on has a channel that may not be shown.
        async with self._database.reading() as session:
            placed = set(await _ids(session, AutoCallStatus.DIALLING)) - self._placing
        for call_id in placed - {_id_of(uniqueid) for uniqueid in await channel_ids()}:
            await self._not_reached(call_id, LINE)

    async def _try_failed(self, uniqueid: str, why: str) -> None:
        """A channel reached nobody. Its end may be told when the next try has begun."""
        call_id = _id_of(uniqueid)
        if call_id is not None:
            await self._not_reached(call_id, why, uniqueid)

    async def _not_reached(self, call_id: UUID, why: str, uniqueid: str = "") -> None:
        async with self._database.writing() as work:
            call = await _locked(work.session, call_id)
            if call is None or call.status is not AutoCallStatus.DIALLING:
                return
            if uniqueid and uniqueid != _channel_id(call):
                return
            script = SCRIPTS[call.kind]
            if call.tries >= script.tries:
                self._end(work, call, "give_up", why)
                return
            self._move(work, call, "retry", why)
            call.due_at = self._clock.now() + script.retry_after

    def _end(self, work: UnitOfWork, call: AutoCall, trigger: str, why: str = "") -> None:
        self._move(work, call, trigger, why)
        call.ended_at = self._clock.now()

    def _move(self, work: UnitOfWork, call: AutoCall, trigger: str, why: str = "") -> None:
        advance(work.session, call, trigger, actor=SYSTEM, at=self._clock.now(), reason=why)
        work.emit(AutoCallChanged(call.id, call.subject_id))


async def _locked(session: AsyncSession, call_id: UUID) -> AutoCall | None:
    query = select(AutoCall).where(AutoCall.id == call_id).with_for_update()
    return (await session.scalars(query)).first()


async def _ids(session: AsyncSession, status: AutoCallStatus) -> list[UUID]:
    query = select(AutoCall.id).where(AutoCall.status == status)
    return list(await session.scalars(query))


async def _still_wanted(session: AsyncSession, call: AutoCall) -> bool:
    """Whether nobody has answered an order otherwise since its call was asked for, and whether
    what a deadline waits for has not happened meanwhile."""
    if call.kind is AutoCallKind.NOTICE:
        ended = select(SlaTimer.stopped_at).join(SlaNotice, SlaNotice.timer_id == SlaTimer.id)
        return await session.scalar(ended.where(SlaNotice.id == call.subject_id)) is None
    if call.kind is AutoCallKind.SPOT_CHECK:
        check = await session.get(SpotCheck, call.subject_id)
        return check is not None and check.status is SpotCheckStatus.CALLING
    if call.kind is not AutoCallKind.DISPATCH:
        return True
    order = await session.get(DispatchOrder, call.subject_id)
    return (
        order is not None
        and order.status is DispatchStatus.SENT
        and order.sent_at is not None
        and order.sent_at <= call.created_at
    )


def _channel_id(call: AutoCall) -> str:
    """The id that the channel of a call's latest try is made with."""
    return f"{CHANNEL_PREFIX}{call.id}-{call.tries}"


def _id_of(uniqueid: str) -> UUID | None:
    """The automatic call that a channel was made for."""
    if not uniqueid.startswith(CHANNEL_PREFIX):
        return None
    return as_uuid(uniqueid.removeprefix(CHANNEL_PREFIX)[:36])
