"""People at seats: sign-in, states, and their membership in Asterisk's queues."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection
from typing import Final
from uuid import UUID

import anyio

from ivr import repository
from ivr.ami import Ami, AmiRefused
from ivr.ami_events import QueueMember
from models.clock import Clock
from models.database import Database, UnitOfWork
from models.errors import Conflict, Forbidden, InvalidInput, NotFound, Unavailable
from models.events import AgentStateChanged
from models.kinds import Device, Role
from models.states import AgentState
from models.tables import AgentSession, Seat, User
from models.transitions import SYSTEM, advance

log = logging.getLogger(__name__)

PAUSE_REASONS: Final = ("小休", "用餐", "培训", "会议")
NO_ANSWER: Final = "无人接听"
ON_CALL_REASON: Final = "on-call"
WRAP_UP_REASON: Final = "wrap-up"

TAKES_CALLS: Final = (AgentState.READY, AgentState.RINGING)

# Of a seat that helps out: it rings only when no free seat of the queue's own is left.
OVERFLOW_PENALTY: Final = 10


def interface_of(agent: AgentSession) -> str:
    """The SIP endpoint the agent talks through, as a queue knows it."""
    suffix = "-web" if agent.device is Device.WEB else ""
    return f"PJSIP/{agent.seat.code}{suffix}"


def memberships(seat: Seat, emergency_codes: Collection[str]) -> dict[str, int]:
    """The queues a seat is a member of, each with the membership's penalty.

    A seat that serves other queues only helps out in those for emergencies.
    """
    own = dict.fromkeys(seat.queue_codes, 0)
    if not own or own.keys() & set(emergency_codes):
        return own
    return own | dict.fromkeys(emergency_codes, OVERFLOW_PENALTY)


def paused_as(agent: AgentSession) -> tuple[bool, str]:
    """Whether the agent's membership is paused, and with which reason.

    It is paused from the answer on, so that no call can come between the end of one and the
    start of the wrap-up.
    """
    if agent.status in TAKES_CALLS:
        return False, ""
    if agent.status is AgentState.PAUSED:
        return True, agent.pause_reason
    return True, ON_CALL_REASON if agent.status is AgentState.ON_CALL else WRAP_UP_REASON


def move(
    work: UnitOfWork,
    agent: AgentSession,
    trigger: str,
    clock: Clock,
    *,
    actor: str = SYSTEM,
    reason: str = "",
    call_id: UUID | None = None,
) -> None:
    """Move an agent's state; ``call_id`` is the call it is bound to from now on."""
    now = clock.now()
    advance(work.session, agent, trigger, actor=actor, at=now, reason=reason)
    agent.status_since = now
    agent.call_id = call_id
    agent.pause_reason = reason if agent.status is AgentState.PAUSED else ""
    work.emit(AgentStateChanged(agent.id))


