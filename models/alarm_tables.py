"""The tables of alarm rules and alarms (告警), and of the reports' day sheets (报表)."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, Date, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.alarm_states import ALARM, AlarmStatus
from models.base import Base, HasId, refers_to, text_enum
from models.order_tables import DispatchOrder
from models.states import Machine

# Orders that no unit has received, among millions that were.
Index(
    "ix_dispatch_orders_red",
    DispatchOrder.sent_at,
    sqlite_where=text("status = 'sent'"),
    postgresql_where=text("status = 'sent'"),
)


class AlarmKind(StrEnum):
    """What a rule watches. The first three are of the hall, which all centres share."""

    LONGEST_WAIT = "longest_wait"
    SEATS_BUSY = "seats_busy"
    HELPER_DOWN = "helper_down"
    RED_LAMP = "red_lamp"
    SURGE = "surge"
    ESCALATED = "escalated"


class AlarmRule(HasId, Base):
    """告警规则 of a centre (empty: the highest). ``queue_code`` empty means every queue.

    ``threshold`` is seconds, minutes, calls or a step, as its kind counts. A surge looks at the
    calls of the last ``window_minutes`` minutes; with ``near`` only at those of one area.
    ``hours`` is local time such as ``22:00-06:00``, empty for always. ``version`` counts changes.
    """

    __tablename__ = "alarm_rules"
    __table_args__ = (UniqueConstraint("centre_code", "kind", "queue_code"),)

    centre_code: Mapped[str] = mapped_column(String(24), default="")
    kind: Mapped[AlarmKind] = mapped_column(text_enum(AlarmKind))
    queue_code: Mapped[str] = mapped_column(String(32), default="")
    threshold: Mapped[int]
    window_minutes: Mapped[int] = mapped_column(default=0)
    near: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    sound: Mapped[bool] = mapped_column(default=True)
    hours: Mapped[str] = mapped_column(String(11), default="")
    version: Mapped[int] = mapped_column(default=0)
    updated_at: Mapped[datetime]
    updated_by: Mapped[UUID | None] = mapped_column(refers_to("users.id"))

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it so


class Alarm(HasId, Base):
    """告警: one episode of a rule about one ``subject`` (a queue, helper, order, matter).

    Unique per rule and subject while it is not cleared. ``name`` is what people call the
    subject; ``value`` counts calls or units where the kind counts any. ``began_at`` is since when
    it has been so; ``calm_since`` since when it has not, on the way to being cleared.
    """

    __tablename__ = "alarms"
    __table_args__ = (
        Index(
            "ix_alarms_open",
            "rule_id",
            "subject",
            unique=True,
            sqlite_where=text("cleared_at IS NULL"),
            postgresql_where=text("cleared_at IS NULL"),
        ),
        Index("ix_alarms_centre_raised", "centre_code", "raised_at"),
    )
    machine: ClassVar[Machine[Any]] = ALARM

    rule_id: Mapped[UUID] = mapped_column(refers_to("alarm_rules.id"))
    kind: Mapped[AlarmKind] = mapped_column(text_enum(AlarmKind))
    centre_code: Mapped[str] = mapped_column(String(24), default="")
    subject: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(128), default="")
    status: Mapped[AlarmStatus] = mapped_column(text_enum(AlarmStatus), default=AlarmStatus.RAISED)
    value: Mapped[int] = mapped_column(default=0)
    threshold: Mapped[int]
    sound: Mapped[bool]
    work_order_id: Mapped[UUID | None] = mapped_column(refers_to("work_orders.id"))
    began_at: Mapped[datetime]
    raised_at: Mapped[datetime]
    calm_since: Mapped[datetime | None]
    cleared_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[UUID | None] = mapped_column(refers_to("users.id"))


class ReportDay(Base):
    """A day of the centre whose figures were made at ``made_at``; ``stale_since`` is set when a
    row that counts in them has moved since."""

    __tablename__ = "report_days"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    made_at: Mapped[datetime | None]
    stale_since: Mapped[datetime | None]


class ReportSheet(Base):
    """The figures of one report on one day, of one queue and centre where the report has those.

    ``lines`` maps what a line is about to its counts and times; ``agent_desk.reports`` has the
    shapes.
    """

    __tablename__ = "report_sheets"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    report: Mapped[str] = mapped_column(String(16), primary_key=True)
    queue_code: Mapped[str] = mapped_column(String(32), primary_key=True)
    centre_code: Mapped[str] = mapped_column(String(24), primary_key=True)
    lines: Mapped[dict[str, Any]]


class ReportProgress(Base):
    """How far the transitions have been read for the reports: the last one's id."""

    __tablename__ = "report_progress"

    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    last: Mapped[int] = mapped_column(BigInteger)
