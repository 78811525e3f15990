"""Where log lines go. They never carry numbers, names, addresses or words of a caller."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
QUIET = ("httpx", "httpcore", "aiosqlite", "asyncio", "jieba", "panoramisk", "websockets")


def configure(level: str, log_file: Path) -> None:
    """Send all log lines to ``log_file`` and warnings to standard error as well."""
    root = logging.getLogger()
    root.handlers.clear()
    root.setLevel(level)
    to_file = RotatingFileHandler(log_file, maxBytes=20 * 2**20, backupCount=3, encoding="utf-8")
    to_screen = logging.StreamHandler()
    to_screen.setLevel(logging.WARNING)
    for handler in (to_file, to_screen):
        handler.setFormatter(logging.Formatter(FORMAT))
        root.addHandler(handler)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
