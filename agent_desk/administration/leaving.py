"""Whoever may not sit at a seat any more leaves it: at once, or at the end of the call."""

from __future__ import annotations

import logging
from uuid import UUID

import anyio
from sqlalchemy import or_, select

from agent_desk.permissions import PERMISSIONS, Permission
from agent_desk.problems import where
from ivr.service import Telephony
from models.bus import EventBus
from models.database import Database
from models.errors import DomainError, NotFound
from models.events import AgentStateChanged
from models.tables import AgentSession, User

log = logging.getLogger(__name__)

AGAIN_SECONDS = 30.0
NOT_AT_SEATS = [role for role, may in PERMISSIONS.items() if Permission.WORK_SEAT not in may]


class Leaving:
    """Signs out, as soon as their call is over, those whose account is locked or of another role.

    Who that is stands in the rows, so a restart forgets nobody.
    """

    def __init__(self, database: Database, telephony: Telephony) -> None:
        self._database = database
        self._telephony = telephony
        self._waiting: dict[UUID, UUID] = {}  # agent sessions that are in a call, and by whom
        self._wake = anyio.Event()

    def subscribe(self, bus: EventBus) -> None:
        """Follow the ends of calls."""
        bus.subscribe(AgentStateChanged, self._on_agent)

    async def leave(self, user_id: UUID, by: UUID) -> bool:
        """Let somebody leave the seat; ``False`` where that waits for the end of a call."""
        agent = await self._telephony.current_session(user_id)
        if agent is None:
            return True
        await self._telephony.supervision.stop(user_id)
        return await self._sign_out(agent.id, by)

    async def run(self) -> None:
        """Sign out whoever is due, until cancelled."""
        known = False
        while True:
            self._wake = anyio.Event()
            try:
                if not known:
                    await self._look()
                    known = True
                for agent_id, by in list(self._waiting.items()):
                    await self._sign_out(agent_id, by)
            except Exception as error:
                log.error("locked people were not signed out: %s", where(error))
            with anyio.move_on_after(AGAIN_SECONDS):
                await self._wake.wait()

    async def _look(self) -> None:
        """Find whom a former run has left at a seat."""
        query = (
            select(AgentSession.id, AgentSession.user_id)
            .join(User, User.id == AgentSession.user_id)
            .where(AgentSession.signed_out_at.is_(None))
            .where(or_(User.disabled_at.is_not(None), User.role.in_(NOT_AT_SEATS)))
        )
        async with self._database.reading() as session:
            self._waiting |= {row.id: row.user_id for row in await session.execute(query)}

    async def _on_agent(self, event: AgentStateChanged) -> None:
        # Not here: signing out waits for what Asterisk has told, maybe this very thing.
        if event.agent_session_id in self._waiting:
            self._wake.set()

    async def _sign_out(self, agent_id: UUID, by: UUID) -> bool:
        self._waiting[agent_id] = by
        try:
            await self._telephony.forced_states.sign_out(agent_id, by)
        except NotFound:
            pass  # has left
        except DomainError as error:
            log.info("agent session %s is not signed out yet: %s", agent_id, error.code)
            return False
        self._waiting.pop(agent_id, None)
        return True
