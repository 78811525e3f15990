"""Areas, centres, duties, channels, teams and vehicles of units; further steps of orders."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
DEFERRED: dict[str, Any] = {"initially": "DEFERRED", "deferrable": True}


def upgrade() -> None:
    op.create_table(
        "areas",
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("level", sa.String(32), nullable=False),
        sa.Column("parent_code", sa.String(length=24), nullable=True),
        sa.Column("path", sa.String(length=128), nullable=False),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("contact_name", sa.String(length=64), nullable=False),
        sa.Column("contact_phone", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["parent_code"], ["areas.code"], name=op.f("fk_areas_parent_code_areas"), **DEFERRED
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_areas")),
    )
    op.create_index(op.f("ix_areas_name"), "areas", ["name"], unique=False)
    op.create_index(op.f("ix_areas_parent_code"), "areas", ["parent_code"], unique=False)
    op.create_index(op.f("ix_areas_path"), "areas", ["path"], unique=False)

    op.create_table(
        "centres",
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("area_code", sa.String(length=24), nullable=False),
        sa.Column("parent_code", sa.String(length=24), nullable=True),
        sa.Column("duty_phone", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["area_code"], ["areas.code"], name=op.f("fk_centres_area_code_areas"), **DEFERRED
        ),
        sa.ForeignKeyConstraint(
            ["parent_code"],
            ["centres.code"],
            name=op.f("fk_centres_parent_code_centres"),
            **DEFERRED,
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_centres")),
    )

    op.create_table(
        "order_shares",
        sa.Column("work_order_id", sa.Uuid(), nullable=False),
        sa.Column("centre_code", sa.String(length=24), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("note", sa.String(length=255), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_order_shares_user_id_users"), **DEFERRED
        ),
        sa.ForeignKeyConstraint(
            ["work_order_id"],
            ["work_orders.id"],
            name=op.f("fk_order_shares_work_order_id_work_orders"),
            **DEFERRED,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_shares")),
        sa.UniqueConstraint(
            "work_order_id", "centre_code", "kind", name=op.f("uq_order_shares_work_order_id")
        ),
    )
    op.create_index(
        op.f("ix_order_shares_centre_code"), "order_shares", ["centre_code"], unique=False
    )

    op.create_table(
        "duty_shifts",
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_name", sa.String(length=64), nullable=False),
        sa.Column("phone", sa.String(length=32), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["linkage_units.id"],
            name=op.f("fk_duty_shifts_unit_id_linkage_units"),
            **DEFERRED,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_shifts")),
        sa.UniqueConstraint("unit_id", "starts_at", name=op.f("uq_duty_shifts_unit_id")),
    )
    op.create_index("ix_duty_shifts_unit_ends", "duty_shifts", ["unit_id", "ends_at"], unique=False)

    op.create_table(
        "unit_channels",
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("address", sa.String(length=255), nullable=False),
        sa.Column("secret", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["linkage_units.id"],
            name=op.f("fk_unit_channels_unit_id_linkage_units"),
            **DEFERRED,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_channels")),
        sa.UniqueConstraint("unit_id", "kind", "address", name=op.f("uq_unit_channels_unit_id")),
    )

    op.create_table(
        "forces",
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("capabilities", JSON, nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("contact_phone", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("status_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("position_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["linkage_units.id"],
            name=op.f("fk_forces_unit_id_linkage_units"),
            **DEFERRED,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forces")),
        sa.UniqueConstraint("code", name=op.f("uq_forces_code")),
    )
    op.create_index(op.f("ix_forces_unit_id"), "forces", ["unit_id"], unique=False)

    op.create_table(
        "duties",
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("class_name", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("category_code", sa.String(length=16), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("area_code", sa.String(length=24), nullable=False),
        sa.Column("hours", sa.String(length=11), nullable=False),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["linkage_units.id"],
            name=op.f("fk_duties_unit_id_linkage_units"),
            **DEFERRED,
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_duties")),
    )
    op.create_index(op.f("ix_duties_category_code"), "duties", ["category_code"], unique=False)
    op.create_index(op.f("ix_duties_unit_id"), "duties", ["unit_id"], unique=False)

    with op.batch_alter_table("linkage_units", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("form", sa.String(32), server_default="authority", nullable=False)
        )
        for name in ("kinds", "capabilities"):
            batch_op.add_column(
                sa.Column(name, JSON, server_default=sa.text("'[]'"), nullable=False)
            )
        for name, length in (
            ("area_code", 24),
            ("centre_code", 24),
            ("leader_name", 64),
            ("leader_phone", 32),
            ("liaison_name", 64),
            ("liaison_phone", 32),
        ):
            batch_op.add_column(_text(name, length))
        batch_op.add_column(
            sa.Column("duty_rule", sa.String(32), server_default="always", nullable=False)
        )
        batch_op.add_column(sa.Column("lon", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("lat", sa.Double(), nullable=True))

    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.add_column(_text("centre_code", 24))

    with op.batch_alter_table("work_orders", schema=None) as batch_op:
        batch_op.add_column(_text("centre_code", 24))
        batch_op.add_column(sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(_text("checked_how", 16))
        batch_op.create_index(batch_op.f("ix_work_orders_centre_code"), ["centre_code"])

    with op.batch_alter_table("dispatch_orders", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("recall_reason", sa.Text(), server_default=sa.text("''"), nullable=False)
        )
        batch_op.add_column(
            sa.Column("offer", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch_op.add_column(_text("price_note", 255))
        batch_op.add_column(sa.Column("rating", sa.Integer(), nullable=True))


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), server_default=sa.text("''"), nullable=False)