class Agents:
    """What a person does at a seat; each change is stored, then made true in Asterisk.

    While Asterisk is away the rows alone change; ``settle_members`` makes the queues equal to
    them afterwards. ``on_mismatch`` is called when Asterisk refused a change.
    """

    def __init__(
        self, database: Database, ami: Ami, clock: Clock, on_mismatch: Callable[[], None]
    ) -> None:
        self._database = database
        self._ami = ami
        self._clock = clock
        self._on_mismatch = on_mismatch
        self._members = anyio.Lock()  # one change of memberships at a time, from fresh rows

    async def sign_in(self, user: User, seat_code: str, device: Device) -> AgentSession:
        """Take a seat, ready for calls; taking one's own seat again changes nothing.

        A seat that serves no queue is a supervisor's.
        """
        async with self._database.writing() as work:
            seat = await repository.lock_seat(work.session, seat_code)
            if seat is None or not seat.active:
                raise NotFound(f"没有编号为“{seat_code[:32]}”的座席，请从座席列表中选择。")
            if not seat.queue_codes and user.role is Role.SEAT:
                raise Forbidden(f"“{seat.name}”只供班长使用，请选择其他座席。")
            if await repository.lock_user(work.session, user.id) is None:
                raise NotFound("账号不存在，请重新登录。")
            mine = await repository.session_of_user(work.session, user.id, for_update=True)
            if mine is not None and mine.seat_id == seat.id and mine.device is device:
                return mine
            if mine is not None:
                raise Conflict(f"您已在座席“{mine.seat.name}”签入，请先签出再更换座席或话机。")
            other = await repository.session_of_seat(work.session, seat.id)
            if other is not None:
                raise Conflict(
                    f"座席“{seat.name}”已由{other.user.display_name}签入，请选择其他座席。"
                )
            now = self._clock.now()
            agent = AgentSession(
                user_id=user.id,
                seat_id=seat.id,
                device=device,
                status_since=now,
                signed_in_at=now,
                call_id=None,
                signed_out_at=None,
            )
            work.session.add(agent)
            move(work, agent, "sign_in", self._clock, actor=str(user.id))
        await self.sync(agent.id)
        return await self._open(user.id)

    async def sign_out(self, user_id: UUID) -> None:
        """Leave the seat; raises ``IllegalTransition`` while the phone rings or in a call."""
        agent = await self.current(user_id)
        if agent is None:
            return
        await self.hold(agent)
        try:
            async with self._database.writing() as work:
                row = await self._to_change(work, user_id)
                move(work, row, "sign_out", self._clock, actor=str(user_id))
                row.signed_out_at = row.status_since
        finally:
            await self.sync(agent.id)

    async def set_ready(self, user_id: UUID) -> AgentSession:
        """Take calls (again)."""
        async with self._database.writing() as work:
            row = await self._to_change(work, user_id)
            if row.status is AgentState.READY:
                return row
            move(work, row, "ready", self._clock, actor=str(user_id))
        await self.sync(row.id)
        return await self._open(user_id)

    async def pause(self, user_id: UUID, reason: str) -> AgentSession:
        """Take no calls until ready again."""
        if reason not in PAUSE_REASONS:
            raise InvalidInput(f"示忙原因只能是{'、'.join(PAUSE_REASONS)}。")
        agent = await self._open(user_id)
        await self.hold(agent)
        try:
            async with self._database.writing() as work:
                row = await self._to_change(work, user_id)
                move(work, row, "pause", self._clock, actor=str(user_id), reason=reason)
        finally:
            await self.sync(agent.id)
        return await self._open(user_id)

    async def current(self, user_id: UUID) -> AgentSession | None:
        """The person's open session with seat and user."""
        async with self._database.reading() as session:
            return await repository.session_of_user(session, user_id)

    # --- membership --------------------------------------------------------------------------

    async def sync(self, agent_id: UUID, *, join: bool = True) -> None:
        """Make Asterisk's memberships of one agent what its row says now.

        ``join`` also adds memberships that should exist; without it only the pause is set.
        """
        if not self._ami.available:
            return
        async with self._members:
            async with self._database.reading() as session:
                agent = await session.get(
                    AgentSession, agent_id, options=repository.WITH_SEAT_AND_USER
                )
                emergency_codes = await repository.emergency_codes(session)
            if agent is None:
                return
            interface = interface_of(agent)
            serves = memberships(agent.seat, emergency_codes)
            if agent.signed_out_at is not None:
                for queue in serves:
                    await self._try(agent_id, self._ami.queue_remove(queue, interface))
                return
            paused, reason = paused_as(agent)
            if join:
                for queue, penalty in serves.items():
                    added = self._ami.queue_add(
                        queue,
                        interface,
                        member=str(agent.id),
                        paused=paused,
                        reason=reason,
                        penalty=penalty,
                    )
                    await self._try(agent_id, added)
            if not serves:
                return
            paused_now = self._ami.queue_pause(interface, paused=paused, reason=reason)
            await self._try(agent_id, paused_now)

    async def rejoin(self, agent_id: UUID) -> None:
        """Make the agent's memberships anew.

        A queue counts a member as talking until the caller it gave them leaves, also when that
        caller went on with somebody else.
        """
        if not self._ami.available:
            return
        async with self._database.reading() as session:
            agent = await session.get(AgentSession, agent_id, options=repository.WITH_SEAT_AND_USER)
            emergency_codes = await repository.emergency_codes(session)
        if agent is None or agent.signed_out_at is not None:
            return
        async with self._members:
            for queue in memberships(agent.seat, emergency_codes):
                await self._try(agent_id, self._ami.queue_remove(queue, interface_of(agent)))
        await self.sync(agent_id)

    async def _try(self, agent_id: UUID, action: Awaitable[None]) -> None:
        try:
            await action
        except (Unavailable, AmiRefused) as error:
            log.warning("queue membership of agent session %s not set: %s", agent_id, error)
            self._on_mismatch()

    async def settle_members(self, members: tuple[QueueMember, ...]) -> None:
        """Make the queues' members equal to the rows, given what Asterisk holds.

        Members whose name is no agent session's id (a duty phone) are left alone.
        """
        async with self._members, self._database.reading() as session:
            agents = {agent.id: agent for agent in await repository.open_sessions(session)}
            emergency_codes = await repository.emergency_codes(session)
        for member in members:
            agent_id = as_uuid(member.member)
            if agent_id is None:
                continue
            agent = agents.get(agent_id)
            wanted = (
                agent is not None
                and interface_of(agent) == member.interface
                and memberships(agent.seat, emergency_codes).get(member.queue) == member.penalty
            )
            if not wanted:
                await self._ami.queue_remove(member.queue, member.interface)
        for agent_id in agents:
            await self.sync(agent_id)

    async def hold(self, agent: AgentSession) -> None:
        """Stop further calls at Asterisk, and handle those that it has offered already.

        ``sync`` makes the membership again what the row says.
        """
        if not self._ami.available or not agent.seat.queue_codes:
            return
        try:
            await self._ami.queue_pause(interface_of(agent), paused=True)
        except (Unavailable, AmiRefused) as error:
            log.warning("agent session %s could not be held: %s", agent.id, error)
        await self._ami.settled()

    async def _open(self, user_id: UUID) -> AgentSession:
        agent = await self.current(user_id)
        if agent is None:
            raise NotFound("您还没有签入座席，请先选择座席。")
        return agent

    async def _to_change(self, work: UnitOfWork, user_id: UUID) -> AgentSession:
        agent = await repository.session_of_user(work.session, user_id, for_update=True)
        if agent is None:
            raise NotFound("您还没有签入座席，请先选择座席。")
        return agent


def as_uuid(text: str) -> UUID | None:
    """The id that ``text`` is, if it is one."""
    try:
        return UUID(text)
    except ValueError:
        return None
