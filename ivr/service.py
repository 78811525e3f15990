"""Telephony as the rest of the system sees it."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import anyio
from anyio.abc import TaskStatus

from models.events import TranscriptGrew
from models.tables import AgentSession, Device, User

PAUSE_REASONS: Final = ("小休", "用餐", "培训", "会议")


class Telephony:
    """Seats, calls and their words. One object per instance; ``run`` owns every task."""

    available: bool
    speech_available: bool

    async def run(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Serve until cancelled; started once FastAGI listens."""
        raise NotImplementedError

    async def sign_in(self, user: User, seat_code: str, device: Device) -> AgentSession:
        """Take a seat, ready for calls.

        Raises ``NotFound`` for an unknown seat and ``Conflict`` where the seat or the person
        is taken. While Asterisk is away the sign-in is kept and takes effect when it is back.
        """
        raise NotImplementedError

    async def sign_out(self, user_id: UUID) -> None:
        """Leave the seat; nothing happens when there is none. Raises ``Conflict`` in a call."""
        raise NotImplementedError

    async def set_ready(self, user_id: UUID) -> AgentSession:
        """Take calls again. Raises ``NotFound`` without a seat, ``IllegalTransition`` in a call."""
        raise NotImplementedError

    async def pause(self, user_id: UUID, reason: str) -> AgentSession:
        """Take no calls for ``reason``, one of ``PAUSE_REASONS``; raises ``InvalidInput`` else."""
        raise NotImplementedError

    async def current_session(self, user_id: UUID) -> AgentSession | None:
        """The person's open session with ``seat`` and ``user`` loaded."""
        raise NotImplementedError

    async def hang_up(self, user_id: UUID, call_id: UUID) -> None:
        """End the call the person is in. Raises ``NotFound`` for any other call and
        ``Unavailable`` while Asterisk is away."""
        raise NotImplementedError

    def partials(self, call_id: UUID) -> list[TranscriptGrew]:
        """The segments of a call that are being spoken now."""
        raise NotImplementedError
