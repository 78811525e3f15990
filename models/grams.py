"""Finding rows by a part of their words, among millions and within milliseconds.

Words are indexed by pairs of neighbouring characters, so any part of them is found, in Chinese
as in digits. SQLite's index (FTS5) keeps the pairs' places: a row of pairs in it is that part of
the words. PostgreSQL's (GIN) says which rows hold all the pairs, and the words themselves decide.
Both are asked for the newest first and stop at the page that is wanted; what a search is narrowed
by and the days are in the index as well, as marks, so nothing found in it is thrown away.
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
    ColumnElement,
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
    union,
    update,
)
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import InstrumentedAttribute, Session

from models.word_tables import CALL_GRAMS, ORDER_GRAMS, CallWords, HasWords, OrderWords

SEPARATOR: Final = "\x1e"  # between what belongs together; nobody says or types it
EPOCH: Final = datetime(2020, 1, 1, tzinfo=UTC)
SAME_MOMENT: Final = 12  # bits of a number that tell rows of one microsecond apart
BLOCK: Final = 50  # bits of a number within a block of PostgreSQL's index: 3.2 days
# SQLite compares without regard to the case of these, PostgreSQL with.
_FOLDED: Final = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


@dataclass(frozen=True, slots=True)
class Kept:
    """A table of words and how SQLite's index of it is called; ``subject`` is the column that
    says whose words a row has."""

    rows: type[HasWords]
    subject: InstrumentedAttribute[UUID]
    grams: str


@dataclass(frozen=True, slots=True)
class Sought:
    """A part of the words, not empty; ``marks`` are those that a row must bear. One that bears
    any of ``instead`` need not hold the part. ``below`` is the number of the last row of the
    page before."""

    part: str
    marks: tuple[str, ...] = ()
    since: datetime | None = None
    before: datetime | None = None
    instead: tuple[str, ...] = ()
    below: int | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """What the index is to have of a row."""

    words: str
    marks: str


CALLS: Final = Kept(CallWords, CallWords.call_id, CALL_GRAMS)
ORDERS: Final = Kept(OrderWords, OrderWords.dispatch_order_id, ORDER_GRAMS)


def grams(words: str, marks: str) -> str:
    """What SQLite's index is given: six digits for each of two neighbouring characters."""
    codes = [f"{ord(one):06x}" for one in words.translate(_FOLDED)]
    pairs = [one + two for one, two in pairwise((*codes, "000000"))]
    return " ".join((*pairs, marks))


def at(moment: datetime) -> int:
    """The lowest number of a row of ``moment``."""
    passed: int = (moment - EPOCH) // timedelta(microseconds=1)
    return passed << SAME_MOMENT


def found(kept: Kept, dialect: str, sought: Sought, limit: int) -> Select[UUID]:
    """Whose words they are that are looked for, newest first, as ``id``: at most ``limit``."""
    numbers = _in_sqlite(kept, sought) if dialect == "sqlite" else _in_postgres(kept, sought, limit)
    page = numbers.limit(limit).subquery()
    return (
        select(kept.subject.label("id"))
        .join(page, page.c.number == kept.rows.number)
        .order_by(kept.rows.number.desc())
    )


def changed(row: Any, names: tuple[str, ...]) -> bool:
    """Whether the flush that is under way has changed one of these attributes."""
    state = inspect(row)
    return any(state.attrs[name].history.has_changes() for name in names)


def free(session: Session, kept: Kept, moment: datetime, subject_id: UUID) -> int:
    """A number that no other row has: of one microsecond's rows, that of the smallest id tends
    to be the highest."""
    lowest = at(moment)
    wanted = lowest + (1 << SAME_MOMENT) - 1 - (subject_id.int >> (128 - SAME_MOMENT))
    number = kept.rows.number
    query = select(number).where(number >= wanted, number < lowest + (2 << SAME_MOMENT))
    taken = set(session.scalars(query))
    while wanted in taken:
        wanted += 1
    return wanted


