"""Knowledge base, merged orders, tables of place names."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
DEFERRED: dict[str, Any] = {"initially": "DEFERRED", "deferrable": True}


def upgrade() -> None:
    op.create_table(
        "knowledge_articles",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("questions", JSON, nullable=False),
        sa.Column("tags", JSON, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by_id", sa.Uuid(), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        _user("knowledge_articles", "updated_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_articles")),
        sa.UniqueConstraint("code", name=op.f("uq_knowledge_articles_code")),
    )
    op.create_table(
        "knowledge_gaps",
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=True),
        sa.Column("asked_by_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("closed_by_id", sa.Uuid(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.Column("article_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        _refers("knowledge_gaps", "call_id", "calls"),
        _user("knowledge_gaps", "asked_by_id"),
        _user("knowledge_gaps", "closed_by_id"),
        _refers("knowledge_gaps", "article_id", "knowledge_articles"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_gaps")),
    )
    op.create_index(op.f("ix_knowledge_gaps_status"), "knowledge_gaps", ["status"], unique=False)
    op.create_table(
        "order_merges",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("into_id", sa.Uuid(), nullable=False),
        sa.Column("from_incident_id", sa.Uuid(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        _refers("order_merges", "order_id", "work_orders"),
        _refers("order_merges", "into_id", "work_orders"),
        _refers("order_merges", "from_incident_id", "incidents"),
        _user("order_merges", "by_id"),
        _user("order_merges", "undone_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_merges")),
    )
    op.create_index(op.f("ix_order_merges_order_id"), "order_merges", ["order_id"], unique=False)
    op.create_index(op.f("ix_order_merges_into_id"), "order_merges", ["into_id"], unique=False)
    op.create_table(
        "gazetteer_tables",
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("names", sa.Integer(), nullable=False),
        sa.Column("problems", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        _user("gazetteer_tables", "user_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gazetteer_tables")),
    )
    with op.batch_alter_table("work_orders", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("merged_calls", sa.Integer(), server_default="0", nullable=False)
        )


def _refers(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, **DEFERRED)


def _user(table: str, column: str) -> sa.ForeignKeyConstraint:
    return _refers(table, column, "users")
