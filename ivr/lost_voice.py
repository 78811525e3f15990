"""Seats whose sound is lost in a call: the caller goes back to the front of the queue.

A seat that hangs up ends the call. A browser that was closed, a device that sends nothing or
fails does not: its channel ends with a cause other than a hang-up, or is ended here once the
browser has been away for ``BACK_SECONDS``.
"""

from __future__ import annotations

import logging
from collections import deque
from typing import Final

import anyio
from anyio.abc import TaskGroup

from ivr import hand_over_rows
from ivr.agi import FrontRequest, Next
from ivr.ami import Ami, AmiRefused
from ivr.ami_events import ChannelHungUp, ContactStatus
from ivr.calls import Loss
from ivr.switchboard import Switchboard
from models.database import Database
from models.errors import Unavailable
from models.kinds import Direction, LegRole
from models.tables import Call, Leg, Queue

log = logging.getLogger(__name__)

BACK_SECONDS: Final = 5.0  # a browser that connects again within this keeps its call
LEGS_SECONDS: Final = 1.0  # for the end of the seat's channel to be told
SETTLE_SECONDS: Final = 1.0  # for what Asterisk has told to be handled
GONE: Final = ("Removed", "Unreachable")
BROWSER: Final = "-web"
MOST_LOST: Final = 1_000
# Q.850: not told, busy, refused, normal clearing, taken elsewhere, normal.
HUNG_UP: Final = frozenset({0, 16, 17, 21, 26, 31})


def endpoint_of(channel: str) -> str:
    """The SIP endpoint of a channel: ``8001-web`` of ``PJSIP/8001-web-0000002a``."""
    return channel.partition("/")[2].rpartition("-")[0]


class LostVoice:
    """Tells a lost seat from one that hung up. ``run`` owns the watches over browsers."""

    def __init__(self, database: Database, ami: Ami) -> None:
        self._database = database
        self._ami = ami
        self._switchboard = Switchboard(ami)
        self._away: dict[str, anyio.Event] = {}  # endpoint -> set once it is back
        self._lost: deque[str] = deque(maxlen=MOST_LOST)  # channels
        self._leg_ended = anyio.Event()
        self._group: TaskGroup | None = None

    async def run(self) -> None:
        """Own the watches until cancelled."""
        async with anyio.create_task_group() as group:
            self._group = group
            try:
                await anyio.sleep_forever()
            finally:
                self._group = None

    async def contact_changed(self, event: ContactStatus) -> None:
        """A device came or went; a browser that goes in mid-call is watched."""
        if event.status not in GONE:
            back = self._away.pop(event.endpoint, None)
            if back is not None:
                back.set()
        elif event.endpoint not in self._away:
            back = self._away[event.endpoint] = anyio.Event()
            if event.endpoint.endswith(BROWSER) and self._group is not None:
                self._group.start_soon(self._await_back, event.endpoint, back)

    async def _await_back(self, endpoint: str, back: anyio.Event) -> None:
        with anyio.move_on_after(BACK_SECONDS):
            await back.wait()
            return
        async with self._database.reading() as session:
            legs = await hand_over_rows.talking_legs(session)
        for leg in legs:
            if endpoint_of(leg.channel) != endpoint:
                continue
            log.warning("the browser of leg %s is gone: its channel is ended", leg.id)
            self._lost.append(leg.channel)
            try:
                await self._ami.hang_up(leg.channel)
            except (Unavailable, AmiRefused) as error:
                log.warning("leg %s of a lost browser not ended: %s", leg.id, error)

    def loss(self, event: ChannelHungUp) -> Loss | None:
        """What was lost with this channel; ``None`` where somebody hung up."""
        if event.channel not in self._lost:
            if event.cause in HUNG_UP:
                return None
            self._lost.append(event.channel)
        return Loss.DEVICE if endpoint_of(event.channel) in self._away else Loss.VOICE

    async def hung_up(self, _: ChannelHungUp) -> None:
        """A channel's end is in the rows."""
        self._leg_ended.set()
        self._leg_ended = anyio.Event()

    async def after(self, request: FrontRequest) -> Next:
        """What becomes of a caller whose conversation is over.

        Asked by the dialplan while the end of the seat's channel may still be on its way.
        """
        ended = self._leg_ended
        call, emergency, others = await self._state(request.uniqueid)
        with anyio.move_on_after(LEGS_SECONDS):
            while any(leg.ended_at is None for leg in others):
                await ended.wait()
                ended = self._leg_ended
                call, emergency, others = await self._state(request.uniqueid)
        if call is None or not others:
            return Next.USUAL
        if any(leg.ended_at is None for leg in others):
            still = [leg for leg in others if leg.ended_at is None and await self._lives(leg)]
            if still:
                log.warning("call %s fell out of its conversation and waits again", call.id)
                for leg in still:
                    await self._ami.hang_up(leg.channel)
                return Next.QUEUE
            # Asterisk has told of the end before it answered, on a busy machine.
            await self._ami.settled(SETTLE_SECONDS)
            call, emergency, others = await self._state(request.uniqueid)
            if call is None or not others:
                return Next.USUAL
        last = max(others, key=lambda leg: leg.ended_at or leg.started_at)
        if last.channel in self._lost:
            log.warning("the seat of call %s was lost; the call waits again", call.id)
            return Next.QUEUE
        return Next.END if emergency or call.direction is Direction.OUT else Next.USUAL

    async def _lives(self, leg: Leg) -> bool:
        return await self._switchboard.is_alive(leg.channel)

    async def _state(self, linkedid: str) -> tuple[Call | None, bool, list[Leg]]:
        """A call, whether it is for emergencies, and who talked with its caller."""
        async with self._database.reading() as session:
            call = await hand_over_rows.call_of(session, linkedid)
            if call is None:
                return None, False, []
            queue = await session.get(Queue, call.queue_code)
            legs = await hand_over_rows.legs(session, call.id)
        others = [leg for leg in legs if leg.role in (LegRole.AGENT, LegRole.CONSULT)]
        return call, queue is not None and queue.emergency, others
