"""The model's words as people write them."""

from __future__ import annotations


def readable(raw: str) -> str:
    """``raw`` is the model's words with spaces between."""
    return raw.replace(" ", "")
