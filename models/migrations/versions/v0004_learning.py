"""Learned examples, model versions, edited taxonomy."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
DEFERRED: dict[str, Any] = {"initially": "DEFERRED", "deferrable": True}


def upgrade() -> None:
    op.create_table(
        "dial_settings",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("emergency_from", sa.Double(), nullable=True),
        sa.Column("false_alarms", sa.Double(), nullable=True),
        sa.Column("basis", sa.String(length=16), nullable=False),
        sa.Column("model_version", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_dial_settings_user_id_users"), **DEFERRED
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_dial_settings")),
    )
    op.create_table(
        "taxonomy_versions",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("before", JSON, nullable=False),
        sa.Column("after", JSON, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_taxonomy_versions_user_id_users"), **DEFERRED
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_taxonomy_versions")),
    )
    op.create_table(
        "training_runs",
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("examples", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_training_runs_user_id_users"), **DEFERRED
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_runs")),
    )
    op.create_index(op.f("ix_training_runs_status"), "training_runs", ["status"], unique=False)
    op.create_table(
        "judged_calls",
        sa.Column("work_order_id", sa.Uuid(), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("order_version", sa.Integer(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=True),
        sa.Column("model_version", sa.String(length=64), nullable=False),
        sa.Column("suggested", sa.Boolean(), nullable=False),
        sa.Column("abstained", sa.Boolean(), nullable=False),
        sa.Column("emergency_p", sa.Double(), nullable=True),
        sa.Column("proposed_code", sa.String(length=16), nullable=False),
        sa.Column("unknown", sa.Double(), nullable=True),
        sa.Column("emergency", sa.Boolean(), nullable=True),
        sa.Column("category_code", sa.String(length=16), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("held_out", sa.Boolean(), nullable=False),
        sa.Column("delete_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.id"], name=op.f("fk_judged_calls_call_id_calls"), **DEFERRED
        ),
        sa.ForeignKeyConstraint(
            ["work_order_id"],
            ["work_orders.id"],
            name=op.f("fk_judged_calls_work_order_id_work_orders"),
            **DEFERRED,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_judged_calls")),
        sa.UniqueConstraint("work_order_id", name=op.f("uq_judged_calls_work_order_id")),
    )
    op.create_index(op.f("ix_judged_calls_call_id"), "judged_calls", ["call_id"], unique=False)
    op.create_index(
        op.f("ix_judged_calls_delete_after"), "judged_calls", ["delete_after"], unique=False
    )
    op.create_index(op.f("ix_judged_calls_judged_at"), "judged_calls", ["judged_at"], unique=False)
    op.create_table(
        "model_versions",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("examples", sa.Integer(), nullable=False),
        sa.Column("better", sa.Boolean(), nullable=False),
        sa.Column("compared_with", sa.String(length=64), nullable=False),
        sa.Column("comparison", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["training_runs.id"],
            name=op.f("fk_model_versions_run_id_training_runs"),
            **DEFERRED,
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_model_versions")),
    )
    op.create_table(
        "labelled_examples",
        sa.Column("judged_id", sa.Uuid(), nullable=False),
        sa.Column("field", sa.String(32), nullable=False),
        sa.Column("judgement", sa.String(32), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("proposed", JSON, nullable=False),
        sa.Column("chosen", JSON, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["by"], ["users.id"], name=op.f("fk_labelled_examples_by_users"), **DEFERRED
        ),
        sa.ForeignKeyConstraint(
            ["judged_id"],
            ["judged_calls.id"],
            name=op.f("fk_labelled_examples_judged_id_judged_calls"),
            **DEFERRED,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_labelled_examples")),
        sa.UniqueConstraint(
            "judged_id", "field", "subject", name=op.f("uq_labelled_examples_judged_id")
        ),
    )
    op.create_index(
        op.f("ix_labelled_examples_judged_id"), "labelled_examples", ["judged_id"], unique=False
    )
