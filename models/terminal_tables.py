"""The tables of units' terminals: what was done on them, photos, and talk with the seat."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, HasId, refers_to


class TerminalAction(Base):
    """One action of a unit's page, by the key the page gave it: the same key acts once.

    ``done_at`` is when it was done on the telephone, as far as that can be believed (never
    before the order was sent, never after ``taken_at``); ``taken_at`` is when the server took it.
    """

    __tablename__ = "terminal_actions"
    __table_args__ = (Index("ix_terminal_actions_dispatch_order_id", "dispatch_order_id"),)

    unit_id: Mapped[UUID] = mapped_column(refers_to("linkage_units.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    dispatch_order_id: Mapped[UUID] = mapped_column(refers_to("dispatch_orders.id"))
    user_id: Mapped[UUID] = mapped_column(refers_to("users.id"))
    action: Mapped[str] = mapped_column(String(16))
    request_hash: Mapped[str] = mapped_column(String(64))
    done_at: Mapped[datetime]
    taken_at: Mapped[datetime]


class Photo(HasId, Base):
    """A photo a unit sent, with the key the page gave it. ``name`` is that of its file, which
    nobody can guess; ``feedback_at`` is empty until a feedback holds the photo. Sizes are in
    pixels, ``size`` in bytes."""

    __tablename__ = "photos"
    __table_args__ = (
        UniqueConstraint("unit_id", "key"),
        Index("ix_photos_dispatch_order_id", "dispatch_order_id"),
        Index("ix_photos_taken_at", "taken_at"),
    )

    dispatch_order_id: Mapped[UUID] = mapped_column(refers_to("dispatch_orders.id"))
    unit_id: Mapped[UUID] = mapped_column(refers_to("linkage_units.id"))
    user_id: Mapped[UUID] = mapped_column(refers_to("users.id"))
    key: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(64), unique=True)
    width: Mapped[int]
    height: Mapped[int]
    size: Mapped[int]
    position: Mapped[int] = mapped_column(default=0)
    taken_at: Mapped[datetime]
    feedback_at: Mapped[datetime | None]


class UnitMessage(HasId, Base):
    """A line of the talk between a unit and the seat about one dispatch order. ``done_at`` is
    when it was written, ``at`` when the server took it."""

    __tablename__ = "unit_messages"
    __table_args__ = (Index("ix_unit_messages_dispatch_order_id", "dispatch_order_id", "at"),)

    dispatch_order_id: Mapped[UUID] = mapped_column(refers_to("dispatch_orders.id"))
    user_id: Mapped[UUID] = mapped_column(refers_to("users.id"))
    from_unit: Mapped[bool]
    text: Mapped[str] = mapped_column(Text)
    done_at: Mapped[datetime]
    at: Mapped[datetime]
