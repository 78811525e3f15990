"""Who can be sent where: areas, centres, duties, channels, teams and vehicles of units."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, HasId, refers_to, text_enum
from models.dispatch_states import FORCE, ForceStatus
from models.states import Machine
from models.tables import LinkageUnit


class AreaLevel(StrEnum):
    """市, 县, 乡镇, 村, 网格."""

    CITY = "city"
    COUNTY = "county"
    TOWNSHIP = "township"
    VILLAGE = "village"
    GRID = "grid"


class ShareKind(StrEnum):
    """Why a centre sees an order that another one commands."""

    PASSED = "passed"  # it passed the order on and follows it
    REPORTED = "reported"  # the order was reported up to it


class ChannelKind(StrEnum):
    """A way of reaching a unit."""

    WEB = "web"  # its terminal; ``address`` is empty
    PHONE = "phone"
    SMS = "sms"
    WEBHOOK = "webhook"
    EMAIL = "email"


class ForceKind(StrEnum):
    """A team of people or a vehicle."""

    TEAM = "team"
    VEHICLE = "vehicle"


class DutyRole(StrEnum):
    """What a duty makes of its unit."""

    LEAD = "lead"
    SUPPORT = "support"


class Area(Base):
    """辖区, a node of the tree city, county, township, village, grid.

    ``path`` is the codes from the root to the area, each followed by a slash, so all areas
    within one are those whose path begins with its path. ``contact_*`` is who patrols a grid.
    """

    __tablename__ = "areas"

    code: Mapped[str] = mapped_column(String(24), primary_key=True)
    name: Mapped[str] = mapped_column(String(64), index=True)
    level: Mapped[AreaLevel] = mapped_column(text_enum(AreaLevel))
    parent_code: Mapped[str | None] = mapped_column(refers_to("areas.code"), index=True)
    path: Mapped[str] = mapped_column(String(128), index=True)
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    contact_name: Mapped[str] = mapped_column(String(64), default="")
    contact_phone: Mapped[str] = mapped_column(String(32), default="")
    version: Mapped[int] = mapped_column(default=0, server_default="0")


class Centre(Base):
    """指挥中心 of an area. The one without ``parent_code`` is the highest."""

    __tablename__ = "centres"

    code: Mapped[str] = mapped_column(String(24), primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    area_code: Mapped[str] = mapped_column(refers_to("areas.code"))
    parent_code: Mapped[str | None] = mapped_column(refers_to("centres.code"))
    duty_phone: Mapped[str] = mapped_column(String(32), default="")
    version: Mapped[int] = mapped_column(default=0, server_default="0")


class OrderShare(HasId, Base):
    """A centre that sees a work order it does not command (``WorkOrder.centre_code``)."""

    __tablename__ = "order_shares"
    __table_args__ = (UniqueConstraint("work_order_id", "centre_code", "kind"),)

    work_order_id: Mapped[UUID] = mapped_column(refers_to("work_orders.id"))
    centre_code: Mapped[str] = mapped_column(String(24), index=True)
    kind: Mapped[ShareKind] = mapped_column(text_enum(ShareKind))
    note: Mapped[str] = mapped_column(String(255), default="")
    user_id: Mapped[UUID | None] = mapped_column(refers_to("users.id"))
    at: Mapped[datetime]


class DutyShift(HasId, Base):
    """值班表: who is on duty at a unit from ``starts_at`` until before ``ends_at``."""

    __tablename__ = "duty_shifts"
    __table_args__ = (
        UniqueConstraint("unit_id", "starts_at"),
        Index("ix_duty_shifts_unit_ends", "unit_id", "ends_at"),
    )

    unit_id: Mapped[UUID] = mapped_column(refers_to("linkage_units.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    person_name: Mapped[str] = mapped_column(String(64))
    phone: Mapped[str] = mapped_column(String(32), default="")


class UnitChannel(HasId, Base):
    """One way of reaching a unit. All active ones are used at the same moment, in the order of
    ``position``; ``address`` is a telephone number, an http(s) address or an e-mail address.
    ``secret`` signs what goes to a webhook."""

    __tablename__ = "unit_channels"
    __table_args__ = (UniqueConstraint("unit_id", "kind", "address"),)

    unit_id: Mapped[UUID] = mapped_column(refers_to("linkage_units.id"))
    kind: Mapped[ChannelKind] = mapped_column(text_enum(ChannelKind))
    address: Mapped[str] = mapped_column(String(255), default="")
    secret: Mapped[str] = mapped_column(String(64), default="")
    position: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)

    unit: Mapped[LinkageUnit] = relationship(lazy="raise")


class Force(HasId, Base):
    """救援力量: a team or a vehicle of a unit, with its last known position in degrees
    (GCJ-02)."""

    __tablename__ = "forces"
    machine: ClassVar[Machine[Any]] = FORCE

    code: Mapped[str] = mapped_column(String(32), unique=True)
    unit_id: Mapped[UUID] = mapped_column(refers_to("linkage_units.id"), index=True)
    kind: Mapped[ForceKind] = mapped_column(text_enum(ForceKind))
    name: Mapped[str] = mapped_column(String(100))
    capabilities: Mapped[list[str]]
    people: Mapped[int] = mapped_column(default=0)
    contact_phone: Mapped[str] = mapped_column(String(32), default="")
    status: Mapped[ForceStatus] = mapped_column(text_enum(ForceStatus), default=ForceStatus.READY)
    status_since: Mapped[datetime]
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    position_at: Mapped[datetime | None]

    unit: Mapped[LinkageUnit] = relationship(lazy="raise")


class Duty(Base):
    """职责清单: an item that a unit answers for, by area and hours.

    ``category_code`` is the taxonomy's, or the beginning that several share; empty for an item
    that no category stands for. Empty ``area_code`` means everywhere, ``hours`` is local time such
    as ``22:00-06:00`` or empty for always.
    """

    __tablename__ = "duties"

    code: Mapped[str] = mapped_column(String(24), primary_key=True)
    class_name: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(100))
    category_code: Mapped[str] = mapped_column(String(16), default="", index=True)
    unit_id: Mapped[UUID] = mapped_column(refers_to("linkage_units.id"), index=True)
    role: Mapped[DutyRole] = mapped_column(text_enum(DutyRole), default=DutyRole.LEAD)
    area_code: Mapped[str] = mapped_column(String(24), default="")
    hours: Mapped[str] = mapped_column(String(11), default="")

    unit: Mapped[LinkageUnit] = relationship(lazy="raise")
