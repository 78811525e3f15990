"""Declarative base and the column types all tables share."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, DateTime, Enum, ForeignKey, MetaData, Uuid, inspect
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

# Names for constraints, so that Alembic can find them again on every database.
NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

Json = JSON().with_variant(JSONB(), "postgresql")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, kept as UTC; refuses naive values with ``ValueError``."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r}: pass an aware one")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def text_enum(kind: type[StrEnum]) -> Enum:
    """A column of an enum's values, stored as text so that a new value needs no migration."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=False,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )


def refers_to(column: str, *, use_alter: bool = False) -> ForeignKey:
    """A foreign key checked at commit, so rows of one transaction may be stored in any order."""
    return ForeignKey(column, deferrable=True, initially="DEFERRED", use_alter=use_alter)


class Base(DeclarativeBase):
    """Base of every table. A new row has its defaults (id, status...) at once, not at flush."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        datetime: UtcDateTime,
        UUID: Uuid,
        dict[str, Any]: Json,
        list[str]: Json,
        list[dict[str, Any]]: Json,
    }

    def __init__(self, **values: Any) -> None:
        for name, default in _defaults(type(self)):
            if name not in values:
                values[name] = default.arg if default.is_scalar else default.arg(None)
        for name, value in values.items():
            if not hasattr(type(self), name):
                raise TypeError(f"{type(self).__name__} has no column {name!r}")
            setattr(self, name, value)


@cache
def _defaults(kind: type[Base]) -> tuple[tuple[str, Any], ...]:
    """The attributes of ``kind`` that have a default, each with it."""
    found = [(one.key, one.columns[0].default) for one in inspect(kind).column_attrs]
    return tuple(
        (name, default)
        for name, default in found
        if default is not None and (default.is_scalar or default.is_callable)
    )


class HasId:
    """Primary key: a random UUID minted when the row is constructed."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
