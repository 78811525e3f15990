"""What the rows of a large centre are made of, in SQL of either database: ids, times, words."""

from __future__ import annotations

import hashlib
import math
from typing import Protocol

# What every caller says; then words of two characters, each as frequent as its rank is low.
SENTENCE = "演示路水管破裂了"
WORDS, VOCABULARY = 12, 3_000


class Dialect(Protocol):
    """How a database says what the rows are made of; ``n`` numbers the rows from 1."""

    series: str

    def uid(self, kind: str, number: str) -> str: ...

    def at(self, seconds: str) -> str: ...

    def json(self, value: str) -> str: ...

    def said(self, number: str) -> str: ...


class Sqlite:
    series = "WITH RECURSIVE s(n) AS (SELECT :first UNION ALL SELECT n + 1 FROM s WHERE n < :last) "

    def uid(self, kind: str, number: str) -> str:
        return f"uid('{kind}', {number})"

    def at(self, seconds: str) -> str:
        return f"strftime('%Y-%m-%d %H:%M:%S', {seconds}, 'unixepoch') || '.000000'"

    def json(self, value: str) -> str:
        return value

    def said(self, number: str) -> str:
        return f"said({number})"


class Postgres:
    series = "WITH s AS (SELECT n FROM generate_series(CAST(:first AS bigint), :last) AS n) "

    def uid(self, kind: str, number: str) -> str:
        return f"CAST(md5('{kind}' || ({number})) AS uuid)"

    def at(self, seconds: str) -> str:
        return f"to_timestamp({seconds})"

    def json(self, value: str) -> str:
        return f"CAST({value} AS jsonb)"

    def said(self, number: str) -> str:
        share = (
            f"('x' || substr(md5(({number}) || '-' || i), 1, 8))::bit(32)::bigint / 4294967296.0"
        )
        rank = f"floor(exp({share} * ln({VOCABULARY}::float)))::int"
        ranks = f"SELECT i, {rank} AS rank FROM generate_series(1, {WORDS}) AS i"  # noqa: S608 - constants
        word = "chr(19968 + rank * 7 % 2000) || chr(19968 + rank * 13 % 2500)"
        words = f"string_agg({word}, '' ORDER BY i)"
        return f"(SELECT '{SENTENCE}' || {words} FROM ({ranks}) AS r)"  # noqa: S608 - constants - our own


def word(rank: int) -> str:
    """One of the words that callers use, the most frequent being 1."""
    return chr(19968 + rank * 7 % 2000) + chr(19968 + rank * 13 % 2500)


def said(number: int) -> str:
    """What the caller of an order says."""

    def share(place: int) -> float:
        found = hashlib.md5(f"{number}-{place}".encode(), usedforsecurity=False).hexdigest()
        return int(found[:8], 16) / 2**32

    ranks = (math.exp(share(place) * math.log(VOCABULARY)) for place in range(1, WORDS + 1))
    return SENTENCE + "".join(word(math.floor(rank)) for rank in ranks)


def uid(kind: str, number: int) -> str:
    """The id of a row, as 32 hexadecimal digits."""
    return hashlib.md5(f"{kind}{number}".encode(), usedforsecurity=False).hexdigest()


def escaped(statement: str) -> str:
    """``statement`` for ``text()``, in which a colon before a word would name a parameter: those
    within JSON do not."""
    return statement.replace('": ', '"\\: ')
