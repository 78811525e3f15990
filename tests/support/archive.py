"""Calls and what was said in them, searched by their words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import or_, select

from models import words
from models.clock import ManualClock
from models.database import Database
from models.grams import Sought
from models.kinds import Device, Role
from models.tables import AgentSession, Call, Queue, Seat, User, Utterance
from models.word_tables import CallWords
from tests.support.spoken import utterance


@dataclass(slots=True)
class Archive:
    """Calls with what was said in them."""

    database: Database
    clock: ManualClock
    agents: list[AgentSession] = field(default_factory=list)
    calls: list[UUID] = field(default_factory=list)
    said: list[UUID] = field(default_factory=list)

    async def open(self) -> None:
        now = self.clock.now()
        async with self.database.writing() as work:
            for code in ("110", "96345"):
                if await work.session.get(Queue, code) is None:
                    work.session.add(Queue(code=code, name=code, emergency=code == "110"))
            for number in range(2):
                user = User(
                    username=f"p{uuid4()}",
                    display_name="-",
                    password_hash="-",
                    role=Role.SEAT,
                    created_at=now,
                )
                seat = Seat(code=uuid4().hex, name=str(number), queue_codes=["110"], sip_secret="-")
                agent = AgentSession(
                    user_id=user.id,
                    seat_id=seat.id,
                    device=Device.WEB,
                    status_since=now,
                    signed_in_at=now,
                    signed_out_at=now,
                )
                work.session.add_all([user, seat, agent])
                self.agents.append(agent)

    async def call(self, days: int = 0, *said: str, **values: Any) -> UUID:
        """A call so many days ago, in progress unless ``ended_at`` is given."""
        row = Call(
            **{
                "queue_code": "110",
                "dialled": "110",
                "caller_number": "13800000001",
                "channel": "",
                "received_at": self.clock.now() - timedelta(days=days),
                **values,
            }
        )
        async with self.database.writing() as work:
            work.session.add(row)
        self.calls.append(row.id)
        for one in said:
            await self.say(row.id, one)
        return row.id

    async def say(self, call_id: UUID, words: str) -> UUID:
        row = utterance(call_id, words, self.clock.now())
        async with self.database.writing() as work:
            work.session.add(row)
        self.said.append(row.id)
        return row.id

    async def correct(self, utterance_id: UUID, words: str) -> None:
        async with self.database.writing() as work:
            row = await work.session.get_one(Utterance, utterance_id)
            heard = row.text if row.heard_text is None else row.heard_text
            row.text, row.heard_text = words, heard if words != heard else None

    async def end(self, call_id: UUID, **values: Any) -> None:
        async with self.database.writing() as work:
            row = await work.session.get_one(Call, call_id)
            row.ended_at = self.clock.now()
            for name, value in values.items():
                setattr(row, name, value)

    async def forget(self, call_id: UUID) -> None:
        """Delete a call with its words."""
        async with self.database.writing() as work:
            rows = await work.session.scalars(select(Utterance).where(Utterance.call_id == call_id))
            for row in (*rows, await work.session.get_one(Call, call_id)):
                await work.session.delete(row)

    async def found(self, sought: Sought | str, limit: int = 1000) -> Sequence[UUID]:
        asked = Sought(sought) if isinstance(sought, str) else sought
        query = words.found(self.database.engine.dialect.name, asked, limit)
        async with self.database.reading() as session:
            return (await session.scalars(query)).all()

    async def paged(self, part: str, limit: int) -> list[UUID]:
        """What one page after the other finds."""
        got: list[UUID] = []
        sought = Sought(part)
        while some := await self.found(sought, limit):
            got += some
            last = select(CallWords.number).where(CallWords.call_id == some[-1])
            async with self.database.reading() as session:
                sought = Sought(part, below=await session.scalar(last))
        return got

    async def scanned(self, part: str) -> list[tuple[datetime, UUID]]:
        """Calls that are over, newest first, as the words themselves have them."""
        said = select(Utterance.id).where(
            Utterance.call_id == Call.id,
            or_(
                Utterance.text.contains(part, autoescape=True),
                Utterance.heard_text.contains(part, autoescape=True),
            ),
        )
        query = (
            select(Call.received_at, Call.id)
            .where(Call.ended_at.is_not(None), said.exists())
            .order_by(Call.received_at.desc(), Call.id)
        )
        async with self.database.reading() as session:
            return [(at, call_id) for at, call_id in await session.execute(query)]

    async def play(self, step: str, number: int, said: str) -> None:
        calls, utterances = self.calls, self.said
        if step == "call":
            await self.call(number, said)
        elif step == "say" and calls:
            await self.say(calls[number % len(calls)], said)
        elif step == "correct" and utterances:
            await self.correct(utterances[number % len(utterances)], said)
        elif step == "end" and calls:
            await self.end(calls[number % len(calls)])
        elif step == "take_back" and utterances:
            async with self.database.writing() as work:
                gone = utterances.pop(number % len(utterances))
                await work.session.delete(await work.session.get_one(Utterance, gone))
        elif step == "forget" and calls:
            gone = calls.pop(number % len(calls))
            async with self.database.reading() as session:
                of_it = select(Utterance.id).where(Utterance.call_id == gone)
                theirs = set(await session.scalars(of_it))
            self.said = [one for one in utterances if one not in theirs]
            await self.forget(gone)
