"""What is done on units' terminals, photos of a feedback, talk between unit and seat."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

DEFERRED: dict[str, Any] = {"initially": "DEFERRED", "deferrable": True}


def upgrade() -> None:
    op.create_table(
        "terminal_actions",
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("dispatch_order_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        _refers("terminal_actions", "unit_id", "linkage_units"),
        _refers("terminal_actions", "dispatch_order_id", "dispatch_orders"),
        _refers("terminal_actions", "user_id", "users"),
        sa.PrimaryKeyConstraint("unit_id", "key", name=op.f("pk_terminal_actions")),
    )
    op.create_index(
        "ix_terminal_actions_dispatch_order_id",
        "terminal_actions",
        ["dispatch_order_id"],
        unique=False,
    )

    op.create_table(
        "photos",
        sa.Column("dispatch_order_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("feedback_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        _refers("photos", "dispatch_order_id", "dispatch_orders"),
        _refers("photos", "unit_id", "linkage_units"),
        _refers("photos", "user_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photos")),
        sa.UniqueConstraint("unit_id", "key", name=op.f("uq_photos_unit_id")),
        sa.UniqueConstraint("name", name=op.f("uq_photos_name")),
    )
    op.create_index("ix_photos_dispatch_order_id", "photos", ["dispatch_order_id"], unique=False)
    op.create_index("ix_photos_taken_at", "photos", ["taken_at"], unique=False)

    op.create_table(
        "unit_messages",
        sa.Column("dispatch_order_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("from_unit", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        _refers("unit_messages", "dispatch_order_id", "dispatch_orders"),
        _refers("unit_messages", "user_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_messages")),
    )
    op.create_index(
        "ix_unit_messages_dispatch_order_id",
        "unit_messages",
        ["dispatch_order_id", "at"],
        unique=False,
    )


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{to}")
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=name, **DEFERRED)
