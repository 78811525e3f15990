"""Spot checks, marks, appeals, units' figures by day."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

DEFERRED: dict[str, Any] = {"initially": "DEFERRED", "deferrable": True}
COUNTS = (
    "orders",
    "fed_back",
    "received_kept",
    "received_missed",
    "on_site_kept",
    "on_site_missed",
    "feedback_kept",
    "feedback_missed",
    "returns",
    "redone",
    "satisfied",
    "unsatisfied",
    "stars",
    "rated",
    "checks_answered",
    "checks_missed",
)


def upgrade() -> None:
    op.create_table(
        "mark_rules",
        _text("code", 32),
        sa.Column("position", sa.Integer(), nullable=False),
        _text("occasion", 32),
        _text("name", 64),
        _text("about", 255),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        _moment("changed_at"),
        _id("changed_by", nullable=True),
        _refers("mark_rules", "changed_by", "users.id"),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_mark_rules")),
    )
    op.create_table(
        "spot_check_quotas",
        sa.Column("tier", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("begins", sa.Integer(), nullable=False),
        sa.Column("ends", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tier", name=op.f("pk_spot_check_quotas")),
    )
    op.create_table(
        "spot_draws",
        sa.Column("day", sa.Date(), nullable=False),
        _text("centre_code", 24),
        _moment("at"),
        sa.PrimaryKeyConstraint("day", "centre_code", name=op.f("pk_spot_draws")),
    )
    op.create_table(
        "spot_checks",
        _id("unit_id"),
        sa.Column("day", sa.Date(), nullable=False),
        _text("kind", 32),
        _text("status", 32),
        _moment("due_at"),
        _id("asked_by", nullable=True),
        _moment("called_at", nullable=True),
        _moment("expires_at", nullable=True),
        _moment("ended_at", nullable=True),
        _id("auto_call_id", nullable=True),
        _text("on_duty", 64),
        _text("note", 255),
        _id("id"),
        _refers("spot_checks", "unit_id", "linkage_units.id"),
        _refers("spot_checks", "asked_by", "users.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spot_checks")),
    )
    op.create_index("ix_spot_checks_day", "spot_checks", ["day"], unique=False)
    op.create_index("ix_spot_checks_unit_day", "spot_checks", ["unit_id", "day"], unique=False)
    _partial("ix_spot_checks_open", "spot_checks", "due_at", "status IN ('planned', 'calling')")
    _marks()
    op.create_table(
        "unit_figures",
        _id("unit_id"),
        _text("span", 32),
        sa.Column("begins_on", sa.Date(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTS),
        _refers("unit_figures", "unit_id", "linkage_units.id"),
        sa.PrimaryKeyConstraint("unit_id", "span", "begins_on", name=op.f("pk_unit_figures")),
    )
    op.create_index(
        "ix_unit_figures_span_begins", "unit_figures", ["span", "begins_on"], unique=False
    )
    op.create_table(
        "mark_cursors",
        _text("name", 16),
        sa.Column("position", sa.Integer(), nullable=False),
        _moment("at"),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_mark_cursors")),
    )
    with op.batch_alter_table("dispatch_orders", schema=None) as batch_op:
        batch_op.add_column(_moment("rated_at", nullable=True))
    _partial("ix_dispatch_orders_rated_at", "dispatch_orders", "rated_at", "rated_at IS NOT NULL")


def _marks() -> None:
    op.create_table(
        "marks",
        _id("unit_id"),
        _text("rule_code", 32),
        _text("rule_name", 64),
        sa.Column("points", sa.Integer(), nullable=False),
        _text("status", 32),
        _text("evidence", 32),
        _text("evidence_id", 36),
        _id("work_order_id", nullable=True),
        _text("way", 32),
        _text("reason", 500),
        _moment("at"),
        sa.Column("day", sa.Date(), nullable=False),
        _moment("given_at"),
        _id("given_by", nullable=True),
        _moment("appeal_until"),
        _moment("appealed_at", nullable=True),
        _id("appealed_by", nullable=True),
        _text("appeal", 1000),
        _moment("decided_at", nullable=True),
        _id("decided_by", nullable=True),
        _text("decision", 500),
        _id("id"),
        _refers("marks", "unit_id", "linkage_units.id"),
        _refers("marks", "rule_code", "mark_rules.code"),
        _refers("marks", "work_order_id", "work_orders.id"),
        _refers("marks", "given_by", "users.id"),
        _refers("marks", "appealed_by", "users.id"),
        _refers("marks", "decided_by", "users.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marks")),
        sa.UniqueConstraint("rule_code", "evidence_id", name=op.f("uq_marks_rule_code")),
    )
    op.create_index("ix_marks_unit_at", "marks", ["unit_id", "at"], unique=False)
    op.create_index("ix_marks_at", "marks", ["at"], unique=False)
    op.create_index(
        "ix_marks_day_sums",
        "marks",
        ["day", "unit_id", "status", "rule_code", "points"],
        unique=False,
    )
    _partial("ix_marks_appealed", "marks", "appealed_at", "status = 'appealed'")


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _id(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def _refers(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{target.split('.')[0]}")
    return sa.ForeignKeyConstraint([column], [target], name=name, **DEFERRED)


def _partial(name: str, table: str, column: str, where: str) -> None:
    op.create_index(
        name,
        table,
        [column],
        unique=False,
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )
