"""What goes over the wire about tables of place names."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from agent_desk.wire import Wire


class NameKind(Wire):
    """How many names of a kind (``小区``) a table holds, with some of them."""

    kind: str
    count: int
    examples: list[str]


class GazetteerPreview(Wire):
    """What a table holds before it is applied. ``problems`` name file and line, the first 200 of
    ``problem_count``; ``added`` and ``gone`` count names beside the table in use."""

    id: UUID
    name: str
    names: int
    aliases: int
    located: int
    kinds: list[NameKind]
    problems: list[str]
    problem_count: int
    added: int
    gone: int
    gone_examples: list[str]


class GazetteerInfo(Wire):
    """A table that was uploaded. ``in_use``: addresses are read with it now."""

    id: UUID
    name: str
    names: int
    problems: int
    by: str
    created_at: datetime
    applied_at: datetime | None
    in_use: bool


class GazetteerState(Wire):
    """``names`` are in use now; ``speech_graph`` is the command that teaches them to speech."""

    names: int
    tables: list[GazetteerInfo]
    speech_graph: str
