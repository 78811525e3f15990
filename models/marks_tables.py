"""The tables of checks and marks (考核): rules, spot checks, marks, and units' figures by day."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Date, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, HasId, refers_to, text_enum
from models.marks_states import MARK, SPOT_CHECK, MarkStatus, SpotCheckStatus
from models.states import Machine
from models.tables import LinkageUnit


class Occasion(StrEnum):
    """What a rule is about. ``MANUAL`` and ``PRAISE`` are given by people only."""

    SPOT_CHECK = "spot_check"
    RECEIVED = "received"
    EN_ROUTE = "en_route"
    ON_SITE = "on_site"
    FEEDBACK = "feedback"
    REDO = "redo"
    UNSATISFIED = "unsatisfied"
    LOW_RATING = "low_rating"
    MANUAL = "manual"
    PRAISE = "praise"


class EvidenceKind(StrEnum):
    """What a mark rests on; says of which table its ``evidence_id`` is."""

    DEADLINE = "deadline"  # sla_timers
    SPOT_CHECK = "spot_check"  # spot_checks
    STEP = "step"  # transitions
    DISPATCH_ORDER = "dispatch_order"  # dispatch_orders
    PERSON = "person"  # what a person found; an id of its own


class MarkWay(StrEnum):
    """How what is marked was found."""

    MACHINE = "machine"
    PHONE = "phone"
    SMS = "sms"
    VISIT = "visit"
    OTHER = "other"


class DrawKind(StrEnum):
    """How a unit came to be checked."""

    DRAWN = "drawn"
    BY_HAND = "by_hand"


class Span(StrEnum):
    """The stretch of time that figures are kept by; longer ones are sums of months."""

    DAY = "day"
    MONTH = "month"


class MarkRule(Base):
    """考核规则. ``points`` are added to a unit's: negative where they are deducted.

    A rule that is not ``active`` is not applied; marks given before keep their points.
    """

    __tablename__ = "mark_rules"

    code: Mapped[str] = mapped_column(String(32), primary_key=True)
    position: Mapped[int]
    occasion: Mapped[Occasion] = mapped_column(text_enum(Occasion))
    name: Mapped[str] = mapped_column(String(64))
    about: Mapped[str] = mapped_column(String(255), default="")
    points: Mapped[int]
    active: Mapped[bool] = mapped_column(default=True)
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID | None] = mapped_column(refers_to("users.id"))


class SpotCheckQuota(Base):
    """How many units of a tier each centre checks a day, within which hours (local time,
    ``ends`` exclusive, 24 for midnight)."""

    __tablename__ = "spot_check_quotas"

    tier: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    units: Mapped[int]
    begins: Mapped[int]
    ends: Mapped[int]


class SpotDraw(Base):
    """A centre's draw for a day has been made, hence once."""

    __tablename__ = "spot_draws"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    centre_code: Mapped[str] = mapped_column(String(24), primary_key=True)
    at: Mapped[datetime]


class SpotCheck(HasId, Base):
    """抽查: a unit's duty is called at ``due_at`` and has to press a key.

    ``called_at`` is when the call was asked for, ``expires_at`` until when a key counts.
    ``auto_call_id`` is the machine's call; ``note`` says why a check is void.
    """

    __tablename__ = "spot_checks"
    __table_args__ = (
        Index("ix_spot_checks_day", "day"),
        Index("ix_spot_checks_unit_day", "unit_id", "day"),
        Index(
            "ix_spot_checks_open",
            "due_at",
            sqlite_where=text("status IN ('planned', 'calling')"),
            postgresql_where=text("status IN ('planned', 'calling')"),
        ),
    )
    machine: ClassVar[Machine[Any]] = SPOT_CHECK

    unit_id: Mapped[UUID] = mapped_column(refers_to("linkage_units.id"))
    day: Mapped[date] = mapped_column(Date)
    kind: Mapped[DrawKind] = mapped_column(text_enum(DrawKind))
    status: Mapped[SpotCheckStatus] = mapped_column(
        text_enum(SpotCheckStatus), default=SpotCheckStatus.PLANNED
    )
    due_at: Mapped[datetime]
    asked_by: Mapped[UUID | None] = mapped_column(refers_to("users.id"))
    called_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    auto_call_id: Mapped[UUID | None]
    on_duty: Mapped[str] = mapped_column(String(64), default="")
    note: Mapped[str] = mapped_column(String(255), default="")

    unit: Mapped[LinkageUnit] = relationship(lazy="raise")


