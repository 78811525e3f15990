"""Open calls, the ends of numbers and open legs found among millions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column(
        "calls",
        sa.Column("number_tail", sa.String(length=4), server_default=sa.text("''"), nullable=False),
    )
    op.execute(
        "UPDATE calls SET number_tail = CASE WHEN length(caller_number) > 4 "
        "THEN substr(caller_number, length(caller_number) - 3) ELSE caller_number END"
    )
    op.create_index("ix_calls_number_tail", "calls", ["number_tail", "received_at"])
    op.create_index("ix_calls_ended_at", "calls", ["ended_at"])
    for name, table, column in (
        ("ix_calls_open", "calls", "received_at"),
        ("ix_legs_open", "legs", "role"),
    ):
        op.create_index(
            name,
            table,
            [column],
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
