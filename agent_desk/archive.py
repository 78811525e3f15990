"""The archive of calls: found, read and heard by those who may."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from agent_desk.accounts import Person
from agent_desk.parts import Parts
from agent_desk.permissions import Permission, may
from agent_desk.wire_telephony import (
    AgentStatistics,
    QueueStatistics,
    RecordedCall,
    RecordedCalls,
    RecordingCheck,
    Statistics,
)
from ivr.statistics import QueueFigures, Report, day, today
from models import grams, words
from models.errors import InvalidInput, NotFound
from models.grams import Sought
from models.kinds import Direction
from models.order_tables import WorkOrder
from models.states import CallStatus
from models.tables import TAIL, AgentSession, Call, Leg, Seat, User, Utterance, tail
from models.telephony_tables import Recording
from models.word_tables import CallWords

PAGE: Final = 50
ALMOST_WHOLE: Final = 7  # digits, from which on a number is looked for by its beginning as well
TOO_SHORT: Final = f"号码请至少输入最后 {TAIL} 位数字。"
PREFIXES: Final = ("0", "86", "+86")
LAST: Final = "9" * 32  # sorts behind every continuation of a number
NO_PLACE: Final = "上一页末尾的来电已不在，请重新查询。"
NO_CALL = "没有这通来电，或您无权收听；座席只能收听自己当天接听的电话。"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; ``None`` and empty mean anything. Days are the centre's, both
    included; ``number`` is the end of the caller's number, ``text`` a part of what was said: as
    heard, as corrected, and in any transcript of the call."""

    number: str = ""
    from_day: date | None = None
    to_day: date | None = None
    queue_code: str = ""
    seat_code: str = ""
    user_id: UUID | None = None
    text: str = ""
    missed: bool = False


class Archive:
    """Calls that are over, with their recordings."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._database = parts.database

    async def find(self, wanted: Wanted, after: UUID | None = None) -> RecordedCalls:
        """One page of calls, newest first: those after the call ``after``, the last of the page
        before. Raises ``InvalidInput`` where the first day comes after the last, or of a number
        too few digits are given, ``NotFound`` where there is no such call."""
        if wanted.from_day and wanted.to_day and wanted.from_day > wanted.to_day:
            raise InvalidInput("开始日期晚于结束日期，请重新选择。")
        if wanted.number and len(wanted.number.lstrip("+")) < TAIL:
            raise InvalidInput(TOO_SHORT)
        async with self._database.reading() as session:
            place = None if after is None else await _place(session, after)
            if wanted.text and not wanted.number:  # a number leaves few calls to look through
                dialect = self._database.engine.dialect.name
                found = words.found(dialect, await _sought(session, wanted, place), PAGE + 1)
            else:
                found = _calls(wanted, place).limit(PAGE + 1)
            rows = (await session.execute(_lines(found))).all()
        return RecordedCalls(calls=[_shape(*row) for row in rows[:PAGE]], more=len(rows) > PAGE)

    async def play(self, person: Person, call_id: UUID, *, first_byte: bool) -> Path:
        """The file of a call's recording, the access being recorded.

        Raises ``NotFound`` for a call the person may not hear or one without a recording,
        ``Gone`` for one that was deleted.
        """
        if not may(person.role, Permission.PLAY_RECORDINGS):
            async with self._database.reading() as session:
                since, _ = today(self._parts.clock)
                if not await _took_since(session, call_id, person.user_id, since):
                    raise NotFound(NO_CALL)
        recordings = self._parts.telephony.recordings
        row, path = await recordings.file_of(call_id)
        await recordings.note_access(row, person.user_id, first_byte=first_byte)
        return path

    async def verify(self, call_id: UUID) -> RecordingCheck:
        """Whether the recording is as it was stored; raises ``NotFound`` and ``Gone``."""
        unchanged = await self._parts.telephony.recordings.verify(call_id)
        return RecordingCheck(
            call_id=call_id, unchanged=unchanged, checked_at=self._parts.clock.now()
        )


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a page begins: behind this call. ``number`` is that of its words."""

    received_at: datetime
    call_id: UUID
    number: int


async def _place(session: AsyncSession, call_id: UUID) -> _Place:
    query = (
        select(Call.received_at, CallWords.number)
        .outerjoin(CallWords, CallWords.call_id == Call.id)
        .where(Call.id == call_id)
    )
    found = (await session.execute(query)).one_or_none()
    if found is None:
        raise NotFound(NO_PLACE)
    number = grams.at(found.received_at) if found.number is None else found.number
    return _Place(found.received_at, call_id, number)


def _lines(found: Select[Any]) -> Select[Any]:
    """What is shown of the calls that ``found`` selects: only a page's are joined."""
    order_number = (
        select(func.min(WorkOrder.number)).where(WorkOrder.call_id == Call.id).scalar_subquery()
    )
    page = found.subquery()
    return (
        select(Call, Recording, Seat.name, User.display_name, order_number)
        .join(page, page.c.id == Call.id)
        .outerjoin(Recording, Recording.call_id == Call.id)
        .outerjoin(AgentSession, AgentSession.id == Call.agent_session_id)
        .outerjoin(Seat, Seat.id == AgentSession.seat_id)
        .outerjoin(User, User.id == AgentSession.user_id)
        .order_by(Call.received_at.desc(), Call.id)
    )


