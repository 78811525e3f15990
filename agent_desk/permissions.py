"""Who may do what: one table for routes and sockets."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from models.tables import Role


class Permission(StrEnum):
    """Something a signed-in person may do."""

    USE_SESSION = "use_session"  # read and end the own sign-in, open the message socket
    READ_CENTRE = "read_centre"  # queues, taxonomy, units
    WORK_SEAT = "work_seat"  # take a seat and calls, speak through the browser
    READ_ORDERS = "read_orders"  # own orders; all of them with READ_ALL_ORDERS
    READ_ALL_ORDERS = "read_all_orders"
    CHANGE_ORDERS = "change_orders"  # edit, send, answer, discard and close what may be read
    WORK_UNIT_ORDERS = "work_unit_orders"  # receive and report on the own unit's orders


PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.SEAT: frozenset(
        {
            Permission.USE_SESSION,
            Permission.READ_CENTRE,
            Permission.WORK_SEAT,
            Permission.READ_ORDERS,
            Permission.CHANGE_ORDERS,
        }
    ),
    Role.SUPERVISOR: frozenset(
        {
            Permission.USE_SESSION,
            Permission.READ_CENTRE,
            Permission.READ_ORDERS,
            Permission.READ_ALL_ORDERS,
            Permission.CHANGE_ORDERS,
        }
    ),
    Role.UNIT: frozenset({Permission.USE_SESSION, Permission.WORK_UNIT_ORDERS}),
    Role.ADMINISTRATOR: frozenset(
        {
            Permission.USE_SESSION,
            Permission.READ_CENTRE,
            Permission.READ_ORDERS,
            Permission.READ_ALL_ORDERS,
        }
    ),
}


def may(role: Role, permission: Permission) -> bool:
    """Whether ``role`` has ``permission``."""
    return permission in PERMISSIONS[role]
