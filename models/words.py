"""Finding calls by a part of what was said, among millions and within milliseconds.

Words are indexed by pairs of neighbouring characters, so any part of them is found, in Chinese
as in digits. SQLite's index (FTS5) keeps the pairs' places: a row of pairs in it is that part of
the words. PostgreSQL's (GIN) says which calls hold all the pairs, and the words themselves decide.
Both are asked for the newest calls first and stop at the page that is wanted; a call's queue,
seat, person and days are in the index as well, so nothing found in it is thrown away.

The row of a call is written anew from its utterances by the transaction that ends the call, or
that stores or corrects an utterance afterwards.
"""

from __future__ import annotations

import hashlib
import string
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Integer,
    Select,
    column,
    delete,
    func,
    insert,
    inspect,
    literal,
    literal_column,
    select,
    table,
    true,
    update,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import Session

from models.kinds import Direction
from models.states import CallStatus
from models.tables import AgentSession, Call, Utterance
from models.word_tables import CallWords

SEPARATOR: Final = "\x1e"  # between utterances; nobody says or types it
EPOCH: Final = datetime(2020, 1, 1, tzinfo=UTC)
SAME_MOMENT: Final = 12  # bits of a number that tell calls of one microsecond apart
BLOCK: Final = 50  # bits of a number within a block of PostgreSQL's index: 3.2 days
_TOUCHED: Final = "yihu_touched_words"
_OF_CALL: Final = ("ended_at", "queue_code", "status", "direction", "agent_session_id")
_OF_UTTERANCE: Final = ("text", "heard_text", "call_id")
# SQLite compares without regard to the case of these, PostgreSQL with.
_FOLDED: Final = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


@dataclass(frozen=True, slots=True)
class Sought:
    """A part of what was said, not empty; ``marks`` are those that the call must bear."""

    part: str
    marks: tuple[str, ...] = ()
    since: datetime | None = None
    before: datetime | None = None


def of_queue(code: str) -> str:
    return f"q{code.encode().hex()}"


def of_seat(seat_id: UUID) -> str:
    return f"s{seat_id.hex}"


def of_person(user_id: UUID) -> str:
    return f"u{user_id.hex}"


MISSED: Final = "missed"


def grams(words: str, marks: str) -> str:
    """What SQLite's index is given: six digits for each of two neighbouring characters."""
    codes = [f"{ord(one):06x}" for one in words.translate(_FOLDED)]
    pairs = [one + two for one, two in pairwise((*codes, "000000"))]
    return " ".join((*pairs, marks))


def at(moment: datetime) -> int:
    """The lowest number of a call received at ``moment``."""
    passed: int = (moment - EPOCH) // timedelta(microseconds=1)
    return passed << SAME_MOMENT


def found(dialect: str, sought: Sought, limit: int, offset: int) -> Select[UUID]:
    """The ids of the calls looked for, newest first: at most ``limit`` behind ``offset``."""
    numbers = _in_sqlite(sought) if dialect == "sqlite" else _in_postgres(sought)
    page = numbers.limit(limit).offset(offset).subquery()
    return (
        select(CallWords.call_id.label("id"))
        .join(page, page.c.number == CallWords.number)
        .order_by(CallWords.number.desc())
    )


def touch(session: Session, _: object = None) -> None:
    """Note the calls whose words a flush of ``session`` has changed."""
    touched: set[UUID] = session.info.setdefault(_TOUCHED, set())
    for row in (*session.new, *session.dirty, *session.deleted):
        if isinstance(row, Utterance) and (row in session.deleted or _changed(row, _OF_UTTERANCE)):
            touched.add(row.call_id)
        elif isinstance(row, Call) and (row in session.deleted or _changed(row, _OF_CALL)):
            touched.add(row.id)


def store(session: Session) -> None:
    """Write the words of every call that this transaction has ended, or to whose utterances it
    has added. Before the commit, as the last statement."""
    session.flush()
    for call_id in sorted(session.info.pop(_TOUCHED, ())):
        _store(session, call_id)


def _changed(row: Any, names: tuple[str, ...]) -> bool:
    state = inspect(row)
    return any(state.attrs[name].history.has_changes() for name in names)


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
    if call is None:  # deleted
        if old is not None:
            _write(session, call_id, old.number, (old.words, old.marks), None)
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
    before = None if old is None else (old.words, old.marks)
    after = (words, " ".join(marks)) if words else None
    number = _free(session, call.received_at, call_id) if old is None else old.number
    if before != after:
        _write(session, call_id, number, before, after)


