"""Corrections of what the machine heard, on the wire."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from agent_desk.wire import Typed, Wire


def _something(text: str) -> str:
    if not text.strip():
        raise ValueError("only control characters and blanks")
    return text


class CorrectUtterance(Wire):
    """``text`` is what was really said, ``seen`` the text that the person had before them."""

    text: Annotated[Typed, AfterValidator(_something), Field(min_length=1, max_length=1000)]
    seen: Annotated[str, Field(max_length=10_000)]
