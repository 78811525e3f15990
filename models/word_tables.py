"""The words of calls that are over, and the index in which a part of them is found."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, Connection, Integer, Text, event
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, refers_to

# Every pair of neighbouring characters in the order of the words. The table keeps no copy of
# them and needs none: what is taken out of it is told with the words that were put in.
SQLITE_INDEX: Final = (
    "CREATE VIRTUAL TABLE call_grams USING "
    "fts5(grams, content='', columnsize=0, prefix='6', tokenize='ascii')"
)
INDEXES: Final = ("call_grams", "ix_call_words_grams")


class CallWords(Base):
    """What was said in a call that is over: each utterance as heard and as corrected, in every
    transcript. ``number`` grows with the time the call was received and numbers its words in
    the index; ``marks`` are the call's queue, seat and person, and whether it was missed, as
    ``models.words`` writes them."""

    __tablename__ = "call_words"

    number: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False
    )
    call_id: Mapped[UUID] = mapped_column(refers_to("calls.id"), unique=True)
    words: Mapped[str] = mapped_column(Text)
    marks: Mapped[str] = mapped_column(Text)


def of_the_classes(name: str | None, kind: str, _: object = None) -> bool:
    """Whether a table or an index of the database is one that a class describes; the index of
    words, which each database has in its own way, is not."""
    return name is None or not name.startswith(INDEXES)


@event.listens_for(CallWords.__table__, "after_create")
def _make_index(_: object, connection: Connection, **__: object) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(SQLITE_INDEX)
