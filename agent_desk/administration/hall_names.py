"""Names of seats and queues: they go into Asterisk's files."""

from __future__ import annotations

from typing import Final

from models.errors import InvalidInput

# What would end a line or begin something else there.
FORBIDDEN: Final = frozenset(";[]#<>")


def check_name(name: str) -> None:
    """Raise ``InvalidInput`` for a name that those files cannot carry."""
    if not name.isprintable() or FORBIDDEN & set(name):
        raise InvalidInput("名称里不能有 ; [ ] # < > 和换行，请去掉后再保存。")
