"""What goes over the wire about seats and queues, for administrators."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from agent_desk.wire import Version, Wire
from agent_desk.wire_typed import Name, Phone

SeatCode = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,28}$")]
QueueCode = Annotated[str, Field(pattern=r"^[0-9]{1,32}$")]


class SeatDetail(Wire):
    """A seat. The telephone registers as ``code``, the browser as ``code`` and ``-web``;
    ``occupied_by`` is who sits there, ``phone`` whether through the telephone."""

    id: UUID
    version: int
    code: str
    name: str
    queue_codes: list[str]
    active: bool
    occupied_by: str
    phone: bool


class PutSeat(Wire):
    """Without ``queue_codes`` the seat is a supervisor's."""

    name: Name
    queue_codes: Annotated[list[QueueCode], Field(max_length=20)]
    active: bool = True
    version: Version = 0


class AddSeat(PutSeat):
    code: SeatCode


class SeenSeat(Wire):
    version: Version


class SeatSecret(Wire):
    """How a SIP telephone registers for the seat; ``password`` is shown once."""

    seat: SeatDetail
    username: str
    password: str
    server: str


class QueueDetail(Wire):
    """A public number's waiting line. ``seats`` serve it, ``signed_in`` of them are taken;
    ``waiting`` callers wait now. A call answered within ``answer_goal_seconds`` is in time."""

    version: int
    code: str
    name: str
    emergency: bool
    duty_phone: str
    recording_days: int
    answer_goal_seconds: int
    seats: int
    signed_in: int
    waiting: int
    numbers: int


class PutQueue(Wire):
    name: Name
    duty_phone: Phone = ""
    recording_days: Annotated[int, Field(ge=1, le=3650)] = 180
    answer_goal_seconds: Annotated[int, Field(ge=1, le=600)] = 15
    version: Version = 0


class AddQueue(PutQueue):
    code: QueueCode
    emergency: bool = False
