"""What goes over the wire about areas, centres and the limits in force, for administrators."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from agent_desk.wire import Version, Wire
from agent_desk.wire_typed import Latitude, Line, Longitude, Name, Phone
from models.deadline_tables import DeadlineKind
from models.dispatch_tables import AreaLevel


class AreaInfo(Wire):
    """An area of the tree. ``units`` serve it, ``below`` areas lie directly in it."""

    code: str
    version: int
    name: str
    level: AreaLevel
    parent_code: str | None
    lon: float | None
    lat: float | None
    contact_name: str
    contact_phone: str
    units: int
    below: int


class PutArea(Wire):
    """``contact_*`` is whom to reach there, for a grid its collector; the point is in degrees
    (GCJ-02)."""

    version: Version
    name: Name
    contact_name: Annotated[Line, Field(max_length=64)] = ""
    contact_phone: Phone = ""
    lon: Longitude | None = None
    lat: Latitude | None = None


class CentreInfo(Wire):
    """A centre. ``people`` have an account there, ``units`` are its own."""

    code: str
    version: int
    name: str
    area_name: str
    parent_name: str
    duty_phone: str
    people: int
    units: int


class PutCentre(Wire):
    version: Version
    name: Name
    duty_phone: Phone = ""


class LimitLine(Wire):
    """One line of a deadline's limits; the first that fits counts. ``fits`` is in words."""

    fits: str
    seconds: int
    office: bool


class LimitStep(Wire):
    name: str
    seconds: int


class LimitInfo(Wire):
    """A deadline with its limits. ``remind_share`` of the limit after which the unit is
    reminded; ``steps`` is whom it is told after it, in words, with the seconds."""

    kind: DeadlineKind
    name: str
    lines: list[LimitLine]
    remind_share: float
    steps: list[LimitStep]


class LimitsInfo(Wire):
    """All limits in force; ``hours`` are the office hours, as 08:30-12:00."""

    hours: list[str]
    limits: list[LimitInfo]
