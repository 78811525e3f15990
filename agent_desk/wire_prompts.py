"""What goes over the wire about prompts, for administrators."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from agent_desk.wire import Version, Wire
from agent_desk.wire_typed import Line

PromptName = Annotated[str, Field(pattern=r"^[a-z0-9-]+(/[a-z0-9-]+)?$", max_length=64)]
Source = Literal["built_in", "recorded", "spoken", "missing"]


class PromptInfo(Wire):
    """A sound that callers hear. ``text`` is what is said, ``built_in`` what the program itself
    would say; ``source`` whose voice it is. ``speech``: a voice can speak it anew; ``fragment``:
    sentences and numbers are put together from it."""

    name: str
    version: int
    text: str
    built_in: str
    source: Source
    seconds: float
    speech: bool
    fragment: bool
    changed_at: datetime | None
    changed_by: str


class PromptsInfo(Wire):
    """All of them; ``can_speak``: texts can be spoken anew."""

    can_speak: bool
    prompts: list[PromptInfo]


class SpeakPrompt(Wire):
    name: PromptName
    version: Version
    text: Annotated[Line, Field(min_length=1, max_length=300)]


class RestorePrompt(Wire):
    name: PromptName
    version: Version
