"""The words of calls that are over, found by a part of what was said: see ``models.grams``.

The row of a call is written anew from its utterances by the transaction that ends the call, or
that stores or corrects an utterance afterwards.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from models import grams
from models.grams import CALLS, SEPARATOR, Sought, Words
from models.kinds import Direction
from models.states import CallStatus
from models.tables import AgentSession, Call, Utterance
from models.word_tables import CallWords

MISSED: Final = "missed"
_TOUCHED: Final = "yihu_touched_words"
_OF_CALL: Final = ("ended_at", "queue_code", "status", "direction", "agent_session_id")
_OF_UTTERANCE: Final = ("text", "heard_text", "call_id")


def of_queue(code: str) -> str:
    return f"q{code.encode().hex()}"


def of_seat(seat_id: UUID) -> str:
    return f"s{seat_id.hex}"


def of_person(user_id: UUID) -> str:
    return f"u{user_id.hex}"


def found(dialect: str, sought: Sought, limit: int) -> Select[UUID]:
    """The ids of the calls looked for, newest first: at most ``limit``."""
    return grams.found(CALLS, dialect, sought, limit)


def touch(session: Session, _: object = None) -> None:
    """Note the calls whose words a flush of ``session`` has changed."""
    touched: set[UUID] = session.info.setdefault(_TOUCHED, set())
    for row in (*session.new, *session.dirty, *session.deleted):
        gone = row in session.deleted
        if isinstance(row, Utterance) and (gone or grams.changed(row, _OF_UTTERANCE)):
            touched.add(row.call_id)
        elif isinstance(row, Call) and (gone or grams.changed(row, _OF_CALL)):
            touched.add(row.id)


def store(session: Session) -> None:
    """Write the words of every call that this transaction has ended, or to whose utterances it
    has added. Before the commit, when everything else is flushed."""
    for call_id in sorted(session.info.pop(_TOUCHED, ())):
        _store(session, call_id)


def _store(session: Session, call_id: UUID) -> None:
    # Who adds to a call's words waits here for whoever else does, or ends it.
    call = session.execute(
        select(
            Call.received_at, Call.ended_at, Call.queue_code, Call.status, Call.direction,
            Call.agent_session_id,
        )
        .where(Call.id == call_id)
        .with_for_update(key_share=True)
    ).first()  # fmt: skip
    if call is not None and call.ended_at is None:
        return
    old = session.execute(
        select(CallWords.number, CallWords.words, CallWords.marks).where(
            CallWords.call_id == call_id
        )
    ).first()
    before = None if old is None else Words(old.words, old.marks)
    if call is None:  # deleted
        if old is not None:
            grams.write(session, CALLS, call_id, old.number, before, None)
        return
    words = _words(session, call_id)
    if not words and old is None:
        return
    marks = [of_queue(call.queue_code)]
    if call.status is CallStatus.ABANDONED and call.direction is Direction.IN:
        marks.append(MISSED)
    if call.agent_session_id is not None:
        agent = session.execute(
            select(AgentSession.seat_id, AgentSession.user_id).where(
                AgentSession.id == call.agent_session_id
            )
        ).one()
        marks += (of_seat(agent.seat_id), of_person(agent.user_id))
    after = Words(words, " ".join(marks)) if words else None
    number = grams.free(session, CALLS, call.received_at, call_id) if old is None else old.number
    if before != after:
        grams.write(session, CALLS, call_id, number, before, after)


def _words(session: Session, call_id: UUID) -> str:
    said = session.execute(
        select(Utterance.text, Utterance.heard_text)
        .where(Utterance.call_id == call_id)
        .order_by(Utterance.created_at, Utterance.sequence, Utterance.id)
    )
    each = dict.fromkeys(one for pair in said for one in pair if one)
    return SEPARATOR.join(each)
