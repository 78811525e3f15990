"""Corrections of transcripts, what was transcribed later."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
DEFERRED: dict[str, Any] = {"initially": "DEFERRED", "deferrable": True}


def upgrade() -> None:
    with op.batch_alter_table("utterances", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("source", sa.String(32), server_default="live", nullable=False)
        )
        batch_op.add_column(sa.Column("version", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("heard_text", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("second_text", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("second_engine", sa.String(64), nullable=True))
        batch_op.add_column(sa.Column("changes", JSON, server_default="[]", nullable=False))

    op.create_table(
        "heard_streams",
        sa.Column("stream_id", sa.Uuid(), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.id"], name=op.f("fk_heard_streams_call_id_calls"), **DEFERRED
        ),
        sa.PrimaryKeyConstraint("stream_id", name=op.f("pk_heard_streams")),
    )
    op.create_index(op.f("ix_heard_streams_call_id"), "heard_streams", ["call_id"], unique=False)

    op.create_table(
        "recoveries",
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("missed_ms", sa.Integer(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(length=255), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.id"], name=op.f("fk_recoveries_call_id_calls"), **DEFERRED
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recoveries")),
        sa.UniqueConstraint("call_id", name=op.f("uq_recoveries_call_id")),
    )
    op.create_index("ix_recoveries_status_due", "recoveries", ["status", "due_at"], unique=False)

    op.create_table(
        "transcript_versions",
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("engine", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"],
            ["calls.id"],
            name=op.f("fk_transcript_versions_call_id_calls"),
            **DEFERRED,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transcript_versions")),
        sa.UniqueConstraint("call_id", "number", name=op.f("uq_transcript_versions_call_id")),
    )

    op.create_table(
        "utterance_corrections",
        sa.Column("utterance_id", sa.Uuid(), nullable=False),
        sa.Column("heard_text", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_utterance_corrections_user_id_users"),
            **DEFERRED,
        ),
        sa.ForeignKeyConstraint(
            ["utterance_id"],
            ["utterances.id"],
            name=op.f("fk_utterance_corrections_utterance_id_utterances"),
            **DEFERRED,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_utterance_corrections")),
    )
    op.create_index(
        op.f("ix_utterance_corrections_at"), "utterance_corrections", ["at"], unique=False
    )
    op.create_index(
        op.f("ix_utterance_corrections_utterance_id"),
        "utterance_corrections",
        ["utterance_id"],
        unique=False,
    )
