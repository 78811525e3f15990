"""What goes over the wire about the audit log."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from agent_desk.wire import Wire


class ChangedValue(Wire):
    """One value before and after, in words; empty where there was none."""

    name: str
    before: str
    after: str


class AuditLine(Wire):
    """Who did what, as a sentence without its subject. ``by`` is empty for the system."""

    id: int
    at: datetime
    by: str
    kind: str
    sentence: str
    changes: list[ChangedValue]


class AuditPage(Wire):
    """Newest first; ``more`` where older ones fit as well."""

    lines: list[AuditLine]
    more: bool


class AuditKind(Wire):
    """A kind of thing that entries are about."""

    code: str
    name: str


class AuditPerson(Wire):
    id: UUID
    name: str


class AuditChoices(Wire):
    """By what the log can be searched."""

    kinds: list[AuditKind]
    people: list[AuditPerson]
