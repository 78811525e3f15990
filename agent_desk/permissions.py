"""Who may do what: one table for routes and sockets."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from models.kinds import Role


class Permission(StrEnum):
    """Something a signed-in person may do."""

    USE_SESSION = "use_session"  # read and end the own sign-in, open the message socket
    READ_CENTRE = "read_centre"  # queues, taxonomy, units
    WORK_SEAT = "work_seat"  # take a seat and calls, speak through the browser
    CALL_BACK = "call_back"  # read, call and close call-back entries; a caller's history and marks
    SUPERVISE = "supervise"  # the floor, listening in, moving calls and agents, statistics
    PLAY_RECORDINGS = "play_recordings"  # search all calls and hear them; every access is recorded
    CHANGE_CENTRE = "change_centre"  # hotline numbers and the like; every change is recorded
    EDIT_KNOWLEDGE = "edit_knowledge"  # articles, gaps, place names; every change is recorded
    READ_ORDERS = "read_orders"  # own orders; all of them with READ_ALL_ORDERS
    READ_ALL_ORDERS = "read_all_orders"
    CHANGE_ORDERS = "change_orders"  # edit, send, answer, discard and close what may be read
    READ_MARKS = "read_marks"  # checks and marks of the centre's units, tables, rules
    GIVE_MARKS = "give_marks"  # check and mark by hand, decide appeals; every one is recorded
    WORK_UNIT_ORDERS = "work_unit_orders"  # receive and report on the own unit's orders


PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.SEAT: frozenset(
        {
            Permission.USE_SESSION,
            Permission.READ_CENTRE,
            Permission.WORK_SEAT,
            Permission.CALL_BACK,
            Permission.READ_ORDERS,
            Permission.CHANGE_ORDERS,
        }
    ),
    # A supervisor sits down at a seat to listen, talk along or take a call.
    Role.SUPERVISOR: frozenset(
        {
            Permission.USE_SESSION,
            Permission.READ_CENTRE,
            Permission.WORK_SEAT,
            Permission.CALL_BACK,
            Permission.SUPERVISE,
            Permission.PLAY_RECORDINGS,
            Permission.EDIT_KNOWLEDGE,
            Permission.READ_ORDERS,
            Permission.READ_ALL_ORDERS,
            Permission.CHANGE_ORDERS,
            Permission.READ_MARKS,
            Permission.GIVE_MARKS,
        }
    ),
    Role.UNIT: frozenset({Permission.USE_SESSION, Permission.WORK_UNIT_ORDERS}),
    Role.ADMINISTRATOR: frozenset(
        {
            Permission.USE_SESSION,
            Permission.READ_CENTRE,
            Permission.CHANGE_CENTRE,
            Permission.EDIT_KNOWLEDGE,
            Permission.READ_ORDERS,
            Permission.READ_ALL_ORDERS,
            Permission.READ_MARKS,
        }
    ),
}


def may(role: Role, permission: Permission) -> bool:
    """Whether ``role`` has ``permission``."""
    return permission in PERMISSIONS[role]
