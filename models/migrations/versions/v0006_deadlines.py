"""Deadlines, escalations, deliveries to units; calendars; units' own systems."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
DEFERRED: dict[str, Any] = {"initially": "DEFERRED", "deferrable": True}


def upgrade() -> None:
    op.create_table(
        "calendar_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_calendar_days")),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["linkage_units.id"],
            name=op.f("fk_idempotency_keys_unit_id_linkage_units"),
            **DEFERRED,
        ),
        sa.PrimaryKeyConstraint("unit_id", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index("ix_idempotency_keys_at", "idempotency_keys", ["at"], unique=False)

    op.create_table(
        "unit_tokens",
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["linkage_units.id"],
            name=op.f("fk_unit_tokens_unit_id_linkage_units"),
            **DEFERRED,
        ),
        sa.PrimaryKeyConstraint("unit_id", name=op.f("pk_unit_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_unit_tokens_token_hash")),
    )
    op.create_table(
        "used_signatures",
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("signature", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["linkage_units.id"],
            name=op.f("fk_used_signatures_unit_id_linkage_units"),
            **DEFERRED,
        ),
        sa.PrimaryKeyConstraint("unit_id", "signature", name=op.f("pk_used_signatures")),
    )
    op.create_index("ix_used_signatures_at", "used_signatures", ["at"], unique=False)

    op.create_table(
        "sla_timers",
        sa.Column("work_order_id", sa.Uuid(), nullable=False),
        sa.Column("dispatch_order_id", sa.Uuid(), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("calendar", sa.String(length=16), nullable=False),
        sa.Column("limit_seconds", sa.Integer(), nullable=False),
        sa.Column("plan", JSON, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("used_seconds", sa.Double(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("running_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("breached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_by", sa.String(length=32), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dispatch_order_id"],
            ["dispatch_orders.id"],
            name=op.f("fk_sla_timers_dispatch_order_id_dispatch_orders"),
            **DEFERRED,
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["linkage_units.id"],
            name=op.f("fk_sla_timers_unit_id_linkage_units"),
            **DEFERRED,
        ),
        sa.ForeignKeyConstraint(
            ["work_order_id"],
            ["work_orders.id"],
            name=op.f("fk_sla_timers_work_order_id_work_orders"),
            **DEFERRED,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sla_timers")),
    )
    op.create_index(
        "ix_sla_timers_dispatch_order_id", "sla_timers", ["dispatch_order_id"], unique=False
    )
    op.create_index(
        "ix_sla_timers_late",
        "sla_timers",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("stopped_at IS NULL AND breached_at IS NOT NULL"),
        postgresql_where=sa.text("stopped_at IS NULL AND breached_at IS NOT NULL"),
    )
    op.create_index(
        "ix_sla_timers_next_at",
        "sla_timers",
        ["next_at"],
        unique=False,
        sqlite_where=sa.text("next_at IS NOT NULL"),
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
    op.create_index("ix_sla_timers_work_order_id", "sla_timers", ["work_order_id"], unique=False)

    op.create_table(
        "sla_notices",
        sa.Column("timer_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("work_order_id", sa.Uuid(), nullable=False),
        sa.Column("dispatch_order_id", sa.Uuid(), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dispatch_order_id"],
            ["dispatch_orders.id"],
            name=op.f("fk_sla_notices_dispatch_order_id_dispatch_orders"),
            **DEFERRED,
        ),
        sa.ForeignKeyConstraint(
            ["seen_by"], ["users.id"], name=op.f("fk_sla_notices_seen_by_users"), **DEFERRED
        ),
        sa.ForeignKeyConstraint(
            ["timer_id"],
            ["sla_timers.id"],
            name=op.f("fk_sla_notices_timer_id_sla_timers"),
            **DEFERRED,
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["linkage_units.id"],
            name=op.f("fk_sla_notices_unit_id_linkage_units"),
            **DEFERRED,
        ),
        sa.ForeignKeyConstraint(
            ["work_order_id"],
            ["work_orders.id"],
            name=op.f("fk_sla_notices_work_order_id_work_orders"),
            **DEFERRED,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sla_notices")),
        sa.UniqueConstraint("timer_id", "position", name=op.f("uq_sla_notices_timer_id")),
    )
    op.create_index("ix_sla_notices_at", "sla_notices", ["at"], unique=False)
    op.create_index("ix_sla_notices_work_order_id", "sla_notices", ["work_order_id"], unique=False)

    op.create_table(
        "deliveries",
        sa.Column("dispatch_order_id", sa.Uuid(), nullable=True),
        sa.Column("work_order_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("notice_id", sa.Uuid(), nullable=True),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("purpose", sa.String(32), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("address", sa.String(length=255), nullable=False),
        sa.Column("payload", JSON, nullable=False),
        sa.Column("carrier_id", sa.Uuid(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(length=255), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dispatch_order_id"],
            ["dispatch_orders.id"],
            name=op.f("fk_deliveries_dispatch_order_id_dispatch_orders"),
            **DEFERRED,
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"],
            ["sla_notices.id"],
            name=op.f("fk_deliveries_notice_id_sla_notices"),
            **DEFERRED,
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["linkage_units.id"],
            name=op.f("fk_deliveries_unit_id_linkage_units"),
            **DEFERRED,
        ),
        sa.ForeignKeyConstraint(
            ["work_order_id"],
            ["work_orders.id"],
            name=op.f("fk_deliveries_work_order_id_work_orders"),
            **DEFERRED,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
    )
    op.create_index(
        "ix_deliveries_carrier_id",
        "deliveries",
        ["carrier_id"],
        unique=False,
        sqlite_where=sa.text("carrier_id IS NOT NULL"),
        postgresql_where=sa.text("carrier_id IS NOT NULL"),
    )
    op.create_index(
        "ix_deliveries_dispatch_order_id", "deliveries", ["dispatch_order_id"], unique=False
    )
    op.create_index(
        "ix_deliveries_waiting",
        "deliveries",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("status = 'waiting'"),
        postgresql_where=sa.text("status = 'waiting'"),
    )
    op.create_index(
        "ix_sla_timers_unit_running",
        "sla_timers",
        ["unit_id", "due_at"],
        unique=False,
        sqlite_where=sa.text("stopped_at IS NULL"),
        postgresql_where=sa.text("stopped_at IS NULL"),
    )
    _index_what_pages_ask_for()


def _index_what_pages_ask_for() -> None:
    """A page takes as long among a million closed orders as among a hundred."""
    op.drop_index("ix_calls_status", "calls")
    op.create_index("ix_calls_status_received_at", "calls", ["status", "received_at"])
    op.drop_index("ix_work_orders_owner_id", "work_orders")
    op.create_index("ix_work_orders_owner_created_at", "work_orders", ["owner_id", "created_at"])
    op.create_index(
        "ix_dispatch_orders_unit_created_at", "dispatch_orders", ["unit_id", "created_at"]
    )
    op.create_index("ix_call_backs_closed_at", "call_backs", ["closed_at"])
    op.drop_index("ix_agent_sessions_seat_id", "agent_sessions")
    op.drop_index("ix_agent_sessions_user_id", "agent_sessions")
    for column in ("seat", "user"):
        op.create_index(
            f"ix_agent_sessions_{column}_signed_out_at",
            "agent_sessions",
            [f"{column}_id", "signed_out_at"],
        )
    op.create_index("ix_agent_sessions_signed_out_at", "agent_sessions", ["signed_out_at"])
