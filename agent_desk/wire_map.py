"""What goes over the wire about maps: the base layer, what is around an order, the board."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from agent_desk.wire import Wire
from agent_desk.wire_orders import Position
from models.dispatch_states import ForceStatus
from models.dispatch_tables import ForceKind
from models.states import DispatchStatus, Lamp, WorkOrderStatus


class MapInfo(Wire):
    """The base layer in use: the site's own, an uploaded one, or none. ``tiles`` is the address
    of a tile server with ``{z}``, ``{x}`` and ``{y}``, empty for none; ``version`` changes with
    the layer."""

    base: Literal["site", "uploaded", "none"]
    version: str
    features: int
    tiles: str
    attribution: str


class MapUpload(Wire):
    """What was taken of an uploaded layer; ``left_out`` counts features without a place."""

    info: MapInfo
    features: int
    left_out: int


class NearUnit(Wire):
    """A unit that an order names or was sent to. ``approximate``: its area's point, the unit has
    none of its own. ``metres`` by the way of the crow."""

    unit_id: UUID
    name: str
    kind: str
    position: Position | None
    approximate: bool
    metres: int | None
    status: DispatchStatus | None
    lamp: Lamp | None


class NearForce(Wire):
    """A team or vehicle near by."""

    id: UUID
    name: str
    kind: ForceKind
    unit_name: str
    status: ForceStatus
    position: Position
    position_at: datetime | None
    metres: int


class NearIncident(Wire):
    """Another open incident near by, perhaps the same one."""

    order_id: UUID
    number: str
    status: WorkOrderStatus
    emergency: bool
    category_name: str
    address: str
    position: Position
    metres: int
    created_at: datetime


class Surroundings(Wire):
    """What is around an order's place; without a place only its units, without distances."""

    order_id: UUID
    units: list[NearUnit]
    forces: list[NearForce]
    incidents: list[NearIncident]


# --- the board -----------------------------------------------------------------------------------


class BoardIncident(Wire):
    """An open order for a map or a wall that visitors see: long runs of digits in ``address`` are
    masked. ``lamp`` is the most urgent of its units', null before it is sent; ``late`` while one
    of its deadlines is past."""

    order_id: UUID
    number: str
    status: WorkOrderStatus
    emergency: bool
    level: str
    category_name: str
    address: str
    position: Position | None
    lamp: Lamp | None
    late: bool
    created_at: datetime


class BoardTier(Wire):
    """The dispatch orders of open orders at the units of a tier, by lamp; ``late`` of them are
    past a deadline."""

    tier: int
    red: int
    blue: int
    green: int
    late: int


class BoardService(Wire):
    """A queue's last quarter of an hour; ``service_level`` is null without a call that counts."""

    queue_code: str
    offered: int
    answered: int
    abandoned: int
    service_level: float | None


class Board(Wire):
    """Open orders as one picture, at most a second old. ``incidents`` are the newest 500 that
    have a place, ``unplaced`` those without among the newest; ``emergencies`` the newest open
    ones, with or without a place; ``open`` counts all sent orders that are not closed."""

    at: datetime
    open: int
    unplaced: int
    service_minutes: int
    service: list[BoardService]
    tiers: list[BoardTier]
    emergencies: list[BoardIncident]
    incidents: list[BoardIncident]


class BoardMessage(Wire):
    """To supervisors, at most once a second while something moves."""

    type: Literal["board"] = "board"
    board: Board
