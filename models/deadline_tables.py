"""The tables of deadlines (时限) and of the channels that reach a unit (通知渠道)."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Date, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, HasId, refers_to, text_enum
from models.deadline_states import DELIVERY, DeliveryStatus
from models.dispatch_tables import ChannelKind
from models.order_tables import DispatchOrder, WorkOrder
from models.states import Machine
from models.tables import LinkageUnit


class DeadlineKind(StrEnum):
    """What has to happen in time. ``CLOSED`` is of a work order, the others of one unit."""

    RECEIVED = "received"
    EN_ROUTE = "en_route"
    ON_SITE = "on_site"
    FEEDBACK = "feedback"
    CLOSED = "closed"


class NoticeStep(StrEnum):
    """Whom a deadline speaks to: a reminder before it, then ever higher after it."""

    REMIND = "remind"
    DUTY_PHONE = "duty_phone"
    LEADER = "leader"
    SUPERVISOR = "supervisor"
    HIGHER_CENTRE = "higher_centre"


class Purpose(StrEnum):
    """What a delivery says."""

    ORDER = "order"  # here is an order
    REMINDER = "reminder"  # a limit comes near
    ESCALATION = "escalation"  # a limit has passed
    SETTLED = "settled"  # nothing to do any more: accepted elsewhere, recalled


class DayKind(StrEnum):
    """A day that is not what its weekday says."""

    HOLIDAY = "holiday"
    WORKDAY = "workday"


class SlaTimer(HasId, Base):
    """A deadline of a dispatch order, or of a work order (``dispatch_order_id`` empty).

    ``limit_seconds`` and ``used_seconds`` count the seconds of ``calendar``; the clock has run
    since ``running_since`` unless ``paused_at`` says that it stands. ``plan`` is what is due when,
    as ``{"at": seconds, "step": NoticeStep}`` in order; ``position`` of them have been done.
    ``next_at`` is the next moment at which something has to be done, empty when nothing has.
    ``stopped_by`` is the trigger that ended it; one ended by ``reject`` or ``recall`` was neither
    kept nor missed.
    """

    __tablename__ = "sla_timers"
    __table_args__ = (
        Index("ix_sla_timers_dispatch_order_id", "dispatch_order_id"),
        Index("ix_sla_timers_work_order_id", "work_order_id"),
        Index(
            "ix_sla_timers_next_at",
            "next_at",
            sqlite_where=text("next_at IS NOT NULL"),
            postgresql_where=text("next_at IS NOT NULL"),
        ),
        Index(
            "ix_sla_timers_unit_running",
            "unit_id",
            "due_at",
            sqlite_where=text("stopped_at IS NULL"),
            postgresql_where=text("stopped_at IS NULL"),
        ),
        Index(
            "ix_sla_timers_late",
            "due_at",
            sqlite_where=text("stopped_at IS NULL AND breached_at IS NOT NULL"),
            postgresql_where=text("stopped_at IS NULL AND breached_at IS NOT NULL"),
        ),
    )

    work_order_id: Mapped[UUID] = mapped_column(refers_to("work_orders.id"))
    dispatch_order_id: Mapped[UUID | None] = mapped_column(refers_to("dispatch_orders.id"))
    unit_id: Mapped[UUID | None] = mapped_column(refers_to("linkage_units.id"))
    kind: Mapped[DeadlineKind] = mapped_column(text_enum(DeadlineKind))
    calendar: Mapped[str] = mapped_column(String(16))
    limit_seconds: Mapped[int]
    plan: Mapped[list[dict[str, Any]]]
    position: Mapped[int] = mapped_column(default=0)
    used_seconds: Mapped[float] = mapped_column(default=0.0)
    started_at: Mapped[datetime]
    running_since: Mapped[datetime]
    due_at: Mapped[datetime]
    next_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    breached_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]
    stopped_by: Mapped[str] = mapped_column(String(32), default="")

    work_order: Mapped[WorkOrder] = relationship(lazy="raise")
    dispatch_order: Mapped[DispatchOrder | None] = relationship(lazy="raise")
    unit: Mapped[LinkageUnit | None] = relationship(lazy="raise")


class SlaNotice(HasId, Base):
    """A reminder or escalation that was made: ``position`` in its timer's plan, hence once.

    ``due_at`` is when it had to be made, ``at`` when it was. ``seen_at`` is set when somebody has
    taken note: a supervisor on the page (``seen_by``) or whoever pressed a key on the telephone.
    """

    __tablename__ = "sla_notices"
    __table_args__ = (
        UniqueConstraint("timer_id", "position"),
        Index("ix_sla_notices_at", "at"),
        Index("ix_sla_notices_work_order_id", "work_order_id"),
    )

    timer_id: Mapped[UUID] = mapped_column(refers_to("sla_timers.id"))
    position: Mapped[int]
    step: Mapped[NoticeStep] = mapped_column(text_enum(NoticeStep))
    kind: Mapped[DeadlineKind] = mapped_column(text_enum(DeadlineKind))
    work_order_id: Mapped[UUID] = mapped_column(refers_to("work_orders.id"))
    dispatch_order_id: Mapped[UUID | None] = mapped_column(refers_to("dispatch_orders.id"))
    unit_id: Mapped[UUID | None] = mapped_column(refers_to("linkage_units.id"))
    due_at: Mapped[datetime]
    at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    seen_by: Mapped[UUID | None] = mapped_column(refers_to("users.id"))

    work_order: Mapped[WorkOrder] = relationship(lazy="raise")
    unit: Mapped[LinkageUnit | None] = relationship(lazy="raise")


class Delivery(HasId, Base):
    """送达记录: one message to a unit on one channel.

    ``due_at`` is when it is to be tried next; whoever tries it moves this on first, so that a try
    that dies is made again and two never make it at once. ``carrier_id`` is the automatic call or
    text message that carries it. ``payload`` is what is said, so that a retry says the same.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        Index(
            "ix_deliveries_waiting",
            "due_at",
            sqlite_where=text("status = 'waiting'"),
            postgresql_where=text("status = 'waiting'"),
        ),
        Index("ix_deliveries_dispatch_order_id", "dispatch_order_id"),
        Index(
            "ix_deliveries_carrier_id",
            "carrier_id",
            sqlite_where=text("carrier_id IS NOT NULL"),
            postgresql_where=text("carrier_id IS NOT NULL"),
        ),
    )
    machine: ClassVar[Machine[Any]] = DELIVERY

    dispatch_order_id: Mapped[UUID | None] = mapped_column(refers_to("dispatch_orders.id"))
    work_order_id: Mapped[UUID] = mapped_column(refers_to("work_orders.id"))
    unit_id: Mapped[UUID | None] = mapped_column(refers_to("linkage_units.id"))
    notice_id: Mapped[UUID | None] = mapped_column(refers_to("sla_notices.id"))
    channel: Mapped[ChannelKind] = mapped_column(text_enum(ChannelKind))
    purpose: Mapped[Purpose] = mapped_column(text_enum(Purpose))
    status: Mapped[DeliveryStatus] = mapped_column(
        text_enum(DeliveryStatus), default=DeliveryStatus.WAITING
    )
    address: Mapped[str] = mapped_column(String(255), default="")
    payload: Mapped[dict[str, Any]]
    carrier_id: Mapped[UUID | None]
    tries: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(String(255), default="")


class UnitToken(Base):
    """What a unit's own system signs in with; kept only as its SHA-256."""

    __tablename__ = "unit_tokens"

    unit_id: Mapped[UUID] = mapped_column(refers_to("linkage_units.id"), primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]


class UsedSignature(Base):
    """A signed request that was taken: a second one with this signature is a replay."""

    __tablename__ = "used_signatures"

    unit_id: Mapped[UUID] = mapped_column(refers_to("linkage_units.id"), primary_key=True)
    signature: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)


class IdempotencyKey(Base):
    """A request of a unit's system by the key it gave it; ``status`` is 0 until it is answered."""

    __tablename__ = "idempotency_keys"

    unit_id: Mapped[UUID] = mapped_column(refers_to("linkage_units.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    request_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int] = mapped_column(default=0)
    answer: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(index=True)


class CalendarDay(Base):
    """A holiday, or a day off that is worked instead (调休)."""

    __tablename__ = "calendar_days"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    kind: Mapped[DayKind] = mapped_column(text_enum(DayKind))
    name: Mapped[str] = mapped_column(String(64), default="")
