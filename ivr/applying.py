"""Letting Asterisk know what the rows of queues, seats and numbers have become."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from models.errors import DomainError, SetupError, Unavailable

log = logging.getLogger(__name__)

# Writes the rows into Asterisk's files and lets it read them again; its calls go on.
OnRowsChanged: TypeAlias = Callable[[], Awaitable[None]]


async def tell_asterisk(on_changed: OnRowsChanged | None, what: str) -> None:
    """Tell Asterisk, whose calls go on; without ``on_changed`` it learns at its next start.

    Raises ``Unavailable`` where ``what`` (as people call it) is stored and could not be told.
    """
    if on_changed is None:
        return
    try:
        await on_changed()
    except (DomainError, SetupError, OSError) as error:
        log.error("Asterisk was not told of changed rows: %s", type(error).__name__)
        raise Unavailable(
            f"{what}已保存，但电话系统尚未更新；恢复后再保存一次即可生效。"
        ) from error
