"""What every file for a spreadsheet has to mind."""

from __future__ import annotations

from typing import Final

# A spreadsheet takes a text that begins so for a formula; the wide forms too, in Chinese ones.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def harmless(text: str) -> str:
    """``text`` behind an apostrophe where a spreadsheet would take it for a formula."""
    begins = text.lstrip(" \u3000").startswith(_FORMULA) or text.startswith(_FORMULA)
    return f"'{text}" if begins else text
