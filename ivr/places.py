"""Callers who kept their place in a queue and hung up: the machine calls them when it is their
turn, and whoever answers is next.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final
from uuid import UUID

import anyio
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ivr import repository
from ivr.agents import as_uuid
from ivr.ami import AmiRefused
from ivr.ami_events import AmiUp, ChannelHungUp, OriginateEnded
from ivr.call_backs import CallBacks
from ivr.switchboard import Switchboard, is_dialable
from models.database import Database
from models.errors import DomainError, Unavailable
from models.states import AgentState, CallStatus
from models.tables import Call
from models.telephony_states import CallBackStatus
from models.telephony_tables import CallBack, CallBackKind

log = logging.getLogger(__name__)

TICK_SECONDS: Final = 2.0
RING_SECONDS: Final = 40
MOST_TRIES: Final = 3  # by the machine; then the entry waits for a seat
CHANNEL_PREFIX: Final = "yihu-place-"
WAITING: Final = (CallStatus.RECEIVED, CallStatus.QUEUED, CallStatus.RINGING)


class Places:
    """Calls those whose turn it is. ``can_dial`` tells whether a trunk leads out."""

    def __init__(
        self,
        database: Database,
        call_backs: CallBacks,
        switchboard: Switchboard,
        can_dial: Callable[[], bool],
    ) -> None:
        self._database = database
        self._call_backs = call_backs
        self._switchboard = switchboard
        self._can_dial = can_dial
        self._placing: set[UUID] = set()

    async def run(self) -> None:
        """Look whose turn it is, until cancelled."""
        while True:
            await anyio.sleep(TICK_SECONDS)
            if not self._can_dial():
                continue
            try:
                await self.call_next()
            except Exception:
                log.exception("callers who kept their place could not be called")

    async def call_next(self) -> None:
        """In each queue with a ready seat, call the first one whose turn has come."""
        async with self._database.reading() as session:
            turns = [
                place
                for place in await _first_of_each_queue(session)
                if await _is_turn(session, place)
            ]
        for place in turns:
            await self._call(place)

    async def came_up(self, _: AmiUp) -> None:
        """Asterisk is back, or what it holds is compared with the rows: so are the call-backs."""
        await self._call_backs.came_up(self.being_called)

    async def being_called(self) -> set[UUID]:
        """The entries that the machine calls now, or whose caller it has reached."""
        placing = set(self._placing)
        living = [_id_of(uniqueid) for uniqueid in await self._switchboard.channel_ids()]
        return placing | self._placing | {place_id for place_id in living if place_id}

    async def _call(self, place: CallBack) -> None:
        self._placing.add(place.id)
        try:
            await self._dial(place)
        finally:
            self._placing.discard(place.id)

    async def _dial(self, place: CallBack) -> None:
        try:
            tries = await self._call_backs.machine_calls(place.id)
        except DomainError:
            return  # a seat was quicker
        try:
            await self._switchboard.originate(
                f"PJSIP/{place.number}@trunk",
                "place",
                place.queue_code,
                channel_id=f"{CHANNEL_PREFIX}{place.id}-{tries}",
                caller_id=place.queue_code,
                ring_seconds=RING_SECONDS,
                variables={
                    "YIHU_DIALLED": place.queue_code,
                    "YIHU_QUEUE": place.queue_code,
                    "YIHU_OWN_QUEUE": place.queue_code,
                    "YIHU_NUMBER": place.number,
                },
            )
        except (Unavailable, AmiRefused) as error:
            log.warning("call-back %s not placed: %s", place.id, error)
            await self._call_backs.not_reached(place.id)

    async def originated(self, event: OriginateEnded) -> None:
        """Nobody took the call, or somebody did and waits in the queue."""
        if not event.ok:
            await self._not_reached(event.uniqueid)

    async def hung_up(self, event: ChannelHungUp) -> None:
        """The caller is gone; an entry whose caller spoke with a seat is done already."""
        await self._not_reached(event.uniqueid)

    async def _not_reached(self, uniqueid: str) -> None:
        """A try is over. What is told of one after the next has begun changes nothing."""
        place_id = _id_of(uniqueid)
        tries = uniqueid.rpartition("-")[2]
        if place_id is not None and tries.isascii() and tries.isdigit():
            await self._call_backs.not_reached(place_id, int(tries))


async def _first_of_each_queue(session: AsyncSession) -> list[CallBack]:
    """Per queue the one who kept the place longest; none where one is being called."""
    places = await session.scalars(
        select(CallBack)
        .where(
            CallBack.kind == CallBackKind.PLACE,
            CallBack.status.in_((CallBackStatus.OPEN, CallBackStatus.CALLING)),
            CallBack.tries < MOST_TRIES,
        )
        .order_by(CallBack.place_since)
    )
    first: dict[str, CallBack] = {}
    busy: set[str] = set()
    for place in places:
        if not is_dialable(place.number):
            continue  # left to a seat
        if place.status is CallBackStatus.CALLING:
            busy.add(place.queue_code)
        first.setdefault(place.queue_code, place)
    return [place for code, place in first.items() if code not in busy]


async def _is_turn(session: AsyncSession, place: CallBack) -> bool:
    """Whether a seat of the queue is ready and nobody waits there who came before."""
    ready = any(
        agent.status is AgentState.READY and place.queue_code in agent.seat.queue_codes
        for agent in await repository.open_sessions(session)
    )
    if not ready:
        return False
    before = select(Call.id).where(
        Call.queue_code == place.queue_code,
        Call.ended_at.is_(None),
        Call.status.in_(WAITING),
        Call.received_at < (place.place_since or place.created_at),
    )
    return (await session.scalars(before.limit(1))).first() is None


def _id_of(uniqueid: str) -> UUID | None:
    if not uniqueid.startswith(CHANNEL_PREFIX):
        return None
    return as_uuid(uniqueid.removeprefix(CHANNEL_PREFIX)[:36])
