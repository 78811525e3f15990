"""What administrators change: people, seats, queues, units, areas, numbers, prompts."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

DEFERRED: dict[str, Any] = {"initially": "DEFERRED", "deferrable": True}
VERSIONED = ("linkage_units", "users", "queues", "seats", "areas", "centres", "hotline_numbers")


def upgrade() -> None:
    """Count changes, let passwords be one-time, seats be retired and prompts be one's own."""
    for table in VERSIONED:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(
                sa.Column("version", sa.Integer(), server_default="0", nullable=False)
            )
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "must_change_password", sa.Boolean(), server_default=sa.false(), nullable=False
            )
        )
    with op.batch_alter_table("seats", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("active", sa.Boolean(), server_default=sa.true(), nullable=False)
        )
    with op.batch_alter_table("queues", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("answer_goal_seconds", sa.Integer(), server_default="15", nullable=False)
        )
    op.create_index("ix_audits_user_id_at", "audits", ["user_id", "at"], unique=False)
    op.create_table(
        "own_prompts",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("recorded", sa.Boolean(), nullable=False),
        sa.Column("in_use", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["changed_by_id"],
            ["users.id"],
            name=op.f("fk_own_prompts_changed_by_id_users"),
            **DEFERRED,
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_own_prompts")),
    )
