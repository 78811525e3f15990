"""The figures of the service, from the rows of calls and the transitions of agents.

``docs/telephony.md``, section "Figures", defines each of them. The rows are read in blocks, so
a month of a large centre needs little memory.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from models.clock import CHINA_TIME, Clock
from models.database import Database
from models.errors import InvalidInput
from models.kinds import Direction, LegRole
from models.states import AGENT, AgentState, CallStatus
from models.tables import AgentSession, Call, Leg, Queue, Transition

ANSWER_GOAL: Final = timedelta(seconds=15)
SHORT: Final = timedelta(seconds=10)
LONGEST_PERIOD: Final = timedelta(days=31)
BLOCK: Final = 1_000  # rows
NOTHING: Final = timedelta(0)
RECEIVED_NOW: Final = timedelta(seconds=1)  # a period ends before its end


def day(of: date) -> tuple[datetime, datetime]:
    """A day of the centre, from midnight to midnight in China, as UTC."""
    begin = datetime.combine(of, time(), CHINA_TIME).astimezone(UTC)
    return begin, begin + timedelta(days=1)


def today(clock: Clock) -> tuple[datetime, datetime]:
    """The day of the centre that it is now."""
    return day(clock.now().astimezone(CHINA_TIME).date())


@dataclass(frozen=True, slots=True)
class CallTimes:
    """What counts of one incoming call. ``handled`` is talk and wrap-up of an answered call
    that is over."""

    queue_code: str
    received_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    handled: timedelta | None = None


@dataclass(slots=True)
class QueueFigures:
    """Figures of the incoming calls of one queue; ``None`` where there is nothing to divide by."""

    offered: int = 0
    answered: int = 0
    answered_in_goal: int = 0
    abandoned: int = 0
    abandoned_short: int = 0
    undecided: int = 0  # still wait, and not yet longer than the goal
    longest_wait: timedelta | None = None
    goal: timedelta = ANSWER_GOAL
    _waited: timedelta = NOTHING
    _handled: timedelta = NOTHING
    _handled_calls: int = 0

    def add(self, call: CallTimes, now: datetime) -> None:
        """Count one call as it is at ``now``."""
        wait = max((call.answered_at or call.ended_at or now) - call.received_at, NOTHING)
        self.offered += 1
        self.longest_wait = max(self.longest_wait or NOTHING, wait)
        if call.answered_at is not None:
            self.answered += 1
            self.answered_in_goal += wait <= self.goal
            self._waited += wait
            if call.handled is not None:
                self._handled_calls += 1
                self._handled += call.handled
        elif call.ended_at is not None:
            self.abandoned += 1
            self.abandoned_short += wait < SHORT
        else:
            self.undecided += wait <= self.goal

    @property
    def service_level(self) -> float | None:
        """Answered within the goal, of all calls but short hang-ups and undecided ones: 0 to 1."""
        return _share(self.answered_in_goal, self.offered - self.abandoned_short - self.undecided)

    @property
    def abandonment(self) -> float | None:
        """Abandoned of offered, both without short hang-ups: 0 to 1."""
        return _share(self.abandoned - self.abandoned_short, self.offered - self.abandoned_short)

    @property
    def abandonment_with_short(self) -> float | None:
        """Abandoned of offered: 0 to 1."""
        return _share(self.abandoned, self.offered)

    @property
    def average_answer(self) -> timedelta | None:
        """The mean wait of answered calls."""
        return self._waited / self.answered if self.answered else None

    @property
    def average_handle(self) -> timedelta | None:
        """The mean of talk and wrap-up of answered calls that are over."""
        return self._handled / self._handled_calls if self._handled_calls else None


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole > 0 else None


# --- agents ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Move:
    """One transition of an agent session."""

    trigger: str
    new: AgentState
    at: datetime


@dataclass(frozen=True, slots=True)
class Span:
    """How long an agent session was in one state."""

    state: AgentState
    begin: datetime
    end: datetime

    def within(self, since: datetime, until: datetime) -> timedelta:
        """How much of it lies in a period."""
        return max(min(self.end, until) - max(self.begin, since), NOTHING)


def spans(moves: Sequence[Move], now: datetime) -> Iterator[Span]:
    """The states of one session, in order; the one it is in ends ``now``.

    A repeated state (``ring`` while ringing) is one span. Being logged out is none.
    """
    begin = 0
    for index, move in enumerate(moves):
        last = index + 1 == len(moves)
        if not last and moves[index + 1].new is move.new:
            continue
        end = now if last else moves[index + 1].at
        if move.new is not AgentState.LOGGED_OUT:
            yield Span(move.new, moves[begin].at, max(end, moves[begin].at))
        begin = index + 1


def wrap_up_after(session: Sequence[Span], answered_at: datetime) -> timedelta:
    """The wrap-up that follows the talk begun at ``answered_at``; nothing where there is none."""
    for talk, after in itertools.pairwise(session):
        if talk.state is AgentState.ON_CALL and talk.end > answered_at:
            return after.end - after.begin if after.state is AgentState.WRAP_UP else NOTHING
    return NOTHING


@dataclass(slots=True)
class AgentFigures:
    """One person's time in each state within a period, over all their sessions."""

    user_id: UUID
    user_name: str
    answered: int = 0
    talk: timedelta = NOTHING
    wrap_up: timedelta = NOTHING
    ready: timedelta = NOTHING  # ready and ringing
    paused: timedelta = NOTHING

    def add(
        self, moves: Iterable[Move], session: Iterable[Span], since: datetime, until: datetime
    ) -> None:
        """Count one session."""
        self.answered += sum(m.trigger == "answer" and since <= m.at < until for m in moves)
        for span in session:
            time_in = span.within(since, until)
            if span.state is AgentState.ON_CALL:
                self.talk += time_in
            elif span.state is AgentState.WRAP_UP:
                self.wrap_up += time_in
            elif span.state is AgentState.PAUSED:
                self.paused += time_in
            else:
                self.ready += time_in

    @property
    def occupancy(self) -> float | None:
        """Talk and wrap-up, of all time but pauses: 0 to 1."""
        busy = self.talk + self.wrap_up
        return busy / (busy + self.ready) if busy + self.ready else None


