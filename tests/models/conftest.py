"""Every test that asks for `database` runs on SQLite and on a real PostgreSQL."""

from tests.support.both_databases import database

__all__ = ["database"]