def _calls(wanted: Wanted, place: _Place | None) -> Select[Any]:
    """The ids of the calls looked for, newest first."""
    query = (
        select(Call.id)
        .where(Call.ended_at.is_not(None))  # not by status: the newest come from their own index
        .order_by(Call.received_at.desc(), Call.id)
    )
    if place is not None:
        query = query.where(
            Call.received_at <= place.received_at,
            or_(Call.received_at < place.received_at, Call.id > place.call_id),
        )
    if wanted.seat_code or wanted.user_id:
        query = query.join(AgentSession, AgentSession.id == Call.agent_session_id)
    if wanted.seat_code:
        query = query.join(Seat, Seat.id == AgentSession.seat_id)
    if wanted.number:
        query = query.where(_of_number(wanted.number))
    if wanted.from_day:
        query = query.where(Call.received_at >= day(wanted.from_day)[0])
    if wanted.to_day:
        query = query.where(Call.received_at < day(wanted.to_day)[1])
    if wanted.queue_code:
        query = query.where(Call.queue_code == wanted.queue_code)
    if wanted.seat_code:
        query = query.where(Seat.code == wanted.seat_code)
    if wanted.user_id:
        query = query.where(AgentSession.user_id == wanted.user_id)
    if wanted.text:
        said = select(Utterance.id).where(
            Utterance.call_id == Call.id,
            or_(
                Utterance.text.contains(wanted.text, autoescape=True),
                Utterance.heard_text.contains(wanted.text, autoescape=True),
            ),
        )
        query = query.where(said.exists())
    if wanted.missed:
        query = query.where(Call.status == CallStatus.ABANDONED, Call.direction == Direction.IN)
    return query


async def _sought(session: AsyncSession, wanted: Wanted, place: _Place | None) -> Sought:
    """What the index of words is asked for."""
    marks = []
    if wanted.queue_code:
        marks.append(words.of_queue(wanted.queue_code))
    if wanted.seat_code:
        seat_id = await session.scalar(select(Seat.id).where(Seat.code == wanted.seat_code))
        marks.append(words.of_seat(seat_id or UUID(int=0)))
    if wanted.user_id:
        marks.append(words.of_person(wanted.user_id))
    if wanted.missed:
        marks.append(words.MISSED)
    return Sought(
        wanted.text,
        tuple(marks),
        day(wanted.from_day)[0] if wanted.from_day else None,
        day(wanted.to_day)[1] if wanted.to_day else None,
        below=None if place is None else place.number,
    )


def _of_number(typed: str) -> ColumnElement[bool]:
    """Calls of numbers that end with what was typed; of one that is typed almost whole also
    those that begin with it, with and without the country's and the trunk prefix."""
    bare = typed.lstrip("+")
    ends = and_(Call.number_tail == tail(bare), Call.caller_number.endswith(bare))
    if len(bare) < ALMOST_WHOLE:
        return Call.id.in_(select(Call.id).where(ends))
    forms = {typed, bare, *(prefix + bare for prefix in PREFIXES)}
    begins = [Call.caller_number.between(form, form + LAST) for form in sorted(forms)]
    return Call.id.in_(select(Call.id).where(or_(ends, *begins)))


async def _took_since(session: AsyncSession, call_id: UUID, user_id: UUID, since: datetime) -> bool:
    """Whether the person talked in a call that was answered since then."""
    own = select(AgentSession.id).where(AgentSession.user_id == user_id)
    legs = select(Leg.call_id).where(Leg.agent_session_id.in_(own))
    query = select(Call.id).where(
        Call.id == call_id,
        Call.answered_at >= since,
        or_(Call.agent_session_id.in_(own), Call.id.in_(legs)),
    )
    return await session.scalar(query) is not None


def _shape(
    call: Call,
    recording: Recording | None,
    seat_name: str | None,
    user_name: str | None,
    order_number: str | None,
) -> RecordedCall:
    return RecordedCall(
        call_id=call.id,
        direction=call.direction,
        queue_code=call.queue_code,
        dialled=call.dialled,
        number=call.caller_number,
        status=call.status,
        received_at=call.received_at,
        answered_at=call.answered_at,
        ended_at=call.ended_at,
        seat_name=seat_name or "",
        user_name=user_name or "",
        rating=call.rating,
        order_number=order_number or "",
        playable=recording is not None and recording.deleted_at is None,
        duration_ms=recording.duration_ms if recording else None,
        sha256=recording.sha256 if recording else "",
    )


def asks_first_byte(wanted_range: str | None) -> bool:
    """Whether a request with this ``Range`` header reads the beginning of the file; a header
    that is no range of bytes is not followed, so the whole file is read."""
    if wanted_range is None or not wanted_range.strip().lower().startswith("bytes="):
        return True
    return re.search(r"[=,]\s*0+-", wanted_range) is not None


def statistics(report: Report) -> Statistics:
    """Figures as a page shows them, times in seconds."""
    return Statistics(
        since=report.since,
        until=report.until,
        queues=[_queue_figures(code, one) for code, one in report.queues.items()],
        agents=[
            AgentStatistics(
                user_id=one.user_id,
                user_name=one.user_name,
                answered=one.answered,
                talk_seconds=one.talk.total_seconds(),
                wrap_up_seconds=one.wrap_up.total_seconds(),
                ready_seconds=one.ready.total_seconds(),
                paused_seconds=one.paused.total_seconds(),
                occupancy=one.occupancy,
            )
            for one in report.agents
        ],
    )


def _queue_figures(code: str, one: QueueFigures) -> QueueStatistics:
    return QueueStatistics(
        queue_code=code,
        offered=one.offered,
        answered=one.answered,
        answered_in_goal=one.answered_in_goal,
        abandoned=one.abandoned,
        abandoned_short=one.abandoned_short,
        service_level=one.service_level,
        abandonment=one.abandonment,
        abandonment_with_short=one.abandonment_with_short,
        average_answer_seconds=_seconds(one.average_answer),
        longest_wait_seconds=_seconds(one.longest_wait),
        average_handle_seconds=_seconds(one.average_handle),
    )


def _seconds(time: timedelta | None) -> float | None:
    return time.total_seconds() if time is not None else None
