"""What was said in calls, found by any part of it."""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import pairwise
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

AT_ONCE = 1_000  # calls
EPOCH = datetime(2020, 1, 1)  # as SQLite keeps times: in UTC, without saying so
FOLDED = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)

SQLITE_INDEX = """
CREATE VIRTUAL TABLE call_grams USING
fts5(grams, content='', columnsize=0, prefix='6', tokenize='ascii')
"""
SQLITE_CALLS = """
SELECT c.id, c.received_at, c.queue_code,
    c.status = 'abandoned' AND c.direction = 'in', s.seat_id, s.user_id,
    (SELECT group_concat(u.text || coalesce(char(30) || u.heard_text, ''), char(30))
     FROM utterances AS u WHERE u.call_id = c.id) AS words
FROM calls AS c LEFT JOIN agent_sessions AS s ON s.id = c.agent_session_id
WHERE c.ended_at IS NOT NULL
ORDER BY c.received_at, c.id
"""
SQLITE_ROW = "INSERT INTO call_words (number, call_id, words, marks) VALUES (?, ?, ?, ?)"
SQLITE_GRAMS = "INSERT INTO call_grams (rowid, grams) VALUES (?, ?)"

# Neighbouring characters, single ones, marks (below zero) and the stretch of days of a call.
POSTGRES_FUNCTIONS = (
    """
CREATE FUNCTION yihu_block(block bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT -(block + 1099511627776) $$
""",
    """
CREATE FUNCTION yihu_grams(number bigint, words text, marks text) RETURNS bigint[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
SELECT ARRAY(
    SELECT ascii(one)::bigint << 21 | ascii(two)
    FROM ROWS FROM (
        unnest(string_to_array(words, NULL)), unnest(string_to_array(substr(words, 2), NULL))
    ) AS pairs(one, two)
    WHERE two IS NOT NULL
    UNION ALL SELECT ascii(one)::bigint << 21 FROM unnest(string_to_array(words, NULL)) AS one
    UNION ALL SELECT -1152921504606846976 - ('x' || substr(md5(mark), 1, 15))::bit(60)::bigint
    FROM unnest(string_to_array(marks, ' ')) AS mark
    UNION ALL SELECT -((number >> 50) + 1099511627776)
)
$$
""",
)
POSTGRES_CALLS = """
INSERT INTO call_words (number, call_id, words, marks)
SELECT
    ((extract(epoch FROM c.received_at - '2020-01-01 00:00:00+00') * 1000000)::bigint << 12)
        + 4096 - row_number() OVER (PARTITION BY c.received_at ORDER BY c.id),
    c.id,
    u.words,
    'q' || encode(convert_to(c.queue_code, 'UTF8'), 'hex')
        || CASE WHEN c.status = 'abandoned' AND c.direction = 'in' THEN ' missed' ELSE '' END
        || coalesce(
            ' s' || replace(s.seat_id::text, '-', '') || ' u' || replace(s.user_id::text, '-', ''),
            ''
        )
FROM (
    SELECT call_id, string_agg(text || coalesce(chr(30) || heard_text, ''), chr(30)) AS words
    FROM utterances GROUP BY call_id
) AS u
JOIN calls AS c ON c.id = u.call_id AND c.ended_at IS NOT NULL
LEFT JOIN agent_sessions AS s ON s.id = c.agent_session_id
ORDER BY c.received_at
"""
# Searches read an index's waiting list each time; there is to be none.
POSTGRES_INDEX = """
CREATE INDEX ix_call_words_grams ON call_words
USING gin (yihu_grams(number, words, marks)) WITH (fastupdate = off)
"""


def upgrade() -> None:
    op.create_table(
        "call_words",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("marks", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"],
            ["calls.id"],
            name=op.f("fk_call_words_call_id_calls"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_call_words")),
        sa.UniqueConstraint("call_id", name=op.f("uq_call_words_call_id")),
    )
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(SQLITE_INDEX)
    else:
        for statement in POSTGRES_FUNCTIONS:
            connection.exec_driver_sql(statement)
    fill(connection)
    if connection.dialect.name != "sqlite":
        # The new rows' calls are looked up now: a table that waits for it gets no index.
        connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
        connection.exec_driver_sql(POSTGRES_INDEX)
        connection.exec_driver_sql("SET CONSTRAINTS ALL DEFERRED")


def fill(connection: sa.Connection) -> None:
    """Write the words of every call that is over; there are none yet."""
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql(POSTGRES_CALLS)
        return
    found = connection.exec_driver_sql(SQLITE_CALLS)
    numbers: Iterator[tuple[int, Any]] = _numbered(found)
    while some := [pair for _, pair in zip(range(AT_ONCE), numbers, strict=False)]:
        rows, grams = [], []
        for number, call in some:
            if not call.words:
                continue
            words, marks = call.words, _marks(*call[2:6])
            rows.append((number, call.id, words, marks))
            grams.append((number, _grams(words, marks)))
        if rows:
            connection.exec_driver_sql(SQLITE_ROW, rows)
            connection.exec_driver_sql(SQLITE_GRAMS, grams)


def _numbered(calls: Iterable[Any]) -> Iterator[tuple[int, Any]]:
    """Each call with its number; those of one microsecond in the order of their ids."""
    same, former = 0, ""
    for call in calls:
        same = same + 1 if call.received_at == former else 0
        former = call.received_at
        passed = datetime.fromisoformat(call.received_at) - EPOCH
        micros = (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds
        yield (micros << 12) + 4095 - same, call


def _marks(queue: str, missed: int, seat: str | None, person: str | None) -> str:
    marks = ["q" + queue.encode().hex()]
    if missed:
        marks.append("missed")
    if seat is not None:
        marks += (f"s{seat}", f"u{person}")
    return " ".join(marks)


def _grams(words: str, marks: str) -> str:
    codes = [f"{ord(one):06x}" for one in words.translate(FOLDED)]
    pairs = [one + two for one, two in pairwise((*codes, "000000"))]
    return " ".join((*pairs, marks))
