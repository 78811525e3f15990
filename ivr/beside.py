"""A supervisor beside a seat that is in a call: what is known of it, and its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID, uuid4

import anyio
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ivr import hand_over_rows, repository
from ivr.agents import interface_of, move
from ivr.ami_events import Channel
from models.clock import Clock
from models.database import Database, UnitOfWork
from models.errors import Conflict, NotFound
from models.events import CallAnswered, CallChanged, HandOverChanged
from models.kinds import LegRole, Role
from models.states import AgentState, CallStatus
from models.tables import AgentSession, Call, Leg, Transition, User
from models.telephony_states import HandOverStatus
from models.telephony_tables import Audit, HandOver, HandOverKind
from models.transitions import advance

CHANNEL_ID: Final = "supervise-"
TALKS: Final = (LegRole.AGENT, LegRole.CONSULT)
NOBODY_THERE: Final = "该座席当前不在通话中，不能监听或插话。"


class Mode(StrEnum):
    """How a supervisor takes part. Its value is the extension in the dialplan's [supervise]."""

    LISTEN = "listen"  # hears both, is heard by nobody
    WHISPER = "whisper"  # is heard by the seat alone
    BARGE = "barge"  # all three talk; recorded


MODE_NAMES: Final[Mapping[Mode, str]] = {
    Mode.LISTEN: "监听",
    Mode.WHISPER: "密语",
    Mode.BARGE: "插话",
}


@dataclass(slots=True)
class Beside:
    """One supervisor beside one seat. ``session_id`` is the supervisor's agent session,
    ``agent_id`` the one beside. ``channel`` is empty until the supervisor's device answers;
    ``channel_id`` finds it in Asterisk from the start. ``before`` is the state and pause reason
    the supervisor comes back to; ``taker`` is set while the call is being taken over."""

    session_id: UUID
    user_id: UUID
    user_name: str
    device: str
    agent_id: UUID
    seat_name: str
    agent_channel: str
    call_id: UUID
    caller_channel: str
    mode: Mode
    since: datetime
    before: tuple[AgentState, str] = (AgentState.READY, "")
    channel_id: str = field(default_factory=lambda: f"{CHANNEL_ID}{uuid4()}")
    channel: str = ""
    taker: UUID | None = None
    answered: anyio.Event = field(default_factory=anyio.Event)
    bridged: anyio.Event = field(default_factory=anyio.Event)
    taken: anyio.Event = field(default_factory=anyio.Event)
    over: anyio.Event = field(default_factory=anyio.Event)


@dataclass(frozen=True, slots=True)
class LeftOpen:
    """What the rows say of a supervisor who was beside a seat when the process ended."""

    leg: Leg
    supervisor: AgentSession
    call: Call
    agents: Sequence[tuple[AgentSession, Leg]]

    def beside(self, channel: Channel, spied: str) -> Beside | None:
        """The supervision that ``channel`` is, beside whoever talks through ``spied``."""
        for agent, leg in self.agents:
            if leg.channel == spied:
                return Beside(
                    session_id=self.supervisor.id,
                    user_id=self.supervisor.user_id,
                    user_name=self.supervisor.user.display_name,
                    device=interface_of(self.supervisor),
                    agent_id=agent.id,
                    seat_name=agent.seat.name,
                    agent_channel=leg.channel,
                    call_id=self.call.id,
                    caller_channel=self.call.channel,
                    mode=Mode(channel.dialled),
                    since=self.leg.started_at,
                    channel_id=channel.uniqueid,
                    channel=channel.channel,
                )
        return None


def audit(
    work: UnitOfWork,
    clock: Clock,
    user_id: UUID | None,
    action: str,
    subject: str,
    subject_id: UUID,
    **detail: Any,
) -> None:
    """Note in the open transaction who did what to whom."""
    work.session.add(
        Audit(
            user_id=user_id,
            action=action,
            subject=subject,
            subject_id=str(subject_id),
            detail=detail,
            at=clock.now(),
        )
    )


