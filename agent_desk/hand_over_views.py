"""What pages show of hand-overs, and the messages about them and about callers' keys."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Sequence
from functools import partial
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from agent_desk import repository
from agent_desk.accounts import Person
from agent_desk.messages import HandOverMessage, KeyMessage
from agent_desk.wire_telephony import HandOverInfo, HandOverSeat, HandOverTargets
from ivr import hand_over_rows
from ivr.hand_over_targets import Choices
from ivr.repository import WITH_SEAT_AND_USER
from models.bus import EventBus
from models.database import Database
from models.events import HandOverChanged, KeyPressed
from models.tables import AgentSession, Queue
from models.telephony_tables import HandOver

Telling = Callable[[], Awaitable[None]]
Note = Callable[[Hashable, Telling], None]
Send = Callable[[Callable[[Person], bool], BaseModel], None]


def targets(choices: Choices) -> HandOverTargets:
    """Who a call may be handed to."""
    return HandOverTargets(
        ready_by_queue=choices.ready_by_queue,
        seats=[
            HandOverSeat(
                seat_code=agent.seat.code,
                seat_name=agent.seat.name,
                user_name=agent.user.display_name,
                status=agent.status,
                queue_codes=agent.seat.queue_codes,
            )
            for agent in choices.agents
        ],
    )


async def infos(
    database: Database, rows: Sequence[HandOver], reader_id: UUID
) -> list[HandOverInfo]:
    """Hand-overs for one person's page; who began them must be loaded."""
    async with database.reading() as session:
        asked = [await _asked(session, row) for row in rows]
        return [
            _info(row, to, await _to_name(session, row, to), reader_id)
            for row, to in zip(rows, asked, strict=True)
        ]


async def _asked(session: AsyncSession, row: HandOver) -> AgentSession | None:
    if row.to_session_id is None:
        return None
    return await session.get(AgentSession, row.to_session_id, options=WITH_SEAT_AND_USER)


async def _to_name(session: AsyncSession, row: HandOver, asked: AgentSession | None) -> str:
    if asked is not None:
        return f"{asked.user.display_name}（{asked.seat.name}）"
    queue = await session.get(Queue, row.queue_code) if row.queue_code else None
    return queue.name if queue is not None else row.queue_code or row.seat_code or row.number


def _info(row: HandOver, asked: AgentSession | None, to_name: str, reader_id: UUID) -> HandOverInfo:
    return HandOverInfo(
        id=row.id,
        call_id=row.call_id,
        kind=row.kind,
        status=row.status,
        from_name=row.from_session.user.display_name,
        to_name=to_name,
        mine=row.from_session.user_id == reader_id,
        started_at=row.started_at,
        joined_at=row.joined_at,
        ended_at=row.ended_at,
    )


def _is(user_id: UUID, person: Person) -> bool:
    return person.user_id == user_id


class HandOverNews:
    """Tells pages of hand-overs and keys. ``note`` takes what has to be told in its turn,
    ``send`` hands a message to those who want it."""

    def __init__(self, database: Database, note: Note, send: Send) -> None:
        self._database = database
        self._note = note
        self._send = send

    def subscribe(self, bus: EventBus) -> None:
        """Follow the events."""
        bus.subscribe(HandOverChanged, self._on_hand_over)
        bus.subscribe(KeyPressed, self._on_key)

    async def _on_hand_over(self, event: HandOverChanged) -> None:
        key = ("hand over", event.hand_over_id)
        self._note(key, partial(self._tell_hand_over, event.hand_over_id))

    async def _on_key(self, event: KeyPressed) -> None:
        self._note(("key", event), partial(self._tell_key, event))

    async def _tell_hand_over(self, hand_over_id: UUID) -> None:
        async with self._database.reading() as session:
            row = await hand_over_rows.hand_over(session, hand_over_id)
            to = await _asked(session, row) if row is not None else None
        if row is None:
            return
        for user_id in {row.from_session.user_id} | ({to.user_id} if to else set()):
            (info,) = await infos(self._database, [row], user_id)
            message = HandOverMessage(hand_over=info)
            self._send(partial(_is, user_id), message)

    async def _tell_key(self, event: KeyPressed) -> None:
        async with self._database.reading() as session:
            users = await repository.users_of_call(session, event.call_id)
        message = KeyMessage(call_id=event.call_id, key=event.key)
        self._send(lambda person: person.user_id in users, message)
