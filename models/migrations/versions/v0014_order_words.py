"""What the orders were about that units are done with, found by any part of it."""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import pairwise
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

AT_ONCE = 1_000  # orders
EPOCH = datetime(2020, 1, 1)  # as SQLite keeps times: in UTC, without saying so
FOLDED = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)

SQLITE_INDEX = """
CREATE VIRTUAL TABLE order_grams USING
fts5(grams, content='', columnsize=0, prefix='6', tokenize='ascii')
"""
SQLITE_ORDERS = """
SELECT d.id, d.created_at, d.unit_id, json_extract(w.fields, '$.category_code'),
    w.number
        || coalesce(char(30) || nullif(d.feedback, ''), '')
        || coalesce(char(30) || nullif(json_extract(w.fields, '$.address'), ''), '')
        || coalesce(char(30) || nullif(json_extract(w.fields, '$.summary'), ''), '')
FROM dispatch_orders AS d JOIN work_orders AS w ON w.id = d.work_order_id
WHERE d.status IN ('fed_back', 'rejected', 'recalled')
ORDER BY d.created_at, d.id
"""
SQLITE_ROW = "INSERT INTO order_words (number, dispatch_order_id, words, marks) VALUES (?, ?, ?, ?)"
SQLITE_GRAMS = "INSERT INTO order_grams (rowid, grams) VALUES (?, ?)"

POSTGRES_ORDERS = """
INSERT INTO order_words (number, dispatch_order_id, words, marks)
SELECT
    ((extract(epoch FROM d.created_at - '2020-01-01 00:00:00+00') * 1000000)::bigint << 12)
        + 4096 - row_number() OVER (PARTITION BY d.created_at ORDER BY d.id),
    d.id,
    w.number
        || coalesce(chr(30) || nullif(d.feedback, ''), '')
        || coalesce(chr(30) || nullif(w.fields ->> 'address', ''), '')
        || coalesce(chr(30) || nullif(w.fields ->> 'summary', ''), ''),
    'u' || replace(d.unit_id::text, '-', '')
        || coalesce(
            ' c' || encode(convert_to(nullif(w.fields ->> 'category_code', ''), 'UTF8'), 'hex'), ''
        )
FROM dispatch_orders AS d JOIN work_orders AS w ON w.id = d.work_order_id
WHERE d.status IN ('fed_back', 'rejected', 'recalled')
ORDER BY d.created_at
"""
# The function is that of the calls' index. Searches read an index's waiting list each time;
# there is to be none.
POSTGRES_INDEX = """
CREATE INDEX ix_order_words_grams ON order_words
USING gin (yihu_grams(number, words, marks)) WITH (fastupdate = off)
"""


def upgrade() -> None:
    op.create_table(
        "order_words",
        sa.Column("dispatch_order_id", sa.Uuid(), nullable=False),
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("marks", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dispatch_order_id"],
            ["dispatch_orders.id"],
            name=op.f("fk_order_words_dispatch_order_id_dispatch_orders"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_order_words")),
        sa.UniqueConstraint("dispatch_order_id", name=op.f("uq_order_words_dispatch_order_id")),
    )
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(SQLITE_INDEX)
    fill(connection)
    if connection.dialect.name != "sqlite":
        # The new rows' orders are looked up now: a table that waits for it gets no index.
        connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
        connection.exec_driver_sql(POSTGRES_INDEX)
        connection.exec_driver_sql("SET CONSTRAINTS ALL DEFERRED")


def fill(connection: sa.Connection) -> None:
    """Write the words of every order that a unit is done with; there are none yet."""
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql(POSTGRES_ORDERS)
        return
    numbers = _numbered(connection.exec_driver_sql(SQLITE_ORDERS))
    while some := [pair for _, pair in zip(range(AT_ONCE), numbers, strict=False)]:
        rows, grams = [], []
        for number, (order_id, _, unit_id, category, words) in some:
            marks = f"u{unit_id} c{category.encode().hex()}" if category else f"u{unit_id}"
            rows.append((number, order_id, words, marks))
            grams.append((number, _grams(words, marks)))
        connection.exec_driver_sql(SQLITE_ROW, rows)
        connection.exec_driver_sql(SQLITE_GRAMS, grams)


def _numbered(orders: Iterable[Any]) -> Iterator[tuple[int, Any]]:
    """Each order with its number; those of one microsecond in the order of their ids."""
    same, former = 0, ""
    for order in orders:
        same = same + 1 if order.created_at == former else 0
        former = order.created_at
        passed = datetime.fromisoformat(order.created_at) - EPOCH
        micros = (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds
        yield (micros << 12) + 4095 - same, order


def _grams(words: str, marks: str) -> str:
    codes = [f"{ord(one):06x}" for one in words.translate(FOLDED)]
    pairs = [one + two for one, two in pairwise((*codes, "000000"))]
    return " ".join((*pairs, marks))