# --- from the rows -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Report:
    """All figures between two times: of each queue by its code, of each person by name."""

    since: datetime
    until: datetime
    queues: Mapping[str, QueueFigures]
    agents: Sequence[AgentFigures] = field(default_factory=list)


class Statistics:
    """Computes figures of any period."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def between(self, since: datetime, until: datetime) -> Report:
        """The figures of the calls received, and of the time worked, from ``since`` to before
        ``until``. Raises ``InvalidInput`` for a period that is empty or beyond 31 days."""
        if not NOTHING < until - since <= LONGEST_PERIOD:
            raise InvalidInput("统计时段须在 31 天以内，且结束晚于开始，请重新选择。")
        now = self._clock.now()
        async with self._database.reading() as session:
            agents: dict[UUID, AgentFigures] = {}
            worked: dict[UUID, list[Span]] = {}
            async for agent, moves in sessions(session, since, until):
                worked[agent.id] = list(spans(moves, now))
                name = agent.user.display_name
                figures = agents.setdefault(agent.user_id, AgentFigures(agent.user_id, name))
                figures.add(moves, worked[agent.id], since, until)
            queues = await _queues(session, since, until, now, worked)
        return Report(since, until, queues, sorted(agents.values(), key=lambda one: one.user_name))

    async def queues_today(self) -> dict[str, QueueFigures]:
        """The figures of every queue since midnight in China, without handle times."""
        async with self._database.reading() as session:
            return await _queues(session, *today(self._clock), self._clock.now(), {})

    async def queues_since(self, since: datetime) -> dict[str, QueueFigures]:
        """The figures of every queue's calls received from ``since`` on, without handle times."""
        now = self._clock.now()
        async with self._database.reading() as session:
            return await _queues(session, since, now + RECEIVED_NOW, now, {})


async def _queues(
    session: AsyncSession,
    since: datetime,
    until: datetime,
    now: datetime,
    worked: Mapping[UUID, Sequence[Span]],
) -> dict[str, QueueFigures]:
    goals = await session.execute(select(Queue.code, Queue.answer_goal_seconds))
    figures = {code: QueueFigures(goal=timedelta(seconds=goal)) for code, goal in goals}
    async for call in _calls(session, since, until, worked):
        figures.setdefault(call.queue_code, QueueFigures()).add(call, now)
    return figures


async def _calls(
    session: AsyncSession,
    since: datetime,
    until: datetime,
    worked: Mapping[UUID, Sequence[Span]],
) -> AsyncIterator[CallTimes]:
    """The incoming calls received in a period; each of its agents' legs is a row of its own."""
    query = (
        select(
            Call.id,
            Call.queue_code,
            Call.received_at,
            Call.answered_at,
            Call.ended_at,
            Call.status,
            Call.agent_session_id,
            Leg.started_at,
            Leg.ended_at.label("left_at"),
        )
        .outerjoin(Leg, and_(Leg.call_id == Call.id, Leg.role == LegRole.AGENT))
        .where(Call.direction == Direction.IN, Call.received_at >= since, Call.received_at < until)
        .order_by(Call.received_at, Call.id)
        .execution_options(yield_per=BLOCK)
    )
    call, talked = None, NOTHING
    async for row in await session.stream(query):
        if call is not None and call.id != row.id:
            yield _times(call, talked, worked)
            talked = NOTHING
        call = row
        if row.started_at is not None and row.left_at is not None:
            talked += max(row.left_at - row.started_at, NOTHING)
    if call is not None:
        yield _times(call, talked, worked)


def _times(call: Any, talked: timedelta, worked: Mapping[UUID, Sequence[Span]]) -> CallTimes:
    handled = None
    if call.status is CallStatus.ENDED and call.answered_at is not None:
        # A call taken over from Asterisk's own record has no legs of its agents.
        talked = talked or max((call.ended_at or call.answered_at) - call.answered_at, NOTHING)
        session = worked.get(call.agent_session_id, ()) if call.agent_session_id else ()
        handled = talked + wrap_up_after(session, call.answered_at)
    return CallTimes(call.queue_code, call.received_at, call.answered_at, call.ended_at, handled)


async def sessions(
    session: AsyncSession, since: datetime, until: datetime
) -> AsyncIterator[tuple[AgentSession, list[Move]]]:
    """The agent sessions that reach into a period, each with its user and all its moves."""
    reaching = select(AgentSession).where(
        AgentSession.signed_in_at < until,
        or_(AgentSession.signed_out_at.is_(None), AgentSession.signed_out_at >= since),
    )
    found = await session.scalars(reaching.options(joinedload(AgentSession.user)))
    agents = {agent.id: agent for agent in found}
    query = (
        select(Transition.entity_id, Transition.trigger, Transition.new, Transition.at)
        .where(
            Transition.entity == AGENT.name,
            Transition.entity_id.in_(reaching.with_only_columns(AgentSession.id)),
        )
        .order_by(Transition.entity_id, Transition.id)
        .execution_options(yield_per=BLOCK)
    )
    of, moves = None, list[Move]()
    async for row in await session.stream(query):
        if of is not None and of != row.entity_id:
            if of in agents:
                yield agents[of], moves
            moves = []
        of = row.entity_id
        moves.append(Move(row.trigger, AgentState(row.new), row.at))
    if of is not None and of in agents:
        yield agents[of], moves
