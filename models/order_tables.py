"""The tables of orders: the matter reported, its work order, and what each unit got of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, HasId, refers_to, text_enum
from models.states import DISPATCH, WORK_ORDER, DispatchStatus, Machine, WorkOrderStatus
from models.tables import LinkageUnit, User


class NumberSeries(Base):
    """The last number given out of a series such as ``JQ20261122``."""

    __tablename__ = "number_series"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    last: Mapped[int]


class Incident(HasId, Base):
    """警情/事件: the matter reported; several calls may belong to one."""

    __tablename__ = "incidents"

    number: Mapped[str] = mapped_column(String(32), unique=True)
    opened_at: Mapped[datetime]


class WorkOrder(HasId, Base):
    """工单. ``field_states`` says of each form field who filled it: see ``models.forms``.

    ``merged_calls`` counts the further callers whose orders were merged into this one."""

    __tablename__ = "work_orders"
    __table_args__ = (Index("ix_work_orders_owner_created_at", "owner_id", "created_at"),)
    machine: ClassVar[Machine[Any]] = WORK_ORDER

    number: Mapped[str] = mapped_column(String(32), unique=True)
    incident_id: Mapped[UUID] = mapped_column(refers_to("incidents.id"), index=True)
    call_id: Mapped[UUID | None] = mapped_column(refers_to("calls.id"), index=True)
    owner_id: Mapped[UUID | None] = mapped_column(refers_to("users.id"))
    queue_code: Mapped[str] = mapped_column(refers_to("queues.code"))
    status: Mapped[WorkOrderStatus] = mapped_column(
        text_enum(WorkOrderStatus), default=WorkOrderStatus.DRAFT, index=True
    )
    version: Mapped[int] = mapped_column(default=0)
    fields: Mapped[dict[str, Any]]
    field_states: Mapped[dict[str, Any]]
    answer: Mapped[str] = mapped_column(Text, default="")
    # What the caller said of the result: satisfied, unsatisfied, no_answer, or empty.
    review: Mapped[str] = mapped_column(String(16), default="", server_default=text("''"))
    reviewed_at: Mapped[datetime | None]
    merged_calls: Mapped[int] = mapped_column(default=0, server_default="0")
    created_at: Mapped[datetime] = mapped_column(index=True)
    sent_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    # The centre that commands it; empty for the highest.
    centre_code: Mapped[str] = mapped_column(
        String(24), default="", server_default=text("''"), index=True
    )
    suspended_at: Mapped[datetime | None]
    # By whom the result was checked: review_call, seat, supervisor; empty before.
    checked_how: Mapped[str] = mapped_column(String(16), default="", server_default=text("''"))

    dispatch_orders: Mapped[list[DispatchOrder]] = relationship(
        lazy="raise", back_populates="work_order", order_by="DispatchOrder.position"
    )
    incident: Mapped[Incident] = relationship(lazy="raise")
    owner: Mapped[User | None] = relationship(lazy="raise")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it so


class DispatchOrder(HasId, Base):
    """派单: a work order at one unit. Its lamp is ``models.states.lamp(status)``.

    ``position`` is its place among the work order's, from 0, in the order of sending."""

    __tablename__ = "dispatch_orders"
    __table_args__ = (
        UniqueConstraint("work_order_id", "unit_id"),
        Index("ix_dispatch_orders_unit_status", "unit_id", "status"),
        Index("ix_dispatch_orders_unit_created_at", "unit_id", "created_at"),
        Index(
            "ix_dispatch_orders_rated_at",
            "rated_at",
            sqlite_where=text("rated_at IS NOT NULL"),
            postgresql_where=text("rated_at IS NOT NULL"),
        ),
    )
    machine: ClassVar[Machine[Any]] = DISPATCH

    work_order_id: Mapped[UUID] = mapped_column(refers_to("work_orders.id"))
    unit_id: Mapped[UUID] = mapped_column(refers_to("linkage_units.id"))
    position: Mapped[int] = mapped_column(default=0)
    status: Mapped[DispatchStatus] = mapped_column(
        text_enum(DispatchStatus), default=DispatchStatus.CREATED
    )
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    received_at: Mapped[datetime | None]
    fed_back_at: Mapped[datetime | None]
    feedback: Mapped[str] = mapped_column(Text, default="")
    reject_reason: Mapped[str] = mapped_column(Text, default="")
    recall_reason: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    # Offered to several firms: the first acceptance wins.
    offer: Mapped[bool] = mapped_column(default=False, server_default=false())
    price_note: Mapped[str] = mapped_column(String(255), default="", server_default=text("''"))
    rating: Mapped[int | None]  # the citizen's stars for a household service, 1 to 5
    rated_at: Mapped[datetime | None]

    work_order: Mapped[WorkOrder] = relationship(lazy="raise", back_populates="dispatch_orders")
    unit: Mapped[LinkageUnit] = relationship(lazy="raise")
