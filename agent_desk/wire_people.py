"""What goes over the wire about people's accounts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from agent_desk.wire import Typed, Version, Wire
from agent_desk.wire_typed import Code, Name
from models.kinds import Role


class PersonInfo(Wire):
    """An account. ``unit_name`` and ``centre_name`` are empty without one; ``sign_ins`` counts
    those that are open, ``seat_name`` is where the person sits now."""

    id: UUID
    version: int
    username: str
    display_name: str
    role: Role
    unit_id: UUID | None
    unit_name: str
    centre_code: str
    centre_name: str
    created_at: datetime
    locked_at: datetime | None
    must_change_password: bool
    sign_ins: int
    seat_name: str


class AddPerson(Wire):
    """``unit_id`` is for role ``unit`` only, ``centre_code`` for all others; empty: the highest."""

    username: Annotated[Typed, Field(min_length=2, max_length=64)]
    display_name: Name
    role: Role
    unit_id: UUID | None = None
    centre_code: Code = ""


class PutPerson(AddPerson):
    version: Version


class SeenPerson(Wire):
    """Which state of an account an action is meant for."""

    version: Version


class NewPassword(Wire):
    """A one-time password: shown once, kept only as its hash."""

    person: PersonInfo
    password: str


class LockedPerson(Wire):
    """``in_call``: the person is in a call, which goes on; they leave the seat at its end."""

    person: PersonInfo
    in_call: bool


class ChangePassword(Wire):
    current: Annotated[str, Field(min_length=1, max_length=256)]
    password: Annotated[str, Field(min_length=1, max_length=256)]
