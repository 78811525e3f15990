"""What goes over HTTP and WebSocket: the base of all its types, errors, sign-in, the centre.

The pages' TypeScript types are generated from these and the types of the ``wire_*`` modules.
"""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from models.kinds import Role
from models.unit_forms import UnitForm


def _printable(text: str) -> str:
    return "".join(ch for ch in text if ch in "\n\t" or ord(ch) >= 32)


# What a person typed, without control characters and outer blanks.
Typed = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_printable)]
# Counts the changes of a row.
Version = Annotated[int, Field(ge=0, le=2**31 - 1)]


class Wire(BaseModel):
    """Base of all wire types: unknown members are refused."""

    # What goes out always has every member, and the schema says so.
    model_config = ConfigDict(extra="forbid", json_schema_serialization_defaults_required=True)


class Problem(Wire):
    """Every error answer: a stable code and a sentence for the user."""

    code: str
    message: str


class Health(Wire):
    """For probes: ``ok`` while rows can be read, and which helpers work. Nothing personal."""

    status: Literal["ok", "degraded"]
    telephony: bool
    speech: bool
    suggestion: bool


# --- sign-in ---------------------------------------------------------------------------------


class SignIn(Wire):
    username: Annotated[Typed, Field(min_length=1, max_length=64)]
    password: Annotated[str, Field(min_length=1, max_length=256)]


class Me(Wire):
    """The signed-in person; ``csrf_token`` goes into the header ``X-CSRF-Token``. With
    ``must_change_password`` nothing else is possible before."""

    user_id: UUID
    username: str
    display_name: str
    role: Role
    unit_id: UUID | None
    unit_name: str
    csrf_token: str
    must_change_password: bool


# --- centre ----------------------------------------------------------------------------------


class QueueInfo(Wire):
    code: str
    name: str
    emergency: bool


class CategoryInfo(Wire):
    """An item of the taxonomy. ``ask`` are questions to put, ``advise`` what to tell the caller."""

    code: str
    name: str
    group: str
    emergency: bool
    level: str
    units: list[str]
    ask: list[str]
    advise: list[str]


class UnitInfo(Wire):
    id: UUID
    code: str
    name: str
    kind: str
    tier: int
    area: str
    duty_phone: str
    form: UnitForm


class Centre(Wire):
    """What changes seldom: fetched once after sign-in. ``texts`` whether messages can be sent."""

    queues: list[QueueInfo]
    categories: list[CategoryInfo]
    levels: list[str]
    units: list[UnitInfo]
    pause_reasons: list[str]
    texts: bool


class Helpers(Wire):
    """Which helpers work now; a seat works without them."""

    telephony: bool
    speech: bool
    suggestion: bool