class Mark(HasId, Base):
    """扣分 or 加分 of a unit, by one rule for one piece of evidence, hence once.

    ``rule_name`` and ``points`` are the rule's as they were. ``at`` is when it happened, ``day``
    the same as a day of the centre. ``given_by`` is empty for the machine. An appeal is taken
    until before ``appeal_until``.
    """

    __tablename__ = "marks"
    __table_args__ = (
        UniqueConstraint("rule_code", "evidence_id"),
        Index("ix_marks_unit_at", "unit_id", "at"),
        Index("ix_marks_at", "at"),
        # Sums of points by unit are read from this index alone.
        Index("ix_marks_day_sums", "day", "unit_id", "status", "rule_code", "points"),
        Index(
            "ix_marks_appealed",
            "appealed_at",
            sqlite_where=text("status = 'appealed'"),
            postgresql_where=text("status = 'appealed'"),
        ),
    )
    machine: ClassVar[Machine[Any]] = MARK

    unit_id: Mapped[UUID] = mapped_column(refers_to("linkage_units.id"))
    rule_code: Mapped[str] = mapped_column(refers_to("mark_rules.code"))
    rule_name: Mapped[str] = mapped_column(String(64))
    points: Mapped[int]
    status: Mapped[MarkStatus] = mapped_column(text_enum(MarkStatus), default=MarkStatus.GIVEN)
    evidence: Mapped[EvidenceKind] = mapped_column(text_enum(EvidenceKind))
    evidence_id: Mapped[str] = mapped_column(String(36))
    work_order_id: Mapped[UUID | None] = mapped_column(refers_to("work_orders.id"))
    way: Mapped[MarkWay] = mapped_column(text_enum(MarkWay), default=MarkWay.MACHINE)
    reason: Mapped[str] = mapped_column(String(500))
    at: Mapped[datetime]
    day: Mapped[date] = mapped_column(Date)
    given_at: Mapped[datetime]
    given_by: Mapped[UUID | None] = mapped_column(refers_to("users.id"))
    appeal_until: Mapped[datetime]
    appealed_at: Mapped[datetime | None]
    appealed_by: Mapped[UUID | None] = mapped_column(refers_to("users.id"))
    appeal: Mapped[str] = mapped_column(String(1000), default="")
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None] = mapped_column(refers_to("users.id"))
    decision: Mapped[str] = mapped_column(String(500), default="")

    unit: Mapped[LinkageUnit] = relationship(lazy="raise")


class UnitFigures(Base):
    """What a unit did with the orders of a day or a month, counted anew whenever one of them
    moves. An order belongs to the day on which it was first sent to the unit; a deadline counts
    once it was kept or missed."""

    __tablename__ = "unit_figures"
    __table_args__ = (Index("ix_unit_figures_span_begins", "span", "begins_on"),)

    unit_id: Mapped[UUID] = mapped_column(refers_to("linkage_units.id"), primary_key=True)
    span: Mapped[Span] = mapped_column(text_enum(Span), primary_key=True)
    begins_on: Mapped[date] = mapped_column(Date, primary_key=True)
    orders: Mapped[int] = mapped_column(default=0)
    fed_back: Mapped[int] = mapped_column(default=0)
    received_kept: Mapped[int] = mapped_column(default=0)
    received_missed: Mapped[int] = mapped_column(default=0)
    on_site_kept: Mapped[int] = mapped_column(default=0)
    on_site_missed: Mapped[int] = mapped_column(default=0)
    feedback_kept: Mapped[int] = mapped_column(default=0)
    feedback_missed: Mapped[int] = mapped_column(default=0)
    returns: Mapped[int] = mapped_column(default=0)
    redone: Mapped[int] = mapped_column(default=0)
    satisfied: Mapped[int] = mapped_column(default=0)
    unsatisfied: Mapped[int] = mapped_column(default=0)
    stars: Mapped[int] = mapped_column(default=0)
    rated: Mapped[int] = mapped_column(default=0)
    checks_answered: Mapped[int] = mapped_column(default=0)
    checks_missed: Mapped[int] = mapped_column(default=0)


class MarkCursor(Base):
    """How far a stream of rows has been read for marks: up to ``position`` or ``at``."""

    __tablename__ = "mark_cursors"

    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    position: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime]
