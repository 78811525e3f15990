"""Emergency calls in which nobody speaks: shown to the seat, which may ask for a key."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

import anyio

from ivr import repository, silence_rows
from ivr.ami import Ami, AmiRefused
from ivr.ami_events import HoldChanged, KeyReceived
from ivr.switchboard import Switchboard
from models.clock import Clock
from models.database import Database
from models.errors import Conflict, NotFound
from models.events import CallChanged, KeyPressed, TranscriptGrew
from models.kinds import LegRole
from models.states import CallStatus

log = logging.getLogger(__name__)

SILENT_AFTER: Final = timedelta(seconds=10)
LOOK_SECONDS: Final = 1.0
ASK_SOUND: Final = "yihu/silent-110"

Partials = Callable[[UUID], list[TranscriptGrew]]


class Silence:
    """Watches answered emergency calls for a caller who says nothing, and takes their keys.

    ``partials`` are the words of a call that are being spoken.
    """

    def __init__(self, database: Database, ami: Ami, clock: Clock, partials: Partials) -> None:
        self._database = database
        self._switchboard = Switchboard(ami)
        self._clock = clock
        self._partials = partials
        self._silent: frozenset[UUID] = frozenset()

    def is_silent(self, call_id: UUID) -> bool:
        """Whether the caller has said nothing for ``SILENT_AFTER`` since the answer."""
        return call_id in self._silent

    async def run(self) -> None:
        """Look every second until cancelled."""
        while True:
            await anyio.sleep(LOOK_SECONDS)
            try:
                await self.look()
            except Exception:
                log.exception("silent calls could not be looked for")

    async def look(self) -> None:
        """Find the silent calls; each that becomes or ceases to be one is told."""
        async with self._database.reading() as session:
            quiet = await silence_rows.quiet_calls(session, self._clock.now() - SILENT_AFTER)
        now = frozenset(call_id for call_id in quiet if not self._speaks(call_id))
        before, self._silent = self._silent, now
        for call_id in before ^ now:
            await self._database.bus.publish(CallChanged(call_id))

    def _speaks(self, call_id: UUID) -> bool:
        return any(grew.role is LegRole.CALLER for grew in self._partials(call_id))

    async def ask_key(self, user_id: UUID, call_id: UUID) -> None:
        """Ask the caller, in the call, to press a key who cannot speak; the seat does not hear it.

        Raises ``NotFound`` for a call that is not the person's, ``Conflict`` for one that is
        over, ``Unavailable`` without Asterisk.
        """
        async with self._database.reading() as session:
            agent = await repository.session_of_user(session, user_id)
            call = await repository.call_to_change(session, call_id)
        if agent is None or agent.call_id != call_id or call is None:
            raise NotFound("您当前不在这通电话中。")
        if call.status is not CallStatus.ANSWERED:
            raise Conflict("通话已经结束，不能再播放提示。")
        try:
            await self._switchboard.originate(
                "Local/play@ask-key/n",
                "ask-key",
                "whisper",
                channel_id=f"ask-{uuid4().hex}",
                variables={"__YIHU_SPY": call.channel, "__YIHU_SAY": ASK_SOUND},
            )
        except AmiRefused:
            raise Conflict("提示没有播放，请重试，或直接询问来电人。") from None

    async def pressed(self, event: KeyReceived) -> None:
        """A key: the caller's are told."""
        async with self._database.reading() as session:
            call_id = await silence_rows.call_of_channel(session, event.channel)
        if call_id is not None and event.key:
            await self._database.bus.publish(KeyPressed(call_id, event.key))

    async def held(self, event: HoldChanged) -> None:
        """A seat's device put the caller on hold, or took them back."""
        async with self._database.writing() as work:
            call = await repository.call_of_linkedid(work.session, event.linkedid)
            if call is None or call.status is not CallStatus.ANSWERED:
                return
            if event.channel == call.channel or (call.held_since is not None) == event.held:
                return
            call.hold(event.held, self._clock.now())
            work.emit(CallChanged(call.id))