def _words(session: Session, call_id: UUID) -> str:
    said = session.execute(
        select(Utterance.text, Utterance.heard_text)
        .where(Utterance.call_id == call_id)
        .order_by(Utterance.created_at, Utterance.sequence, Utterance.id)
    )
    each = dict.fromkeys(one for pair in said for one in pair if one)
    return SEPARATOR.join(each)


def _free(session: Session, received_at: datetime, call_id: UUID) -> int:
    """A number that no other call has: of one microsecond's calls, that of the smallest id
    tends to be the highest."""
    lowest = at(received_at)
    wanted = lowest + (1 << SAME_MOMENT) - 1 - (call_id.int >> (128 - SAME_MOMENT))
    query = select(CallWords.number).where(
        CallWords.number >= wanted, CallWords.number < lowest + (2 << SAME_MOMENT)
    )
    taken = set(session.scalars(query))
    while wanted in taken:
        wanted += 1
    return wanted


def _write(
    session: Session,
    call_id: UUID,
    number: int,
    before: tuple[str, str] | None,
    after: tuple[str, str] | None,
) -> None:
    """Bring a call's row and, where it is ours to keep, the index from ``before`` to ``after``:
    words and marks each."""
    row = CallWords.call_id == call_id
    if after is None:
        session.execute(delete(CallWords).where(row))
    elif before is None:
        values = {"number": number, "call_id": call_id, "words": after[0], "marks": after[1]}
        session.execute(insert(CallWords).values(values))
    else:
        session.execute(update(CallWords).where(row).values(words=after[0], marks=after[1]))
    if session.get_bind().dialect.name != "sqlite":
        return
    if before is not None:
        session.execute(_TAKE_OUT, {"number": number, "grams": grams(*before)})
    if after is not None:
        session.execute(_PUT_IN, {"number": number, "grams": grams(*after)})


_TAKE_OUT = sql(
    "INSERT INTO call_grams (call_grams, rowid, grams) VALUES ('delete', :number, :grams)"
)
_PUT_IN = sql("INSERT INTO call_grams (rowid, grams) VALUES (:number, :grams)")
_GRAMS = table("call_grams", column("rowid", BigInteger), column("call_grams"))


def _in_sqlite(sought: Sought) -> Select[Any]:
    # The index leafs over former pages by itself; only the wanted page's rows are read.
    codes = [f"{ord(one):06x}" for one in sought.part.translate(_FOLDED)]
    pairs = " ".join(one + two for one, two in pairwise(codes))
    asked = f'"{pairs}"' if pairs else f'"{codes[0]}" *'
    number = _GRAMS.c.rowid
    query = (
        select(number.label("number"))
        .where(_GRAMS.c.call_grams.op("MATCH")(" AND ".join((asked, *sought.marks))))
        .order_by(number.desc())
    )
    if sought.since is not None:
        query = query.where(number >= at(sought.since))
    if sought.before is not None:
        query = query.where(number < at(sought.before))
    return query


def _in_postgres(sought: Sought) -> Select[Any]:
    # Its index has no order. So it is asked for one stretch of days after another.
    lowest = -(1 << 63) if sought.since is None else at(sought.since)
    beyond = (1 << 63) - 1 if sought.before is None else at(sought.before)
    number = CallWords.number
    within = number >= lowest, number < beyond
    newest, oldest = (
        select(function(number)).where(*within).scalar_subquery()
        for function in (func.max, func.min)
    )
    shift = literal_column(str(BLOCK), Integer)
    block = (
        func.generate_series(newest.op(">>")(shift), oldest.op(">>")(shift), literal_column("-1"))
        .table_valued("block")
        .render_derived()
    )
    index = func.yihu_grams(number, CallWords.words, CallWords.marks)
    # A condition for each: the index leaps from one to the next, and leaves the other days out.
    tokens = (
        func.yihu_block(block.c.block),
        *(literal(token, BigInteger) for token in _tokens(sought)),
    )
    one = (
        select(number.label("number"))
        .where(*(index.op("@>")(array([token], type_=BigInteger)) for token in tokens))
        .where(CallWords.words.contains(sought.part, autoescape=True), *within)
        .order_by(number.desc())
        .correlate(block)
        .lateral("one")
    )
    return select(one.c.number).select_from(block.join(one, true()))


def _tokens(sought: Sought) -> list[int]:
    """What PostgreSQL's index has of these words and marks, see ``yihu_grams`` there."""
    codes = [ord(one) << 21 for one in sought.part]
    pairs = [one | two >> 21 for one, two in pairwise(codes)]
    marks = (hashlib.md5(one.encode(), usedforsecurity=False).hexdigest() for one in sought.marks)
    return sorted({*(pairs or codes), *(-(1 << 60) - int(one[:15], 16) for one in marks)})
