"""What supervisors see: the floor as it is, at most once a second, and what was done on it."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import anyio
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from agent_desk import repository
from agent_desk.accounts import Person
from agent_desk.hub import Hub
from agent_desk.messages import FloorMessage, SupervisionMessage
from agent_desk.parts import Parts
from agent_desk.permissions import Permission, may
from agent_desk.problems import where
from agent_desk.wire_telephony import (
    AuditEntry,
    Floor,
    QueueFloor,
    SeatFloor,
    SupervisionInfo,
    WaitingCall,
)
from ivr import waiting
from ivr.beside import MODE_NAMES, Beside
from ivr.statistics import QueueFigures
from models.bus import EventBus
from models.events import (
    AgentStateChanged,
    CallAnswered,
    CallBackChanged,
    CallChanged,
    CallEnded,
    CallReceived,
    Event,
    SuggestionChanged,
    SupervisionChanged,
    TelephonyAvailabilityChanged,
)
from models.states import AgentState
from models.tables import AgentSession, Call, Queue, Seat, User
from models.telephony_states import CallBackStatus
from models.telephony_tables import Audit, CallBack

log = logging.getLogger(__name__)

TELL_SECONDS: Final = 1.0
READ_SECONDS: Final = 10.0
# The day's figures need all calls of the day; they may be this old.
FIGURES_AGE: Final = timedelta(seconds=5)
AUDITS_PER_PAGE: Final = 100

MOVES: Final[tuple[type[Event], ...]] = (
    CallReceived,
    CallChanged,
    CallAnswered,
    CallEnded,
    AgentStateChanged,
    SuggestionChanged,
    CallBackChanged,
    SupervisionChanged,
    TelephonyAvailabilityChanged,
)


class FloorView:
    """Loads the floor: a handful of queries, however many seats and callers there are."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._database = parts.database
        self._figures: dict[str, QueueFigures] = {}
        self._figures_at: datetime | None = None

    async def floor(self) -> Floor:
        """The floor as it is now."""
        telephony, now = self._parts.telephony, self._parts.clock.now()
        lines = await telephony.waiting.waiting_calls()
        figures = await self._figures_of_today(now)
        async with self._database.reading() as session:
            queues = await repository.queues(session)
            seats = [_seat(*row, self._beside(row[1])) for row in await _seats(session)]
            query = select(func.count()).where(CallBack.status == CallBackStatus.OPEN)
            open_call_backs = await session.scalar(query) or 0
        return Floor(
            at=now,
            queues=[
                _queue(queue, lines.get(queue.code, []), seats, figures.get(queue.code))
                for queue in queues
            ],
            seats=seats,
            call_backs_open=open_call_backs,
        )

    def supervision(self, user_id: UUID) -> SupervisionInfo | None:
        """Beside whom a supervisor is."""
        beside = self._parts.telephony.supervision.of_user(user_id)
        return supervision_info(beside) if beside is not None else None

    async def audits(self, subject: str, subject_id: str, page: int) -> list[AuditEntry]:
        """What was done, newest first; ``subject`` and ``subject_id`` narrow it down."""
        query = (
            select(Audit, User.display_name)
            .outerjoin(User, User.id == Audit.user_id)
            .order_by(Audit.id.desc())
            .limit(AUDITS_PER_PAGE)
            .offset(page * AUDITS_PER_PAGE)
        )
        if subject:
            query = query.where(Audit.subject == subject)
        if subject_id:
            query = query.where(Audit.subject_id == subject_id)
        async with self._database.reading() as session:
            found = (await session.execute(query)).all()
        return [
            AuditEntry(
                at=row.at,
                by=name or "",
                action=row.action,
                subject=row.subject,
                subject_id=row.subject_id,
                detail=row.detail,
            )
            for row, name in found
        ]

    def _beside(self, agent: AgentSession | None) -> str:
        if agent is None:
            return ""
        those = self._parts.telephony.supervision.of_agent(agent.id)
        return "、".join(f"{beside.user_name}（{MODE_NAMES[beside.mode]}）" for beside in those)

    async def _figures_of_today(self, now: datetime) -> Mapping[str, QueueFigures]:
        if self._figures_at is None or now - self._figures_at >= FIGURES_AGE:
            self._figures = await self._parts.telephony.statistics.queues_today()
            self._figures_at = now
        return self._figures