class BesideRows:
    """Moves the rows of supervisors, of their legs and of calls they take over."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def begin(self, user_id: UUID, agent_id: UUID, mode: Mode) -> Beside:
        """The supervisor is busy from now on.

        Raises ``NotFound`` without a seat of one's own and ``Conflict`` where one of the two is
        not in the state for it.
        """
        async with self._database.writing() as work:
            mine = await repository.session_of_user(work.session, user_id, for_update=True)
            if mine is None:
                raise NotFound("请先签入班长席，再监听、密语或插话。")
            if mine.status is AgentState.RINGING:
                raise Conflict("您的座席正在振铃，请先处理来电。")
            if mine.status is AgentState.ON_CALL:
                raise Conflict("您正在通话中，请先结束通话，再监听或插话。")
            agent = await repository.session_to_change(work.session, agent_id)
            if agent is None or agent.status is not AgentState.ON_CALL or agent.call_id is None:
                raise Conflict(NOBODY_THERE)
            call = await work.session.get(Call, agent.call_id)
            leg = await _leg_of(work.session, agent, agent.call_id)
            if call is None or leg is None:
                raise Conflict(NOBODY_THERE)
            before = (mine.status, mine.pause_reason)
            actor = str(user_id)
            move(
                work,
                mine,
                "supervise",
                self._clock,
                actor=actor,
                reason=mode.value,
                call_id=call.id,
            )
            audit(work, self._clock, user_id, mode.value, "agent", agent.id, call=str(call.id))
            return Beside(
                session_id=mine.id,
                user_id=user_id,
                user_name=mine.user.display_name,
                device=interface_of(mine),
                agent_id=agent.id,
                seat_name=agent.seat.name,
                agent_channel=leg.channel,
                call_id=call.id,
                caller_channel=call.channel,
                mode=mode,
                since=mine.status_since,
                before=before,
            )

    async def answered(self, beside: Beside) -> None:
        """The supervisor's device was answered: a leg begins."""
        async with self._database.writing() as work:
            work.session.add(_leg(beside, LegRole.SUPERVISOR, self._clock.now()))

    async def change(self, beside: Beside, before: Mode) -> None:
        """Note that the supervisor takes part in another way than before."""
        async with self._database.writing() as work:
            audit(
                work,
                self._clock,
                beside.user_id,
                beside.mode.value,
                "agent",
                beside.agent_id,
                call=str(beside.call_id),
                before=before.value,
            )

    async def end(self, beside: Beside) -> None:
        """The supervisor is beside nobody, and in the state of before."""
        async with self._database.writing() as work:
            leg = await repository.open_leg(work.session, beside.channel, beside.call_id)
            if leg is not None and leg.role is LegRole.SUPERVISOR:
                leg.ended_at = self._clock.now()
            mine = await repository.session_to_change(work.session, beside.session_id)
            if mine is not None and mine.call_id == beside.call_id:
                self._free(work, mine, beside.before)
            audit(
                work,
                self._clock,
                beside.user_id,
                "stop",
                "agent",
                beside.agent_id,
                call=str(beside.call_id),
                before=beside.mode.value,
            )

    def _free(self, work: UnitOfWork, mine: AgentSession, before: tuple[AgentState, str]) -> None:
        if mine.status is AgentState.ON_CALL:
            move(work, mine, "hang_up", self._clock)
        if mine.status is AgentState.WRAP_UP:
            state, reason = before
            trigger = "pause" if state is AgentState.PAUSED else "ready"
            move(work, mine, trigger, self._clock, reason=reason)

    async def take(self, beside: Beside) -> bool:
        """The agent is gone and the supervisor talks with the caller: the call is the
        supervisor's, as handed over by the agent.

        False, with nothing changed, where the call is over or is being handed to somebody else.
        """
        now = self._clock.now()
        async with self._database.writing() as work:
            call = await repository.call_to_change(work.session, beside.call_id)
            mine = await repository.session_to_change(work.session, beside.session_id)
            if call is None or call.status is not CallStatus.ANSWERED or mine is None:
                return False
            if await hand_over_rows.open_of_call(work.session, call.id) is not None:
                return False
            for channel in (beside.agent_channel, beside.channel):
                leg = await repository.open_leg(work.session, channel, call.id)
                if leg is not None:
                    leg.ended_at = now
            agent = await repository.session_to_change(work.session, beside.agent_id)
            if (
                agent is not None
                and agent.status is AgentState.ON_CALL
                and agent.call_id == call.id
            ):
                move(work, agent, "hang_up", self._clock, call_id=call.id)
            work.session.add(_leg(beside, LegRole.AGENT, now))
            call.agent_session_id = mine.id
            why = "asked" if beside.taker is not None else "agent left"
            audit(
                work,
                self._clock,
                beside.taker or beside.user_id,
                "take",
                "call",
                call.id,
                agent=str(beside.agent_id),
                why=why,
            )
            hand_over = self._handed_over(work, beside, now)
            work.emit(CallChanged(call.id))
            work.emit(CallAnswered(call.id, mine.id))
            work.emit(HandOverChanged(hand_over.id, call.id))
            return True

    def _handed_over(self, work: UnitOfWork, beside: Beside, now: datetime) -> HandOver:
        """The record of a call that changed hands; the order follows it."""
        hand_over = HandOver(
            call_id=beside.call_id,
            from_session_id=beside.agent_id,
            to_session_id=beside.session_id,
            kind=HandOverKind.CONFERENCE,
            status=HandOverStatus.OFFERED,
            channel=beside.channel,
            started_at=now,
            joined_at=now,
            ended_at=now,
        )
        work.session.add(hand_over)
        for trigger in ("join", "complete"):
            advance(work.session, hand_over, trigger, actor=str(beside.user_id), at=now)
        return hand_over

    # --- who talks ---------------------------------------------------------------------------

    async def agent_of(self, call_id: UUID) -> UUID:
        """The agent session that has a call; raises ``NotFound`` and ``Conflict``."""
        async with self._database.reading() as session:
            call = await session.get(Call, call_id)
            if call is None:
                raise NotFound("没有这个来电的记录，请刷新页面。")
            busy = await hand_over_rows.open_of_call(session, call_id)
        if call.status is not CallStatus.ANSWERED or call.agent_session_id is None:
            raise Conflict("该来电当前没有座席在接听，不能接管。")
        if busy is not None:
            raise Conflict("该来电正在移交，请等移交结束后再接管。")
        return call.agent_session_id

    async def channel_of(self, agent_id: UUID) -> str:
        """The channel an agent talks through; empty where there is none."""
        async with self._database.reading() as session:
            agent = await session.get(AgentSession, agent_id, options=repository.WITH_SEAT_AND_USER)
            if agent is None or agent.call_id is None:
                return ""
            leg = await _leg_of(session, agent, agent.call_id)
            return leg.channel if leg is not None else ""

    async def talking(self) -> frozenset[str]:
        """The channels of everybody who talks with a caller."""
        async with self._database.reading() as session:
            query = select(Leg.channel).where(Leg.ended_at.is_(None), Leg.role.in_(TALKS))
            return frozenset(await session.scalars(query))

    # --- after a restart ---------------------------------------------------------------------

    async def left_open(self) -> list[LeftOpen]:
        """Every supervisor's leg that has not ended."""
        async with self._database.reading() as session:
            query = select(Leg).where(Leg.role == LegRole.SUPERVISOR, Leg.ended_at.is_(None))
            found = []
            for leg in (await session.scalars(query)).all():
                call = await session.get(Call, leg.call_id)
                supervisor = await session.get(
                    AgentSession, leg.agent_session_id, options=repository.WITH_SEAT_AND_USER
                )
                if call is None or supervisor is None:
                    continue
                pairs = []
                for agent in await repository.sessions_of_call(session, call.id):
                    own = await _leg_of(session, agent, call.id)
                    if own is not None:
                        pairs.append((agent, own))
                found.append(LeftOpen(leg, supervisor, call, pairs))
            return found

    async def end_leg(self, leg_id: UUID) -> None:
        """A leg's channel is gone."""
        async with self._database.writing() as work:
            leg = await work.session.get(Leg, leg_id)
            if leg is not None and leg.ended_at is None:
                leg.ended_at = self._clock.now()

    async def free_lost(self, busy: set[UUID]) -> list[UUID]:
        """Supervisors who are beside nobody although their row says so are ready again; those
        of the agent sessions ``busy`` stay. Returns whom it freed."""
        freed = []
        async with self._database.writing() as work:
            query = (
                select(AgentSession)
                .join(User, User.id == AgentSession.user_id)
                .outerjoin(Call, Call.id == AgentSession.call_id)
                .where(
                    User.role == Role.SUPERVISOR,
                    AgentSession.signed_out_at.is_(None),
                    AgentSession.status.in_((AgentState.ON_CALL, AgentState.WRAP_UP)),
                    AgentSession.call_id.is_not(None),
                    Call.agent_session_id.is_distinct_from(AgentSession.id),
                )
                .with_for_update(of=AgentSession)
            )
            for mine in (await work.session.scalars(query)).all():
                answer = select(Transition.reason).where(
                    Transition.entity_id == mine.id,
                    Transition.trigger.in_(("answer", "supervise")),
                )
                last = await work.session.scalar(answer.order_by(Transition.id.desc()).limit(1))
                if mine.id not in busy and last in tuple(Mode):
                    self._free(work, mine, (AgentState.READY, ""))
                    freed.append(mine.id)
        return freed


def _leg(beside: Beside, role: LegRole, now: datetime) -> Leg:
    return Leg(
        call_id=beside.call_id,
        role=role,
        channel=beside.channel,
        agent_session_id=beside.session_id,
        started_at=now,
    )


async def _leg_of(session: AsyncSession, agent: AgentSession, call_id: UUID) -> Leg | None:
    """The newest leg that the agent talks through in a call."""
    for leg in reversed(await repository.open_legs(session, call_id)):
        own = leg.agent_session_id == agent.id or leg.channel.startswith(f"{interface_of(agent)}-")
        if own and leg.role in TALKS:
            return leg
    return None
