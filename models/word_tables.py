"""The words of calls that are over and of orders that units are done with, and the indexes in
which a part of them is found."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, Connection, Integer, Text, event
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, refers_to

CALL_GRAMS: Final = "call_grams"
ORDER_GRAMS: Final = "order_grams"
INDEXES: Final = (CALL_GRAMS, ORDER_GRAMS, "ix_call_words_grams", "ix_order_words_grams")


class HasWords:
    """``number`` grows with the time of what the words are of, and numbers them in the index;
    ``marks`` are what a search can be narrowed by."""

    number: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False
    )
    words: Mapped[str] = mapped_column(Text)
    marks: Mapped[str] = mapped_column(Text)


class CallWords(HasWords, Base):
    """What was said in a call that is over: each utterance as heard and as corrected, in every
    transcript. ``marks`` are the call's queue, seat and person, and whether it was missed, as
    ``models.words`` writes them; its time is that of its being received."""

    __tablename__ = "call_words"

    call_id: Mapped[UUID] = mapped_column(refers_to("calls.id"), unique=True)


class OrderWords(HasWords, Base):
    """What an order was about that a unit is done with, as ``models.order_words`` writes it; its
    time is that of its being made for the unit."""

    __tablename__ = "order_words"

    dispatch_order_id: Mapped[UUID] = mapped_column(refers_to("dispatch_orders.id"), unique=True)


def sqlite_index(name: str) -> str:
    """Every pair of neighbouring characters in the order of the words. The table keeps no copy
    of them and needs none: what is taken out of it is told with the words that were put in."""
    return (
        f"CREATE VIRTUAL TABLE {name} USING "
        "fts5(grams, content='', columnsize=0, prefix='6', tokenize='ascii')"
    )


def of_the_classes(name: str | None, kind: str, _: object = None) -> bool:
    """Whether a table or an index of the database is one that a class describes; the indexes of
    words, which each database has in its own way, are not."""
    return name is None or not name.startswith(INDEXES)


def _make_index(table: object, connection: Connection, **__: object) -> None:
    if connection.dialect.name == "sqlite":
        name = CALL_GRAMS if table is CallWords.__table__ else ORDER_GRAMS
        connection.exec_driver_sql(sqlite_index(name))


for _table in (CallWords.__table__, OrderWords.__table__):
    event.listen(_table, "after_create", _make_index)