def write(
    session: Session,
    kept: Kept,
    subject_id: UUID,
    number: int,
    before: Words | None,
    after: Words | None,
) -> None:
    """Bring a row and, where it is ours to keep, the index from ``before`` to ``after``."""
    mine = kept.subject == subject_id
    if after is None:
        session.execute(delete(kept.rows).where(mine))
    elif before is None:
        values = {"number": number, kept.subject.key: subject_id}
        row = insert(kept.rows).values(**values, words=after.words, marks=after.marks)
        session.execute(row)
    else:
        session.execute(update(kept.rows).where(mine).values(words=after.words, marks=after.marks))
    if session.get_bind().dialect.name != "sqlite":
        return
    index = table(kept.grams, column("rowid"), column("grams"), column(kept.grams))
    if before is not None:
        old = {"rowid": number, "grams": grams(before.words, before.marks)}
        session.execute(insert(index).values({kept.grams: "delete"} | old))
    if after is not None:
        new = {"rowid": number, "grams": grams(after.words, after.marks)}
        session.execute(insert(index).values(new))


def _in_sqlite(kept: Kept, sought: Sought) -> Select[Any]:
    # The index seeks the page's first row by itself; only the wanted page's rows are read.
    codes = [f"{ord(one):06x}" for one in sought.part.translate(_FOLDED)]
    pairs = " ".join(one + two for one, two in pairwise(codes))
    part = f'"{pairs}"' if pairs else f'"{codes[0]}" *'
    if sought.instead:
        part = f"({' OR '.join((part, *sought.instead))})"
    index = table(kept.grams, column("rowid", BigInteger), column(kept.grams))
    number = index.c.rowid
    query = (
        select(number.label("number"))
        .where(index.c[kept.grams].op("MATCH")(" AND ".join((part, *sought.marks))))
        .order_by(number.desc())
    )
    if sought.since is not None:
        query = query.where(number >= at(sought.since))
    beyond = _beyond(sought)
    return query if beyond is None else query.where(number < beyond)


def _in_postgres(kept: Kept, sought: Sought, limit: int) -> Select[Any]:
    holding = [*_has(kept, _of_part(sought.part)), _holds(kept, sought.part)]
    newest = _newest(kept, sought, holding)
    if not sought.instead:
        return newest
    # Asked for apart: with an OR the index would not be asked at all.
    marks = [literal(_of_mark(mark), BigInteger) for mark in sought.instead]
    any_mark = _index(kept).op("&&")(array(marks, type_=BigInteger))
    other = _newest(kept, sought, [any_mark])
    both = union(*(select(one.limit(limit).subquery()) for one in (newest, other))).subquery()
    return select(both.c.number).order_by(both.c.number.desc())


def _newest(kept: Kept, sought: Sought, conditions: list[ColumnElement[bool]]) -> Select[Any]:
    # Its index has no order. So it is asked for one stretch of days after another.
    lowest = -(1 << 63) if sought.since is None else at(sought.since)
    beyond = _beyond(sought)
    number = kept.rows.number
    within = number >= lowest, number < ((1 << 63) - 1 if beyond is None else beyond)
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
    one = (
        select(number.label("number"))
        .where(_index(kept).op("@>")(array([func.yihu_block(block.c.block)], type_=BigInteger)))
        .where(*_has(kept, [_of_mark(mark) for mark in sought.marks]), *conditions, *within)
        .order_by(number.desc())
        .correlate(block)
        .lateral("one")
    )
    return select(one.c.number).select_from(block.join(one, true()))


def _index(kept: Kept) -> ColumnElement[Any]:
    return func.yihu_grams(kept.rows.number, kept.rows.words, kept.rows.marks)


def _has(kept: Kept, tokens: list[int]) -> list[ColumnElement[bool]]:
    # A condition for each: the index leaps from one to the next, and leaves the rest out.
    literals = [literal(token, BigInteger) for token in tokens]
    return [_index(kept).op("@>")(array([token], type_=BigInteger)) for token in literals]


def _holds(kept: Kept, part: str) -> ColumnElement[bool]:
    return kept.rows.words.contains(part, autoescape=True)


def _beyond(sought: Sought) -> int | None:
    ends = [] if sought.before is None else [at(sought.before)]
    return min([*ends, *([] if sought.below is None else [sought.below])], default=None)


def _of_part(part: str) -> list[int]:
    """What PostgreSQL's index has of these words, see ``yihu_grams`` there."""
    codes = [ord(one) << 21 for one in part]
    return sorted({one | two >> 21 for one, two in pairwise(codes)} or codes)


def _of_mark(mark: str) -> int:
    digest = hashlib.md5(mark.encode(), usedforsecurity=False).hexdigest()
    return -(1 << 60) - int(digest[:15], 16)
