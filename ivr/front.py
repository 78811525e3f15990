"""The front door: FastAGI asks which call this is, and its row is made on sight."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

import anyio
from anyio.abc import TaskGroup, TaskStatus

from ivr.agi import FrontAnswer, FrontRequest
from ivr.calls import Calls, FirstContact
from ivr.lives import Lives
from ivr.taps import Source, Taps
from models.errors import Unavailable

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Minted:
    """The outcome of minting one call: ``call_id`` stays ``None`` where it failed."""

    done: anyio.Event = field(default_factory=anyio.Event)
    call_id: UUID | None = None


class FrontDoor:
    """Answers Asterisk's first question about a caller. ``voice_of`` finds the voice of a cloud
    carrier's call; ``on_mismatch`` is called where a row could not be stored."""

    def __init__(
        self,
        calls: Calls,
        lives: Lives,
        taps: Taps,
        voice_of: Callable[[str], Source | None],
        on_mismatch: Callable[[], None],
    ) -> None:
        self._calls = calls
        self._lives = lives
        self._taps = taps
        self._voice_of = voice_of
        self._on_mismatch = on_mismatch
        self._group: TaskGroup | None = None

    async def run(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Serve until cancelled."""
        async with anyio.create_task_group() as group:
            self._group = group
            try:
                task_status.started()
                await anyio.sleep_forever()
            finally:
                self._group = None

    async def answer(self, request: FrontRequest) -> FrontAnswer:
        """The id of the caller's call. Raises ``Unavailable`` where its row cannot be stored;
        Asterisk then goes on without it."""
        group = self._group
        if group is None:
            raise Unavailable("telephony is stopping")
        minted = _Minted()
        # A task of its own: Asterisk may give up waiting, the row is stored all the same.
        group.start_soon(self._mint, request, minted)
        await minted.done.wait()
        if minted.call_id is None:
            raise Unavailable("the call's row could not be stored")
        return FrontAnswer(minted.call_id, "")

    async def _mint(self, request: FrontRequest, minted: _Minted) -> None:
        contact = FirstContact(
            request.channel,
            request.uniqueid,
            request.caller_number,
            request.dialled,
            external_id=request.external_id,
        )
        try:
            call = await self._calls.ensure(contact)
            voice = self._voice_of(call.external_id)
            if voice is not None:
                self._taps.sources[call.channel] = voice
            self._lives.open_caller(call)
            minted.call_id = call.id
        except Exception:
            log.exception("a call could not be stored at the front door")
            self._on_mismatch()
        finally:
            minted.done.set()
