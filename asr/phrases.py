"""Phrases of callers that every site's graph gets, from ``callers.txt``."""

from __future__ import annotations

from pathlib import Path

FILE = Path(__file__).with_name("callers.txt")


def phrases(path: Path = FILE) -> list[str]:
    """The file's lines without its comments."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line for line in map(str.strip, lines) if line and not line.startswith("#")]
