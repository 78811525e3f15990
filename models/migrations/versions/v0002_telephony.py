"""Telephony: recordings, call-backs, hand-overs, automatic calls, text messages."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
DEFERRED: dict[str, Any] = {"initially": "DEFERRED", "deferrable": True}


def upgrade() -> None:
    op.create_table(
        "auto_calls",
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=8), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_auto_calls")),
    )
    op.create_index("ix_auto_calls_subject_id", "auto_calls", ["subject_id"], unique=False)
    op.create_index("ix_auto_calls_status_due", "auto_calls", ["status", "due_at"], unique=False)

    op.create_table(
        "hotline_numbers",
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("queue_code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["queue_code"],
            ["queues.code"],
            name=op.f("fk_hotline_numbers_queue_code_queues"),
            **DEFERRED,
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_hotline_numbers")),
    )
    op.create_table(
        "audits",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.String(length=64), nullable=False),
        sa.Column("detail", JSON, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_audits_user_id_users"), **DEFERRED
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audits")),
    )
    op.create_index(op.f("ix_audits_at"), "audits", ["at"], unique=False)
    op.create_index("ix_audits_subject", "audits", ["subject", "subject_id"], unique=False)

    op.create_table(
        "call_backs",
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("queue_code", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("short", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("place_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_reason", sa.String(length=255), nullable=False),
        sa.Column("done_call_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.id"], name=op.f("fk_call_backs_call_id_calls"), **DEFERRED
        ),
        sa.ForeignKeyConstraint(
            ["done_call_id"],
            ["calls.id"],
            name=op.f("fk_call_backs_done_call_id_calls"),
            **DEFERRED,
        ),
        sa.ForeignKeyConstraint(
            ["queue_code"],
            ["queues.code"],
            name=op.f("fk_call_backs_queue_code_queues"),
            **DEFERRED,
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_call_backs_user_id_users"), **DEFERRED
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_backs")),
        sa.UniqueConstraint("call_id", name=op.f("uq_call_backs_call_id")),
    )
    op.create_index(op.f("ix_call_backs_created_at"), "call_backs", ["created_at"], unique=False)
    op.create_index(op.f("ix_call_backs_number"), "call_backs", ["number"], unique=False)
    op.create_index(op.f("ix_call_backs_status"), "call_backs", ["status"], unique=False)

    op.create_table(
        "caller_marks",
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("note", sa.String(length=255), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_caller_marks_user_id_users"), **DEFERRED
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_caller_marks")),
    )
    op.create_index(op.f("ix_caller_marks_number"), "caller_marks", ["number"], unique=False)

    op.create_table(
        "recordings",
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("path", sa.String(length=255), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delete_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.id"], name=op.f("fk_recordings_call_id_calls"), **DEFERRED
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recordings")),
        sa.UniqueConstraint("call_id", name=op.f("uq_recordings_call_id")),
    )
    op.create_index(
        op.f("ix_recordings_delete_after"), "recordings", ["delete_after"], unique=False
    )

    op.create_table(
        "text_messages",
        sa.Column("direction", sa.String(32), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("external_id", sa.String(length=64), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.String(length=255), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.id"], name=op.f("fk_text_messages_call_id_calls"), **DEFERRED
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_text_messages_user_id_users"), **DEFERRED
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text_messages")),
    )
    op.create_index(op.f("ix_text_messages_call_id"), "text_messages", ["call_id"], unique=False)
    op.create_index(
        op.f("ix_text_messages_created_at"), "text_messages", ["created_at"], unique=False
    )
    op.create_index(
        op.f("ix_text_messages_external_id"), "text_messages", ["external_id"], unique=False
    )
    op.create_index(op.f("ix_text_messages_number"), "text_messages", ["number"], unique=False)

    op.create_table(
        "hand_overs",
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("from_session_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("queue_code", sa.String(length=32), nullable=False),
        sa.Column("seat_code", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("to_session_id", sa.Uuid(), nullable=True),
        sa.Column("channel", sa.String(length=128), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.id"], name=op.f("fk_hand_overs_call_id_calls"), **DEFERRED
        ),
        sa.ForeignKeyConstraint(
            ["from_session_id"],
            ["agent_sessions.id"],
            name=op.f("fk_hand_overs_from_session_id_agent_sessions"),
            **DEFERRED,
        ),
        sa.ForeignKeyConstraint(
            ["to_session_id"],
            ["agent_sessions.id"],
            name=op.f("fk_hand_overs_to_session_id_agent_sessions"),
            **DEFERRED,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_overs")),
    )
    op.create_index(op.f("ix_hand_overs_call_id"), "hand_overs", ["call_id"], unique=False)
    op.create_index(op.f("ix_hand_overs_status"), "hand_overs", ["status"], unique=False)

    op.create_table(
        "recording_accesses",
        sa.Column("recording_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["recording_id"],
            ["recordings.id"],
            name=op.f("fk_recording_accesses_recording_id_recordings"),
            **DEFERRED,
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_recording_accesses_user_id_users"), **DEFERRED
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recording_accesses")),
    )
    op.create_index(
        op.f("ix_recording_accesses_recording_id"),
        "recording_accesses",
        ["recording_id"],
        unique=False,
    )

    with op.batch_alter_table("calls", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("direction", sa.String(32), server_default="in", nullable=False)
        )
        batch_op.add_column(
            sa.Column(
                "external_id", sa.String(length=64), server_default=sa.text("''"), nullable=False
            )
        )
        batch_op.add_column(sa.Column("priority", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column(
                "lift_reason", sa.String(length=255), server_default=sa.text("''"), nullable=False
            )
        )
        batch_op.add_column(sa.Column("held_since", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("rating", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_calls_external_id"), ["external_id"], unique=False)

    with op.batch_alter_table("legs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("agent_session_id", sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_legs_agent_session_id_agent_sessions"),
            "agent_sessions",
            ["agent_session_id"],
            ["id"],
            **DEFERRED,
        )

    with op.batch_alter_table("linkage_units", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("voice_dispatch", sa.Boolean(), server_default=sa.false(), nullable=False)
        )

    with op.batch_alter_table("queues", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "duty_phone", sa.String(length=32), server_default=sa.text("''"), nullable=False
            )
        )
        batch_op.add_column(
            sa.Column("recording_days", sa.Integer(), server_default="180", nullable=False)
        )

    with op.batch_alter_table("utterances", schema=None) as batch_op:
        batch_op.add_column(sa.Column("call_ms", sa.Integer(), nullable=True))

    with op.batch_alter_table("work_orders", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("review", sa.String(length=16), server_default=sa.text("''"), nullable=False)
        )
        batch_op.add_column(sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True))