class FloorTeller:
    """Sends the floor to supervisors' pages while something moves, and to each supervisor
    beside whom they are."""

    def __init__(self, hub: Hub, view: FloorView) -> None:
        self._hub = hub
        self._view = view
        self._moved = anyio.Event()

    def subscribe(self, bus: EventBus) -> None:
        """Follow everything that shows on the floor."""
        for kind in MOVES:
            bus.subscribe(kind, self._on_move)
        bus.subscribe(SupervisionChanged, self._on_supervision)

    async def run(self) -> None:
        """Tell, at most once a second, until cancelled."""
        while True:
            await self._moved.wait()
            self._moved = anyio.Event()
            try:
                await self._tell()
            except Exception as error:
                log.error("the floor could not be told: %s", where(error))
                self._moved.set()
            await anyio.sleep(TELL_SECONDS)

    async def _tell(self) -> None:
        if not self._hub.anybody(_supervises):
            return
        with anyio.fail_after(READ_SECONDS):
            floor = await self._view.floor()
        self._hub.send(_supervises, FloorMessage(floor=floor))

    async def _on_move(self, _: Event) -> None:
        self._moved.set()

    async def _on_supervision(self, event: SupervisionChanged) -> None:
        message = SupervisionMessage(supervision=self._view.supervision(event.user_id))
        self._hub.send(lambda person: person.user_id == event.user_id, message)


def supervision_info(beside: Beside) -> SupervisionInfo:
    """A supervision for its supervisor's page."""
    return SupervisionInfo(
        session_id=beside.agent_id,
        seat_name=beside.seat_name,
        call_id=beside.call_id,
        mode=beside.mode.value,
        since=beside.since,
        connected=beside.answered.is_set(),
    )


def _supervises(person: Person) -> bool:
    return may(person.role, Permission.SUPERVISE)


async def _seats(
    session: AsyncSession,
) -> list[tuple[Seat, AgentSession | None, str | None, Call | None]]:
    """Every seat in use with who sits there and the call they are in."""
    query = (
        select(Seat, AgentSession, User.display_name, Call)
        .outerjoin(
            AgentSession,
            (AgentSession.seat_id == Seat.id) & AgentSession.signed_out_at.is_(None),
        )
        .outerjoin(User, User.id == AgentSession.user_id)
        .outerjoin(Call, Call.id == AgentSession.call_id)
        .where(Seat.active)
        .order_by(Seat.code)
    )
    return [(row[0], row[1], row[2], row[3]) for row in await session.execute(query)]


def _seat(
    seat: Seat, agent: AgentSession | None, name: str | None, call: Call | None, beside: str
) -> SeatFloor:
    return SeatFloor(
        seat_code=seat.code,
        seat_name=seat.name,
        queue_codes=seat.queue_codes,
        session_id=agent.id if agent is not None else None,
        user_name=name or "",
        device=agent.device if agent is not None else None,
        status=agent.status if agent is not None else AgentState.LOGGED_OUT,
        since=agent.status_since if agent is not None else None,
        pause_reason=agent.pause_reason if agent is not None else "",
        call_id=call.id if call is not None else None,
        caller_number=call.caller_number if call is not None else "",
        held=call is not None and call.held_since is not None,
        supervised_by=beside,
    )


def _queue(
    queue: Queue,
    line: list[waiting.WaitingCall],
    seats: list[SeatFloor],
    figures: QueueFigures | None,
) -> QueueFloor:
    there = Counter(
        seat.status
        for seat in seats
        if queue.code in seat.queue_codes and seat.session_id is not None
    )
    figures = figures or QueueFigures()
    answer = figures.average_answer
    return QueueFloor(
        code=queue.code,
        name=queue.name,
        emergency=queue.emergency,
        waiting=[_waits(item) for item in line],
        seats=dict(there),
        offered=figures.offered,
        answered=figures.answered,
        abandoned=figures.abandoned,
        abandoned_short=figures.abandoned_short,
        service_level=figures.service_level,
        average_answer_seconds=answer.total_seconds() if answer is not None else None,
    )


def _waits(item: waiting.WaitingCall) -> WaitingCall:
    said: Mapping[str, Any] = item.suggestion
    return WaitingCall(
        call_id=item.call.id,
        number=item.call.caller_number,
        since=item.since,
        position=item.position,
        priority=item.call.priority,
        lift_reason=item.call.lift_reason,
        emergency=(said.get("emergency") or {}).get("label") == "emergency",
        category_name=(said.get("category") or {}).get("name", ""),
    )
